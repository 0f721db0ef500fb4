"""What `gongchuang check` proves about machine hours, without trusting the constraints that already forbid it."""

from itertools import groupby

from sqlalchemy import text

from gongchuang.database import db
from marketplace.capacity import spans
from marketplace.capacity.spans import Span

_OVERLAPS = text(
    """select a.machine_id, a.id, b.id as other from allocations a join allocations b on b.machine_id = a.machine_id and b.unit = a.unit and b.id > a.id
       and lower(a.during) < upper(b.during) and lower(b.during) < upper(a.during)
       where a.status <> 'released' and b.status <> 'released' and not (a.status = 'soft' and b.status = 'soft')"""
)
_OVERDUE = text("select id from allocations where status in ('soft', 'firm') and until < now_() - interval '10 minutes'")
_SOFT = text(
    """select a.machine_id, a.unit, m.soft_factor, lower(a.during) as starts, upper(a.during) as ends from allocations a join machines m on m.id = a.machine_id
       where a.status = 'soft' and a.until > now_() and m.soft_factor < (select count(*) from allocations b where b.machine_id = a.machine_id
       and b.unit = a.unit and b.status = 'soft' and b.until > now_()) order by a.machine_id, a.unit"""
)
_BEYOND = text(
    """select a.id from allocations a join machines m on m.id = a.machine_id
       where a.status <> 'released' and a.unit > m.quantity and upper(a.during) > now_()"""
)

_LATE = text("select id, lower(during) as starts, hardened_at from allocations where status = 'booked' and hardened_at >= lower(during)")


def hours_never_overlap() -> list[str]:
    """No hour of a machine is given twice; soft holds overlap only each other."""
    return [f"allocations {row.id} and {row.other} of machine {row.machine_id} overlap" for row in db.session.execute(_OVERLAPS)]


def holds_end() -> list[str]:
    """No hold lives past its end (the clock sweeps each minute)."""
    return [f"allocation {row.id} is still held past its end: is the clock running?" for row in db.session.execute(_OVERDUE)]


def soft_holds_keep_the_factor() -> list[str]:
    """No more soft holds lie over each other than the owner allows."""
    broken = []
    for (machine_id, unit), rows in groupby(db.session.execute(_SOFT), key=lambda r: (r.machine_id, r.unit)):
        held = list(rows)
        if spans.crowded([Span(r.starts, r.ends) for r in held], held[0].soft_factor + 1):
            broken.append(f"machine {machine_id} unit {unit} has more soft holds over each other than its factor allows")
    return broken


def hours_are_booked_ahead() -> list[str]:
    """No hour was booked that had begun or passed when the buyer decided."""
    return [f"allocation {row.id} was booked at {row.hardened_at}, after it began at {row.starts}" for row in db.session.execute(_LATE)]


def hours_have_machines() -> list[str]:
    """No hours are given of a machine that is not there (the owner has four, hours lie on the fifth)."""
    return [f"allocation {row.id} lies on a machine beyond its owner's quantity" for row in db.session.execute(_BEYOND)]
