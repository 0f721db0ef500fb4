"""Who may do what with machines and certificates: the whole policy."""

from collections.abc import Mapping, Sequence

from gongchuang.actor import Role
from gongchuang.rights import Permission, Predicate, acting, has_role, of_own_organisation


class MachinePermission(Permission):
    LIST = "machine:list"
    """People of a firm see its machines."""
    SEE = "machine:see"
    """People of a firm see one of its machines with everything recorded about it."""
    ADD = "machine:add"
    """Sales, engineering and production record machines; drafting needs no verification."""
    EDIT = "machine:edit"
    """They say anew what a machine is, take it out of work, bring it back."""
    CERTIFY = "machine:certify"
    """Sales and quality keep the firm's certificates."""


_MAKERS = of_own_organisation & has_role(Role.SALES, Role.ENGINEER, Role.PRODUCTION)

POLICY: Mapping[Permission, Sequence[Predicate]] = {
    MachinePermission.LIST: [acting],
    MachinePermission.SEE: [of_own_organisation],
    MachinePermission.ADD: [_MAKERS],
    MachinePermission.EDIT: [_MAKERS],
    MachinePermission.CERTIFY: [of_own_organisation & has_role(Role.SALES, Role.QUALITY)],
}
