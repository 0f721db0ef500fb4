"""Codes and figures in the reader's language, as lists and explanations show them."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gongchuang import vocabulary
from gongchuang.web.filters import show_date
from gongchuang.web.languages import language
from search.documents.codes import SCHEMES
from search.weeks import monday

FIELDS: dict[str, Any] = {
    "process": _l("工艺"),
    "material": _l("材料"),
    "region": _l("地区"),
    "park": _l("园区"),
    "certificate": _l("资质证书"),
    "skill": _l("技能"),
    "industry": _l("行业"),
    "week": _l("空闲时间"),
    "tolerance": _l("公差"),
    "envelope": _l("尺寸"),
    "quantity": _l("数量"),
    "budget": _l("预算"),
}
BUDGETS: dict[str, Any] = {
    "budget-1": _l("1 万元以下"),
    "budget-2": _l("1–2 万元"),
    "budget-3": _l("2–5 万元"),
    "budget-4": _l("5–10 万元"),
    "budget-5": _l("10 万元以上"),
}


def field(name: str) -> str:
    """Return what a filter is called."""
    return str(FIELDS.get(name, name))


def code(name: str, value: str) -> str:
    """Return what a code of a field is called."""
    if name == "week":
        return week(int(value))
    if name == "budget":
        return budget(value)
    return vocabulary.label(SCHEMES[name], value, language()) if name in SCHEMES else value


def codes(name: str, values: Iterable[str]) -> str:
    """Return several codes as one text, at most four by name."""
    held = list(values)
    text = str(_("、")).join(code(name, value) for value in held[:4])
    return _("%(names)s 等 %(count)s 项", names=text, count=len(held)) if len(held) > 4 else text


def budget(bracket: str) -> str:
    """Return a bracket of budgets in 万元."""
    return str(BUDGETS.get(bracket, bracket))


def week(number: int) -> str:
    """Return an ISO week by its Monday."""
    return str(_("%(date)s当周", date=show_date(monday(number), "short")))


def figure(value: float) -> str:
    """Return a figure without idle zeros, at most four decimals."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def sizes(values: Iterable[float]) -> str:
    """Return lengths in mm, longest first as given."""
    return " × ".join(figure(value) for value in values) + " mm"


def plus_minus(value: float) -> str:
    return f"±{figure(value)}"


def hours(minutes: float) -> str:
    """Return minutes as hours, with a half where it matters."""
    return figure(round(minutes / 60, 1))
