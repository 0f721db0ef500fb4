"""Signing in, registering, confirming, changing what proves a person. Each: rule, change, audit."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from gongchuang import audit
from gongchuang.accounts import codes, factors, queries, rules, sessions
from gongchuang.accounts.identify import digest
from gongchuang.accounts.models import LoginSession, SignInLink, User
from gongchuang.accounts.rules import Address
from gongchuang.actor import Actor
from gongchuang.database import as_system, db
from gongchuang.events import Event, emit
from gongchuang.refusal import Refusal, refuse_if


class PersonRegistered(Event):
    """Somebody registered."""

    kind = "user"


class PersonErased(Event):
    """Somebody had their data erased; whoever keeps a copy of a name or an address pseudonymises it."""

    kind = "user"


@dataclass(frozen=True)
class Browser:
    """From where somebody signs in: shown in their list of sessions."""

    address: str = ""
    device: str = ""
    old_token: str | None = None


def _known(user: User) -> Actor:
    return Actor(user_id=user.id)


def next_step(address: Address, *, demo_link: bool = False) -> str:
    """Return what a proven address still has to do: `register`, `second`, `enrol` or nothing (`session`)."""
    user = queries.user_at(address)
    if user is None:
        return "register"
    if user.status != "active":
        raise Refusal("account.suspended", "账号已被暂停使用，请联系平台运营", field="code")
    enrolled = queries.has_second_factor(user.id)
    if demo_link or not rules.needs_second_factor(duties=queries.duties_of(user.id), enrolled=enrolled):
        return "session"
    return "second" if enrolled else "enrol"


def register(address: Address, code_id: UUID, now: datetime, *, name: str, privacy: bool, marketing: bool, language: str = "zh") -> User:
    """Make an account for a proven address. Refuses without consent to the privacy notice; marketing is a choice of its own."""
    _refuse_without_consent(privacy)
    if not codes.is_proven(code_id, now):
        raise rules.code_wrong()
    user = User(
        phone=address.value if address.kind == "phone" else None,
        email=address.value if address.kind == "email" else None,
        name=name.strip(),
        fs_uniquifier=secrets.token_hex(16),
        language=language,
        privacy_consented_at=now,
        marketing_consented_at=now if marketing else None,
    )
    with as_system():
        if queries.user_at(address) is not None:
            raise rules.code_wrong()
        db.session.add(user)
        db.session.flush()
    audit.record(_known(user), "person:register", user, marketing=marketing)
    emit(PersonRegistered(user))
    return user


def _refuse_without_consent(privacy: bool) -> None:
    if not privacy:
        raise Refusal("consent.missing", "请先阅读并同意《用户协议》和《隐私政策》", field="privacy")


def consent(user: User, code_id: UUID, now: datetime, *, name: str, privacy: bool, marketing: bool) -> None:
    """Note the consent of somebody whose account was made for them, before their first session."""
    _refuse_without_consent(privacy)
    if not codes.is_proven(code_id, now):
        raise rules.code_wrong()
    changed = {"name": name.strip(), "privacy_consented_at": now, "marketing_consented_at": now if marketing else None}
    with as_system():
        db.session.execute(update(User).where(User.id == user.id).values(changed))
        db.session.refresh(user)
    audit.record(_known(user), "person:consent", user, marketing=marketing)


def begin_session(user: User, code_id: UUID | None, now: datetime, browser: Browser, *, trusted: bool = False) -> str:
    """Begin a session with a new token and end the browser's old one; return the token for the cookie. A proven attempt leads to one session only."""
    if code_id is not None and not codes.use(code_id, now):
        raise rules.code_wrong()
    if browser.old_token:
        end_by_token(browser.old_token, now)
    organisation_id = queries.organisation_to_act_for(user)
    session, token = sessions.begin(user, now, trusted=trusted, address=browser.address, device=browser.device, organisation_id=organisation_id)
    audit.record(_known(user), "session:begin", session, trusted=trusted)
    return token


def end_by_token(token: str, now: datetime) -> None:
    """End the session of a cookie, whoever presents it."""
    live = update(LoginSession).where(LoginSession.token_digest == digest(token), LoginSession.ended_at.is_(None))
    with as_system():
        db.session.execute(live.values(ended_at=now))


def sign_out(actor: Actor, now: datetime) -> None:
    """End the session acted in. Its cookie, and every copy of it, is refused from now on."""
    if actor.session_id is None:
        return
    sessions.end(actor.session_id, now)
    audit.record(actor, "session:end", session_id=actor.session_id)


def end_session(actor: Actor, session: LoginSession, now: datetime) -> None:
    """End another of one's own sessions."""
    sessions.end(session.id, now)
    audit.record(actor, "session:end", session)


def end_other_sessions(actor: Actor, now: datetime) -> None:
    """End every session of one's own but the one acted in."""
    assert actor.user_id
    sessions.end_all_of(actor.user_id, now, but=actor.session_id)
    audit.record(actor, "session:end_others")


def sign_in_by_password(address: Address, password: str, now: datetime) -> UUID:
    """Judge a password; return the proven attempt. One refusal for a wrong password, a missing account and one without a password."""
    user = queries.user_at(address)
    if not factors.password_is_right(user, password) or user is None or user.status != "active":
        raise rules.sign_in_wrong()
    return codes.proven(user, now, address).id


def pass_second_factor(user: User, code_id: UUID, typed: str, now: datetime) -> bool:
    """Judge an authenticator's or a recovery code for a proven attempt. Does not raise: the counted try must be kept."""
    if not codes.count_try(code_id, now):
        return False
    return factors.totp_is_right(user, typed, now) or factors.recovery_is_right(user, typed, now)


def enrol_totp(user: User, secret: str, code: str, now: datetime) -> list[str]:
    """Take an authenticator into use once it has shown a right code; return new recovery codes, which are shown once."""
    counter = factors.totp_match(secret, code, now, None)
    if counter is None:
        raise Refusal("totp.wrong", "动态码不正确，请确认手机时间准确后重新输入", field="code")
    with as_system():
        changed = {"totp_secret": secret, "totp_counter": counter, "totp_enrolled_at": now}
        db.session.execute(update(User).where(User.id == user.id).values(changed))
        db.session.refresh(user)
    audit.record(_known(user), "person:enrol_totp", user)
    return factors.new_recovery_codes(user)


def remove_totp(actor: Actor, user: User) -> None:
    """Stop using the authenticator. Operators may not, unless a passkey remains."""
    if queries.duties_of(user.id) and not queries.passkeys_of(user.id):
        raise Refusal("second_factor.required", "运营人员须保留至少一种双重验证方式，请先添加通行密钥")
    user.totp_secret = user.totp_counter = user.totp_enrolled_at = None
    audit.record(actor, "person:remove_totp", user)


def renew_recovery_codes(actor: Actor, user: User) -> list[str]:
    """Replace the recovery codes; the old ones are worthless."""
    audit.record(actor, "person:renew_recovery_codes", user)
    return factors.new_recovery_codes(user)


def set_password(actor: Actor, user: User, password: str, now: datetime, browser: Browser) -> str:
    """Set or change the password. Every session ends, this one too: the caller hands the new token to the browser."""
    own = [w for w in (user.phone and user.phone.removeprefix("+86"), user.email and user.email.split("@")[0], user.name) if w]
    refuse_if(rules.why_not_password(password, own=own))
    user.password = factors.hash_password(password)
    audit.record(actor, "person:set_password", user)
    return _renewed(user, now, browser)


def remove_password(actor: Actor, user: User, now: datetime, browser: Browser) -> str:
    """Go back to codes and passkeys alone."""
    user.password = None
    audit.record(actor, "person:remove_password", user)
    return _renewed(user, now, browser)


def _renewed(user: User, now: datetime, browser: Browser) -> str:
    db.session.flush()
    trusted = queries.is_trusted(browser.old_token)
    sessions.end_all_of(user.id, now)
    return begin_session(user, None, now, browser, trusted=trusted)


def confirm(actor: Actor, user: User, now: datetime, *, by: str) -> None:
    """Note that the person behind the session has just shown who they are: award, NDA, money and members ask for it."""
    assert actor.session_id
    until = now + sessions.FRESH_LASTS
    db.session.execute(update(LoginSession).where(LoginSession.id == actor.session_id).values(fresh_until=until))
    audit.record(actor, "session:confirm", user, by=by)


def set_address(actor: Actor, user: User, address: Address, code_id: UUID, now: datetime) -> None:
    """Take a proven phone or e-mail address as one's own. One person's address is nobody else's."""
    if not codes.use(code_id, now):
        raise rules.code_wrong()
    other = queries.user_at(address)
    if other is not None and other.id != user.id:
        raise Refusal("address.taken", "该手机号或邮箱已用于另一个账号，请换一个，或登录那个账号后注销", field="code")
    setattr(user, address.kind, address.value)
    db.session.flush()
    audit.record(actor, "person:set_address", user, kind=address.kind)


def change_profile(actor: Actor, user: User, *, name: str, language: str, marketing: bool, now: datetime) -> None:
    """Change one's name, language and whether one wants news."""
    user.name, user.language = name.strip(), language
    user.marketing_consented_at = (user.marketing_consented_at or now) if marketing else None
    db.session.flush()
    audit.record(actor, "person:change_profile", user, marketing=marketing)


def one_time_link(user: User, now: datetime, *, lasts: timedelta = rules.LINK_LASTS) -> str:
    """Return the path of a link that signs `user` in once, before `lasts` is over. It is stored as a digest; whoever reads the table gets nothing."""
    token = secrets.token_urlsafe(32)
    with as_system():
        db.session.add(SignInLink(token_digest=digest(token), user_id=user.id, expires_at=now + lasts))
        db.session.flush()
    return f"/sign-in/link/{token}"


def use_link(token: str, now: datetime) -> User:
    """Use a one-time link up; return whom it signs in. A second use and an expired one are one refusal."""
    live = update(SignInLink).where(SignInLink.token_digest == digest(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now)
    with as_system():
        user_id = db.session.scalar(live.values(used_at=now).returning(SignInLink.user_id))
        user = db.session.scalar(select(User).where(User.id == user_id, User.status == "active")) if user_id else None
    if user is None:
        raise Refusal("link.dead", "这个登录链接已使用或已过期，请用手机号登录，或请发给您链接的人再发一个", status=410)
    return user


def person_of(values: Mapping[str, Any]) -> User:
    """Return a person with `phone`, making the account where it is missing.

    For an operator invited from the terminal, whose consent is asked for at the first sign-in.
    """
    address = rules.address_of(str(values["phone"]))
    with as_system():
        user = queries.user_at(address)
        if user is None:
            user = User(phone=address.value, name=str(values.get("name") or ""), fs_uniquifier=secrets.token_hex(16))
            db.session.add(user)
            db.session.flush()
    return user
