"""Bids as pages show them: state in words, and side by side."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext, ngettext

from crowdsourcing.bids import queries, rules, words
from crowdsourcing.bids.models import Bid
from crowdsourcing.skills.models import Designer
from crowdsourcing.tasks.models import Task
from gongchuang.money import short_yuan, yuan
from gongchuang.organisations.models import Organisation
from gongchuang.web import actor
from gongchuang.web.filters import local, show_date, show_datetime
from search import labels
from search.documents.codes import upward

EXCERPT = 48
SIDE_BY_SIDE = 5


def my_bid(task: Task) -> Bid | None:
    """Return the reader's own bid that stands on a task."""
    return queries.own_on(task.id, actor().organisation_id) if actor().organisation_id else None


def state(bid: Bid) -> str:
    return str(words.STATUSES[bid.status])


def tone(bid: Bid) -> str:
    return words.STATUS_TONES[bid.status]


def invoice(tax_bp: int | None) -> str:
    """Return what invoice comes with a price."""
    return str(gettext("不开发票")) if tax_bp is None else str(gettext("增值税发票 %(rate)s%%", rate=tax_bp // 100))


def facts(bid: Bid) -> list[dict[str, str]]:
    """Return a bid in the shape of the macro facts."""
    return [
        {"label": gettext("价格"), "value": yuan(bid.price_fen), "note": gettext("含税")},
        {"label": gettext("发票"), "value": invoice(bid.tax_bp)},
        {"label": gettext("完成天数"), "value": ngettext("%(days)s 天", "%(days)s 天", bid.days, days=bid.days)},
        {"label": gettext("提交时间"), "value": show_datetime(bid.submission.submitted_at), "note": gettext("第 %(number)s 版", number=bid.number)},
    ]


def columns(bids: Sequence[Bid], firms: Mapping[UUID, Organisation]) -> list[dict[str, Any]]:
    return [{"title": firms[bid.organisation_id].short_name, "note": labels.code("region", firms[bid.organisation_id].region)} for bid in bids]


def rows(
    task: Task, bids: Sequence[Bid], every: Sequence[Bid], *, firms: Mapping[UUID, Organisation], designers: Mapping[UUID, Designer], now: datetime
) -> list[dict[str, Any]]:
    """Return bids side by side in the shape of the macro compare. `every` are all bids on the task: what is lowest or fastest is so among all."""
    named = [
        (gettext("报价（含税）"), _prices(bids, every)),
        (gettext("未税价"), [{"text": short_yuan(rules.net_fen(bid.price_fen, bid.tax_bp))} for bid in bids]),
        (gettext("发票"), [{"text": invoice(bid.tax_bp)} for bid in bids]),
        (gettext("与预算"), [{"text": _against(bid.price_fen, task.budget_max_fen)} for bid in bids]),
        (gettext("完成天数"), _days(task, bids, every, now)),
        (gettext("技能"), [{"text": _skills(task, designers.get(bid.organisation_id))} for bid in bids]),
        (gettext("核验"), [{"text": gettext("已核验") if firms[bid.organisation_id].verified else gettext("未核验")} for bid in bids]),
        (gettext("方案文件"), [{"text": gettext("有") if bid.revision_id else gettext("无")} for bid in bids]),
        (gettext("方案"), [{"text": _excerpt(bid.proposal)} for bid in bids]),
    ]
    return [{"label": label, "cells": cells, "same": len({cell["text"] for cell in cells}) == 1 and len(cells) > 1} for label, cells in named]


def _prices(bids: Sequence[Bid], every: Sequence[Bid]) -> list[dict[str, Any]]:
    lowest = min(bid.price_fen for bid in every)
    abnormal = rules.abnormally_low([bid.price_fen for bid in every])
    return [
        {
            "text": short_yuan(bid.price_fen),
            "size": "big",
            "best": gettext("最低") if bid.price_fen == lowest and len(every) > 1 and bid.price_fen not in abnormal else None,
            "warn": gettext("明显偏低，请先核实") if bid.price_fen in abnormal else None,
        }
        for bid in bids
    ]


def _days(task: Task, bids: Sequence[Bid], every: Sequence[Bid], now: datetime) -> list[dict[str, Any]]:
    fastest = min(bid.days for bid in every)
    cells = []
    for bid in bids:
        done_on = (local(now) + timedelta(days=bid.days)).date()
        late = task.delivery_on is not None and done_on > task.delivery_on
        cells.append(
            {
                "text": ngettext("%(days)s 天", "%(days)s 天", bid.days, days=bid.days),
                "note": gettext("今天选定则 %(date)s 交付", date=show_date(done_on, "short")),
                "best": gettext("最快") if bid.days == fastest and len(every) > 1 and not late else None,
                "warn": gettext("晚于要求") if late else None,
            }
        )
    return cells


def _against(price_fen: int, budget_fen: int | None) -> str:
    """Return how far a price lies from the budget: 低 7%, 高 12%, 相等."""
    if not budget_fen:
        return "—"
    percent = round(100 * (price_fen - budget_fen) / budget_fen)
    if percent == 0:
        return str(gettext("与预算相当"))
    return str(gettext("低 %(percent)s%%", percent=-percent) if percent < 0 else gettext("高 %(percent)s%%", percent=percent))


def _skills(task: Task, designer: Designer | None) -> str:
    """Return how many of the asked skills the bidder has declared: 3 项中有 2 项."""
    if designer is None:
        return str(gettext("未登记"))
    held = {above for code in designer.codes for above in upward("skill", code)}
    return str(gettext("%(asked)s 项中有 %(fits)s 项", asked=len(task.skills), fits=len(held & set(task.skills))))


def _excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"


GLOBALS: dict[str, Callable[..., Any]] = {"my_bid": my_bid, "bid_state": state, "bid_tone": tone, "bid_facts": facts}
