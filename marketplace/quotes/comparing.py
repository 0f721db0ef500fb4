"""Quotes beside each other: the same rows for each, the best in words, what differs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext, ngettext

from gongchuang.money import yuan
from gongchuang.organisations.models import Organisation
from gongchuang.refusal import Refusal
from gongchuang.web.filters import hours as hours_words
from gongchuang.web.filters import show_date
from marketplace.orders import queries as orders
from marketplace.orders.models import Order
from marketplace.quotes import presentation, queries, rules
from marketplace.quotes.models import Quote
from marketplace.quotes.queries import Hours
from search import labels
from search.matching import queries as matching

MOST = 5


@dataclass(frozen=True)
class Column:
    """One quote with everything a comparison shows of it."""

    quote: Quote
    firm: Organisation
    hours: Hours
    certificates: tuple[str, ...]
    match: matching.Matched | None
    abnormal: bool
    justification: str | None
    arrives_on: date | None


Cell = dict[str, Any]


def why_not_choose(column: Column, now: datetime) -> Refusal | None:
    """Return why a compared quote may not be chosen, as the action would."""
    return rules.why_not_award(valid_on=column.quote.valid_on, abnormal=column.abnormal, justified=column.justification is not None, now=now)


def columns(order: Order, quotes: Sequence[Quote], today: date, now: datetime) -> list[Column]:
    """Return the quotes as columns: a fixed number of statements, however many there are."""
    ids = [quote.id for quote in quotes]
    suppliers = [quote.organisation_id for quote in quotes]
    firms, certificates = orders.firms(suppliers), queries.certificates_in_force(suppliers, today)
    held, said, abnormal = queries.hours_of(ids, now), queries.justified(ids), queries.abnormal_in(order.id)
    matches: dict[UUID, matching.Matched] = {}
    for match in matching.for_need("order", order.id, limit=100):
        matches.setdefault(match.organisation_id, match)
    return [
        Column(
            quote=quote,
            firm=firms[quote.organisation_id],
            hours=held.get(quote.id, Hours()),
            certificates=certificates.get(quote.organisation_id, ()),
            match=matches.get(quote.organisation_id),
            abnormal=quote.id in abnormal,
            justification=said.get(quote.id),
            arrives_on=rules.arrives_on(quote.lead_days, today),
        )
        for quote in quotes
    ]


def ordered(found: Sequence[Column]) -> list[Column]:
    """Return the columns by landed cost, the abnormally low without an explanation last."""
    return sorted(found, key=lambda c: (c.abnormal and c.justification is None, c.quote.landed_fen or 0, str(c.quote.id)))


def rows(order: Order, found: Sequence[Column], *, taxed: bool) -> list[dict[str, Any]]:
    """Return the comparison's rows in the shape of the macro compare; prices with or without tax as asked, the landed cost always with."""
    made = [
        _row(gettext("到厂总价（含税含运）"), found, _landed),
        _row(gettext("净价（可抵扣时）"), found, _net),
        *_prices(order, found, taxed),
        _row(gettext("工装模具费"), found, lambda c: {"text": yuan(_as_asked(c.quote, c.quote.tooling_fen, taxed)) if c.quote.tooling_fen else gettext("无")}),
        _row(gettext("运费"), found, lambda c: {"text": yuan(_as_asked(c.quote, c.quote.freight_fen, taxed)) if c.quote.freight_fen else gettext("已含")}),
        _row(gettext("到货日"), found, lambda c: _arrival(order, c)),
        _row(gettext("机时"), found, _hours),
        _row(gettext("付款"), found, lambda c: {"text": presentation.payment_words(c.quote)}),
        _row(gettext("发票"), found, lambda c: {"text": presentation.invoice_words(c.quote)}),
        _row(gettext("报价有效期"), found, lambda c: {"text": show_date(c.quote.valid_on, "short")}),
        _row(gettext("资质证书"), found, lambda c: {"text": labels.codes("certificate", c.certificates) if c.certificates else "—"}),
        _row(gettext("匹配"), found, _match),
    ]
    if any(c.quote.note for c in found):
        made.append(_row(gettext("说明"), found, lambda c: {"text": c.quote.note or "—"}))
    _mark_best(made[0], found, lambda c: None if c.abnormal and c.justification is None else c.quote.landed_fen, gettext("最低"))
    arrival = next(row for row in made if row["label"] == gettext("到货日"))
    _mark_best(arrival, found, lambda c: c.arrives_on, gettext("最早"))
    return made


def _row(label: str, found: Sequence[Column], cell: Callable[[Column], Cell]) -> dict[str, Any]:
    cells = [cell(column) for column in found]
    return {"label": label, "cells": cells, "same": len(found) > 1 and len({(c.get("text"), c.get("warn"), c.get("note")) for c in cells}) == 1}


def _mark_best(row: dict[str, Any], found: Sequence[Column], value: Callable[[Column], Any], word: str) -> None:
    """Say in words which value is best; nothing where only one has any or all are alike."""
    values = [value(column) for column in found]
    known = {v for v in values if v is not None}
    if len(known) > 1:
        for cell, own in zip(row["cells"], values, strict=True):
            if own == min(known):
                cell["best"] = word


def _landed(column: Column) -> Cell:
    cell: Cell = {"text": yuan(column.quote.landed_fen), "size": "big"}
    if column.abnormal:
        cell["warn"] = gettext("异常低价，已说明") if column.justification else gettext("异常低价，待说明")
        cell["note"] = column.justification or ""
    return cell


def _net(column: Column) -> Cell:
    if column.quote.invoice != "special":
        return {"text": yuan(column.quote.net_fen), "note": gettext("普票不可抵扣")}
    return {"text": yuan(column.quote.net_fen), "note": gettext("%(rate)s%% 可抵扣", rate=column.quote.tax_bp // 100)}


def _as_asked(quote: Quote, fen: int, taxed: bool) -> int:
    """Return an amount with or without tax, whichever way it was quoted."""
    if quote.prices_include_tax == taxed:
        return fen
    if taxed:
        return (fen * (rules.FULL + quote.tax_bp) + rules.FULL // 2) // rules.FULL
    return (fen * rules.FULL + (rules.FULL + quote.tax_bp) // 2) // (rules.FULL + quote.tax_bp)


def _prices(order: Order, found: Sequence[Column], taxed: bool) -> list[dict[str, Any]]:
    kind = gettext("含税") if taxed else gettext("未税")
    made = []
    for index, part in enumerate(order.parts):
        name = gettext("单价（%(tax)s）", tax=kind) if len(order.parts) == 1 else gettext("%(part)s 单价（%(tax)s）", part=part.name or index + 1, tax=kind)
        made.append(_row(name, found, lambda c, i=part.id: _unit_price(c.quote, i, taxed)))  # type: ignore[misc]
    return made


def _unit_price(quote: Quote, part_id: UUID, taxed: bool) -> Cell:
    line = next((line for line in quote.lines if line.part_id == part_id), None)
    if line is None or line.unit_price_fen is None:
        return {"text": "—"}
    breaks = gettext("；").join(
        gettext("%(n)s 件起 %(price)s", n=n, price=yuan(_as_asked(quote, price, taxed))) for n, price in sorted(line.breaks.items(), key=lambda b: int(b[0]))
    )
    return {"text": yuan(_as_asked(quote, line.unit_price_fen, taxed)), "note": breaks}


def _arrival(order: Order, column: Column) -> Cell:
    late = order.delivery_on is not None and column.arrives_on is not None and column.arrives_on > order.delivery_on
    note = ngettext("选定后 %(days)s 天", "选定后 %(days)s 天", column.quote.lead_days, days=column.quote.lead_days)
    return {"text": show_date(column.arrives_on, "short"), "note": note, "warn": gettext("晚于要求") if late else ""}


def _hours(column: Column) -> Cell:
    if column.hours.lost:
        return {"text": "", "warn": gettext("预留的机时已被占用")}
    if not column.hours.held:
        return {"text": "", "warn": gettext("未锁定机时")}
    word = (
        gettext("已锁定 %(hours)s", hours=hours_words(column.hours.held))
        if column.hours.booked
        else gettext("已预留 %(hours)s", hours=hours_words(column.hours.held))
    )
    return {"text": word}


def _match(column: Column) -> Cell:
    if column.match is None:
        return {"text": gettext("应邀报价")}
    why = column.match.why
    total = len(why.satisfied) + len(why.unsatisfied) + len(why.unknown)
    open_points = [*(gettext("不满足：%(what)s", what=w) for w in why.unsatisfied), *(gettext("待确认：%(what)s", what=w) for w in why.unknown)]
    return {"text": gettext("满足 %(n)s / %(total)s", n=len(why.satisfied), total=total), "note": "；".join(open_points[:2])}
