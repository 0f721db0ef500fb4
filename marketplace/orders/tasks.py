"""What follows from orders, files and matches: telling people, keeping drafts' sizes current, taking closed orders out of search."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from gongchuang.database import as_system, db
from gongchuang.events import Delivered, handles
from marketplace.orders import actions, queries
from marketplace.orders.events import FirmsInvited, OrderCancelled, OrderExtended, OrderFailed, OrderPublished
from marketplace.orders.models import Order
from search.documents import actions as documents
from search.documents import queries as read_documents
from search.matching import queries as matches
from search.matching.events import MatchesFound, MatchFound
from search.matching.models import Match
from services.files.events import FileChecked
from services.messages.actions import done, tell
from services.procedures import queries as procedures
from services.procedures.events import ProcedureClosed

MESSAGES = {
    "order.matched": "新的询价单与贵企业的空闲产能匹配：%(title)s",
    "order.matches": "您的询价单「%(title)s」已匹配到 %(count)s 家企业",
    "order.new_supply": "新发布的产能符合您的询价单「%(title)s」",
    "order.new_supply_for_many": "新发布的产能符合您的 %(count)s 个询价单，最合适的是「%(title)s」",
    "order.fitting": "您发布的产能「%(title)s」符合 %(count)s 个正在询价的订单，可以报价",
    "order.invited": "%(firm)s 邀请您报价：%(title)s",
    "order.decide": "「%(title)s」报价已截止，收到 %(count)s 份报价，请比价并选定",
    "order.nobody": "「%(title)s」报价已截止，没有收到报价，可以放宽条件后再次发布",
    "order.extended": "「%(title)s」的报价截止时间延后了",
    "order.cancelled": "%(firm)s 撤销了询价单「%(title)s」，您的报价已失效：%(reason)s",
    "order.failed": "%(firm)s 结束了询价「%(title)s」，未选定供应商：%(reason)s",
}


def _url(order_id: UUID) -> str:
    return f"/orders/{order_id}"


def _order(order_id: UUID) -> Order:
    found = db.session.get(Order, order_id)
    assert found is not None
    return found


@handles(FileChecked)
def measure_drafts(event: Delivered) -> None:
    """A file's sizes go into the drafts that name it."""
    actions.measured([event.object_id])


@handles(OrderPublished, FirmsInvited)
def tell_invited(event: Delivered) -> None:
    """Everybody invited is told, once."""
    order = _order(event.object_id)
    params = {"title": order.title, "firm": queries.firm(order.organisation_id).short_name}
    for organisation_id in procedures.invited_to(order.id):
        key = f"invited:{order.id}:{organisation_id}"
        tell(
            organisation_id, "order.invited", url=_url(order.id), params=params, roles=("sales",), object_id=order.id, due_at=order.procedure.closes_at, key=key
        )


@handles(ProcedureClosed, about=("order",))
def close_order(event: Delivered) -> None:
    """Past its deadline an order is found no more, and its buyer has to decide."""
    order = _order(event.object_id)
    documents.remove("order", order.id)
    count = procedures.counts([order.id]).get(order.id, 0)
    code, url = ("order.decide", f"/orders/{order.id}/compare") if count else ("order.nobody", _url(order.id))
    params = {"title": order.title, "count": count}
    tell(order.organisation_id, code, url=url, params=params, roles=("buyer",), todo=bool(count), object_id=order.id, key=f"{code}:{order.id}")


@handles(OrderExtended)
def tell_extended(event: Delivered) -> None:
    """Who was invited or has quoted knows of the later deadline."""
    order = _order(event.object_id)
    concerned = {*procedures.invited_to(order.id), *(s.organisation_id for s in procedures.submissions_of(order.id))}
    for organisation_id in concerned:
        key = f"extended:{order.id}:{order.procedure.extensions}:{organisation_id}"
        params = {"title": order.title}
        tell(organisation_id, "order.extended", url=_url(order.id), params=params, object_id=order.id, due_at=order.procedure.closes_at, key=key)


@handles(OrderCancelled, OrderFailed)
def tell_ended(event: Delivered) -> None:
    """Whoever quoted hears that it ended, and why; the buyer has nothing left to decide."""
    order = _order(event.object_id)
    code = "order.cancelled" if event.name == "OrderCancelled" else "order.failed"
    params = {"title": order.title, "firm": queries.firm(order.organisation_id).short_name, "reason": order.procedure.reason}
    for submission in procedures.submissions_of(order.id):
        if submission.status == "lost":
            key = f"{code}:{submission.id}"
            tell(submission.organisation_id, code, url=_url(order.id), params=params, roles=("sales",), object_id=order.id, key=key)
    done(order.organisation_id, "order.decide", order.id)


@handles(MatchFound, about=("order",))
def tell_of_match(event: Delivered) -> None:
    """The side that was already there hears of the other: a supplier of an order, a buyer of new supply, once for all its orders."""
    match = db.session.get(Match, event.object_id)
    if match is None:
        return
    params: dict[str, Any] = {"title": _title(match.need_id)}
    if event.organisation_id == match.need_organisation_id:
        count = matches.needs_met(match)
        code = "order.new_supply_for_many" if count > 1 else "order.new_supply"
        params |= {"count": count}
        key = f"supply:{match.id}"
        tell(match.need_organisation_id, code, url=_url(match.need_id), params=params, roles=("buyer",), object_id=match.need_id, key=key)
    else:
        key = f"matched:{match.need_id}:{match.offer_organisation_id}"
        tell(match.offer_organisation_id, "order.matched", url=_url(match.need_id), params=params, roles=("sales",), object_id=match.need_id, key=key)


@handles(MatchesFound, about=("order", "offer"))
def tell_of_matches(event: Delivered) -> None:
    """Who has just published hears how many fit: a buyer how many firms, a supplier how many orders, if it has not heard of them by another offer."""
    row = next(iter(read_documents.rows([event.object_id])), None)
    if row is None:
        return
    if row.kind == "order":
        params = {"title": row.title, "count": queries.response_to(_order(row.object_id)).told}
        key = f"matches:{row.object_id}"
        tell(row.organisation_id, "order.matches", url=_url(row.object_id), params=params, roles=("buyer",), object_id=row.object_id, key=key)
    elif count := matches.news_of(row.id):
        params = {"title": row.title, "count": count}
        key = f"fitting:{row.object_id}:{row.object_version}"
        tell(row.organisation_id, "order.fitting", url=f"/offers/{row.object_id}#matches", params=params, roles=("sales",), object_id=row.object_id, key=key)


def _title(order_id: UUID) -> str:
    with as_system():
        return db.session.scalar(select(Order.title).where(Order.id == order_id)) or ""
