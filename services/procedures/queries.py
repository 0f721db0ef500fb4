"""Reads. Row-level security has already removed what the reader may not see."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select

from gongchuang.database import Participant, as_system, db, found_or_404
from gongchuang.organisations.models import Organisation
from gongchuang.refusal import Refusal

from .models import Award, Procedure, Submission


def procedure(procedure_id: UUID) -> Procedure:
    return found_or_404(Procedure, procedure_id)


def submission(submission_id: UUID) -> Submission:
    return found_or_404(Submission, submission_id)


def is_open(now: datetime) -> ColumnElement[bool]:
    """Return the one condition for a procedure that takes submissions at `now`."""
    return and_(Procedure.status == "open", Procedure.closes_at > now)


def submissions_of(procedure_id: UUID) -> list[Submission]:
    """Return what was submitted, drafts apart, first come first: for the owner all of it, for a supplier its own."""
    ordered = select(Submission).where(Submission.procedure_id == procedure_id, Submission.submitted_at.is_not(None))
    return list(db.session.scalars(ordered.order_by(Submission.submitted_at, Submission.id)))


def my_submission(procedure_id: UUID, organisation_id: UUID | None) -> Submission | None:
    """Return an organisation's own living submission (draft included), or None."""
    mine = select(Submission).where(Submission.procedure_id == procedure_id, Submission.organisation_id == organisation_id, Submission.status != "withdrawn")
    return db.session.scalar(mine)


def award_of(procedure_id: UUID) -> Award | None:
    return db.session.scalar(select(Award).where(Award.procedure_id == procedure_id))


def counts(procedure_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return how many submissions stand (submitted, awarded or lost) for each of the owner's procedures: one statement."""
    found = (
        select(Submission.procedure_id, func.count())
        .where(Submission.procedure_id.in_(list(procedure_ids)), Submission.status.in_(("submitted", "awarded", "lost")))
        .group_by(Submission.procedure_id)
    )
    return {row[0]: row[1] for row in db.session.execute(found)}


def invited_to(procedure_id: UUID) -> list[UUID]:
    """Return the organisations invited, as far as the reader may know: the owner all, another itself."""
    invited = select(Participant.organisation_id).where(Participant.object_id == procedure_id, Participant.role == "invited")
    return list(db.session.scalars(invited.order_by(Participant.created_at)))


def outcomes_of(organisation_id: UUID) -> dict[str, int]:
    """Return how many of an organisation's procedures ended in each way, over all audiences: figures only, public as its award rate."""
    with as_system():
        ended = select(Procedure.status, func.count()).where(Procedure.organisation_id == organisation_id, Procedure.opens_at.is_not(None))
        rows: list[Any] = list(db.session.execute(ended.where(Procedure.status.in_(("awarded", "failed", "cancelled"))).group_by(Procedure.status)))
    return {"awarded": 0, "failed": 0, "cancelled": 0} | {row[0]: row[1] for row in rows}


def known_firms(organisation_ids: Iterable[UUID], *, except_for: UUID) -> list[UUID]:
    """Return those of these ids that name somebody who can answer, other than `except_for`, in the order given."""
    wanted = [i for i in dict.fromkeys(organisation_ids) if i != except_for]
    can_answer = select(Organisation.id).where(Organisation.id.in_(wanted), Organisation.kind != "operator")
    known = set(db.session.scalars(can_answer)) if wanted else set()
    return [i for i in wanted if i in known]


def named_firms(organisation_ids: Sequence[UUID], *, except_for: UUID) -> list[UUID]:
    """Return the firms something is put out to. One that is not there is refused: whoever named it would wait for its answer."""
    known = known_firms(organisation_ids, except_for=except_for)
    if len(known) < len({*organisation_ids} - {except_for}):
        raise Refusal("procedure.named_unknown", "指定的企业不存在，请重新选择", field="named")
    return known
