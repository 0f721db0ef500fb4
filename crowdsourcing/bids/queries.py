"""Reads of bids. Row-level security has already removed what the reader may not see: a sealed bid before its deadline is not there."""

from uuid import UUID

from sqlalchemy import func, select

from crowdsourcing.bids.models import Bid
from crowdsourcing.tasks.models import Task
from gongchuang.database import db, found_or_404
from gongchuang.pages import Page, page_of
from gongchuang.refusal import NotFound
from services.files import queries as files
from services.files.models import FileRevision
from services.procedures.models import Submission

STANDING = ("submitted", "awarded", "lost")


def bid(bid_id: UUID) -> Bid:
    return found_or_404(Bid, bid_id)


def bid_on(task: Task, bid_id: UUID) -> Bid:
    """Return a bid on this very task; one on another gives the same 404 as none."""
    found = bid(bid_id)
    if found.task_id != task.id:
        raise NotFound
    return found


def of_task(task: Task) -> list[Bid]:
    """Return the bids that stand (none withdrawn), cheapest first, as far as the reader may see them."""
    chosen = select(Bid).join(Bid.submission).where(Bid.task_id == task.id, Submission.status.in_(STANDING))
    return list(db.session.scalars(chosen.order_by(Bid.price_fen, Bid.id)))


def own_on(task_id: UUID, organisation_id: UUID | None) -> Bid | None:
    """Return an organisation's own standing bid on a task."""
    chosen = select(Bid).join(Bid.submission).where(Bid.task_id == task_id, Bid.organisation_id == organisation_id, Submission.status != "withdrawn")
    return db.session.scalar(chosen)


def latest_number(task_id: UUID, organisation_id: UUID | None) -> int:
    """Return how many versions an organisation has bid on a task."""
    return db.session.scalar(select(func.max(Bid.number)).where(Bid.task_id == task_id, Bid.organisation_id == organisation_id)) or 0


def mine(organisation_id: UUID | None, cursor: str | None) -> Page[Bid]:
    """Return an organisation's bids, latest first; versions that were replaced are left out."""
    other = Bid.__table__.alias("other")
    newest = select(func.max(other.c.number)).where(other.c.task_id == Bid.task_id, other.c.organisation_id == Bid.organisation_id).scalar_subquery()
    return page_of(select(Bid).where(Bid.organisation_id == organisation_id, Bid.number == newest).order_by(Bid.id.desc()), cursor)


def tasks_of(bids: list[Bid]) -> dict[UUID, Task]:
    """Return the tasks of these bids by id: one statement."""
    found = db.session.scalars(select(Task).where(Task.id.in_({bid.task_id for bid in bids}))) if bids else ()
    return {row.id: row for row in found}


def own_file(revision_id: UUID | None, organisation_id: UUID | None) -> FileRevision | None:
    """Return an upload of the bidder's own."""
    rows = files.revisions([revision_id]) if revision_id else []
    return next((row for row in rows if row.organisation_id == organisation_id), None)


def shown_by_another(bid: Bid) -> bool:
    """Tell whether another bid of the same bidder that stands shows the same publisher the same file."""
    chosen = select(Bid.id).join(Bid.submission).where(Bid.revision_id == bid.revision_id, Bid.organisation_id == bid.organisation_id, Bid.id != bid.id)
    standing = chosen.where(Bid.buyer_organisation_id == bid.buyer_organisation_id, Submission.status.in_(("submitted", "awarded")))
    return db.session.scalar(standing.limit(1)) is not None


def files_of(bids: list[Bid]) -> dict[UUID, FileRevision]:
    """Return the files of these bids that the reader may see, by their id."""
    return {row.id: row for row in files.revisions([bid.revision_id for bid in bids if bid.revision_id])}
