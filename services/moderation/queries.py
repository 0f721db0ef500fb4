"""Reads of reports and take-downs."""

from uuid import UUID

from sqlalchemy import func, select

from gongchuang.actor import Actor
from gongchuang.database import db, found_or_404
from gongchuang.pages import Page, page_of

from .models import Report, TakeDown


def report(report_id: UUID) -> Report:
    return found_or_404(Report, report_id)


def take_down(take_down_id: UUID) -> TakeDown:
    return found_or_404(TakeDown, take_down_id)


def reach_of(actor: Actor, duty: str) -> list[str]:
    """Return the audience tokens by which things are put before an operator on `duty`."""
    return [token for token in actor.audience if token.startswith(f"{duty}:")]


def open_before(actor: Actor, cursor: str | None) -> Page[Report]:
    """Return the open reports of the operator's place, oldest first."""
    query = select(Report).where(Report.status == "open", Report.audience.overlap(reach_of(actor, "operations")))
    return page_of(query.order_by(Report.id), cursor)


def open_count(actor: Actor) -> int:
    query = select(func.count()).where(Report.status == "open", Report.audience.overlap(reach_of(actor, "operations")))
    return db.session.scalar(query) or 0


def others_about(row: Report) -> list[Report]:
    """Return the other open reports about the same thing."""
    return list(db.session.scalars(select(Report).where(Report.object_id == row.object_id, Report.status == "open", Report.id != row.id).limit(50)))


def appeals_before(actor: Actor, cursor: str | None) -> Page[TakeDown]:
    """Return the appeals that wait for a security operator of the place, oldest first."""
    query = select(TakeDown).where(TakeDown.status == "appealed", TakeDown.audience.overlap(reach_of(actor, "security")))
    return page_of(query.order_by(TakeDown.id), cursor)


def appeals_count(actor: Actor) -> int:
    query = select(func.count()).where(TakeDown.status == "appealed", TakeDown.audience.overlap(reach_of(actor, "security")))
    return db.session.scalar(query) or 0


def of_organisation(organisation_id: UUID, cursor: str | None) -> Page[TakeDown]:
    """Return what was taken down of an organisation's, latest first."""
    return page_of(select(TakeDown).where(TakeDown.organisation_id == organisation_id).order_by(TakeDown.id.desc()), cursor)


def is_down(object_id: UUID) -> bool:
    """Whether a thing is taken down at the moment (its owner may not publish it again meanwhile)."""
    query = select(TakeDown.id).where(TakeDown.object_id == object_id, TakeDown.status.in_(("down", "appealed", "upheld")))
    return db.session.scalar(query.limit(1)) is not None
