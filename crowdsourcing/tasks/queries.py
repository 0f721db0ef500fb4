"""Reads of tasks. Row-level security has already removed what the reader may not see."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from crowdsourcing.tasks import rules
from crowdsourcing.tasks.models import Task, TaskFile
from gongchuang.database import as_system, db, found_or_404
from gongchuang.organisations.models import Organisation
from gongchuang.pages import Page, page_of
from services.files import queries as files
from services.files.models import FileRevision
from services.procedures import queries as procedures
from services.procedures.models import Procedure


def task(task_id: UUID) -> Task:
    return found_or_404(Task, task_id)


def draft_of(organisation_id: UUID | None, draft_key: UUID) -> Task | None:
    """Return the draft a form has kept under its own key."""
    return db.session.scalar(select(Task).where(Task.organisation_id == organisation_id, Task.draft_key == draft_key))


def mine(organisation_id: UUID | None, status: str | None, cursor: str | None, now: datetime) -> Page[Task]:
    """Return an organisation's tasks, latest first; `status` one of draft, open, closed, awarded, ended."""
    chosen = select(Task).join(Task.procedure).where(Task.organisation_id == organisation_id).order_by(Task.id.desc())
    conditions = {
        "draft": Procedure.status == "draft",
        "open": procedures.is_open(now),
        "closed": or_(Procedure.status == "closed", and_(Procedure.status == "open", Procedure.closes_at <= now)),
        "awarded": Procedure.status == "awarded",
        "ended": Procedure.status.in_(("cancelled", "failed")),
    }
    return page_of(chosen.where(conditions[status]) if status in conditions else chosen, cursor)


def firm(organisation_id: UUID) -> Organisation:
    return found_or_404(Organisation, organisation_id)


def firms(organisation_ids: Sequence[UUID]) -> dict[UUID, Organisation]:
    """Return these organisations by id: one statement."""
    found = db.session.scalars(select(Organisation).where(Organisation.id.in_(organisation_ids))) if organisation_ids else ()
    return {row.id: row for row in found}


def files_of(task: Task) -> list[FileRevision]:
    """Return the task's files as far as the reader may see them, in order."""
    return files.revisions(list(task.file_ids))


def own_files(revision_ids: Sequence[UUID], organisation_id: UUID) -> list[FileRevision]:
    """Return those of these uploads that are the organisation's own."""
    return [row for row in files.revisions(list(dict.fromkeys(revision_ids))) if row.organisation_id == organisation_id]


def files_shown_elsewhere(ended: Task) -> set[UUID]:
    """Return the files of a task that another task of its publisher still shows too."""
    standing = select(TaskFile.revision_id).join(Procedure, Procedure.id == TaskFile.task_id)
    shown = standing.where(TaskFile.task_id != ended.id, Procedure.status.in_(("open", "closed", "awarded")), TaskFile.revision_id.in_(ended.file_ids))
    return set(db.session.scalars(shown)) if ended.files else set()


def award_rate_of(organisation_id: UUID, now: datetime) -> rules.AwardRate:
    """Return a publisher's 选定率 over all its tasks, whatever their audience: figures only, public."""
    kind = (Procedure.organisation_id == organisation_id, Procedure.object_kind == "task", Procedure.opens_at.is_not(None))
    overdue = and_(Procedure.status.in_(("open", "closed")), Procedure.closes_at < now - rules.GRACE)
    counted = [func.count().filter(Procedure.status == status).label(status) for status in ("awarded", "failed", "cancelled")]
    with as_system():
        row = db.session.execute(select(*counted, func.count().filter(overdue).label("overdue")).where(*kind)).one()
    return rules.award_rate(awarded=row.awarded, failed=row.failed, cancelled=row.cancelled, overdue=row.overdue)


def bidding_on(task_id: UUID) -> int:
    """Return how many bids stand, over all bidders: a figure only, for pages that may show it."""
    with as_system():
        return procedures.counts([task_id]).get(task_id, 0)
