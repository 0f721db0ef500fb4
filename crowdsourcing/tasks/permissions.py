"""Who may do what with tasks: the whole policy. What a reader may see at all is the database's decision."""

from typing import Any

from gongchuang.actor import Actor, OrganisationKind, Role
from gongchuang.refusal import Refusal
from gongchuang.rights import Permission, Predicate, acting, anyone, fresh, has_role, of_own_organisation, verified


class TaskPermission(Permission):
    LIST = "task:list"
    """Everyone looks through what is put out for their audience."""
    SEE = "task:see"
    """Whoever the database shows a task to may read it."""
    MINE = "task:mine"
    """Who acts for an organisation sees its own tasks and those that fit it."""
    DRAFT = "task:draft"
    """Buyers and engineers of a firm write and change its own drafts."""
    PUBLISH = "task:publish"
    """A verified firm's buyers and engineers put its tasks out."""
    MANAGE = "task:manage"
    """The publisher's people extend, invite, call off, end without a choice, and issue again."""
    ASK = "task:ask"
    """Who acts for another organisation talks with the publisher about a task."""
    AWARD = "task:award"
    """The publisher's people choose a bid, freshly identified."""


def _is_firm(actor: Actor, _: Any) -> Refusal | None:
    if actor.kind is OrganisationKind.FIRM:
        return None
    return Refusal("task.firms_only", "只有企业可以发布设计任务；个人和服务机构可以投标", status=403)


firm = Predicate("firm", _is_firm)
buys = has_role(Role.BUYER, Role.ENGINEER)

POLICY = {
    TaskPermission.LIST: [anyone],
    TaskPermission.SEE: [anyone],
    TaskPermission.MINE: [acting],
    TaskPermission.DRAFT: [of_own_organisation & firm & buys],
    TaskPermission.PUBLISH: [of_own_organisation & firm & buys & verified],
    TaskPermission.MANAGE: [of_own_organisation & buys],
    TaskPermission.ASK: [acting],
    TaskPermission.AWARD: [of_own_organisation & buys & verified & fresh],
}
