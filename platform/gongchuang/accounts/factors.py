"""What proves a person besides the code: password, authenticator app, recovery codes.

Pieces of Flask-Security-Too's own tool box are used directly (libpass for TOTP with secrets encrypted at rest, argon2-cffi for passwords): its views
and datastore commit by themselves and keep the session in a cookie, which the one commit site and `login_sessions` forbid.
"""

import secrets
import unicodedata
from datetime import datetime
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from passlib.totp import TOTP, MalformedTokenError, TokenError
from sqlalchemy import delete, func, insert, select, update

from gongchuang.accounts import keys
from gongchuang.accounts.models import RecoveryCode, User
from gongchuang.accounts.rules import RECOVERY_CODES
from gongchuang.database import as_system, db, uuid7

ISSUER = "Gongchuang"
HASHER = PasswordHasher()
"""Argon2id with the parameters of RFC 9106's low-memory recommendation (the library's defaults)."""
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password, NFKC-normalised so that it may be typed on any keyboard."""
    return HASHER.hash(unicodedata.normalize("NFKC", password))


@cache
def _hash_of_nothing() -> str:
    """A hash to compare with where there is none, so that a missing account takes as long as a wrong password."""
    return hash_password(secrets.token_urlsafe(16))


def password_is_right(user: User | None, password: str) -> bool:
    """Compare a password; as slow for a missing account as for a wrong password."""
    stored = user.password if user is not None else None
    try:
        right = HASHER.verify(stored or _hash_of_nothing(), unicodedata.normalize("NFKC", password))
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


@cache
def _factory(key: str) -> Any:
    return TOTP.using(issuer=ISSUER, secrets={"1": key})


def _totp() -> Any:
    return _factory(keys.derived("totp").hex())


def new_totp_secret() -> str:
    """Return a new secret, encrypted as it is stored."""
    secret: str = _totp().new().to_json(encrypt=True)
    return secret


def totp_address(secret: str, label: str) -> tuple[str, str]:
    """Return the otpauth address for a QR code, and the key for typing."""
    source = _totp().from_source(secret)
    return source.to_uri(label.replace(":", "")), source.pretty_key()


def totp_match(secret: str, code: str, now: datetime, last_counter: int | None) -> int | None:
    """Return the counter a code belongs to (30-second steps, one step of drift), None when wrong or used before."""
    try:
        match = _totp().verify(code.strip(), secret, time=int(now.timestamp()), window=30, last_counter=last_counter)
    except (TokenError, MalformedTokenError, ValueError):
        return None
    return int(match.counter)


def totp_is_right(user: User, code: str, now: datetime) -> bool:
    """Judge an authenticator's code and use it up: the same code is refused a second time, also to a copy sent at the same moment."""
    if user.totp_secret is None or user.totp_enrolled_at is None:
        return False
    counter = totp_match(user.totp_secret, code, now, user.totp_counter)
    if counter is None:
        return False
    taken = update(User).where(User.id == user.id, func.coalesce(User.totp_counter, -1) < counter).values(totp_counter=counter)
    with as_system():
        return db.session.scalar(taken.returning(User.id)) is not None


def _recovery_digest(user: User, code: str) -> str:
    plain = "".join(c for c in code.casefold() if c in ALPHABET)
    return keys.keyed("recovery", f"{user.id}:{plain}")


def new_recovery_codes(user: User) -> list[str]:
    """Replace a person's recovery codes; return the new ones, which are shown once."""
    codes = ["-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)]
    with as_system():
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
        db.session.execute(insert(RecoveryCode).values([{"id": uuid7(), "user_id": user.id, "code_digest": _recovery_digest(user, c)} for c in codes]))
    return codes


def recovery_is_right(user: User, code: str, now: datetime) -> bool:
    """Judge a recovery code and use it up."""
    found = update(RecoveryCode).where(
        RecoveryCode.user_id == user.id, RecoveryCode.code_digest == _recovery_digest(user, code), RecoveryCode.used_at.is_(None)
    )
    with as_system():
        return db.session.scalar(found.values(used_at=now).returning(RecoveryCode.id)) is not None


def recovery_codes_left(user: User) -> int:
    left = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(left) or 0
