"""Offers as lists show them, in the reader's words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from gongchuang import vocabulary
from gongchuang.web.filters import ago
from gongchuang.web.languages import language
from gongchuang.web.remembered import remembered
from marketplace.capacity.queries import FreeWeek
from marketplace.capacity.spans import day_of, week_start, weeks_from
from marketplace.machines.words import photo_of
from marketplace.offers import rules
from search.listing import Card, Facet
from search.matching.queries import Matched

WEEKS = 8
UNITS: dict[str, Any] = {"hour": _l("/小时"), "piece": _l("/件"), "kg": "/kg", "gram": "/g", "stroke": _l("/刀"), "kilopoint": _l("/千点")}


def unit_words(unit: str) -> str:
    """Return what a price is for: /小时, /件, /kg."""
    return str(UNITS.get(unit, ""))


def tax_words(rate: int) -> str:
    """Return 未税 with the rate that would be added."""
    return str(_("未税 %(rate)s%%", rate=rate // 100))


def strip_of(weeks: Sequence[Sequence[int]], today: date) -> list[FreeWeek]:
    """Return the next eight weeks of an offer as a strip: those it has not are full."""
    free = {week[0]: week[1] for week in weeks}
    return [FreeWeek(week_start(code), free.get(code, 0) / 60) for code in weeks_from(today, WEEKS)]


def place_of(region: str, park: str | None) -> list[str]:
    """Return city and district, or city and park by the name people say: 西安市, 雁塔区; 西安高新区 alone, for it names its city."""
    spoken = language()
    if park and vocabulary.known("parks", park):
        held = vocabulary.park(park)
        name = next(iter(held.synonyms), held.zh) if spoken == "zh" else held.en
        city = _city(region, spoken)
        return [name] if not city or city[:2] == name[:2] else [city, name]
    if not region or not vocabulary.known("regions", region):
        return []
    path = vocabulary.region_path(region)
    return [term.label(spoken) for term in path[1:3] or path[:1]]


def _city(region: str, spoken: str) -> str:
    path = vocabulary.region_path(region) if region and vocabulary.known("regions", region) else ()
    return path[1].label(spoken) if len(path) > 1 else ""


def specs_of(data: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what a machine can do, in three figures."""
    found = []
    if data.get("envelope"):
        found.append({"label": _("加工范围"), "value": data["envelope"]})
    if data.get("tolerance_mm") is not None:
        found.append({"label": _("公差"), "value": f"±{data['tolerance_mm']:g}"})
    names = [vocabulary.label("materials", code, language()) for code in data["materials"][:4]]
    if names:
        found.append({"label": _("材料"), "value": (", " if language() == "en" else " ").join(names)})
    return found


def enquiry_url(offer_id: UUID) -> str | None:
    """Return where an enquiry prefilled from an offer begins."""
    return page_of_room("orders.create", offer=offer_id)


def page_of_room(endpoint: str, **values: Any) -> str | None:
    """Return another feature's page, None where this installation lacks it."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None


def near_orders(nearly: Sequence[Matched]) -> list[dict[str, str]]:
    """Return the orders an offer nearly fits, each with the one change, in the shape of the macro near_misses."""
    shown = []
    for miss in nearly:
        changes = miss.why.counterfactuals or miss.why.unsatisfied
        shown.append({"title": str(miss.card.get("title", "")), "url": f"/orders/{miss.object_id}", "change": _("；").join(changes[:2])})
    return shown


def card_of(card: Card, now: datetime) -> dict[str, Any]:
    """Return a found offer in the shape of the macro offer_card."""
    shown = remembered(_shown, card.data, card.object_id, day_of(now))
    away = [f"{card.kilometres:.0f} km"] if card.kilometres is not None and card.kilometres >= 1 else []
    return {**shown, "place": [*shown["place"], *away], "badges": [*shown["badges"], *_aged(card.data, now)]}


def _aged(data: Mapping[str, Any], now: datetime) -> list[dict[str, str]]:
    """Return how long ago an offer was confirmed, once it is no longer fresh."""
    confirmed = datetime.fromisoformat(data["confirmed_at"]) if data.get("confirmed_at") else now
    return [{"label": _("%(ago)s确认", ago=ago(confirmed, now)), "tone": "neutral"}] if rules.age(confirmed, now) != "fresh" else []


def _shown(data: Mapping[str, Any], offer_id: UUID, today: date) -> dict[str, Any]:
    least, enquiry = data.get("quantity_min"), enquiry_url(offer_id)
    return {
        "title": data["title"],
        "url": url_for("offers.see", offer_id=offer_id),
        "kind": data["kind"],
        "photo": photo_of(data.get("photo")),
        "firm": data["firm"],
        "verified": data["verified"],
        "demo": data["demo"],
        "place": place_of(data["region"], data["park"]),
        "specs": specs_of(data),
        "weeks": strip_of(data["weeks"], today),
        "price_fen": data["price_fen"],
        "has_price": True,
        "unit": unit_words(data["price_unit"]),
        "tax": tax_words(data["tax_rate"]),
        "facts": [
            ngettext("交期 %(n)s 天", "交期 %(n)s 天", data["lead_time_days"], n=data["lead_time_days"]),
            _("起订 %(n)s 件", n=least) if least and least > 1 else "",
        ],
        "badges": [{"label": _("× %(n)s 台", n=data["count"]), "tone": "neutral"}] if data.get("count", 1) > 1 else [],
        **({"action": {"label": _("询价"), "url": enquiry}} if enquiry else {}),
    }


def near_of(miss: Mapping[str, Any]) -> dict[str, str]:
    """Return an offer that one filter keeps out, in the shape of the macro near_misses."""
    card: Card = miss["card"]
    title = f"{card.data['title']} · {card.data['firm']}"
    return {"title": title, "url": url_for("offers.see", offer_id=card.object_id), "change": miss["change"]}


def arranged(facets: Sequence[Facet], today: date) -> list[Facet]:
    """Return the facets as the page shows them: weeks in their order, those of the next eight only."""
    soon = {str(code) for code in weeks_from(today, WEEKS)}
    found = []
    for facet in facets:
        if facet.field == "week":
            options = sorted((o for o in facet.options if o.code in soon or o.active), key=lambda o: o.code)
            found.append(replace(facet, options=tuple(options)))
        else:
            found.append(facet)
    return [facet for facet in found if facet.options]
