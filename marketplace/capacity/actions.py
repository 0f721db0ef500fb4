"""What happens to machine hours. Every change of a machine's hours is made under its row's lock, and judged by the database's clock read under it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import CLOCK, as_system, db, now
from gongchuang.refusal import NotFound, Refusal, refuse_if
from marketplace.capacity import placing, rules, spans
from marketplace.capacity.locks import lock, lock_of
from marketplace.capacity.models import Allocation
from marketplace.capacity.queries import Hours
from marketplace.capacity.spans import Span, Window
from marketplace.machines.models import Machine

OFFLINE = "offline"


def _own(actor: Actor, machine: Machine) -> Any:
    """Lock a machine of the actor's own."""
    if machine.organisation_id != actor.organisation_id:
        raise NotFound
    locked = lock([machine.id])
    if not locked:
        raise NotFound
    return locked[machine.id]


def hold_softly(actor: Actor, machine: Machine, windows: Sequence[Window], *, source_kind: str, source_id: UUID, until: datetime) -> list[Allocation]:
    """Hold hours of the actor's own machine for a quote until `until`: others may hold them softly too, up to the machine's soft factor.

    A window that does not fit on its unit is put on another of the same machines. Refuses `capacity.taken` with the hours lost and the next free
    ones, hours that are past or reversed, and machines of others. A changed quote calls `release` first.
    """
    return _hold(actor, machine, windows, status="soft", source_kind=source_kind, source_id=source_id, until=until)


def hold_firmly(actor: Actor, machine: Machine, windows: Sequence[Window], *, source_kind: str, source_id: UUID, until: datetime) -> list[Allocation]:
    """Hold hours so that nobody else can: soft holds over them move to another of the same machines or are displaced."""
    return _hold(actor, machine, windows, status="firm", source_kind=source_kind, source_id=source_id, until=until)


def _hold(actor: Actor, machine: Machine, windows: Sequence[Window], *, status: str, until: datetime, **source: Any) -> list[Allocation]:
    worked = _own(actor, machine)
    moment = now()
    if worked.status != "active":
        raise Refusal("machine.retired", "该设备已停用，请先恢复使用", field="windows")
    refuse_if(rules.why_not_windows(windows, moment, worked.quantity))
    if until <= moment:
        raise Refusal("capacity.until", "预留的截止时间须晚于现在", field="until")
    hours = placing.hours_within(worked, windows, moment)
    placed = placing.place(hours, windows, status, moment)
    rows = placing.insert(hours, placed, moment, status=status, until=until, **source)
    record(actor, f"capacity:hold_{status}", machine, **source, minutes=sum(w.minutes for w in placed), until=until)
    placing.announce(worked)
    return rows


def book(source_kind: str, source_id: UUID) -> int:
    """Turn the holds of a source (a quote being awarded) into bookings, in the transaction of whoever decides; return how many hours rows were booked.

    Runs as the system role, for the rows are the supplier's. 0 when the source never held hours (未锁定机时). Refuses `capacity.taken` with the lost hours
    and the next free ones when any of them was displaced or ran out, `capacity.begun` when their time came first; then nothing is booked. A second call
    is a conflict.
    """
    with as_system():
        locked = lock_of(source_kind, source_id)
        mine = [_Row(*row) for row in db.session.execute(_rows(source_kind, source_id))]
        if not mine:
            return 0
        moment = mine[0].read_at
        held = [row for row in mine if row.status in ("soft", "firm") and row.until is not None and row.until > moment and row.start > moment]
        gone = [row for row in mine if (row.status in ("soft", "firm") and row not in held) or row.reason in ("displaced", "expired")]
        if any(row.status == "booked" for row in mine) or (not held and not gone):
            raise Refusal("state.conflict", "内容刚被他人更新，请刷新页面查看最新状态后再操作", status=409)
        if gone:
            raise placing.why_gone(locked[gone[0].machine_id], [row.span for row in gone], sum(row.span.minutes for row in mine), moment)
        for machine_id, worked in locked.items():
            windows = [Window(row.span.start, row.span.end, row.unit) for row in held if row.machine_id == machine_id]
            if windows:
                _harden(worked, windows, [row.id for row in held if row.machine_id == machine_id], source_id, moment)
    record(Actor.system(), "capacity:book", organisation_id=held[0].organisation_id, source_kind=source_kind, source_id=source_id, rows=len(held))
    return len(held)


def _harden(worked: Any, windows: list[Window], ids: list[UUID], source_id: UUID, moment: datetime) -> None:
    placing.displace(placing.hours_within(worked, windows, moment), windows, source_id)
    with placing.or_taken(windows):
        placing.change(ids, status="booked", until=None, hardened_at=moment)
    placing.announce(worked)


@dataclass(frozen=True)
class _Row:
    id: UUID
    organisation_id: UUID
    machine_id: UUID
    unit: int
    start: datetime
    end: datetime
    status: str
    until: datetime | None
    reason: str | None
    read_at: datetime

    @property
    def span(self) -> Span:
        return Span(self.start.astimezone(UTC), self.end.astimezone(UTC))


def _rows(source_kind: str, source_id: UUID) -> Any:
    columns = (
        Allocation.id,
        Allocation.organisation_id,
        Allocation.machine_id,
        Allocation.unit,
        func.lower(Allocation.during),
        func.upper(Allocation.during),
        Allocation.status,
        Allocation.until,
        Allocation.reason,
        CLOCK,
    )
    mine = (Allocation.source_kind == source_kind, Allocation.source_id == source_id, Allocation.reason.is_distinct_from("withdrawn"))
    return select(*columns).where(*mine).order_by(func.lower(Allocation.during))


def release(source_kind: str, source_id: UUID) -> int:
    """Give back every hour a source holds or has booked (a quote withdrawn, changed or lost, an order cancelled); return how many rows. Repeating does nothing.

    Runs as the system role: the loser's hours are given back in the buyer's transaction. Who may is decided by the caller's own rule.
    """
    with as_system():
        locked = lock_of(source_kind, source_id)
        mine = (Allocation.source_kind == source_kind, Allocation.source_id == source_id)
        rows = db.session.execute(select(Allocation.id, Allocation.machine_id).where(*mine, Allocation.status.in_(("soft", "firm", "booked")))).all()
        placing.change([row.id for row in rows], status="released", reason="withdrawn")
        placing.change(list(db.session.scalars(select(Allocation.id).where(*mine, Allocation.reason.in_(("expired", "displaced"))))), reason="withdrawn")
        for machine_id in sorted({row.machine_id for row in rows}):
            placing.announce(locked[machine_id])
    if rows:
        owner = next(iter(locked.values())).organisation_id
        record(Actor.system(), "capacity:release", organisation_id=owner, source_kind=source_kind, source_id=source_id, rows=len(rows))
    return len(rows)


def block(actor: Actor, machine: Machine, windows: Sequence[Window], note: str = "") -> int:
    """Note outside work 线下占用 on the free hours of these windows; return how many soft holds it displaced.

    Hours already hard inside a window stay as they are; a window without a free minute is refused as taken.
    """
    worked = _own(actor, machine)
    moment = now()
    refuse_if(rules.why_not_windows(windows, moment, worked.quantity))
    hours = placing.hours_within(worked, windows, moment)
    free = [Window(s.start, s.end, w.unit) for w in windows for s in spans.subtract([w], hours.hard(w.unit))]
    if not free:
        raise placing.why_taken(worked, windows, sum(w.minutes for w in windows), moment)
    lost = placing.displace(hours, free, machine.id)
    values = {"status": "blocked", "source_kind": OFFLINE, "source_id": machine.id, "note": note.strip(), "until": None}
    placing.insert(Hours(worked, [], []), free, moment, **values)
    record(actor, "capacity:block", machine, minutes=sum(w.minutes for w in free), displaced=lost)
    placing.announce(worked)
    return lost


def unblock(actor: Actor, machine: Machine, windows: Sequence[Window]) -> int:
    """Take outside work off these windows; what of it lies beyond them stays. Returns the minutes freed."""
    worked = _own(actor, machine)
    moment = now()
    refuse_if(rules.why_not_windows(windows, moment, max(worked.quantity, *(w.unit for w in windows))) if windows else rules.why_not_windows((), moment, 1))
    hours = placing.hours_within(worked, windows, moment)
    freed = 0
    for held in hours.taken:
        inside = [w for w in windows if w.unit == held.unit and held.span.overlaps(w)]
        if held.status != "blocked" or not inside:
            continue
        placing.change([held.id], status="released", reason="withdrawn")
        rest = [Window(s.start, s.end, held.unit) for s in spans.subtract([held.span], inside)]
        freed += held.span.minutes - spans.total(rest)
        placing.insert(Hours(worked, [], []), rest, moment, status="blocked", source_kind=OFFLINE, source_id=machine.id, note="", until=None)
    if freed:
        record(actor, "capacity:unblock", machine, minutes=freed)
        placing.announce(worked)
    return freed


def expire(moment: datetime) -> int:
    """Release every hold whose time is over; return how many. Called by the clock, as the system role."""
    ended = select(Allocation.id, Allocation.machine_id).where(Allocation.status.in_(("soft", "firm")), Allocation.until <= moment)
    machine_ids = {row.machine_id for row in db.session.execute(ended)}
    locked = lock(machine_ids)
    rows = db.session.execute(ended).all()
    placing.change([row.id for row in rows], status="released", reason="expired")
    for machine_id in sorted({row.machine_id for row in rows}):
        placing.announce(locked[machine_id])
    return len(rows)
