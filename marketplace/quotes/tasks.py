"""What follows from quotes: telling both sides, opening contacts, giving lost hours back."""

from uuid import UUID

from sqlalchemy import select

from gongchuang.database import as_system, db
from gongchuang.events import Delivered, handles
from gongchuang.money import yuan
from marketplace.capacity.events import HoldDisplaced
from marketplace.capacity.models import Allocation
from marketplace.orders import queries as orders
from marketplace.orders.events import OrderCancelled, OrderExtended, OrderFailed
from marketplace.orders.models import Order
from marketplace.quotes import actions, queries, rules
from marketplace.quotes.events import QuoteAwarded, QuoteDeclined, QuoteJustified, QuoteLost, QuoteSubmitted, QuoteWithdrawn
from marketplace.quotes.models import Decline, Quote
from services.messages.actions import done, show_contacts, tell
from services.procedures import queries as procedures

MESSAGES = {
    "quote.received": "%(firm)s 对「%(title)s」报价 %(price)s",
    "quote.withdrawn": "%(firm)s 撤回了对「%(title)s」的报价",
    "quote.explain": "您对「%(title)s」的报价低于中位价三成以上，请说明理由，否则对方不能选定",
    "quote.explained": "%(firm)s 已说明「%(title)s」的低价理由，可以选定",
    "quote.won": "恭喜中选：%(firm)s 选定了您对「%(title)s」的报价 %(price)s，机时已锁定",
    "quote.won_unheld": "恭喜中选：%(firm)s 选定了您对「%(title)s」的报价 %(price)s，请尽快排产",
    "quote.chosen": "已选定 %(firm)s（%(price)s），请签订合同：%(title)s",
    "quote.lost": "「%(title)s」已选定其他供应商，感谢您的报价",
    "quote.hours_lost": "您为「%(title)s」预留的机时已被其他订单占用，请重新预留",
    "quote.outrun_validity": "「%(title)s」的报价截止时间延后了，您的报价届时已过有效期，请撤回后重新报价",
    "quote.outrun_hours": "「%(title)s」的报价截止时间延后了，您预留的机时在截止之前开始，请重新预留",
    "quote.declined": "%(firm)s 婉拒了「%(title)s」的报价邀请",
}


def _quote(event: Delivered) -> Quote:
    found = db.session.get(Quote, event.object_id)
    assert found is not None
    return found


def _firm(organisation_id: UUID) -> str:
    return orders.firm(organisation_id).short_name


def _title(order_id: UUID) -> str:
    """Return an order's title: its parties know it, whether they still see the order or not."""
    with as_system():
        return db.session.scalar(select(Order.title).where(Order.id == order_id)) or ""


@handles(QuoteSubmitted)
def tell_buyer(event: Delivered) -> None:
    """The buyer hears of the quote; both see each other's phone from now on; who is abnormally low is asked why."""
    quote = _quote(event)
    title = _title(quote.order_id)
    params = {"firm": _firm(quote.organisation_id), "title": title, "price": yuan(quote.landed_fen)}
    tell(
        quote.buyer_organisation_id,
        "quote.received",
        url=f"/quotes/{quote.id}",
        params=params,
        roles=("buyer",),
        object_id=quote.order_id,
        key=f"received:{quote.id}",
    )
    show_contacts(quote.organisation_id, quote.buyer_organisation_id, "order", quote.order_id, subject=title, url=f"/orders/{quote.order_id}")
    _ask_why_low(quote.order_id, title)


def _ask_why_low(order_id: UUID, title: str) -> None:
    """One more quote may have made any of them abnormally low."""
    low = queries.abnormal_in(order_id)
    with as_system():
        suppliers = {row[0]: row[1] for row in db.session.execute(select(Quote.id, Quote.organisation_id).where(Quote.id.in_(low)))}
        known = set(queries.justified(list(low)))
    for quote_id, supplier_id in suppliers.items():
        if quote_id not in known:
            url = f"/quotes/{quote_id}/justify"
            tell(supplier_id, "quote.explain", url=url, params={"title": title}, roles=("sales",), todo=True, object_id=quote_id, key=f"explain:{quote_id}")


@handles(QuoteWithdrawn)
def tell_withdrawn(event: Delivered) -> None:
    quote = _quote(event)
    params = {"firm": _firm(quote.organisation_id), "title": _title(quote.order_id)}
    key = f"withdrawn:{quote.id}"
    tell(quote.buyer_organisation_id, "quote.withdrawn", url=f"/orders/{quote.order_id}", params=params, roles=("buyer",), object_id=quote.order_id, key=key)
    done(quote.organisation_id, "quote.explain", quote.id)


@handles(QuoteJustified)
def tell_justified(event: Delivered) -> None:
    quote = _quote(event)
    done(quote.organisation_id, "quote.explain", quote.id)
    params = {"firm": _firm(quote.organisation_id), "title": _title(quote.order_id)}
    url = f"/orders/{quote.order_id}/compare"
    tell(quote.buyer_organisation_id, "quote.explained", url=url, params=params, roles=("buyer",), object_id=quote.order_id, key=f"explained:{quote.id}")


@handles(QuoteAwarded)
def tell_awarded(event: Delivered) -> None:
    """Both sides hear what happens now; the buyer's decision is done."""
    quote = _quote(event)
    title, price = _title(quote.order_id), yuan(quote.landed_fen)
    won = {"firm": _firm(quote.buyer_organisation_id), "title": title, "price": price}
    code = "quote.won" if queries.hours_of([quote.id], event.occurred_at) else "quote.won_unheld"
    tell(quote.organisation_id, code, url=f"/quotes/{quote.id}", params=won, roles=("sales",), object_id=quote.id, key=f"won:{quote.id}")
    done(quote.buyer_organisation_id, "order.decide", quote.order_id)
    chosen = {"firm": _firm(quote.organisation_id), "title": title, "price": price}
    tell(quote.buyer_organisation_id, "quote.chosen", url=f"/quotes/{quote.id}", params=chosen, roles=("buyer",), object_id=quote.id, key=f"chosen:{quote.id}")
    done(quote.organisation_id, "quote.explain", quote.id)


@handles(QuoteLost)
def tell_lost(event: Delivered) -> None:
    """The loser hears, and its hours are free again."""
    quote = _quote(event)
    actions.lose_hours(quote.id)
    params = {"title": _title(quote.order_id)}
    tell(quote.organisation_id, "quote.lost", url=f"/quotes/{quote.id}", params=params, roles=("sales",), object_id=quote.id, key=f"lost:{quote.id}")
    done(quote.organisation_id, "quote.explain", quote.id)


@handles(OrderCancelled, OrderFailed)
def free_hours(event: Delivered) -> None:
    """An order that ends without a choice gives every hour held for it back."""
    for submission in procedures.submissions_of(event.object_id):
        actions.lose_hours(submission.id)


@handles(OrderExtended)
def tell_outrun(event: Delivered) -> None:
    """A supplier whose validity or hours end before the later deadline hears of it while it can still be mended."""
    order = orders.order(event.object_id)
    standing = queries.of_order(order.id)
    held = queries.hours_of([quote.id for quote in standing], event.occurred_at)
    for quote in standing:
        begins_at = held.get(quote.id, queries.Hours()).begins_at
        what = rules.outrun(valid_on=quote.valid_on, begins_at=begins_at, closes_at=order.procedure.closes_at)
        if what and quote.submission.status == "submitted":
            key = f"outrun:{quote.id}:{order.procedure.extensions}"
            url, params = f"/quotes/{quote.id}", {"title": order.title}
            tell(quote.organisation_id, f"quote.outrun_{what}", url=url, params=params, roles=("sales",), object_id=quote.id, key=key)


@handles(HoldDisplaced)
def tell_displaced(event: Delivered) -> None:
    """A supplier whose hold was lost to other work may hold other hours."""
    held = db.session.get(Allocation, event.object_id)
    if held is None or held.source_kind != "quote":
        return
    quote = db.session.get(Quote, held.source_id)
    if quote is not None and quote.submission.status == "submitted":
        params = {"title": _title(quote.order_id)}
        key = f"hours:{held.id}:{event.object_version}"
        tell(quote.organisation_id, "quote.hours_lost", url=f"/quotes/{quote.id}", params=params, roles=("sales",), object_id=quote.id, key=key)


@handles(QuoteDeclined)
def tell_declined(event: Delivered) -> None:
    """A buyer hears once of each firm that declines."""
    for decline in db.session.scalars(select(Decline).where(Decline.order_id == event.object_id)):
        params = {"firm": _firm(decline.organisation_id), "title": _title(decline.order_id)}
        key = f"declined:{decline.id}"
        tell(
            decline.buyer_organisation_id,
            "quote.declined",
            url=f"/orders/{decline.order_id}",
            params=params,
            roles=("buyer",),
            object_id=decline.order_id,
            key=key,
        )
