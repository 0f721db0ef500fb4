"""How hours come to lie on a machine whose row is locked: where they fit, what yields to them, what is refused. Only `actions` calls it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from gongchuang.database import db, half_open
from gongchuang.events import emit
from gongchuang.refusal import Refusal
from marketplace.capacity import queries, rules
from marketplace.capacity.events import CapacityChanged, HoldDisplaced
from marketplace.capacity.locks import Reference
from marketplace.capacity.models import Allocation
from marketplace.capacity.queries import Hours, Worked
from marketplace.capacity.spans import Span, Window

CONSTRAINTS = frozenset({"allocations_never_overlap", "allocations_soft_yields"})


def hours_within(worked: Worked, windows: Sequence[Span], moment: datetime) -> Hours:
    """Return what is taken of a machine from the first to the last of the windows; holds whose time is over are released and stand in nobody's way."""
    taken = queries.not_released(worked, min(w.start for w in windows), max(w.end for w in windows))
    change([t.id for t in taken if t.ended(moment)], status="released", reason="expired")
    return Hours(worked, [], [t for t in taken if not t.ended(moment)])


def announce(worked: Any) -> None:
    """Tell that a machine's hours changed."""
    emit(CapacityChanged(Reference(worked.id, worked.organisation_id, worked.version)))


def why_taken(worked: Worked, lost: Sequence[Span], minutes: int, moment: datetime) -> Refusal:
    """Return the refusal that names the lost hours and the next free ones for the whole work."""
    return rules.taken(lost, queries.propose(worked, minutes, max(moment, min(span.start for span in lost))))


def why_gone(worked: Worked, lost: Sequence[Span], minutes: int, moment: datetime) -> Refusal:
    """Return why a hold is no longer worth anything: its time came before anybody booked it, or others were faster."""
    if any(span.start > moment for span in lost):
        return why_taken(worked, lost, minutes, moment)
    return rules.begun(lost, queries.propose(worked, minutes, moment))


@contextmanager
def or_taken(windows: Sequence[Span]) -> Iterator[None]:
    """Make the constraints' refusal (23P01) ours, should anything ever write hours past the lock. It ends the transaction: nothing more can be asked in it."""
    try:
        yield
        db.session.flush()
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) in CONSTRAINTS:
            raise rules.just_taken(windows) from None
        raise


def change(ids: Sequence[UUID], **values: Any) -> None:
    """Set columns of allocations."""
    if ids:
        changed = update(Allocation).where(Allocation.id.in_(ids)).values(version=Allocation.version + 1, **values)
        db.session.execute(changed.execution_options(synchronize_session="fetch"))


def place(hours: Hours, windows: Sequence[Window], status: str, moment: datetime) -> list[Window]:
    """Return where each window goes, or refuse with those that fit nowhere."""
    placed: list[Window] = []
    lost: list[Window] = []
    fits = hours.fits_softly if status == "soft" else hours.fits_hard
    for window in sorted(windows):
        found = rules.place(window, hours.machine.quantity, lambda unit, span: fits(unit, span) and not any(span.overlaps(p) for p in placed if p.unit == unit))
        if found is None:
            lost.append(window)
        else:
            placed.append(found)
    if lost:
        raise why_taken(hours.machine, lost, sum(w.minutes for w in windows), moment)
    return placed


def insert(hours: Hours, placed: Sequence[Window], moment: datetime, **values: Any) -> list[Allocation]:
    """Write hours where they were placed; hard ones clear the soft holds in their way."""
    hard = values["status"] != "soft"
    if hard:
        displace(hours, placed, values["source_id"])
    rows = [
        Allocation(
            organisation_id=hours.machine.organisation_id,
            machine_id=hours.machine.id,
            unit=w.unit,
            during=half_open(w.start, w.end),
            hardened_at=moment if hard else None,
            **values,
        )
        for w in placed
    ]
    with or_taken(placed):
        db.session.add_all(rows)
        db.session.flush()
    return rows


def displace(hours: Hours, windows: Sequence[Window], source_id: UUID) -> int:
    """Clear soft holds of others from hours that become hard: to another of the same machines where one fits, else they are lost. Return how many are."""
    lost = 0
    for held in list(hours.taken):
        if held.hard or held.source_id == source_id or not any(w.unit == held.unit and held.span.overlaps(w) for w in windows):
            continue
        hours.taken.remove(held)
        wanted = Window(held.span.start, held.span.end, held.unit)
        elsewhere = rules.place(
            wanted, hours.machine.quantity, lambda unit, span: hours.fits_softly(unit, span) and not any(span.overlaps(w) for w in windows if w.unit == unit)
        )
        if elsewhere:
            change([held.id], unit=elsewhere.unit)
            hours.taken.append(replace(held, unit=elsewhere.unit))
        else:
            lost += 1
            change([held.id], status="released", reason="displaced")
            emit(HoldDisplaced(Reference(held.id, hours.machine.organisation_id, __tablename__="allocations")))
    return lost
