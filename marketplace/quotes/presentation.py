"""Quotes as pages show them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import g, render_template, url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup

from gongchuang.money import yuan
from gongchuang.refusal import Refusal
from gongchuang.rights import why_not
from gongchuang.web import actor, now
from gongchuang.web.filters import hours as hours_words
from gongchuang.web.filters import show_date
from marketplace.orders import presentation as presented
from marketplace.orders import queries as orders
from marketplace.orders.models import Order
from marketplace.quotes import queries, words
from marketplace.quotes.models import Quote
from marketplace.quotes.queries import Hours

DAYS_A_MONTH = 30


def payment_words(quote: Quote) -> str:
    """Return how it is to be paid: 预付 30%，货到 70% · 月结 30 天 · 承兑 6 个月."""
    if quote.payment == "prepaid":
        percent = quote.prepaid_percent
        if percent == 0:
            return str(gettext("货到付款"))
        if percent == 100:
            return str(gettext("预付 %(percent)s%%", percent=percent))
        return str(gettext("预付 %(percent)s%%，货到 %(rest)s%%", percent=percent, rest=100 - percent))
    if quote.payment == "monthly":
        return str(gettext("月结 %(days)s 天", days=quote.payment_days))
    if quote.payment_days and quote.payment_days % DAYS_A_MONTH == 0:
        return str(gettext("承兑 %(months)s 个月", months=quote.payment_days // DAYS_A_MONTH))
    return str(gettext("承兑 %(days)s 天", days=quote.payment_days))


def invoice_words(quote: Quote) -> str:
    """Return invoice and tax rate: 专票 13%."""
    return f"{words.INVOICES[quote.invoice]} {quote.tax_bp // 100}%"


def hours_words_of(held: Hours) -> str:
    """Return what hours stand behind a quote."""
    if held.lost:
        return str(gettext("预留的 %(hours)s 已失效", hours=hours_words(held.lost)))
    if not held.held:
        return str(gettext("未锁定机时"))
    end = show_date(held.ends_at, "short")
    if held.booked:
        return str(gettext("已锁定 %(hours)s，到 %(end)s", hours=hours_words(held.held), end=end))
    return str(gettext("已预留 %(hours)s，到 %(end)s", hours=hours_words(held.held), end=end))


def terms(quote: Quote, held: Hours) -> list[dict[str, str]]:
    """Return a quote's terms in the shape of the macro facts."""
    return [
        {"label": gettext("工装模具费"), "value": yuan(quote.tooling_fen) if quote.tooling_fen else gettext("无")},
        {"label": gettext("运费"), "value": yuan(quote.freight_fen) if quote.freight_fen else gettext("已含在单价中")},
        {"label": gettext("发票"), "value": invoice_words(quote)},
        {"label": gettext("付款"), "value": payment_words(quote)},
        {
            "label": gettext("交期"),
            "value": ngettext("选定后 %(days)s 天", "选定后 %(days)s 天", quote.lead_days, days=quote.lead_days) if quote.lead_days else "—",
        },
        {"label": gettext("报价有效期"), "value": show_date(quote.valid_on)},
        {"label": gettext("机时"), "value": hours_words_of(held)},
    ]


def state_words(quote: Quote) -> str:
    return str(words.STATES[quote.submission.status])


def my_quote(order: Order) -> Quote | None:
    """Return the reader's own standing quote for an order: asked by the order's page."""
    return queries.living(order.id, actor().organisation_id) if actor().organisation_id else None


def order_quotes(order: Order) -> list[dict[str, Any]]:
    """Return what came for the reader's own order, cheapest first: what its page lists. Asked once a request."""
    if "order_quotes" not in g:
        found = sorted(queries.of_order(order.id), key=lambda q: q.landed_fen or 0)
        firms = orders.firms([quote.organisation_id for quote in found])
        held, abnormal = queries.hours_of([quote.id for quote in found], now()), queries.abnormal_in(order.id)
        g.order_quotes = [_listed(quote, firms[quote.organisation_id].short_name, held.get(quote.id, Hours()), quote.id in abnormal) for quote in found]
    rows: list[dict[str, Any]] = g.order_quotes
    return rows


def _listed(quote: Quote, firm: str, held: Hours, abnormal: bool) -> dict[str, Any]:
    note = gettext("%(days)s 天 · %(payment)s · %(hours)s", days=quote.lead_days, payment=payment_words(quote), hours=hours_words_of(held))
    undecided = abnormal and quote.submission.status == "submitted"
    return {
        "id": quote.id,
        "firm": firm,
        "note": note,
        "booked": held.booked,
        "total_fen": quote.landed_fen,
        "state": gettext("异常低价") if undecided else state_words(quote),
        "tone": "turn" if undecided else words.TONES[quote.submission.status],
    }


def compare_columns(found: Sequence[Any], order: Order) -> list[dict[str, Any]]:
    """Return the heads of a comparison's columns: firm, place, the quote's own page."""
    heads = []
    for column in found:
        place = presented.place_words(column.firm.region, order.region)
        state = column.quote.submission.status
        note = " · ".join(part for part in (place, state_words(column.quote) if state != "submitted" else "") if part)
        heads.append({"title": column.firm.short_name, "note": note, "url": url_for("quotes.see", quote_id=column.quote.id)})
    return heads


def award_cells(found: Sequence[Any], refusals: Mapping[UUID, Refusal | None]) -> list[dict[str, Any]]:
    """Return the buttons under a comparison; one that is refused says why."""
    cells = []
    for index, column in enumerate(found):
        refused = why_not("quote:award", column.quote)
        refusal = refusals.get(column.quote.id) or (refused if refused and refused.code != "auth.stale" else None)
        html = render_template("quotes/_award_cell.html", quote=column.quote, refusal=refusal, first=index == 0)
        cells.append({"text": "", "html": Markup(html)})  # noqa: S704  (made by our own auto-escaping template)
    return cells
