"""The demo's quotes: handed in by suppliers with hours held on their machines, taken back, chosen and lost."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from gongchuang.refusal import Refusal
from marketplace.capacity.spans import day_of
from marketplace.machines.queries import machine
from marketplace.orders import actions as orders
from marketplace.orders import queries as order_queries
from marketplace.orders.models import Order
from marketplace.quotes import actions, queries
from marketplace.quotes.rules import LineFacts, QuoteFacts
from services.demo.firms import Firm
from services.demo.tables import Row, fen, figure
from services.demo.travel import moment

from .buying import Bought
from .times import between

PAYMENTS = {"prepaid": "prepaid", "monthly": "monthly", "acceptance": "acceptance"}
BILL_DAYS = 180
"""Bank acceptance bills run six months."""
DECIDES = timedelta(hours=16)
"""How long after its deadline a buyer of the demo chooses: the next morning."""
REASONS = ("到厂总价最低，交期满足要求", "交期最短，质量证明文件齐全", "综合价格、交期与以往合作，择优选定", "检测能力满足要求，付款条件合适")


def quoted_at(bought: Bought, order: int, count: int, now: datetime) -> datetime:
    """Return when the `order`th of `count` quotes came in."""
    return between(bought.published_at, min(bought.closes_at, now - timedelta(minutes=10)), order / (count + 1))


def decided_at(bought: Bought) -> datetime:
    return bought.closes_at + DECIDES


def answer(bought: Bought, row: Row, supplier: Firm, order_id: UUID, *, machines: Mapping[str, Sequence[UUID]], ago: timedelta) -> None:
    """Answer an order as the table says: with a quote, a draft, a quote taken back, or a refusal."""
    with moment(supplier.scope("sales"), ago) as moved:
        actor, order = supplier.actor("sales"), order_queries.order(order_id)
        orders.note_view(actor, order.id, order.organisation_id)
        if row["state"] == "declined":
            actions.decline(actor, order, row["decline"], row["note"])
            return
        facts = _facts(bought, row, order, machines, moved)
        if row["state"] == "draft":
            actions.keep(actor, order, facts, moved)
            return
        try:
            quote = actions.submit(actor, order, facts, moved)
        except Refusal as refusal:
            raise RuntimeError(f"{bought.key} {supplier.key}: {refusal.code} {refusal.message}") from refusal
        if row["state"] == "withdrawn":
            actions.withdraw(actor, quote)


def _facts(bought: Bought, row: Row, order: Order, machines: Mapping[str, Sequence[UUID]], then: datetime) -> QuoteFacts:
    kind, _, figures = row["payment"].partition("-")
    valid_on = max(day_of(then) + timedelta(days=int(row["valid_days"])), day_of(bought.closes_at) + timedelta(days=3))
    minutes = figure(row["minutes_each"])
    facts = QuoteFacts(
        lines=tuple(LineFacts(part_id=part.id, unit_price_fen=fen(row["unit_price_yuan"]), minutes_per_piece=minutes) for part in order.parts),
        tax_bp=int(row["tax_percent"]) * 100,
        invoice=row["invoice"],
        tooling_fen=fen(row["tooling_yuan"]),
        freight_fen=fen(row["freight_yuan"]),
        payment=PAYMENTS[kind],
        prepaid_percent=int(figures) if kind == "prepaid" else 0,
        payment_days=int(figures) if kind == "monthly" else BILL_DAYS if kind == "acceptance" else 0,
        lead_days=int(row["days"]),
        valid_on=valid_on,
        note=row["note"],
        setup_minutes=int(row["setup_minutes"]) if row["setup_minutes"] else None,
    )
    return _with_hours(facts, order, machines.get(row["machine"], ()), then)


def _with_hours(facts: QuoteFacts, order: Order, machine_ids: Sequence[UUID], then: datetime) -> QuoteFacts:
    """Return the quote with the first machine that has hours enough, or without hours (未锁定机时)."""
    for machine_id in machine_ids:
        windows = actions.propose(machine(machine_id), facts, order, then)
        if windows:
            return QuoteFacts(**{**facts.__dict__, "machine_id": machine_id, "windows": tuple(windows)})
    return facts


def choose(bought: Bought, rows: Sequence[Row], firms: Mapping[str, Firm], order_id: UUID, now: datetime) -> None:
    """Let the buyer choose the quote that the table marks."""
    winner = next(firms[row["organisation"]] for row in rows if row["state"] == "awarded")
    with moment(bought.buyer.scope("buyer"), now - decided_at(bought)) as moved:
        actor, order = bought.buyer.actor("buyer"), order_queries.order(order_id)
        chosen = next(quote for quote in queries.of_order(order_id) if quote.organisation_id == winner.id)
        actions.award(actor, order, chosen, REASONS[len(bought.row["title"]) % len(REASONS)], moved)
