"""Tasks as pages show them: cards of the list, rows of facts, state in words."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext

from crowdsourcing.tasks import queries, words
from crowdsourcing.tasks.markdown import markup
from crowdsourcing.tasks.models import Task
from gongchuang.database import now as database_now
from gongchuang.money import short_yuan
from gongchuang.web.filters import show_date, show_datetime
from gongchuang.web.remembered import remembered
from search import labels
from search.documents.codes import upward
from search.listing import Card

_DRAWINGS = {
    "skill-mechanical": "mill-5",
    "sheet-metal-design": "press-brake",
    "weldment-design": "welder",
    "mould-design": "injection",
    "additive-design": "metal-printer",
    "lightweighting": "metal-printer",
    "fixture-design": "cmm",
    "automation-design": "assembly-cell",
    "transmission-design": "gear",
    "hydraulic-design": "press",
    "skill-analysis": "cmm",
    "mould-flow": "die-caster",
    "reverse-engineering": "cmm",
    "cam-programming": "mill-5",
    "skill-electrical": "smt",
    "robotics": "assembly-cell",
    "machine-vision": "assembly-cell",
    "packaging-design": "printer",
    "skill-product": "printer",
}
"""The drawing of the machine that a skill's designs are made on; of a group where a skill has none of its own."""


def state_of(task: Task, now: datetime | None = None) -> str:
    """Return a task's state as people see it: an open one past its deadline is 已截止, swept or not."""
    procedure = task.procedure
    late = procedure.status == "open" and procedure.closes_at is not None and procedure.closes_at <= (now or database_now())
    return "due" if late else procedure.status


def budget(least: int | None, most: int | None) -> str:
    """Return a budget: ¥18,000, or ¥12,000–18,000 where it is a range."""
    if most is None:
        return "—"
    return short_yuan(most) if least in (None, most) else f"{short_yuan(least)}–{short_yuan(most).removeprefix('¥')}"


def skills(codes: Any) -> str:
    return str(gettext("、")).join(labels.code("skill", code) for code in codes)


def drawing_kind(codes: Any) -> str:
    """Return the machine kind whose drawing stands for a task: of its first skill that has one, else of that skill's group."""
    found = next((_DRAWINGS[code] for code in codes if code in _DRAWINGS), None)
    groups = (above for code in codes for above in labels_above(code))
    return found or next((_DRAWINGS[group] for group in groups if group in _DRAWINGS), "other")


def labels_above(code: str) -> tuple[str, ...]:
    return upward("skill", code)[1:]


def card(found: Card, now: datetime, *, matches: Mapping[UUID, Any] | None = None) -> dict[str, Any]:
    """Return a listed task in the shape of the macro offer_card; with the reader's own match, its score and why."""
    data = found.data
    match = (matches or {}).get(found.object_id)
    return of_data(found.object_id, data, now, match) | {"place": [labels.code("region", data["region"]) if data["region"] else ""]}


def of_data(task_id: UUID, data: Mapping[str, Any], now: datetime, match: Any = None) -> dict[str, Any]:
    """Return a task's stored card in the shape of the macro offer_card."""
    shown = remembered(_shown, data, task_id)
    open_ = datetime.fromisoformat(data["closes_at"]) > now
    action = {"label": gettext("查看并投标"), "url": shown["url"]} if open_ else None
    return {**shown, "action": action} | ({"match": match.rank, "why": match.why} if match else {})


def _shown(data: Mapping[str, Any], task_id: UUID) -> dict[str, Any]:
    return {
        "title": data["title"],
        "url": url_for("tasks.see", task_id=task_id),
        "kind": drawing_kind(data["skills"]),
        "firm": data["firm"],
        "verified": data["verified"],
        "demo": data["demo"],
        "specs": _specs(data),
        "price_fen": data["budget_max_fen"],
        "unit": gettext(" 封顶") if data["budget_min_fen"] not in (None, data["budget_max_fen"]) else "",
        "tax": gettext("含税"),
        "facts": [
            gettext("%(date)s 截止", date=show_datetime(datetime.fromisoformat(data["closes_at"]), "short")),
            gettext("%(date)s 交付", date=show_date(date.fromisoformat(data["delivery_on"]), "short")),
            gettext("附件 %(count)s 个", count=data["files"]) if data["files"] else "",
        ],
        "badges": [{"label": gettext("密封投标"), "tone": "info"}] if data["sealed"] else [],
    }


def _specs(data: Mapping[str, Any]) -> list[dict[str, str]]:
    found = [
        {"label": gettext("技能"), "value": skills(data["skills"])},
        {"label": gettext("知识产权"), "value": str(words.IP_TERMS[data["ip_terms"]])},
    ]
    if data["budget_min_fen"] not in (None, data["budget_max_fen"]):
        found.append({"label": gettext("预算"), "value": budget(data["budget_min_fen"], data["budget_max_fen"])})
    return found


def terms(task: Task) -> list[dict[str, str]]:
    """Return what holds for a task, in the shape of the macro facts."""
    return [
        {"label": gettext("预算"), "value": budget(task.budget_min_fen, task.budget_max_fen), "note": gettext("含税")},
        {"label": gettext("交付日期"), "value": show_date(task.delivery_on)},
        {"label": gettext("技能"), "value": skills(task.skills)},
        {"label": gettext("投标"), "value": str(words.SEALED["1" if task.sealed else ""])},
        {"label": gettext("公开范围"), "value": str(words.REACHES[task.reach])},
    ]


def award_rate(organisation_id: UUID) -> str:
    """Return a publisher's 选定率 in words: 选定率 83%（5/6）."""
    rate = queries.award_rate_of(organisation_id, database_now())
    if rate.percent is None:
        return str(gettext("首次发布任务"))
    return str(gettext("选定率 %(percent)s%%（%(awarded)s/%(closed)s）", percent=rate.percent, awarded=rate.awarded, closed=rate.closed))


GLOBALS: dict[str, Callable[..., Any]] = {
    "task_terms": terms,
    "task_state": state_of,
    "task_budget": budget,
    "task_skills": skills,
    "task_award_rate": award_rate,
    "safe_markdown": markup,
}
