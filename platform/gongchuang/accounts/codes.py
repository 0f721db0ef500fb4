"""Codes that prove an address: asked for, sent, proven, used once."""

from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from uuid import UUID

from sqlalchemy import delete, select, update

from gongchuang.accounts import keys, rules
from gongchuang.accounts.delivery import send_code
from gongchuang.accounts.models import SignInCode, User
from gongchuang.accounts.rules import Address
from gongchuang.database import after_commit, as_system, db, take_turns
from gongchuang.events import cron
from gongchuang.refusal import refuse_if


class Proof(Enum):
    """What came of typing a code."""

    RIGHT = "right"
    WRONG = "wrong"


def address_digest(address: Address) -> str:
    return keys.keyed("address", address.value)


def request_code(address: Address, now: datetime, *, purpose: str, user_id: UUID | None = None) -> SignInCode:
    """Send six digits to `address`. Refuses with `code.too_soon` or `code.too_many`, whether an account exists or not."""
    known, code = address_digest(address), keys.six_digits()
    with as_system():
        take_turns("code", known)
        sent = (SignInCode.address_digest == known, SignInCode.code_digest != "", SignInCode.sent_at > now - timedelta(hours=1))
        recent = select(SignInCode.sent_at).where(*sent)
        refuse_if(rules.why_not_send(list(db.session.scalars(recent.order_by(SignInCode.sent_at.desc()))), now))
        row = SignInCode(purpose=purpose, address_digest=known, code_digest="", user_id=user_id, sent_at=now, expires_at=now + rules.CODE_LASTS)
        db.session.add(row)
        db.session.flush()
        row.code_digest = _digest(row.id, code)
        demo = bool(db.session.scalar(select(User.demo).where((User.phone == address.value) | (User.email == address.value))))
    after_commit(partial(send_code, address, code, demo=demo))
    return row


def _digest(code_id: UUID, code: str) -> str:
    return keys.keyed("code", f"{code_id}:{code}")


def prove(code_id: UUID, code: str, now: datetime, *, purpose: str, address: Address | None = None) -> Proof:
    """Count a try and compare. Wrong, expired, used up and unknown are one answer. Does not raise: the counted try must be kept."""
    live = update(SignInCode).where(
        SignInCode.id == code_id,
        SignInCode.purpose == purpose,
        SignInCode.proven_at.is_(None),
        SignInCode.used_at.is_(None),
        SignInCode.tries < rules.CODE_TRIES,
        SignInCode.expires_at > now,
    )
    if address is not None:
        live = live.where(SignInCode.address_digest == address_digest(address))
    with as_system():
        stored = db.session.scalar(live.values(tries=SignInCode.tries + 1).returning(SignInCode.code_digest))
        if stored is None or not keys.same(stored, _digest(code_id, code)):
            return Proof.WRONG
        db.session.execute(update(SignInCode).where(SignInCode.id == code_id).values(proven_at=now, tries=0))
    return Proof.RIGHT


def proven(user: User, now: datetime, address: Address) -> SignInCode:
    """Note that a person has proven who they are by other means (password, link), so that a second factor may follow."""
    row = SignInCode(
        purpose="sign_in", address_digest=address_digest(address), code_digest="", user_id=user.id, sent_at=now,
        expires_at=now + rules.CODE_LASTS, proven_at=now, tries=0,
    )  # fmt: skip
    with as_system():
        db.session.add(row)
        db.session.flush()
    return row


def count_try(code_id: UUID, now: datetime) -> bool:
    """Count a try at the second factor of a proven attempt; return whether it may be judged at all."""
    live = update(SignInCode).where(
        SignInCode.id == code_id,
        SignInCode.proven_at.is_not(None),
        SignInCode.used_at.is_(None),
        SignInCode.tries < rules.CODE_TRIES,
        SignInCode.expires_at > now,
    )
    with as_system():
        return db.session.scalar(live.values(tries=SignInCode.tries + 1).returning(SignInCode.id)) is not None


def is_proven(code_id: UUID, now: datetime) -> bool:
    """Whether an attempt is proven, unused and still alive."""
    with as_system():
        found = select(SignInCode.id).where(
            SignInCode.id == code_id, SignInCode.proven_at.is_not(None), SignInCode.used_at.is_(None), SignInCode.expires_at > now
        )
        return db.session.scalar(found) is not None


def use(code_id: UUID, now: datetime) -> bool:
    """Use a proven attempt up. Only the first call succeeds."""
    live = update(SignInCode).where(SignInCode.id == code_id, SignInCode.proven_at.is_not(None), SignInCode.used_at.is_(None), SignInCode.expires_at > now)
    with as_system():
        return db.session.scalar(live.values(used_at=now).returning(SignInCode.id)) is not None


@cron("*/30 * * * *", queue="slow")
def forget_old_codes(now: datetime) -> None:
    """Delete attempts a day after they ended: they only serve the limits meanwhile."""
    db.session.execute(delete(SignInCode).where(SignInCode.expires_at < now - timedelta(days=1)))
