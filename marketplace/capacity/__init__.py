"""Machine hours in time: shifts, closing days, soft and firm holds, bookings, outside work 线下占用.

Owns: allocations, closures. Publishes: CapacityChanged, HoldDisplaced. Builds on machines. Quotes hold and release, awards book.
"""

from gongchuang.manifest import Feature
from marketplace.capacity import api, checks, permissions, queries, rules, tasks, views
from marketplace.capacity import models as models

feature = Feature(
    name="capacity",
    pages=views.pages,
    api=api.api,
    permissions=permissions.POLICY,
    globals={"free_weeks_of": queries.free_weeks_of, "clock": rules.clock},
    crons=[tasks.expire_holds],
    checks=[checks.hours_never_overlap, checks.holds_end, checks.soft_holds_keep_the_factor, checks.hours_have_machines, checks.hours_are_booked_ahead],
)
