"""Who may do what with offers: the whole policy."""

from collections.abc import Mapping, Sequence

from gongchuang.actor import Role
from gongchuang.rights import Permission, Predicate, acting, anyone, has_role, of_own_organisation, verified


class OfferPermission(Permission):
    LIST = "offer:list"
    """Everyone searches what is offered publicly, without signing in; parks and named customers see more."""
    SEE = "offer:see"
    """Whoever an offer is meant for sees it."""
    MINE = "offer:mine"
    """People of a firm see what it offers and has offered."""
    DRAFT = "offer:draft"
    """Sales people write offers; drafting needs no verification."""
    PUBLISH = "offer:publish"
    """Sales people of a verified firm publish them, say that they still stand, put them out again."""
    WITHDRAW = "offer:withdraw"
    """They take them back."""
    FAVOUR = "offer:favour"
    """Whoever acts for an organisation keeps offers."""
    TALK = "offer:talk"
    """Whoever acts for an organisation writes to the one that offers."""
    CHOOSE = "publish:choose"
    """Everyone sees what can be published here."""


_SELLERS = of_own_organisation & has_role(Role.SALES, Role.PRODUCTION)

POLICY: Mapping[Permission, Sequence[Predicate]] = {
    OfferPermission.LIST: [anyone],
    OfferPermission.SEE: [anyone],
    OfferPermission.MINE: [acting],
    OfferPermission.DRAFT: [_SELLERS],
    OfferPermission.PUBLISH: [_SELLERS & verified],
    OfferPermission.WITHDRAW: [_SELLERS],
    OfferPermission.FAVOUR: [acting],
    OfferPermission.TALK: [acting],
    OfferPermission.CHOOSE: [anyone],
}
