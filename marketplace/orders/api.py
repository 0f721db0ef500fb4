"""Orders by API: everything the pages do, by the same actions."""

from typing import Any
from uuid import UUID

from flask import request

from gongchuang.api import ApiBlueprint, MineQuery
from gongchuang.database import afterwards, uuid7
from gongchuang.rights import allowed
from gongchuang.web import actor, idempotent, now
from marketplace.orders import actions, document, presentation, queries, rules
from marketplace.orders.models import Order, OrderPart
from marketplace.orders.permissions import OrderPermission
from marketplace.orders.schemas import DeadlineIn, FitOut, InvitedOut, InviteIn, MineOut, OrderIn, OrderOut, OrdersOut, PartOut, ReasonIn, ResponseOut
from marketplace.orders.views import SHELF
from search.documents.document import Side
from search.listing import listing
from search.listing.asking import query_of, refuse_nonsense
from search.matching import queries as matching
from search.matching import words as matching_words
from search.matching.schemas import MatchesOut, matches_out

api = ApiBlueprint("orders", __name__)


def part_out(part: OrderPart) -> PartOut:
    names = [name for name in PartOut.model_fields if name not in ("files", "weight_kg")]
    said = {name: getattr(part, name) for name in names}
    return PartOut(**said, files=list(part.file_ids), weight_kg=rules.weight_kg(part.volume_mm3, part.material))


def out(order: Order) -> OrderOut:
    """Return an order as the reader may know it."""
    own = order.organisation_id == actor().organisation_id
    names = (
        "id",
        "number",
        "organisation_id",
        "title",
        "stage",
        "supply",
        "governs",
        "delivery_on",
        "region",
        "made_in",
        "invoice",
        "reach",
        "file_tier",
        "note",
    )
    return OrderOut(
        **{name: getattr(order, name) for name in names},
        status=presentation.state_of(order, now()),  # type: ignore[arg-type]
        opens_at=order.procedure.opens_at,
        closes_at=order.procedure.closes_at,
        certificates=list(order.certificates),
        named=[UUID(i) for i in order.named] if own else None,
        budget_fen=order.budget_fen if own or order.budget_shown else None,
        reason=order.procedure.reason,
        parts=[part_out(part) for part in order.parts],
    )


def facts_of(said: OrderIn) -> rules.OrderFacts:
    """Return what was said in the room's own terms."""
    plain = said.model_dump(exclude={"parts", "named", "certificates"})
    parts = tuple(rules.PartFacts(**part.model_dump(exclude={"files"}), files=tuple(part.files)) for part in said.parts)
    return rules.OrderFacts(**plain, parts=parts, named=tuple(said.named), certificates=tuple(said.certificates))


@api.get("/orders")
@allowed(OrderPermission.LIST)
@api.input(query_of(SHELF), location="query")
@api.output(OrdersOut)
def index(query_data: Any) -> Any:
    """Look through what is put out: the same filters as the page. What names nothing is refused."""
    refuse_nonsense(SHELF, request.args)
    found = listing(SHELF, request.args, actor(), now())
    items = [{"id": card.object_id, **{name: card.data[name] for name in _CARD}} for card in found.cards]
    return OrdersOut(items=items, facets=found.facets, total=found.total, next_page=found.page + 1 if found.next else None)  # type: ignore[arg-type]


_CARD = ("title", "firm", "region", "processes", "materials", "quantity", "parts", "closes_at", "delivery_on")


@api.get("/orders/mine")
@allowed(OrderPermission.DRAFT)
@api.input(MineQuery, location="query")
@api.output(MineOut)
def mine(query_data: MineQuery) -> Any:
    """List one's own orders, latest first; `status` is draft, open, closed, awarded or ended."""
    page = queries.mine(actor().organisation_id, query_data.status, query_data.cursor, now())
    return MineOut(items=[out(order) for order in page.items], next_cursor=page.next_cursor)


@api.post("/orders")
@allowed(OrderPermission.DRAFT)
@idempotent
@api.input(OrderIn, location="json")
@api.output(OrderOut, status_code=201)
def begin(json_data: OrderIn) -> Any:
    """Keep a new draft."""
    order = actions.begin(actor(), uuid7(), rules.OrderFacts(), now())
    return out(actions.save(actor(), order, facts_of(json_data), now()))


@api.get("/orders/<uuid:order_id>")
@allowed(OrderPermission.SEE, queries.order)
@api.output(OrderOut)
def see(order: Order) -> Any:
    """Read an order. Somebody else's counts as read by one's organisation."""
    who, order_id, buyer_id = actor(), order.id, order.organisation_id
    afterwards(lambda: actions.note_view(who, order_id, buyer_id))
    return out(order)


@api.put("/orders/<uuid:order_id>")
@allowed(OrderPermission.DRAFT, queries.order)
@api.input(OrderIn, location="json")
@api.output(OrderOut)
def save(order: Order, json_data: OrderIn) -> Any:
    """Say a draft anew."""
    return out(actions.save(actor(), order, facts_of(json_data), now()))


@api.get("/orders/<uuid:order_id>/fit")
@allowed(OrderPermission.DRAFT, queries.order)
@api.output(FitOut)
def fit(order: Order) -> Any:
    """Count the firms that fit it as it stands."""
    found = matching.count_fitting(document.of_order(order), now())
    best = next(iter(found.suggestions), None)
    change = matching_words.change(best.change.code, best.change.params, Side.NEED) if best else None
    return FitOut(organisations=found.organisations, near=found.near, change=change, adds=best.adds if best else None)


@api.get("/orders/<uuid:order_id>/matches")
@allowed(OrderPermission.DRAFT, queries.order)
@api.output(MatchesOut)
def matches(order: Order) -> Any:
    """List the offers that fit one's own order, best first, then those that nearly do, each with why."""
    return matches_out([*matching.for_need("order", order.id), *matching.for_need("order", order.id, near=True)])


@api.get("/orders/<uuid:order_id>/fitting")
@allowed(OrderPermission.FITTING, queries.order)
@api.output(MatchesOut)
def fitting(order: Order) -> Any:
    """List one's own offers that fit somebody's order or nearly do, best first, each with why."""
    found = (matching.one(match_id, Side.OFFER) for match_id in queries.fitting_offers(actor().organisation_id, order.id))
    return matches_out([match for match in found if match])


@api.get("/orders/<uuid:order_id>/response")
@allowed(OrderPermission.DRAFT, queries.order)
@api.output(ResponseOut)
def response(order: Order) -> Any:
    """Count who was told of one's own order, who read it, who writes a quote and who sent one; while it is quiet, the change that adds most."""
    found = queries.response_to(order)
    quiet = rules.is_quiet(opens_at=order.procedure.opens_at, quotes=found.quoted, now=now()) and presentation.state_of(order, now()) == "open"
    best = matching.one_change_that_adds_most(document.of_order(order), now()) if quiet else None
    said = matching_words.change(best.change.code, best.change.params, Side.NEED) if best else None
    return ResponseOut(told=found.told, read=found.read, writing=found.writing, quoted=found.quoted, change=said, adds=best.adds if best else None)


@api.post("/orders/<uuid:order_id>/publish")
@allowed(OrderPermission.PUBLISH, queries.order)
@idempotent
@api.output(OrderOut)
def publish(order: Order) -> Any:
    """Put a draft out; refused with everything still missing, each at its field."""
    return out(actions.publish(actor(), order, now()))


@api.post("/orders/<uuid:order_id>/invitations")
@allowed(OrderPermission.MANAGE, queries.order)
@idempotent
@api.input(InviteIn, location="json")
@api.output(InvitedOut, status_code=201)
def invite(order: Order, json_data: InviteIn) -> Any:
    """Ask more firms for a quote."""
    return InvitedOut(invited=actions.invite(actor(), order, json_data.organisation_ids, now()))


@api.post("/orders/<uuid:order_id>/extend")
@allowed(OrderPermission.MANAGE, queries.order)
@idempotent
@api.input(DeadlineIn, location="json")
@api.output(OrderOut)
def extend(order: Order, json_data: DeadlineIn) -> Any:
    """Move the deadline later."""
    return out(actions.extend(actor(), order, json_data.closes_at, now()))


@api.post("/orders/<uuid:order_id>/cancel")
@allowed(OrderPermission.MANAGE, queries.order)
@idempotent
@api.input(ReasonIn, location="json")
@api.output(OrderOut)
def cancel(order: Order, json_data: ReasonIn) -> Any:
    """Call it off."""
    return out(actions.cancel(actor(), order, json_data.reason, now()))


@api.post("/orders/<uuid:order_id>/fail")
@allowed(OrderPermission.MANAGE, queries.order)
@idempotent
@api.input(ReasonIn, location="json")
@api.output(OrderOut)
def fail(order: Order, json_data: ReasonIn) -> Any:
    """End it without a chosen supplier."""
    return out(actions.fail(actor(), order, json_data.reason, now()))


@api.post("/orders/<uuid:order_id>/clone")
@allowed(OrderPermission.MANAGE, queries.order)
@idempotent
@api.output(OrderOut, status_code=201)
def clone(order: Order) -> Any:
    """Begin a new draft with everything it said."""
    return out(actions.clone(actor(), order, now()))
