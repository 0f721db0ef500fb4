"""What orders and tasks share: putting out, inviting, extending, answering, deciding. Features call these inside their own actions and emit their own events.

Every decision and every answer takes the procedure's row lock first (owner: exclusive, supplier: shared), so that of parallel calls on the
same thing exactly one succeeds and the others hear why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update

from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import add_participant, as_system, conflict, db, latest, move, refuse_if_excluded
from gongchuang.refusal import NotFound, Refusal, refuse_if

from . import queries, rules
from .models import SUBMISSION_TRANSITIONS, TRANSITIONS, Award, Procedure, Submission

_SUBMISSIONS: Any = Submission.__table__
_SHARED = text("select status, closes_at, now_() as now from procedures where id = :id for share")


@dataclass(frozen=True)
class Decided:
    """What a decision did: the award, if any, and the submissions that lost by it (id, supplier)."""

    award: Award | None
    losers: tuple[tuple[UUID, UUID], ...]


def draft(actor: Actor, object_kind: str, object_id: UUID) -> Procedure:
    """Make the procedure of a new order or task, unseen by anybody else. Call before adding the object, which refers to it."""
    procedure = Procedure(id=object_id, organisation_id=actor.organisation_id, object_kind=object_kind, audience=[])
    db.session.add(procedure)
    db.session.flush()
    return procedure


def open_(actor: Actor, procedure: Procedure, *, closes_at: datetime | None, audience: Sequence[str], invited: Sequence[UUID] = (), now: datetime) -> Procedure:
    """Put it out: readable by `audience` (tokens) and the invited, taking submissions until `closes_at`."""
    named = [i for i in dict.fromkeys(invited) if i != procedure.organisation_id]
    refuse_if(rules.why_not_open(status=procedure.status, closes_at=closes_at, audience=audience, invited=len(named), now=now))
    move(procedure, TRANSITIONS, to="open", opens_at=now, closes_at=closes_at, audience=list(dict.fromkeys(audience)))
    _invite(procedure, named)
    record(actor, "procedure:open", procedure, closes_at=closes_at, invited=len(named))
    return procedure


def invite(actor: Actor, procedure: Procedure, organisation_ids: Iterable[UUID], now: datetime) -> list[UUID]:
    """Let more organisations take part; return those that were not invited before."""
    refuse_if(rules.why_not_invite(status=procedure.status, closes_at=procedure.closes_at, now=now))
    known = {*queries.invited_to(procedure.id), procedure.organisation_id}
    new = [i for i in dict.fromkeys(organisation_ids) if i not in known]
    _invite(procedure, new)
    if new:
        record(actor, "procedure:invite", procedure, organisations=new)
    return new


def _invite(procedure: Procedure, organisation_ids: Sequence[UUID]) -> None:
    for organisation_id in organisation_ids:
        add_participant(procedure.object_kind, procedure.id, organisation_id, "invited", owner_id=procedure.organisation_id)


def extend(actor: Actor, procedure: Procedure, closes_at: datetime | None, now: datetime) -> Procedure:
    """Move the deadline later. Never earlier, never after it has passed."""
    latest(procedure)
    refuse_if(rules.why_not_extend(status=procedure.status, closes_at=procedure.closes_at, to=closes_at, now=now))
    procedure.closes_at = closes_at
    procedure.extensions += 1
    record(actor, "procedure:extend", procedure, closes_at=closes_at)
    return procedure


def cancel(actor: Actor, procedure: Procedure, reason: str, now: datetime) -> Decided:
    """Call it off. What was submitted has lost."""
    latest(procedure)
    refuse_if(rules.why_not_cancel(status=procedure.status, reason=reason))
    return _end(actor, procedure, "cancelled", reason, now)


def fail(actor: Actor, procedure: Procedure, reason: str, now: datetime) -> Decided:
    """End it without a winner, with the reason everyone who submitted sees."""
    latest(procedure)
    refuse_if(rules.why_not_fail(status=procedure.status, reason=reason))
    return _end(actor, procedure, "failed", reason, now)


def award(actor: Actor, procedure: Procedure, submission: Submission, reason: str, now: datetime) -> Decided:
    """Choose one submission. Exactly one of parallel awards, cancels and withdrawals comes through; whoever calls may still refuse and undo all of it."""
    latest(procedure)
    if submission.procedure_id != procedure.id:
        raise NotFound
    _reload(submission)
    refuse_if(rules.why_not_award(status=procedure.status, submission_status=submission.status, reason=reason))
    decision = Award(
        organisation_id=procedure.organisation_id,
        procedure_id=procedure.id,
        submission_id=submission.id,
        supplier_organisation_id=submission.organisation_id,
        reason=reason,
    )
    with refuse_if_excluded("awards_once", Refusal("procedure.awarded", rules.ENDED_WORDS["awarded"], status=409)):
        db.session.add(decision)
    if _decide("awarded", now, _SUBMISSIONS.c.id == submission.id) == []:
        raise conflict()
    decided = _end(actor, procedure, "awarded", reason, now)
    record(actor, "submission:award", submission, procedure_id=procedure.id)
    _reload(submission)
    return Decided(decision, decided.losers)


def _end(actor: Actor, procedure: Procedure, to: str, reason: str, now: datetime) -> Decided:
    move(procedure, TRANSITIONS, to=to, decided_at=now, reason=reason)
    losers = _decide("lost", now, _SUBMISSIONS.c.procedure_id == procedure.id)
    record(actor, f"procedure:{to}", procedure, losers=len(losers))
    return Decided(None, tuple(losers))


def _decide(to: str, now: datetime, which: Any) -> list[tuple[UUID, UUID]]:
    """Move submitted submissions on the suppliers' side, as the system role, which may write nothing but their state. Returns (id, supplier)."""
    columns = _SUBMISSIONS.c
    moved = update(_SUBMISSIONS).where(which, columns.status == "submitted").values(status=to, decided_at=now, version=columns.version + 1)
    with as_system():
        return [(row.id, row.organisation_id) for row in db.session.execute(moved.returning(columns.id, columns.organisation_id))]


def _reload(submission: Submission) -> None:
    db.session.flush()
    fresh = select(Submission).where(Submission.id == submission.id).execution_options(populate_existing=True)
    if db.session.scalar(fresh) is None:
        raise NotFound


def draft_submission(actor: Actor, procedure: Procedure, object_kind: str, submission_id: UUID) -> Submission:
    """Begin an answer, seen by its supplier alone. Call before adding the quote or bid, which has the same id.

    Refuses a second living answer of the same supplier; one that was withdrawn does not count.
    """
    own = procedure.organisation_id == actor.organisation_id
    refuse_if(rules.why_not_submit(status=procedure.status, closes_at=procedure.closes_at, own=own, now=_clock()))
    submission = Submission(
        id=submission_id,
        organisation_id=actor.organisation_id,
        buyer_organisation_id=procedure.organisation_id,
        procedure_id=procedure.id,
        object_kind=object_kind,
    )
    with refuse_if_excluded("submissions_once", Refusal("submission.twice", "贵企业已有一份报价，请修改或撤回后再报", status=409)):
        db.session.add(submission)
    return submission


def _clock() -> datetime:
    moment: datetime = db.session.execute(text("select now_()")).scalar_one()
    return moment


def submit(actor: Actor, submission: Submission) -> Submission:
    """Hand it in: accepted iff the database's clock, read under the procedure's lock, is before the deadline. The supplier takes part from now on."""
    status, closes_at, now = _share(submission)
    own = submission.buyer_organisation_id == submission.organisation_id
    refuse_if(rules.why_not_submit(status=status, closes_at=closes_at, own=own, now=now))
    move(submission, SUBMISSION_TRANSITIONS, to="submitted", submitted_at=now)
    with as_system():
        kind = db.session.scalar(select(Procedure.object_kind).where(Procedure.id == submission.procedure_id))
        assert kind is not None
        add_participant(kind, submission.procedure_id, submission.organisation_id, "submitter", owner_id=submission.buyer_organisation_id)
    record(actor, "submission:submit", submission, procedure_id=submission.procedure_id)
    return submission


def withdraw(actor: Actor, submission: Submission) -> Submission:
    """Take it back, until a decision has been made."""
    _share(submission)
    _reload(submission)
    refuse_if(rules.why_not_withdraw(submission_status=submission.status))
    move(submission, SUBMISSION_TRANSITIONS, to="withdrawn")
    record(actor, "submission:withdraw", submission, procedure_id=submission.procedure_id)
    return submission


def _share(submission: Submission) -> tuple[str, datetime | None, datetime]:
    """Hold off decisions and cancellations while a supplier acts; return the procedure's state, deadline and the clock read under the lock."""
    with as_system():
        row = db.session.execute(_SHARED, {"id": submission.procedure_id}).one()
    return row.status, row.closes_at, row.now
