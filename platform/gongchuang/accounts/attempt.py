"""The sign-in under way: what the browser's signed cookie remembers between its steps. Nothing here proves anything; the database's row does."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import segno
from flask import redirect, request, session, url_for
from werkzeug import Response

from gongchuang.accounts.actions import Browser
from gongchuang.accounts.factors import totp_address
from gongchuang.accounts.models import User
from gongchuang.accounts.passkeys import Site
from gongchuang.accounts.rules import Address, address_of, masked
from gongchuang.accounts.sessions import COOKIE, TRUSTED_LASTS
from gongchuang.api.body import loads
from gongchuang.refusal import Refusal
from gongchuang.web import Answer
from gongchuang.web.safety import safe_path

KEY = "attempt"
RECOVERY = "recovery"
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (("HarmonyOS",) * 2, ("Android",) * 2, ("iPhone",) * 2, ("iPad",) * 2, ("Windows",) * 2, ("Mac OS", "macOS"), ("Linux",) * 2)


@dataclass(frozen=True)
class Attempt:
    """Which code was sent where, and where to go afterwards."""

    id: UUID
    address: Address
    next: str | None
    trusted: bool


def remember(code_id: UUID, address: Address, *, next_path: str | None, trusted: bool = False, kind: str = KEY) -> None:
    """Keep the attempt in the browser's signed cookie."""
    session[kind] = {"id": str(code_id), "address": address.value, "next": next_path, "trusted": trusted}


def current(kind: str = KEY) -> Attempt:
    """Return the attempt under way, or refuse: start again."""
    kept: dict[str, Any] | None = session.get(kind)
    if kept is None:
        raise Refusal("attempt.none", "登录步骤已过期，请重新输入手机号", status=401)
    return Attempt(UUID(kept["id"]), address_of(kept["address"]), kept["next"], bool(kept["trusted"]))


def next_path() -> str | None:
    """Return where to go after signing in, if it lies on this site and is not a step of signing in itself."""
    path = safe_path(request.values.get("next"))
    return None if path is None or path.startswith("/sign-") else path


def browser() -> Browser:
    """Return what the list of sessions shows of this browser."""
    return Browser(address=request.remote_addr or "", device=device_name(request.user_agent.string), old_token=request.cookies.get(COOKIE))


def device_name(agent: str) -> str:
    """Return a browser's and a system's name as people say them: WeChat · Android."""
    found = [next((label for mark, label in names if mark in agent), "") for names in (BROWSERS, SYSTEMS)]
    return " · ".join(part for part in found if part) or agent[:60]


def site() -> Site:
    """Return the address this site is reached under."""
    return Site(host=request.host.partition(":")[0], origin=request.host_url.rstrip("/"))


def credential() -> dict[str, Any]:
    """Return what the browser's passkey answered, from the form's hidden field."""
    value = loads((request.form.get("credential") or "{}").encode("utf-8", "replace"))
    if not isinstance(value, dict):
        raise Refusal("passkey.wrong", "通行密钥没有通过验证，请重试，或改用验证码")
    return value


def signed_in(token: str, *, trusted: bool, to: str | None) -> Answer:
    """Answer with the session's cookie. Of the signed cookie only new recovery codes stay, until they have been shown."""
    recovery = session.get(RECOVERY)
    session.clear()
    if recovery:
        session[RECOVERY] = recovery
    there = url_for("accounts.recovery_codes", next=to) if recovery else to or url_for("accounts.arrive")
    return with_cookie(redirect(there, 303), token, trusted=trusted)


def with_cookie(answer: Response, token: str, *, trusted: bool) -> Answer:
    """Put the session's token into the browser: out of scripts' reach, never sent from another site's forms, over TLS alone where reached by TLS."""
    age = int(TRUSTED_LASTS.total_seconds()) if trusted else None
    answer.set_cookie(COOKIE, token, max_age=age, httponly=True, secure=request.is_secure, samesite="Lax")
    return answer


def totp_picture(user: User, secret: str) -> dict[str, str]:
    """Return the QR code and the key an authenticator is set up with."""
    address, key = totp_address(secret, masked(user.phone or user.email or ""))
    return {"totp_picture": segno.make(address, error="m").svg_data_uri(scale=4, border=2), "totp_key": key}


def signed_out(to: str) -> Answer:
    session.clear()
    answer = redirect(to, 303)
    answer.delete_cookie(COOKIE, httponly=True, secure=request.is_secure, samesite="Lax")
    return answer
