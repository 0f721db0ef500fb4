"""Reporting, taking down, appealing. Each: rule, change, audit, event."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError

from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import as_system, current_scope, db, enter, move, refuse_if_excluded, uuid7
from gongchuang.events import emit
from gongchuang.organisations import queries as organisations
from gongchuang.organisations.rules import operator_tokens
from gongchuang.refusal import Refusal, refuse_all, refuse_if

from . import rules
from .events import AppealAnswered, Appealed, Reported, TakenDown
from .models import REPORT_TRANSITIONS, TAKE_DOWN_TRANSITIONS, Report, TakeDown
from .subjects import Moderated, moderated


@contextmanager
def as_owner(organisation_id: UUID) -> Iterator[None]:
    """Run the statements inside under the owner's tenancy, as its own actions need it; only the kinds' take-downs run so."""
    before = current_scope()
    enter(replace(before, organisation_id=organisation_id, audience=organisations.audience_of(organisation_id)))
    try:
        yield
        db.session.flush()
    except BaseException:
        with suppress(SQLAlchemyError):  # what broke the transaction is what is raised
            enter(before)
        raise
    enter(before)


def report(actor: Actor, kind: str, object_id: UUID, *, reason: str, note: str) -> Report:
    """Report something published. What the reporter may not see cannot be reported; one open report a person and thing."""
    assert actor.user_id
    subject = moderated(kind).find(object_id)
    refuse_all(rules.why_not_report(reason=reason, note=note, own=subject.organisation_id == actor.organisation_id))
    owner = organisations.organisation(subject.organisation_id)
    row = Report(
        kind=kind,
        object_id=object_id,
        title=subject.title[:200],
        url=subject.url[:200],
        owner_id=owner.id,
        audience=operator_tokens("operations", owner.region, owner.park),
        reporter_id=actor.user_id,
        reason=reason,
        note=note.strip(),
    )
    with refuse_if_excluded("reports_once", Refusal("report.again", "您已举报过，正在核实", status=409)):
        db.session.add(row)
    record(actor, "report:make", row, kind=kind, reason=reason)
    emit(Reported(row))
    return row


def dismiss(actor: Actor, row: Report, now: datetime) -> None:
    """Find a report without ground."""
    with as_system():
        move(row, REPORT_TRANSITIONS, to="dismissed", decided_by=actor.user_id, decided_at=now)
    record(actor, "report:dismiss", row)


def take_down(actor: Actor, row: Report, now: datetime, *, reason: str, note: str) -> TakeDown:
    """Take the reported thing down, with the reason its owner reads; every open report about it is upheld with it."""
    assert actor.user_id
    refuse_if(rules.why_not_take_down(reason=reason, note=note))
    kind = moderated(row.kind)
    owner = organisations.organisation(row.owner_id)
    values = {
        "id": uuid7(), "organisation_id": row.owner_id, "kind": row.kind, "object_id": row.object_id, "title": row.title, "url": row.url, "reason": reason,
        "note": note.strip(), "taken_by": actor.user_id, "taken_at": now, "status": "down", "version": 1,
        "audience": operator_tokens("operations", owner.region, owner.park) + operator_tokens("security", owner.region, owner.park),
    }  # fmt: skip
    with as_system():
        move(row, REPORT_TRANSITIONS, to="upheld", decided_by=actor.user_id, decided_at=now)
        for other in db.session.scalars(select(Report).where(Report.object_id == row.object_id, Report.status == "open")):
            move(other, REPORT_TRANSITIONS, to="upheld", decided_by=actor.user_id, decided_at=now)
        db.session.execute(insert(TakeDown).values(values))
        made = db.session.scalars(select(TakeDown).where(TakeDown.id == values["id"])).one()
    _change(kind, made, now, down=True)
    record(actor, "take_down:make", made, kind=row.kind, reason=reason)
    record(actor, "take_down:make", made, organisation_id=row.owner_id, kind=row.kind, reason=reason)
    emit(TakenDown(made))
    return made


def _change(kind: Moderated, row: TakeDown, now: datetime, *, down: bool) -> None:
    change = kind.take_down if down else kind.put_back
    if change is not None:
        with as_owner(row.organisation_id):
            change(Actor.system(row.organisation_id), row.object_id, now)


def appeal(actor: Actor, row: TakeDown, now: datetime, *, words: str) -> None:
    """Object to a take-down, once."""
    if len(words.strip()) < 10:
        raise Refusal("appeal.words", "请至少用 10 个字说明理由，可附事实依据", field="words")
    move(row, TAKE_DOWN_TRANSITIONS, to="appealed", appeal=words.strip(), appealed_by=actor.user_id, appealed_at=now)
    record(actor, "take_down:appeal", row)
    emit(Appealed(row))


def answer_appeal(actor: Actor, row: TakeDown, now: datetime, *, restore: bool, answer: str) -> None:
    """Answer an appeal: the thing stays down, or is put back. By another person than took it down."""
    refuse_if(rules.why_not_answer(same_person=row.taken_by == actor.user_id, answer=answer))
    with as_system():
        to = "restored" if restore else "upheld"
        move(row, TAKE_DOWN_TRANSITIONS, to=to, answer=answer.strip(), answered_by=actor.user_id, answered_at=now)
    if restore:
        _change(moderated(row.kind), row, now, down=False)
    record(actor, "take_down:answer", row, restored=restore)
    record(actor, "take_down:answer", row, organisation_id=row.organisation_id, restored=restore)
    emit(AppealAnswered(row))
