"""Who may do what with orders: the whole policy. What a reader may see at all is the database's decision."""

from gongchuang.actor import Role
from gongchuang.rights import Permission, acting, anyone, has_role, of_own_organisation, verified


class OrderPermission(Permission):
    LIST = "order:list"
    """Everyone looks through what is put out for their audience."""
    SEE = "order:see"
    """Whoever the database shows an order to may read it."""
    BEGIN = "order:begin"
    """Everyone may fill in the form; keeping it needs an organisation."""
    DRAFT = "order:draft"
    """Buyers and engineers of an organisation write and change its own drafts."""
    PUBLISH = "order:publish"
    """A verified organisation's buyers put its orders out."""
    FITTING = "order:fitting"
    """Whoever acts for an organisation sees which of its own offers fit an order it may read."""
    MANAGE = "order:manage"
    """The buyer's people extend, invite, call off, and issue again."""


buys = has_role(Role.BUYER)

POLICY = {
    OrderPermission.LIST: [anyone],
    OrderPermission.SEE: [anyone],
    OrderPermission.BEGIN: [anyone],
    OrderPermission.DRAFT: [of_own_organisation & has_role(Role.BUYER, Role.ENGINEER)],
    OrderPermission.PUBLISH: [of_own_organisation & buys & verified],
    OrderPermission.FITTING: [acting],
    OrderPermission.MANAGE: [of_own_organisation & buys],
}
