"""Reads of cases. Row-level security shows an organisation its own, an operator those put before the operators of the place."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from gongchuang.accounts.queries import names_of
from gongchuang.actor import Actor
from gongchuang.database import as_system, db, found_or_404
from gongchuang.organisations.models import Membership, Organisation
from gongchuang.pages import Page, page_of
from services.files import queries as files
from services.files.models import FileRevision

from .models import CertificationCase


def case(case_id: UUID) -> CertificationCase:
    return found_or_404(CertificationCase, case_id)


def latest_of(organisation_id: UUID) -> CertificationCase | None:
    """Return an organisation's latest case."""
    own = select(CertificationCase).where(CertificationCase.organisation_id == organisation_id)
    return db.session.scalar(own.order_by(CertificationCase.id.desc()).limit(1))


def history_of(organisation_id: UUID) -> list[CertificationCase]:
    own = select(CertificationCase).where(CertificationCase.organisation_id == organisation_id)
    return list(db.session.scalars(own.order_by(CertificationCase.id.desc()).limit(20)))


def waiting_before(actor: Actor, cursor: str | None) -> Page[CertificationCase]:
    """Return the operator's queue, first come first: the cases of the actor's province, city or park."""
    waiting = select(CertificationCase).where(CertificationCase.status == "submitted", CertificationCase.audience.overlap(list(_reach(actor))))
    return page_of(waiting.order_by(CertificationCase.submitted_at, CertificationCase.id), cursor)


def decided_by(actor: Actor, cursor: str | None) -> Page[CertificationCase]:
    """Return what was decided in the actor's place, latest first."""
    done = select(CertificationCase).where(CertificationCase.decided_at.is_not(None), CertificationCase.audience.overlap(list(_reach(actor))))
    return page_of(done.order_by(CertificationCase.id.desc()), cursor)


def _reach(actor: Actor) -> set[str]:
    return {token for token in actor.audience if token.startswith("operations:")}


def is_before(actor: Actor, row: CertificationCase) -> bool:
    """Whether a case was put before the actor as an operator of the place."""
    return bool(_reach(actor) & set(row.audience))


@dataclass(frozen=True)
class Queue:
    """How much waits for an operator."""

    waiting: int
    late: int
    oldest_due_at: datetime | None


def queue_of(actor: Actor, now: datetime) -> Queue:
    """Return the figures of the operator's queue: one statement."""
    waiting = select(
        func.count(), func.count().filter(CertificationCase.due_at < now), func.min(CertificationCase.due_at)
    ).where(CertificationCase.status == "submitted", CertificationCase.audience.overlap(list(_reach(actor))))  # fmt: skip
    count, late, oldest = db.session.execute(waiting).one()
    return Queue(count, late, oldest)


def pictures_of(row: CertificationCase) -> list[FileRevision]:
    return files.revisions([evidence.revision_id for evidence in row.evidence])


def submitter_of(row: CertificationCase) -> str:
    return names_of({row.submitted_by}).get(row.submitted_by, "")


def is_member(user_id: UUID | None, organisation_id: UUID) -> bool:
    """Whether somebody belongs to an organisation, seen past the tenant: the two-person rule asks it of operators."""
    with as_system():
        found = select(Membership.id).where(Membership.user_id == user_id, Membership.organisation_id == organisation_id, Membership.status == "active")
        return db.session.scalar(found) is not None


def operators_for(tokens: list[str]) -> list[UUID]:
    """Return the operators' organisations that one of `tokens` (operations:61) names."""
    places = [token.partition(":")[2] for token in tokens]
    query = select(Organisation.id).where(Organisation.kind == "operator", Organisation.operator_region.in_(places), Organisation.status != "suspended")
    return list(db.session.scalars(query))


def ending_before(day: date, *, unreminded: bool = False) -> list[CertificationCase]:
    """Return approved cases whose licence ends before `day`, unless a later case was approved. Runs as the system role (clocks)."""
    later = aliased(CertificationCase)
    renewed = exists().where(
        later.organisation_id == CertificationCase.organisation_id, later.status == "approved", later.submitted_at > CertificationCase.submitted_at
    )
    ending = select(CertificationCase).where(CertificationCase.status == "approved", CertificationCase.valid_until < day, ~renewed)
    if unreminded:
        ending = ending.where(CertificationCase.reminded_at.is_(None))
    return list(db.session.scalars(ending.order_by(CertificationCase.id).limit(500)))
