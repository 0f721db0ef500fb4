"""Machine hours in time: shifts, closing days, soft and firm holds, bookings, outside work 线下占用.

Owns: allocations, closures. Publishes: CapacityChanged, HoldDisplaced. Builds on machines. Quotes hold and release, awards book.
"""

from gongchuang.manifest import Feature
from marketplace.capacity import checks, permissions, tasks
from marketplace.capacity import models as models

feature = Feature(
    name="capacity",
    permissions=permissions.POLICY,
    crons=[tasks.expire_holds],
    checks=[checks.hours_never_overlap, checks.holds_end, checks.soft_holds_keep_the_factor, checks.hours_have_machines],
)
