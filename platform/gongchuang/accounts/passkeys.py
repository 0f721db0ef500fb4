"""Passkeys (WebAuthn): adding one, and proving oneself with one. A challenge is kept as a digest, lives five minutes, and is used once."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import delete, select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from gongchuang import audit
from gongchuang.accounts import queries, rules
from gongchuang.accounts.models import Passkey, SignInCode, User
from gongchuang.actor import Actor
from gongchuang.database import as_system, db
from gongchuang.refusal import Refusal

NAME = "Gongchuang"
MOST = 10


@dataclass(frozen=True)
class Site:
    """The address people reach us under: a passkey belongs to it and to no other."""

    host: str
    origin: str


def _wrong() -> Refusal:
    return Refusal("passkey.wrong", "通行密钥没有通过验证，请重试，或改用验证码", status=422)


def _keep(challenge: bytes, user_id: UUID | None, now: datetime) -> UUID:
    row = SignInCode(
        purpose="passkey", address_digest="", code_digest=hashlib.sha256(challenge).hexdigest(), user_id=user_id, sent_at=now,
        expires_at=now + rules.PASSKEY_LASTS, proven_at=now,
    )  # fmt: skip
    with as_system():
        db.session.add(row)
        db.session.flush()
    return row.id


def _challenge_of(credential: dict[str, Any]) -> bytes:
    """Return the challenge the browser says it signed; the signature is checked against it afterwards."""
    try:
        client_data = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
        return base64url_to_bytes(client_data["challenge"])
    except (KeyError, TypeError, ValueError):
        raise _wrong() from None


def _use(challenge: bytes, user_id: UUID | None, now: datetime) -> None:
    """Use a challenge of ours up; only the first use of a live one passes."""
    found = update(SignInCode).where(
        SignInCode.purpose == "passkey",
        SignInCode.code_digest == hashlib.sha256(challenge).hexdigest(),
        SignInCode.user_id.is_(None) if user_id is None else SignInCode.user_id == user_id,
        SignInCode.used_at.is_(None),
        SignInCode.expires_at > now,
    )
    with as_system():
        if db.session.scalar(found.values(used_at=now).returning(SignInCode.id)) is None:
            raise _wrong()


def begin_adding(user: User, site: Site, now: datetime) -> str:
    """Return the options the browser makes a new passkey with (JSON)."""
    mine = queries.passkeys_of(user.id)
    if len(mine) >= MOST:
        raise Refusal("passkey.too_many", "最多添加 %(most)s 个通行密钥，请先删除不用的", most=MOST)
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=NAME,
        user_id=user.id.bytes,
        user_name=rules.masked(user.phone or user.email or ""),
        user_display_name=user.name or rules.masked(user.phone or user.email or ""),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=key.credential_id) for key in mine],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    _keep(options.challenge, user.id, now)
    return options_to_json(options)


def add(actor: Actor, user: User, credential: dict[str, Any], *, name: str, site: Site, now: datetime) -> Passkey:
    """Take a new passkey into use."""
    challenge = _challenge_of(credential)
    _use(challenge, user.id, now)
    try:
        made = verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin, require_user_verification=True
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise _wrong() from None
    passkey = Passkey(
        user_id=user.id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=[str(t) for t in credential.get("response", {}).get("transports", []) if isinstance(t, str)][:8],
        name=name.strip()[:60] or gettext("通行密钥"),
    )
    db.session.add(passkey)
    db.session.flush()
    audit.record(actor, "person:add_passkey", passkey)
    return passkey


def remove(actor: Actor, user: User, passkey: Passkey) -> None:
    """Take a passkey out of use. Operators keep at least one second factor."""
    others = [key for key in queries.passkeys_of(user.id) if key.id != passkey.id]
    if queries.duties_of(user.id) and not others and user.totp_enrolled_at is None:
        raise Refusal("second_factor.required", "运营人员须保留至少一种双重验证方式，请先启用动态码")
    audit.record(actor, "person:remove_passkey", passkey)
    db.session.execute(delete(Passkey).where(Passkey.id == passkey.id))


def begin_proving(user: User | None, site: Site, now: datetime) -> str:
    """Return the options for proving oneself (JSON). Without a person the browser offers whatever passkeys it has for this site."""
    allowed = [
        PublicKeyCredentialDescriptor(id=key.credential_id, transports=[AuthenticatorTransport(t) for t in key.transports if t in set(AuthenticatorTransport)])
        for key in (queries.passkeys_of(user.id) if user else [])
    ]
    options = generate_authentication_options(rp_id=site.host, allow_credentials=allowed, user_verification=UserVerificationRequirement.REQUIRED)
    _keep(options.challenge, user.id if user else None, now)
    return options_to_json(options)


def prove(credential: dict[str, Any], user: User | None, site: Site, now: datetime) -> User:
    """Judge a passkey's signature; return whose it is. With `user`, only that person's passkeys count.

    A passkey asks its holder for a fingerprint, face or PIN, so it stands for both factors.
    """
    challenge = _challenge_of(credential)
    _use(challenge, user.id if user else None, now)
    with as_system():
        try:
            passkey = db.session.scalar(select(Passkey).where(Passkey.credential_id == base64url_to_bytes(str(credential.get("rawId", "")))))
        except ValueError:
            passkey = None
        if passkey is None or (user is not None and passkey.user_id != user.id):
            raise _wrong()
        try:
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            raise _wrong() from None
        used = update(Passkey).where(Passkey.id == passkey.id).values(sign_count=verified.new_sign_count, last_used_at=now)
        db.session.execute(used)
        owner = db.session.scalar(select(User).where(User.id == passkey.user_id, User.status == "active"))
    if owner is None:
        raise _wrong()
    return owner
