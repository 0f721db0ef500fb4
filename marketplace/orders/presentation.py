"""Orders as pages show them: cards of the list, rows of facts, state in words."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext

from gongchuang import vocabulary
from gongchuang.database import now as database_now
from gongchuang.money import yuan
from gongchuang.web.filters import show_date, show_datetime
from gongchuang.web.languages import language
from gongchuang.web.remembered import remembered
from marketplace.orders import queries, rules, words
from marketplace.orders.models import Order, OrderPart
from search import labels
from search.documents.document import Side
from search.listing import Card
from search.matching import words as matching_words
from search.matching.criteria import Change
from services.files.models import FileRevision

SIZE_DIGITS = 2


def millimetres(sides: Any) -> str:
    """Return an outer size: 320 × 180 × 46 mm."""
    return " × ".join(f"{side:,.{SIZE_DIGITS}f}".rstrip("0").rstrip(".") for side in sides) + " mm"


def plus_minus(mm: float) -> str:
    return "±" + f"{mm:.4f}".rstrip("0").rstrip(".")


def state_of(order: Order, now: datetime | None = None) -> str:
    """Return an order's state as people see it: an open one past its deadline is 已截止, swept or not."""
    procedure = order.procedure
    late = procedure.status == "open" and procedure.closes_at is not None and procedure.closes_at <= (now or database_now())
    return "due" if late else procedure.status


def card(found: Card, now: datetime, *, own: bool = False, fit: queries.Fitting | None = None) -> dict[str, Any]:
    """Return a listed order in the shape of the macro offer_card; `fit` is how it fits the reader's own offers."""
    shown = remembered(_shown, found.data, found.object_id)
    away = [gettext("%(km)s km", km=round(found.kilometres))] if found.kilometres is not None else []
    return {
        **shown,
        "place": [*shown["place"], *away],
        "match": fit.points if fit and fit.gate else None,
        "why": matching_words.why(fit.explanation, Side.OFFER) if fit else None,
        "action": {"label": gettext("查看报价") if own else gettext("查看并报价"), "url": shown["url"]},
    }


def _shown(data: Mapping[str, Any], order_id: UUID) -> dict[str, Any]:
    closes_at = datetime.fromisoformat(data["closes_at"])
    return {
        "title": data["title"],
        "url": url_for("orders.see", order_id=order_id),
        "kind": drawing_kind(data["processes"]),
        "firm": data["firm"],
        "verified": data["verified"],
        "demo": data["demo"],
        "place": [labels.code("region", data["region"]) if data["region"] else ""],
        "specs": _specs(data),
        "price_fen": data["budget_fen"],
        "has_price": data["budget_fen"] is not None,
        "unit": gettext(" 预算"),
        "tax": gettext("含税"),
        "facts": [
            gettext("%(date)s 截止", date=show_datetime(closes_at, "short")),
            gettext("%(date)s 交货", date=show_date(date.fromisoformat(data["delivery_on"]), "short")) if data["delivery_on"] else "",
        ],
        "badges": [{"label": str(words.STAGES[data["stage"]])}]
        + ([{"label": str(words.SUPPLIES["own_material"])}] if data["supply"] == "own_material" else []),
    }


def _specs(data: Mapping[str, Any]) -> list[dict[str, str]]:
    found = [
        {"label": gettext("工艺"), "value": labels.codes("process", data["processes"])},
        {"label": gettext("材料"), "value": labels.codes("material", data["materials"])},
        {"label": gettext("数量"), "value": gettext("%(count)s 件", count=data["quantity"])},
    ]
    if data["parts"] > 1:
        found[-1]["value"] = gettext("%(parts)s 种共 %(count)s 件", parts=data["parts"], count=data["quantity"])
    if data["sides"]:
        found.append({"label": gettext("外形"), "value": millimetres(data["sides"])})
    if data["tolerance_mm"]:
        found.append({"label": gettext("最严公差"), "value": plus_minus(data["tolerance_mm"])})
    return found


def drawing_kind(processes: Iterable[str]) -> str:
    """Return the machine kind whose drawing stands for an order without a picture: the first that does one of its processes."""
    wanted = list(processes)
    kinds = [term.code for term in vocabulary.terms("machine_kinds")]
    return next((kind for code in wanted for kind in kinds if code in vocabulary.machine_kind(kind).processes), "other")


def size_words(part: OrderPart) -> str:
    """Return a part's outer size and where it comes from."""
    if len(part.sides) < 3:
        return str(gettext("未说明"))
    return millimetres(part.sides) + str(gettext("（手填）") if part.size_source == "typed" else gettext("（读自模型）"))


def tolerance_words(part: OrderPart) -> str:
    """Return a tolerance as written, with what it means in mm where that is reckoned."""
    if not part.tolerance:
        return str(gettext("未注公差"))
    if part.tolerance_mm is None or part.tolerance.replace(" ", "").lstrip("±") == plus_minus(part.tolerance_mm).lstrip("±"):
        return part.tolerance if part.tolerance_mm is None else plus_minus(part.tolerance_mm)
    return str(gettext("%(said)s（折合 %(mm)s mm）", said=part.tolerance, mm=plus_minus(part.tolerance_mm)))


def weight_words(part: OrderPart) -> str | None:
    """Return a part's net weight by its material's density, None where unknown."""
    kilograms = rules.weight_kg(part.volume_mm3, part.material)
    if kilograms is None:
        return None
    return f"{kilograms * 1000:,.0f} g" if kilograms < 1 else f"{kilograms:,.1f} kg"


def part_facts(part: OrderPart) -> list[dict[str, str]]:
    """Return a part in the shape of the macro facts."""
    found = [
        {"label": gettext("工艺"), "value": labels.code("process", part.process) if part.process else "—"},
        {"label": gettext("材料"), "value": labels.code("material", part.material) if part.material else "—"},
        {"label": gettext("数量"), "value": gettext("%(count)s 件", count=f"{part.quantity:,}") if part.quantity else "—"},
        {"label": gettext("外形尺寸"), "value": size_words(part)},
        {"label": gettext("最严公差"), "value": tolerance_words(part)},
    ]
    weight = weight_words(part)
    if weight:
        found.append({"label": gettext("单件净重"), "value": weight})
    if part.surface:
        found.append({"label": gettext("表面处理"), "value": labels_surface(part.surface)})
    if part.note:
        found.append({"label": gettext("备注"), "value": part.note})
    return found


def labels_surface(code: str) -> str:
    return vocabulary.label("surfaces", code, language())


def terms(order: Order) -> list[dict[str, str]]:
    """Return what holds for the whole order, in the shape of the macro facts."""
    found = [
        {"label": gettext("批次"), "value": str(words.STAGES[order.stage])},
        {"label": gettext("材料"), "value": str(words.SUPPLIES[order.supply])},
        {"label": gettext("交货日期"), "value": show_date(order.delivery_on)},
        {"label": gettext("交货地区"), "value": labels.code("region", order.region) if order.region else "—"},
        {"label": gettext("制造地点"), "value": str(words.MADE_IN[order.made_in])},
        {"label": gettext("发票"), "value": str(words.INVOICES[order.invoice])},
        {"label": gettext("尺寸"), "value": str(words.GOVERNS[order.governs])},
    ]
    if order.certificates:
        found.append({"label": gettext("资质证书"), "value": labels.codes("certificate", order.certificates)})
    return found


def budget_words(order: Order, *, own: bool) -> dict[str, str] | None:
    """Return the budget where the reader may know it."""
    if order.budget_fen is None or not (own or order.budget_shown):
        return None
    note = "" if order.budget_shown else gettext("供应商看不到")
    return {"label": gettext("预算（含税）"), "value": yuan(order.budget_fen), "note": note}


def place_words(region: str, seen_from: str = "") -> str:
    """Return a place as people say it, with its distance where both are known: 广西壮族自治区 柳州市 · 214 km."""
    if not region or not vocabulary.known("regions", region):
        return ""
    words = " ".join(term.label(language()) for term in vocabulary.region_path(region)[:2])
    away = vocabulary.kilometres(region, seen_from) if seen_from else None
    return words if away is None else f"{words} · {away:,.0f} km"


def change_words(change: Change) -> str:
    """Return what a buyer would change, in words."""
    return matching_words.change(change.code, change.params, Side.NEED).removesuffix("即可").strip()


def files_in(identifiers: Iterable[UUID], files: Mapping[UUID, FileRevision]) -> list[FileRevision]:
    """Return these files in their order, as far as they are known."""
    return [files[i] for i in identifiers if i in files]
