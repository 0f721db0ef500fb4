"""Reads for operators. What crosses tenants (deliveries, chains, people) is taken as values by the system role, within the operator's place."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text

from gongchuang.accounts.models import User
from gongchuang.accounts.rules import Address, masked
from gongchuang.actor import Actor
from gongchuang.audit import AuditEntry, AuditHead, breaks_of
from gongchuang.database import as_system, db
from gongchuang.organisations.models import Membership, Organisation
from gongchuang.pages import Page, page_of
from gongchuang.refusal import NotFound


def _place(actor: Actor) -> Any:
    """The condition that an organisation lies in the operator's place."""
    region = actor.operator_region or ""
    return or_(Organisation.region.startswith(region, autoescape=True), Organisation.park == region)


@dataclass(frozen=True)
class Firms:
    """How many organisations a place has, by state."""

    verified: int
    unverified: int
    suspended: int


def is_demo(organisation_id: UUID | None) -> Any:
    """The condition that organisations are counted together: a real operator counts real firms, the demo's operator the demo's."""
    own = select(Organisation.demo).where(Organisation.id == organisation_id).scalar_subquery()
    return Organisation.demo == func.coalesce(own, False)


def firms_of(actor: Actor) -> Firms:
    """Return how many organisations the operator's place has: one statement, the demo's never among the real ones."""
    states = [func.count().filter(Organisation.status == status) for status in ("verified", "unverified", "suspended")]
    row = db.session.execute(select(*states).where(_place(actor), Organisation.kind != "operator", is_demo(actor.organisation_id))).one()
    return Firms(*tuple(row))


def organisations_of(actor: Actor, cursor: str | None, *, words: str = "", status: str = "") -> Page[Organisation]:
    """Return the organisations of the operator's place, newest first."""
    query = select(Organisation).where(_place(actor), Organisation.kind != "operator")
    if words.strip():
        typed = words.strip()[:60]
        found = [Organisation.name.contains(typed, autoescape=True), Organisation.initials.startswith(typed.lower(), autoescape=True)]
        query = query.where(or_(*found, Organisation.uscc == typed.upper()))
    if status:
        query = query.where(Organisation.status == status)
    return page_of(query.order_by(Organisation.id.desc()), cursor)


@dataclass(frozen=True)
class Parked:
    """A delivery that failed eight times. What failed is a class of error, never its contents."""

    id: UUID
    event: str
    handler: str
    attempts: int
    error: str
    occurred_at: datetime
    organisation: str | None


_PARKED = text(
    """select d.id, e.name, d.handler, d.attempts, split_part(coalesce(d.error, ''), ':', 1) as error, e.occurred_at, o.name as organisation
       from outbox_deliveries d join outbox_events e on e.id = d.event_id left join organisations o on o.id = e.organisation_id
       where d.status = 'parked' and (o.id is null or o.region like :prefix or o.park = :region) order by e.occurred_at limit 200"""
)
_PARKED_COUNT = text(
    """select count(*) from outbox_deliveries d join outbox_events e on e.id = d.event_id left join organisations o on o.id = e.organisation_id
       where d.status = 'parked' and (o.id is null or o.region like :prefix or o.park = :region)"""
)


def _reach(actor: Actor) -> dict[str, str]:
    region = actor.operator_region or ""
    return {"prefix": f"{region}%", "region": region}


def parked_of(actor: Actor) -> list[Parked]:
    """Return the parked deliveries of the operator's place and of the platform itself."""
    with as_system():
        return [Parked(*row) for row in db.session.execute(_PARKED, _reach(actor))]


def parked_count_of(actor: Actor) -> int:
    with as_system():
        return int(db.session.execute(_PARKED_COUNT, _reach(actor)).scalar_one())


@dataclass(frozen=True)
class Chain:
    """An organisation's audit chain."""

    organisation_id: UUID
    organisation: str
    count: int


def chains_of(actor: Actor, cursor: str | None, size: int = 50) -> tuple[list[Chain], str | None]:
    """Return the organisations of the operator's place with the length of their chains. Read as the system role: the heads are counts and hashes alone."""
    found = page_of(select(Organisation).where(_place(actor)).order_by(Organisation.id.desc()), cursor, size)
    counts = select(AuditHead.organisation_id, AuditHead.count).where(AuditHead.organisation_id.in_([o.id for o in found.items]))
    with as_system():
        length = {row[0]: row[1] for row in db.session.execute(counts)}
    return [Chain(o.id, o.name, length.get(o.id, 0)) for o in found.items], found.next_cursor


@dataclass(frozen=True)
class Entry:
    """One entry of a chain."""

    sequence: int
    at: datetime
    user_id: UUID | None
    action: str
    object_kind: str | None
    object_id: UUID | None
    details: dict[str, Any]
    hash: str


def entries_of(organisation_id: UUID, before: int | None, size: int = 50) -> tuple[list[Entry], int | None]:
    """Return a chain's entries, latest first, and where the next page begins. Read as the system role: the caller is on audit duty for the place."""
    wanted = ("sequence", "at", "user_id", "action", "object_kind", "object_id", "details", "hash")
    query = select(*(getattr(AuditEntry, name) for name in wanted)).where(AuditEntry.organisation_id == organisation_id)
    if before is not None:
        query = query.where(AuditEntry.sequence < before)
    with as_system():
        rows = [Entry(*row) for row in db.session.execute(query.order_by(AuditEntry.sequence.desc()).limit(size + 1))]
    return rows[:size], rows[size - 1].sequence if len(rows) > size else None


def breaks(organisation_id: UUID) -> list[str]:
    """Recompute a chain; return what is wrong with it."""
    with as_system():
        return list(breaks_of(organisation_id))


@dataclass(frozen=True)
class Person:
    """Somebody looked up by their whole address: a masked address, no more."""

    id: UUID
    name: str
    address: str
    status: str
    organisations: tuple[str, ...]


def person_at(actor: Actor, address: Address) -> Person:
    """Return whoever has this address, if they belong to an organisation of the operator's place; else the 404 of nobody."""
    column = User.phone if address.kind == "phone" else User.email
    with as_system():
        return _person(actor, column == address.value)


def person(actor: Actor, user_id: UUID) -> Person:
    """The same by id."""
    with as_system():
        return _person(actor, User.id == user_id)


def _person(actor: Actor, condition: Any) -> Person:
    user = db.session.execute(select(User.id, User.name, User.phone, User.email, User.status).where(condition, User.status != "erased")).one_or_none()
    mine = select(Organisation.name).join(Membership, Membership.organisation_id == Organisation.id)
    names = () if user is None else tuple(db.session.scalars(mine.where(Membership.user_id == user.id, Membership.status == "active", _place(actor))))
    if user is None or not names:
        raise NotFound
    return Person(user.id, user.name, masked(user.phone or user.email or ""), user.status, names)


def whole_chain(organisation_id: UUID) -> list[dict[str, Any]]:
    """Return a chain's entries, first to last, with everything their hashes are made of."""
    query = select(*AuditEntry.__table__.columns).where(AuditEntry.organisation_id == organisation_id).order_by(AuditEntry.sequence)
    with as_system():
        rows = db.session.execute(query).mappings().all()
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value
