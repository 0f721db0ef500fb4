"""The demo's machines, with what their firms do for customers who phone: the rest of each week is free to offer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from gongchuang import vocabulary
from gongchuang.actor import Actor
from gongchuang.database import db
from marketplace.capacity import actions as capacity
from marketplace.capacity.spans import Span, Window, day_of, week_span, weeks_from, working
from marketplace.machines import actions as machines
from marketplace.machines import rules
from marketplace.machines.models import Machine
from services.demo.firms import Firm
from services.demo.tables import Row, codes, figure
from services.demo.travel import moment

ALONE_UP_TO = 5
"""Up to so many of the same machine each have a row of their own; more are one row with a quantity."""
BUSY_WEEKS = 4
"""For how many weeks customers who phone have booked ahead; later weeks are free, and offered up to the hours the table says."""
THINNER = {"stainless": 0.6, "aluminium": 0.5, "copper": 0.3}
"""How thick a laser that cuts carbon steel of thickness 1 cuts other metals."""
BY_PHONE = "老客户订单"


def equip(firms: Mapping[str, Firm], rows: Iterable[Row], free_hours: Mapping[str, list[float]], ago: timedelta) -> dict[str, list[UUID]]:
    """Record every firm's machines and certificates; return the machines' ids by the table's key. `free_hours` says how many a week each key has to offer."""
    ids: dict[str, list[UUID]] = defaultdict(list)
    by_firm: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_firm[row["organisation"]].append(row)
    for key, firm in firms.items():
        with moment(firm.scope("admin"), ago) as at:
            actor = firm.actor("admin")
            for row in by_firm[key]:
                added = [machines.add(actor, facts) for facts in _facts(row)]
                ids[row["key"]] = [machine.id for machine in added]
                hours = free_hours.get(row["key"])
                if hours:
                    _keep_busy(actor, added, hours, at + ago)
    return ids


def certify(firms: Mapping[str, Firm], rows: Iterable[Row], ago: timedelta) -> None:
    """Hang up each firm's certificates, which run out at different times within three years."""
    for row in rows:
        held = codes(row["certificates"])
        if not held:
            continue
        firm = firms[row["key"]]
        with moment(firm.scope("admin"), ago) as at:
            for order, code in enumerate(held):
                until = _in_months(day_of(at), 5 + (len(row["name"]) * 7 + order * 11) % 30)
                number = f"{code.upper().replace('-', '')}-示例-{firm.id.hex[-6:].upper()}"
                machines.add_certificate(firm.actor("admin"), code, until, day_of(at), number)


def _in_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28))


def _facts(row: Row) -> list[rules.Facts]:
    """Return the record of each machine of a row: several with their number, or one with a quantity."""
    count = int(row["count"])
    usual = rules.preset(row["kind"])
    named = codes(row["processes"])
    core, more = (named[:2], named[2:]) if named else (usual.core, usual.supplementary)
    numbers = [f"{number} 号机" for number in range(1, count + 1)] if 1 < count <= ALONE_UP_TO else [""]
    return [
        rules.Facts(
            name=row["name"],
            model=number,
            kind=row["kind"],
            quantity=1 if len(numbers) > 1 else count,
            core=core,
            supplementary=more,
            materials=_thickness(row, codes(row["materials"])) or usual.materials,
            x_mm=figure(row["x_mm"]),
            y_mm=figure(row["y_mm"]),
            z_mm=figure(row["z_mm"]),
            mass_kg=figure(row["mass_kg"]),
            tolerance_mm=figure(row["tolerance_mm"]),
            shift=row["shift"],
            work_days=7 if row["shift"] == "three" else 6,
        )
        for number in numbers
    ]


def _thickness(row: Row, materials: tuple[str, ...]) -> dict[str, float | None]:
    """Return the greatest thickness by material where the machine works sheet, else no limit."""
    most = figure(row["thickness_mm"])
    if most is None:
        return dict.fromkeys(materials)
    factor = THINNER if row["kind"] == "laser" else {}
    return {code: round(most * factor.get(vocabulary.term("materials", code).family, 1), 1) for code in materials}


def _keep_busy(actor: Actor, added: list[Machine], hours: list[float], now: datetime) -> None:
    """Block each machine from Monday on, in the weeks from `now`, until only its share of the week's free hours is left."""
    units = sum(machine.quantity for machine in added)
    for machine in added:
        windows = [
            Window(span.start, span.end, unit)
            for code, free in zip(weeks_from(day_of(now), BUSY_WEEKS), hours, strict=False)
            for span in _busy(machine, code, round(free * 60 / units), now)
            for unit in range(1, machine.quantity + 1)
        ]
        if windows:
            capacity.block(actor, machine, windows, BY_PHONE)
    db.session.flush()


def _busy(machine: Machine, code: int, free: int, now: datetime) -> list[Span]:
    """Return the first part of a machine's week that leaves `free` minutes of it, without what is past."""
    week = week_span(code)
    left = [Span(span.start.astimezone(UTC), span.end.astimezone(UTC)) for span in working(machine.shifts["week"], week.start, week.end)]
    taken = sum(span.minutes for span in left) - free
    busy: list[Span] = []
    for span in left:
        if taken < 30:
            break
        part = Span(span.start, min(span.end, span.start + timedelta(minutes=taken)))
        taken -= part.minutes
        if part.end > now + timedelta(hours=1):
            busy.append(part)
    return busy
