"""The list of offers: what its address may ask, and what nearly fits."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from gongchuang.actor import Actor
from marketplace.offers.document import KIND
from search.documents.document import Side
from search.engines.port import Sort
from search.listing import Card, Listing, Shelf, listing

SHELF = Shelf(
    KIND,
    Side.OFFER,
    fields=("process", "material", "region", "park", "week", "envelope", "tolerance", "certificate", "quantity"),
    facets=("process", "material", "region", "week", "certificate"),
    sorts=(Sort.MATCH, Sort.LEAD_TIME, Sort.DISTANCE, Sort.FRESHNESS, Sort.PRICE),
)
A_FEW = replace(SHELF, facets=(), size=8)
"""The list without the counts beside it, and no more of it than near misses are picked from."""
FEW = 3
"""With fewer results than this the list also shows what one filter less would find."""


class Pairs(list[tuple[str, str]]):
    """Name and value pairs, the same name as often as it is given, for forms that ask a mapping's items."""

    def items(self) -> "Pairs":
        return self


def found_by(arguments: Mapping[str, str], actor: Actor, now: datetime, path: str, home: str | None) -> Listing:
    """Return the list an address asks for."""
    return listing(SHELF, arguments, actor, now, path=path, home=home)


def alike(process: str, actor: Actor, now: datetime, home: str | None) -> tuple[Card, ...]:
    """Return the first offers of a process."""
    return listing(replace(SHELF, facets=()), {"process": process}, actor, now, path="/", home=home).cards


def near(found: Listing, actor: Actor, now: datetime, home: str | None, most: int = 4) -> list[dict[str, Any]]:
    """Return offers that one filter keeps out, each with that filter: shown apart, when few are found."""
    if found.total >= FEW or found.page > 1:
        return []
    seen = {card.id for card in found.cards}
    misses: list[dict[str, Any]] = []
    for chip in found.chips[:6]:
        wider = listing(A_FEW, _arguments(chip.url), actor, now, path="/", home=home)
        fresh = next((card for card in wider.cards if card.id not in seen), None)
        if fresh is not None and not wider.loosened:
            seen.add(fresh.id)
            more = wider.total - found.total
            change = _("去掉「%(filter)s」，共多 %(more)s 条", filter=chip.label, more=more) if more > 1 else _("去掉「%(filter)s」即可", filter=chip.label)
            misses.append({"card": fresh, "change": change})
    return misses[:most]


def _arguments(address: str) -> "MultiDict[str, str]":
    return MultiDict(parse_qsl(urlsplit(address).query))


def kept(found: Listing, but: Iterable[str]) -> Pairs:
    """Return the filters in force as name and value pairs, without some: what a small form in the list carries along."""
    left = set(but)
    return Pairs((name, value) for name, value in parse_qsl(urlsplit(found.here).query) if name not in left)


def with_one(found: Listing, path: str, name: str, value: str) -> str:
    """Return the list's address with one filter set to one value."""
    return f"{path}?{urlencode([*kept(found, (name,)), (name, value)])}"


def gathered(arguments: "MultiDict[str, str]", path: str) -> str | None:
    """Return the list's own address for the three sides typed into the form beside it, None when none were."""
    sides = [side for name in ("side_1", "side_2", "side_3") if (side := arguments.get(name, "").strip())]
    if not any(name in arguments for name in ("side_1", "side_2", "side_3")):
        return None
    pairs = [(name, value) for name, value in arguments.items(multi=True) if name not in ("side_1", "side_2", "side_3", "envelope") and value]
    if sides:
        pairs.append(("envelope", "x".join(side[:12] for side in sides)))
    return f"{path}?{urlencode(pairs)}" if pairs else path
