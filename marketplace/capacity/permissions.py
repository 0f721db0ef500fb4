"""Who may do what with machine hours: the whole policy. Holds and bookings are made by quotes and awards, under their own rights."""

from collections.abc import Mapping, Sequence

from gongchuang.actor import Role
from gongchuang.rights import Permission, Predicate, has_role, of_own_organisation


class CapacityPermission(Permission):
    SEE = "capacity:see"
    """People of a firm see the calendar of its machines."""
    BLOCK = "capacity:block"
    """Sales and production note outside work and take it off again."""
    CLOSE = "capacity:close"
    """Sales and production note closing days and maintenance."""


_PLANNERS = of_own_organisation & has_role(Role.SALES, Role.PRODUCTION, Role.ENGINEER)

POLICY: Mapping[Permission, Sequence[Predicate]] = {
    CapacityPermission.SEE: [of_own_organisation],
    CapacityPermission.BLOCK: [_PLANNERS],
    CapacityPermission.CLOSE: [_PLANNERS],
}
