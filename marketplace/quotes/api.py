"""Quotes by API: everything the pages do, by the same actions."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from gongchuang.api import ApiBlueprint, MineQuery
from gongchuang.money import capital
from gongchuang.rights import allowed
from gongchuang.web import actor, idempotent, now
from marketplace.capacity.spans import Window
from marketplace.machines import queries as machines
from marketplace.orders import queries as orders
from marketplace.orders.models import Order
from marketplace.quotes import actions, queries, rules
from marketplace.quotes.models import Quote
from marketplace.quotes.permissions import QuotePermission
from marketplace.quotes.schemas import AwardIn, DeclineIn, JustifyIn, LineOut, PreviewOut, QuoteIn, QuoteOut, QuotesOut, WindowIn
from services.messages.schemas import BegunOut

api = ApiBlueprint("quotes", __name__)


_RECKONED = ("status", "submitted_at", "lines", "papers", "held_minutes", "lost_minutes", "booked", "abnormally_low", "justification")


def outs(found: Sequence[Quote]) -> list[QuoteOut]:
    """Return quotes as the API shows them: a fixed number of statements for those of one order."""
    held, said = queries.hours_of([q.id for q in found], now()), queries.justified([q.id for q in found])
    low = {quote_id for order_id in {q.order_id for q in found} for quote_id in queries.abnormal_in(order_id)}
    names = [name for name in QuoteOut.model_fields if name not in _RECKONED]
    made = []
    for quote in found:
        hours = held.get(quote.id, queries.Hours())
        made.append(
            QuoteOut(
                **{name: getattr(quote, name) for name in names},
                status=quote.submission.status,  # type: ignore[arg-type]
                submitted_at=quote.submission.submitted_at,
                lines=[LineOut.model_validate(line) for line in quote.lines],
                papers=[paper.revision_id for paper in quote.papers],
                held_minutes=hours.held,
                lost_minutes=hours.lost,
                booked=hours.booked,
                abnormally_low=quote.id in low,
                justification=said.get(quote.id),
            )
        )
    return made


def facts_of(said: QuoteIn) -> rules.QuoteFacts:
    """Return what was said in the room's own terms."""
    plain = said.model_dump(exclude={"lines", "papers", "windows"})
    windows = tuple(Window(w.start.astimezone(UTC), w.end.astimezone(UTC), w.unit) for w in said.windows)
    lines = tuple(rules.LineFacts(**line.model_dump()) for line in said.lines)
    return rules.QuoteFacts(**plain, lines=lines, papers=tuple(said.papers), windows=windows)


@api.post("/orders/<uuid:order_id>/quotes/preview")
@allowed(QuotePermission.MAKE, orders.order)
@api.input(QuoteIn, location="json")
@api.output(PreviewOut)
def preview(order: Order, json_data: QuoteIn) -> Any:
    """Reckon the total and propose hours; nothing is kept."""
    facts = facts_of(json_data)
    found = actions.totals_of(facts, order)
    windows = actions.propose(machines.machine(facts.machine_id), facts, order, now()) if facts.machine_id else []
    return PreviewOut(
        landed_fen=found.landed if found else None,
        net_fen=found.net if found else None,
        tax_fen=found.tax if found else None,
        capital=capital(found.landed) if found else None,
        machine_minutes=actions.minutes_of(facts, order),
        windows=[WindowIn(start=w.start, end=w.end, unit=w.unit) for w in windows],
    )


@api.post("/orders/<uuid:order_id>/quotes")
@allowed(QuotePermission.MAKE, orders.order)
@idempotent
@api.input(QuoteIn, location="json")
@api.output(QuoteOut, status_code=201)
def submit(order: Order, json_data: QuoteIn) -> Any:
    """Hand a quote in."""
    return outs([actions.submit(actor(), order, facts_of(json_data), now())])[0]


@api.get("/orders/<uuid:order_id>/quotes")
@allowed(QuotePermission.COMPARE, orders.order)
@api.output(QuotesOut)
def compare(order: Order) -> Any:
    """List what came for one's own order, first come first."""
    return QuotesOut(items=outs(queries.of_order(order.id)))


@api.post("/orders/<uuid:order_id>/declines")
@allowed(QuotePermission.DECLINE, orders.order)
@idempotent
@api.input(DeclineIn, location="json")
@api.output({}, status_code=204)
def decline(order: Order, json_data: DeclineIn) -> Any:
    """Say that one's firm will not quote."""
    actions.decline(actor(), order, json_data.reason, json_data.note)
    return ""


@api.get("/quotes/mine")
@allowed(QuotePermission.LIST)
@api.input(MineQuery, location="query")
@api.output(QuotesOut)
def mine(query_data: MineQuery) -> Any:
    """List one's own quotes, latest first; `status` is draft, submitted, awarded, lost or withdrawn."""
    page = queries.mine(actor().organisation_id, query_data.status, query_data.cursor)
    return QuotesOut(items=outs(page.items), next_cursor=page.next_cursor)


@api.get("/quotes/<uuid:quote_id>")
@allowed(QuotePermission.SEE, queries.quote)
@api.output(QuoteOut)
def see(quote: Quote) -> Any:
    """Read a quote one made or received."""
    return outs([quote])[0]


@api.post("/quotes/<uuid:quote_id>/withdraw")
@allowed(QuotePermission.WITHDRAW, queries.quote)
@idempotent
@api.output(QuoteOut)
def withdraw(quote: Quote) -> Any:
    """Take a quote back."""
    return outs([actions.withdraw(actor(), quote)])[0]


@api.post("/quotes/<uuid:quote_id>/hours")
@allowed(QuotePermission.WITHDRAW, queries.quote)
@idempotent
@api.output(QuoteOut)
def hold_again(quote: Quote) -> Any:
    """Hold the next free hours for a quote that lost its own."""
    return outs([actions.hold_again(actor(), quote, orders.order(quote.order_id), now())])[0]


@api.post("/quotes/<uuid:quote_id>/justification")
@allowed(QuotePermission.WITHDRAW, queries.quote)
@idempotent
@api.input(JustifyIn, location="json")
@api.output(QuoteOut, status_code=201)
def justify(quote: Quote, json_data: JustifyIn) -> Any:
    """Explain an abnormally low price."""
    actions.justify(actor(), quote, json_data.text)
    return outs([quote])[0]


@api.post("/quotes/<uuid:quote_id>/award")
@allowed(QuotePermission.AWARD, queries.quote)
@idempotent
@api.input(AwardIn, location="json")
@api.output(QuoteOut)
def award(quote: Quote, json_data: AwardIn) -> Any:
    """Choose a quote; its hours are booked or nothing happens."""
    return outs([actions.award(actor(), orders.order(quote.order_id), quote, json_data.reason, now())])[0]


@api.post("/orders/<uuid:order_id>/conversation")
@allowed(QuotePermission.ASK, orders.order)
@api.output(BegunOut, status_code=201)
def ask(order: Order) -> Any:
    """Open one's conversation with the buyer about an order; the same one again when it was opened before."""
    return BegunOut(id=actions.ask(actor(), order).id)
