"""Reads of machine hours: what is taken, what is free, week by week and piece by piece."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Select, and_, func, not_, or_, select

from gongchuang.database import db, found_or_404, now
from marketplace.capacity import rules, spans
from marketplace.capacity.models import HARD, Allocation, Closure
from marketplace.capacity.spans import Span, Window
from marketplace.machines.models import Machine


class Worked(Protocol):
    """What of a machine its hours depend on: the row itself, or these columns of it."""

    @property
    def id(self) -> UUID: ...
    @property
    def organisation_id(self) -> UUID: ...
    @property
    def quantity(self) -> int: ...
    @property
    def soft_factor(self) -> int: ...
    @property
    def shifts(self) -> dict[str, Any]: ...
    @property
    def status(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """Hours given to something."""

    id: UUID
    machine_id: UUID
    unit: int
    span: Span
    status: str
    source_kind: str
    source_id: UUID
    until: datetime | None

    @property
    def hard(self) -> bool:
        return self.status in HARD

    def ended(self, moment: datetime) -> bool:
        """Return whether this is a hold whose time is over."""
        return self.status in ("soft", "firm") and self.until is not None and self.until <= moment


@dataclass
class Hours:
    """A machine's working hours within a span, and what is taken of them."""

    machine: Worked
    working: list[Span]
    taken: list[Taken] = field(default_factory=list)

    @property
    def units(self) -> range:
        return range(1, self.machine.quantity + 1)

    def hard(self, unit: int) -> list[Span]:
        return [t.span for t in self.taken if t.unit == unit and t.hard]

    def soft(self, unit: int) -> list[Span]:
        return [t.span for t in self.taken if t.unit == unit and not t.hard]

    def free(self, unit: int) -> list[Span]:
        """Return when a unit is worked and neither held firmly, booked nor blocked."""
        return spans.subtract(self.working, self.hard(unit))

    def open(self, unit: int) -> list[Span]:
        """Return when one more soft hold fits."""
        return spans.subtract(self.free(unit), spans.crowded(self.soft(unit), self.machine.soft_factor))

    def fits_hard(self, unit: int, span: Span) -> bool:
        return not any(span.overlaps(held) for held in self.hard(unit))

    def fits_softly(self, unit: int, span: Span) -> bool:
        held = spans.clip_each(self.soft(unit), span)
        return self.fits_hard(unit, span) and not spans.crowded(held, self.machine.soft_factor)


def closure(closure_id: UUID) -> Closure:
    return found_or_404(Closure, closure_id)


def closures_of(organisation_id: UUID | None, today: date) -> list[Closure]:
    """Return a firm's closing days from today on."""
    chosen = select(Closure).where(Closure.organisation_id == organisation_id, Closure.last_on >= today)
    return list(db.session.scalars(chosen.order_by(Closure.first_on, Closure.id)))


def _live(moment: datetime) -> Any:
    """Return the condition that hours are still taken at `moment`: a hold past its end takes nothing, swept or not."""
    ended = and_(Allocation.status.in_(("soft", "firm")), Allocation.until <= moment)
    return and_(Allocation.status != "released", not_(ended))


def _within(start: datetime, end: datetime) -> Any:
    return and_(func.upper(Allocation.during) > start, func.lower(Allocation.during) < end)


_TAKEN = ("id", "machine_id", "unit", "during", "status", "source_kind", "source_id", "until")


def _taken(chosen: Select[Any]) -> list[Taken]:
    columns = chosen.with_only_columns(*(getattr(Allocation, name) for name in _TAKEN))
    return [
        Taken(r.id, r.machine_id, r.unit, Span(r.during.lower.astimezone(UTC), r.during.upper.astimezone(UTC)), r.status, r.source_kind, r.source_id, r.until)
        for r in db.session.execute(columns)
    ]


def not_released(machine: Worked, start: datetime, end: datetime) -> list[Taken]:
    """Return what lies on a machine within [start, end), holds whose time is over too."""
    return _taken(select(Allocation).where(Allocation.machine_id == machine.id, Allocation.status != "released", _within(start, end)))


def hours_of(machines: Iterable[Worked], start: datetime, end: datetime, moment: datetime) -> dict[UUID, Hours]:
    """Return the hours of each machine within [start, end) as they stand at `moment`: two statements, however many machines."""
    worked = {machine.id: machine for machine in machines}
    if not worked:
        return {}
    closed = _closed(list(worked.values()), start, end)
    found = {
        key: Hours(machine, spans.working(machine.shifts["week"], start, end, closed[key]) if machine.status == "active" else [])
        for key, machine in worked.items()
    }
    for taken in _taken(select(Allocation).where(Allocation.machine_id.in_(worked), _live(moment), _within(start, end))):
        found[taken.machine_id].taken.append(taken)
    return found


def _closed(machines: Sequence[Worked], start: datetime, end: datetime) -> dict[UUID, Callable[[date], bool]]:
    firms = {machine.organisation_id for machine in machines}
    first, last = spans.day_of(start) - spans.DAY, spans.day_of(end)
    ids = [machine.id for machine in machines]
    found = db.session.execute(
        select(Closure.organisation_id, Closure.machine_id, Closure.first_on, Closure.last_on).where(
            Closure.organisation_id.in_(firms),
            or_(Closure.machine_id.is_(None), Closure.machine_id.in_(ids)),
            Closure.last_on >= first,
            Closure.first_on <= last,
        )
    ).all()

    def of(machine: Worked) -> Callable[[date], bool]:
        mine = [(r.first_on, r.last_on) for r in found if r.organisation_id == machine.organisation_id and r.machine_id in (None, machine.id)]
        return lambda day: any(a <= day <= b for a, b in mine)

    return {machine.id: of(machine) for machine in machines}


def propose(machine: Worked, minutes: int, not_before: datetime, count: int = 1) -> list[Window]:
    """Return the hours that finish `minutes` of work on a machine soonest, not before `not_before` nor in the past; [] when 26 weeks do not suffice.

    The work is shared evenly by `count` of several same machines. Hours held firmly, booked, blocked, or held softly by as many quotes as the owner
    allows are left out. Nothing is held yet: give the windows to `actions.hold_softly`.
    """
    moment = now()
    start = spans.next_quarter(max(not_before, moment).astimezone(UTC))
    hours = hours_of([machine], start, start + rules.HORIZON, moment)[machine.id]
    return rules.propose({unit: hours.open(unit) for unit in hours.units}, minutes, count) or []


def free_by_machine(machines: Iterable[Worked], start: datetime, weeks: int = 8) -> dict[UUID, dict[int, int]]:
    """Return each machine's free minutes (of all its units) in the ISO weeks from the one of `start` on; what is past of the first is left out."""
    codes = spans.weeks_from(spans.day_of(start), weeks)
    found = hours_of(machines, start.astimezone(UTC), spans.week_span(codes[-1]).end, start)
    return {key: spans.minutes_by_week((s for unit in hours.units for s in hours.free(unit)), codes) for key, hours in found.items()}


def free_minutes_by_week(machine_ids: Iterable[UUID], start: datetime, weeks: int = 8) -> dict[int, int]:
    """Return the free minutes of these machines together, by ISO week such as 202648: working hours less firm holds, bookings and outside work.

    To be asked for the owner or as the system: nobody else sees what is taken, and would count too much.
    """
    machines = db.session.scalars(select(Machine).where(Machine.id.in_(list(machine_ids)))).all()
    free = free_by_machine(machines, start, weeks)
    return {code: sum(each[code] for each in free.values()) for code in spans.weeks_from(spans.day_of(start), weeks)}


def booked_since(machine_ids: Iterable[UUID], since: datetime, weeks: Sequence[int]) -> dict[int, int]:
    """Return the minutes in each week that were booked or firmly held after `since` on these machines: what has been sold of an offer."""
    chosen = select(Allocation).where(Allocation.machine_id.in_(list(machine_ids)), Allocation.status.in_(("firm", "booked")), Allocation.hardened_at > since)
    return spans.minutes_by_week((t.span for t in _taken(chosen)), weeks)


def of_source(source_kind: str, source_id: UUID) -> list[Allocation]:
    """Return every row a source ever had, as far as the reader may see them, first hours first."""
    chosen = select(Allocation).where(Allocation.source_kind == source_kind, Allocation.source_id == source_id)
    return list(db.session.scalars(chosen.order_by(func.lower(Allocation.during), Allocation.unit)))


def upcoming(machine_id: UUID, moment: datetime) -> list[Allocation]:
    """Return what is held, booked or blocked on a machine from `moment` on."""
    chosen = select(Allocation).where(Allocation.machine_id == machine_id, _live(moment), func.upper(Allocation.during) > moment)
    return list(db.session.scalars(chosen.order_by(func.lower(Allocation.during), Allocation.unit).limit(200)))


def taken_from(machine_id: UUID, moment: datetime) -> list[Taken]:
    """Return everything taken of a machine's hours from `moment` on: what its owner cannot take back by a smaller number."""
    return _taken(select(Allocation).where(Allocation.machine_id == machine_id, _live(moment), func.upper(Allocation.during) > moment))


@dataclass(frozen=True, slots=True)
class Piece:
    """A shift, or eight hours of one, on the calendar. Minutes count all units."""

    span: Span
    free: int
    blocked: int
    sold: int
    soft: int
    past: bool

    @property
    def state(self) -> str:
        if self.past:
            return "past"
        if self.free:
            return "some" if self.blocked or self.sold else "free"
        return "blocked" if self.blocked else "sold"


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class CalendarWeek:
    code: int
    starts_on: date
    days: tuple[Day, ...]

    @property
    def free_minutes(self) -> int:
        return sum(p.free for d in self.days for p in d.pieces if not p.past)


def calendar(machine: Worked, moment: datetime, weeks: int = 8, unit: int | None = None) -> list[CalendarWeek]:
    """Return a machine's next weeks (of one unit, or of all together), day by day, cut into what one tap blocks."""
    codes = spans.weeks_from(spans.day_of(moment), weeks)
    start, end = spans.week_span(codes[0]).start, spans.week_span(codes[-1]).end
    hours = hours_of([machine], start, end + timedelta(hours=12), moment)[machine.id]
    closed = _closed([machine], start, end)[machine.id]
    units = range(unit, unit + 1) if unit is not None and unit in hours.units else hours.units
    last = spans.week_start(codes[-1]) + timedelta(days=6)
    days = [
        Day(day, tuple(_piece(hours, units, span, moment) for span in spans.pieces(shifts)))
        for day, shifts in spans.shift_days(machine.shifts["week"], spans.week_start(codes[0]), last, closed)
    ]
    return [CalendarWeek(code, days[7 * i].day, tuple(days[7 * i : 7 * i + 7])) for i, code in enumerate(codes)]


def _piece(hours: Hours, units: range, span: Span, moment: datetime) -> Piece:
    inside = [t for t in hours.taken if t.span.overlaps(span) and t.unit in units]
    left = Span(max(span.start, moment.astimezone(UTC)), span.end)
    free = sum(spans.total(spans.subtract([left], (t.span for t in inside if t.unit == unit and t.hard))) for unit in units)

    def of(*statuses: str) -> int:
        return sum(spans.total(spans.clip([t.span], span.start, span.end)) for t in inside if t.status in statuses)

    soft = len({t.source_id for t in inside if t.status == "soft"})
    return Piece(span, free, of("blocked"), of("firm", "booked"), soft, span.end <= moment)


@dataclass(frozen=True, slots=True)
class FreeWeek:
    """A week of a strip: its Monday and its free hours."""

    starts_on: date
    free_hours: float


def strip(free: dict[int, int]) -> list[FreeWeek]:
    """Return free minutes by week as a strip shows them."""
    return [FreeWeek(spans.week_start(code), minutes / 60) for code, minutes in free.items()]


def free_weeks_of(machines: Sequence[Worked]) -> dict[UUID, list[FreeWeek]]:
    """Return the strip of each machine's next eight weeks: two statements, however many machines."""
    return {key: strip(free) for key, free in free_by_machine(machines, now()).items()}
