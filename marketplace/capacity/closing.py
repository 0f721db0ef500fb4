"""Days on which nothing is made: 停工 and 保养."""

from datetime import date

from sqlalchemy import select

from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import db, now
from gongchuang.events import emit
from gongchuang.refusal import NotFound, refuse_if
from marketplace.capacity import rules, spans
from marketplace.capacity.events import CapacityChanged
from marketplace.capacity.models import Closure
from marketplace.machines.models import Machine


def close(actor: Actor, machine: Machine | None, *, kind: str, first_on: date, last_on: date, note: str = "") -> Closure:
    """Note days on which a machine, or without one the whole firm, is not worked. Hours booked on them stay booked and show on the calendar."""
    refuse_if(rules.why_not_close(kind, first_on, last_on, spans.day_of(now())))
    if machine is not None and machine.organisation_id != actor.organisation_id:
        raise NotFound
    days = {"kind": kind, "first_on": first_on, "last_on": last_on, "note": note.strip()}
    closure = Closure(organisation_id=actor.organisation_id, machine_id=machine.id if machine else None, **days)
    db.session.add(closure)
    db.session.flush()
    record(actor, "capacity:close", closure, first_on=first_on, last_on=last_on)
    _tell_machines(closure)
    return closure


def reopen(actor: Actor, closure: Closure) -> None:
    """Take closing days back."""
    if closure.organisation_id != actor.organisation_id:
        raise NotFound
    record(actor, "capacity:reopen", closure)
    _tell_machines(closure)
    db.session.delete(closure)
    db.session.flush()


def _tell_machines(closure: Closure) -> None:
    chosen = select(Machine).where(Machine.organisation_id == closure.organisation_id, Machine.status == "active")
    for machine in db.session.scalars(chosen if closure.machine_id is None else chosen.where(Machine.id == closure.machine_id)):
        emit(CapacityChanged(machine))
