"""Who may do what with bids: the whole policy. Choosing one is the task's permission."""

from typing import Any

from gongchuang.actor import Actor, OrganisationKind, Role
from gongchuang.refusal import Refusal
from gongchuang.rights import Permission, Predicate, acting, has_role, of_own_organisation, party_to, verified


class BidPermission(Permission):
    MINE = "bid:mine"
    """Who acts for an organisation sees what it has bid."""
    SUBMIT = "bid:submit"
    """Sales and engineers of a verified organisation, and verified persons, bid and replace their bid."""
    SEE = "bid:see"
    """The bidder reads its bid; the publisher once it may."""
    WITHDRAW = "bid:withdraw"
    """The bidder's people take their bid back."""
    COMPARE = "bid:compare"
    """The publisher's people compare what was bid."""


def _no_operator(actor: Actor, _: Any) -> Refusal | None:
    if actor.kind is OrganisationKind.OPERATOR:
        return Refusal("bid.operator", "园区运营方不能投标", status=403)
    return None


bidder = Predicate("bidder", _no_operator)
sells = has_role(Role.SALES, Role.ENGINEER)

POLICY = {
    BidPermission.MINE: [acting],
    BidPermission.SUBMIT: [acting & bidder & sells & verified],
    BidPermission.SEE: [party_to],
    BidPermission.WITHDRAW: [of_own_organisation & sells],
    BidPermission.COMPARE: [of_own_organisation],
}
