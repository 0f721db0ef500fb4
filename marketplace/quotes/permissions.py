"""Who may do what with quotes: the whole policy."""

from typing import Any

from gongchuang.actor import Actor, OrganisationKind, Role
from gongchuang.database import now
from gongchuang.refusal import Refusal
from gongchuang.rights import Permission, Predicate, acting, fresh, has_role, of_own_organisation, verified
from services.procedures import rules as procedures


class QuotePermission(Permission):
    MAKE = "quote:make"
    """A verified firm's sales people quote for an open order of another."""
    DECLINE = "quote:decline"
    """Sales people say that their firm will not quote."""
    ASK = "quote:ask"
    """People of a firm that sees an order ask its buyer."""
    LIST = "quote:list"
    """People of a firm see its own quotes."""
    SEE = "quote:see"
    """Supplier and buyer read a quote."""
    WITHDRAW = "quote:withdraw"
    """The supplier's sales people take a quote back or explain it."""
    COMPARE = "quote:compare"
    """The buyer's people compare what came for their order."""
    AWARD = "quote:award"
    """The verified buyer's people choose a quote, freshly identified."""


def _takes_quotes(actor: Actor, obj: Any) -> Refusal | None:
    """The order takes quotes at this moment, and is another's."""
    if obj is None:
        return None
    own = obj.organisation_id == actor.organisation_id
    return procedures.why_not_submit(status=obj.procedure.status, closes_at=obj.procedure.closes_at, own=own, now=now())


def _of_buyer(actor: Actor, obj: Any) -> Refusal | None:
    refused = acting.why(actor, obj)
    if refused or obj is None or obj.buyer_organisation_id == actor.organisation_id:
        return refused
    return Refusal("right.not_yours", "只有采购方可以进行这项操作", status=403)


def _of_either(actor: Actor, obj: Any) -> Refusal | None:
    refused = acting.why(actor, obj)
    if refused or obj is None or actor.organisation_id in (obj.organisation_id, obj.buyer_organisation_id):
        return refused
    return Refusal("right.not_party", "只有参与方可以查看", status=403)


def _produces(actor: Actor, obj: Any) -> Refusal | None:
    if actor.kind in (OrganisationKind.FIRM, OrganisationKind.PROVIDER, None):
        return None
    return Refusal("quote.kind", "只有企业可以报价", status=403)


takes_quotes = Predicate("takes_quotes", _takes_quotes)
of_buyer = Predicate("of_buyer", _of_buyer)
of_either = Predicate("of_either", _of_either)
produces = Predicate("produces", _produces)
sells = has_role(Role.SALES)

POLICY = {
    QuotePermission.MAKE: [sells & takes_quotes & produces & verified],
    QuotePermission.DECLINE: [sells & takes_quotes],
    QuotePermission.ASK: [sells & takes_quotes],
    QuotePermission.LIST: [acting],
    QuotePermission.SEE: [of_either],
    QuotePermission.WITHDRAW: [of_own_organisation & sells],
    QuotePermission.COMPARE: [of_own_organisation & has_role(Role.BUYER, Role.ENGINEER, Role.FINANCE)],
    QuotePermission.AWARD: [of_buyer & has_role(Role.BUYER) & verified & fresh],
}
