"""One's own data: taken out as JSON, or erased. What law keeps (who did what, as an id) stays without a name (quality.md 24)."""

import json
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from gongchuang import audit
from gongchuang.accounts.actions import PersonErased
from gongchuang.accounts.models import AccessToken, LoginSession, Passkey, RecoveryCode, User
from gongchuang.actor import Actor
from gongchuang.audit import AuditEntry
from gongchuang.database import as_system, db
from gongchuang.events import emit
from gongchuang.marking import N_
from gongchuang.organisations import membership
from gongchuang.organisations.models import JoinRequest, Membership, Organisation
from gongchuang.refusal import Refusal

GONE = N_("已注销用户")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _rows(query: Any) -> list[dict[str, Any]]:
    return [{name: _plain(value) for name, value in row.items()} for row in db.session.execute(query).mappings()]


def export_of(user: User, now: datetime) -> str:
    """Return everything kept about a person as JSON: account, memberships, sessions, tokens, passkeys, requests, and the trail of what they did."""
    account = ("phone", "email", "name", "status", "language", "privacy_consented_at", "marketing_consented_at", "totp_enrolled_at", "created_at")
    mine = select(Membership.organisation_id, Organisation.name, Membership.roles, Membership.duties, Membership.status, Membership.created_at)
    seen = select(LoginSession.created_at, LoginSession.last_seen_at, LoginSession.ended_at, LoginSession.address, LoginSession.device)
    made = select(AccessToken.name, AccessToken.scopes, AccessToken.organisation_id_acting, AccessToken.expires_at, AccessToken.revoked_at)
    asked = select(JoinRequest.organisation_id, JoinRequest.person, JoinRequest.contact, JoinRequest.message, JoinRequest.status, JoinRequest.created_at)
    did = select(AuditEntry.at, AuditEntry.organisation_id, AuditEntry.action, AuditEntry.object_kind, AuditEntry.object_id)
    body = {
        "exported_at": now.isoformat(),
        "account": {name: _plain(getattr(user, name)) for name in account},
        "memberships": _rows(mine.join(Organisation, Organisation.id == Membership.organisation_id).where(Membership.user_id == user.id)),
        "sessions": _rows(seen.where(LoginSession.user_id == user.id).order_by(LoginSession.id)),
        "tokens": _rows(made.where(AccessToken.user_id == user.id).order_by(AccessToken.id)),
        "passkeys": _rows(select(Passkey.name, Passkey.created_at, Passkey.last_used_at).where(Passkey.user_id == user.id)),
        "join_requests": _rows(asked.where(JoinRequest.user_id == user.id)),
    }
    with as_system():
        body["trail"] = _rows(did.where(AuditEntry.user_id == user.id).order_by(AuditEntry.at).limit(100_000))
    return json.dumps(body, ensure_ascii=False, indent=1)


def erase(actor: Actor, user: User, now: datetime, *, word: str) -> None:
    """Erase a person. Refuses while an organisation with other members would be left without an administrator.

    The row stays under its id with no name and no address, so that what was done stays attributable to one and the same unknown person.
    """
    if word.strip() not in (N_("注销"), "erase"):
        raise Refusal("erase.word", "请输入“注销”两个字以确认", field="word")
    membership.leave_all(actor, user.id, now)
    audit.record(actor, "person:erase", user)
    emit(PersonErased(user))
    gone = {
        "phone": None, "email": None, "name": GONE, "password": None, "totp_secret": None, "totp_enrolled_at": None, "status": "erased", "erased_at": now,
        "marketing_consented_at": None, "organisation_id_last": None, "fs_uniquifier": secrets.token_hex(16),
    }  # fmt: skip
    db.session.expire(user)
    with as_system():
        db.session.execute(update(LoginSession).where(LoginSession.user_id == user.id).values(address="", device="", ended_at=now))
        db.session.execute(update(AccessToken).where(AccessToken.user_id == user.id, AccessToken.revoked_at.is_(None)).values(revoked_at=now))
        db.session.execute(delete(Passkey).where(Passkey.user_id == user.id))
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
        membership.forget_requests(user.id)
        db.session.execute(update(User).where(User.id == user.id).values(gone))
