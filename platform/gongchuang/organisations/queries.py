"""Reads of organisations and their members."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select

from gongchuang.accounts.models import User
from gongchuang.accounts.rules import masked
from gongchuang.database import as_system, db, found_or_404
from gongchuang.organisations.models import Invitation, JoinRequest, Membership, Organisation
from gongchuang.pages import Page, page_of
from gongchuang.refusal import NotFound


def organisation(organisation_id: UUID) -> Organisation:
    return found_or_404(Organisation, organisation_id)


def membership(membership_id: UUID) -> Membership:
    return found_or_404(Membership, membership_id)


def invitation(invitation_id: UUID) -> Invitation:
    return found_or_404(Invitation, invitation_id)


def join_request(join_request_id: UUID) -> JoinRequest:
    return found_or_404(JoinRequest, join_request_id)


def audience_tokens(organisation_id: UUID | None, park: str | None) -> tuple[str, ...]:
    """Return the audiences an organisation belongs to: everyone's, its park's, its own."""
    tokens = ["public"]
    if organisation_id:
        tokens.append(f"org:{organisation_id}")
    if park:
        tokens.append(f"park:{park}")
    return tuple(tokens)


def audience_of(organisation_id: UUID | None) -> tuple[str, ...]:
    """Return the audience tokens of an organisation by its id."""
    if organisation_id is None:
        return ("public",)
    return audience_tokens(organisation_id, db.session.scalar(select(Organisation.park).where(Organisation.id == organisation_id)))


def members_of(organisation_id: UUID) -> list[Membership]:
    return list(db.session.scalars(select(Membership).where(Membership.organisation_id == organisation_id).order_by(Membership.id)))


@dataclass(frozen=True)
class Member:
    """A membership with the person's name and masked address, for colleagues."""

    row: Membership
    name: str
    address: str


def people_of(organisation_id: UUID) -> list[Member]:
    """Return active and suspended members with how they are called. Names are read as the system: a person's row is seen by that person alone."""
    rows = [row for row in members_of(organisation_id) if row.status != "left"]
    known = _people({row.user_id for row in rows})
    return [Member(row, *known.get(row.user_id, ("", ""))) for row in rows]


def _people(ids: set[UUID]) -> dict[UUID, tuple[str, str]]:
    if not ids:
        return {}
    with as_system():
        rows = db.session.execute(select(User.id, User.name, func.coalesce(User.phone, User.email, "")).where(User.id.in_(ids)))
        return {row[0]: (row[1] or masked(row[2]), masked(row[2]) if row[2] else "") for row in rows}


@dataclass(frozen=True)
class Mine:
    """One of a person's memberships, with the organisation."""

    row: Membership
    organisation: Organisation


def memberships_of(user_id: UUID) -> list[Mine]:
    """Return a person's own active and suspended memberships, oldest first."""
    query = select(Membership, Organisation).join(Organisation, Organisation.id == Membership.organisation_id)
    query = query.where(Membership.user_id == user_id, Membership.status != "left").order_by(Membership.id)
    return [Mine(row, firm) for row, firm in db.session.execute(query)]


def active_membership(user_id: UUID | None, organisation_id: UUID | None) -> Membership | None:
    query = select(Membership).where(Membership.user_id == user_id, Membership.organisation_id == organisation_id, Membership.status == "active")
    return db.session.scalar(query)


def verified_with(uscc: str | None) -> Organisation | None:
    """Return the verified organisation that holds a USCC. There is at most one."""
    return db.session.scalar(select(Organisation).where(Organisation.uscc == uscc, Organisation.status == "verified")) if uscc else None


def founded_already(user_id: UUID, kind: str, name: str, uscc: str | None) -> Organisation | None:
    """Return the unverified organisation of a person with this very name and number."""
    query = select(Organisation).join(Membership, Membership.organisation_id == Organisation.id).limit(1)
    query = query.where(Membership.user_id == user_id, Membership.status == "active", Organisation.status == "unverified")
    with as_system():
        return db.session.scalar(query.where(Organisation.kind == kind, Organisation.name == name, Organisation.uscc.is_not_distinct_from(uscc)))


def unverified_count_of(user_id: UUID) -> int:
    """Return how many unverified organisations a person belongs to."""
    query = select(func.count()).select_from(Membership).join(Organisation, Organisation.id == Membership.organisation_id)
    query = query.where(Membership.user_id == user_id, Membership.status == "active", Organisation.status == "unverified")
    with as_system():
        return db.session.scalar(query) or 0


def open_invitations_of(organisation_id: UUID, now: datetime) -> list[Invitation]:
    live = select(Invitation).where(Invitation.organisation_id == organisation_id, Invitation.status == "open", Invitation.expires_at > now)
    return list(db.session.scalars(live.order_by(Invitation.id.desc())))


def open_join_requests_of(organisation_id: UUID) -> list[JoinRequest]:
    waiting = select(JoinRequest).where(JoinRequest.organisation_id == organisation_id, JoinRequest.status == "open")
    return list(db.session.scalars(waiting.order_by(JoinRequest.id)))


def my_join_request(user_id: UUID | None, organisation_id: UUID) -> JoinRequest | None:
    """Return a person's latest request to join an organisation."""
    mine = select(JoinRequest).where(JoinRequest.user_id == user_id, JoinRequest.organisation_id == organisation_id)
    return db.session.scalar(mine.order_by(JoinRequest.id.desc()).limit(1))


@dataclass(frozen=True)
class Invited:
    """What a link's holder is shown: who invites, in which roles. Values, read as the system before the holder is a member."""

    id: UUID
    organisation_id: UUID
    organisation: str
    roles: tuple[str, ...]
    duties: tuple[str, ...]
    expires_at: datetime


def invited_by(token_digest: str, now: datetime) -> Invited:
    """Return the live invitation of a link; a used, revoked, expired and unknown one share the 404."""
    query = select(Invitation, Organisation.name).join(Organisation, Organisation.id == Invitation.organisation_id)
    live = query.where(Invitation.token_digest == token_digest, Invitation.status == "open", Invitation.expires_at > now, Organisation.status != "suspended")
    with as_system():
        row = db.session.execute(live).one_or_none()
        if row is None:
            raise NotFound
        found, name = row
        return Invited(found.id, found.organisation_id, name, tuple(found.roles), tuple(found.duties), found.expires_at)


def named(words: str, kinds: Sequence[str] = ("firm", "provider", "person", "operator")) -> "list[Organisation]":
    """Return up to 20 organisations whose name holds `words` or whose pinyin initials begin with them (xagx → 西安高新…), verified ones first."""
    text = words.strip()[:60]
    if not text:
        return []
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found = or_(Organisation.name.ilike(f"%{escaped}%"), Organisation.initials.like(f"{escaped.lower()}%"))
    query = select(Organisation).where(found, Organisation.kind.in_(kinds), Organisation.status != "suspended")
    return list(db.session.scalars(query.order_by(Organisation.status.desc(), func.length(Organisation.name), Organisation.id).limit(20)))


def directory(cursor: str | None, *, words: str = "", region: str = "", kind: str = "") -> Page[Organisation]:
    """Return verified organisations, newest first, narrowed by name or initials, place and kind."""
    query = select(Organisation).where(Organisation.status == "verified")
    if words.strip():
        escaped = words.strip()[:60].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        query = query.where(or_(Organisation.name.ilike(f"%{escaped}%"), Organisation.initials.like(f"{escaped.lower()}%")))
    if region:
        query = query.where(Organisation.region.startswith(region, autoescape=True))
    if kind:
        query = query.where(Organisation.kind == kind)
    return page_of(query.order_by(Organisation.id.desc()), cursor)
