"""Chips: the filters in force, each with the address of the list without it."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from search import labels
from search.engines.port import Sort
from search.listing.address import Address
from search.listing.links import Link
from search.query.asked import Asked

Url = Callable[[Address], str]
SORTS: dict[Sort, Any] = {
    Sort.MATCH: _l("匹配度"),
    Sort.LEAD_TIME: _l("交期最短"),
    Sort.DISTANCE: _l("距离最近"),
    Sort.FRESHNESS: _l("最近更新"),
    Sort.PRICE: _l("价格最低"),
}


def chips(address: Address, url: Url) -> tuple[Link, ...]:
    """Return a chip for each filter. Taking one away that was typed takes its words out of the text."""
    typed = [Link(label(asked), url(address.without_typed(asked))) for asked in address.parsed.asked]
    return (*typed, *(Link(label(asked), url(address.without_choice(asked))) for asked in address.chosen))


def label(asked: Asked) -> str:
    """Return a filter in words: 地区 西安市, 公差 ≤ ±0.02, 两周内有空."""
    name = labels.field(asked.field)
    match asked.field:
        case "tolerance":
            value = labels.plus_minus(asked.figures[0])
            if asked.grade and asked.nominal:
                return str(_("公差 %(grade)s（%(size)s mm 时 %(value)s）", grade=asked.grade, size=labels.figure(asked.nominal), value=value))
            return str(_("公差 ≤ %(value)s", value=value))
        case "envelope":
            return str(_("尺寸 %(sides)s", sides=labels.sizes(asked.figures)))
        case "quantity":
            return str(_("数量 %(count)s 件", count=labels.figure(asked.figures[0])))
        case "week":
            return str(_("%(when)s有空", when=asked.phrase or labels.week(int(asked.values[0]))))
        case field:
            return f"{name} {labels.codes(field, asked.values[:1])}"


def sort_label(sort: Sort) -> str:
    """Return what an order is called."""
    return str(SORTS[sort])
