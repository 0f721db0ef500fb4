"""A list page: the hits' cards, facets with counts, chips, orders, pages. One engine query and one statement, however many rows.

    found = listing(OFFERS, request.args, actor(), now(), path=request.path, home=organisation_region)
    return render_template("offers/list.html", found=found)

Its parts have the shape that the macros of parts.html take.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

from werkzeug.datastructures import MultiDict

from gongchuang import vocabulary
from gongchuang.actor import Actor
from search.documents import queries as documents
from search.documents.document import Place
from search.engines.choice import index
from search.engines.clauses import AtLeast, has
from search.engines.index import Reader
from search.engines.port import DEEPEST, Filter, Hits, Preference, Query
from search.geography import distance_km
from search.listing import chips as chipping
from search.listing import facets as faceting
from search.listing.address import Address, Shelf, read
from search.listing.links import Facet, Link, Option
from search.matching.knowledge import ZONE
from search.query.asked import Asked, as_clauses
from search.query.parse import widened

__all__ = ["Card", "Facet", "Link", "Listing", "Option", "listing"]

_quoted = lru_cache(maxsize=4096)(quote_plus)
"""The dozens of addresses of a list say the same few values again and again."""
FRESH = timedelta(days=7)
FRESH_WEIGHT = 1.0
"""What was confirmed within a week ranks higher."""


@dataclass(frozen=True, slots=True)
class Card:
    """One row of a list: what its room stored to be shown, and what this search adds."""

    id: UUID
    """The document's own id."""
    kind: str
    object_id: UUID
    organisation_id: UUID
    data: Mapping[str, Any]
    score: float
    kilometres: float | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything a list page shows."""

    cards: tuple[Card, ...]
    total: int
    text: str
    facets: tuple[Facet, ...]
    chips: tuple[Link, ...]
    sorts: tuple[Link, ...]
    page: int
    pages: int
    previous: str | None
    next: str | None
    degraded: bool
    loosened: bool
    clear: str
    here: str
    """The list's address as it stands, normalised: what is saved as a search."""
    asked: tuple[Asked, ...] = field(default=())

    @property
    def count(self) -> int:
        """How many filters are in force."""
        return len(self.chips)


def listing(
    shelf: Shelf, arguments: "MultiDict[str, str] | Mapping[str, str]", actor: Actor, now: datetime, *, path: str = "", home: str | None = None
) -> Listing:
    """Return the list that `arguments` ask for, as `actor` may see it. `home` is the region distances are measured from, unless one is asked."""
    address = read(shelf, arguments, now.astimezone(ZONE).date())
    origin = _origin(address, home)
    hits = index().search(_query(shelf, address, origin, now), Reader.of(actor, now))
    shown = documents.cards([hit.id for hit in hits.hits])
    cards = tuple(_card(shown[hit.id], hit.score, origin) for hit in hits.hits if hit.id in shown)
    return _laid_out(shelf, address, hits, cards, path)


def _query(shelf: Shelf, address: Address, origin: Place | None, now: datetime) -> Query:
    filters = tuple(Filter(name, clause) for name, clause in as_clauses(address.asked, shelf.side).items())
    return Query(
        base=has("kind", shelf.kind),
        filters=filters,
        words=tuple(widened(word) for word in address.parsed.words),
        preferences=(Preference(AtLeast("confirmed", (now - FRESH).timestamp()), FRESH_WEIGHT),),
        facets=shelf.facets,
        sort=address.sort,
        origin=origin,
        offset=(address.page - 1) * shelf.size,
        size=shelf.size,
    )


def _origin(address: Address, home: str | None) -> Place | None:
    """Return where distances are measured from: the region asked, else the reader's own."""
    regions = [value for asked in address.asked if asked.field == "region" for value in asked.values]
    found = vocabulary.place(regions[-1] if regions else home or "")
    return Place(*found) if found else None


def _card(row: Any, score: float, origin: Place | None) -> Card:
    away = None
    if origin is not None and row.latitude is not None and row.longitude is not None:
        away = distance_km(origin, Place(row.latitude, row.longitude))
    return Card(row.id, row.kind, row.object_id, row.organisation_id, row.card, score, away)


def _laid_out(shelf: Shelf, address: Address, hits: Hits, cards: Sequence[Card], path: str) -> Listing:
    def url(changed: Address) -> str:
        pairs = changed.pairs(shelf)
        return f"{path}?{'&'.join(f'{name}={_quoted(value)}' for name, value in pairs)}" if pairs else path or "?"

    pages = max(1, ceil(min(hits.total, DEEPEST) / shelf.size))
    return Listing(
        cards=tuple(cards),
        total=hits.total,
        text=address.text,
        facets=faceting.facets(shelf, address, hits.facets, url),
        chips=chipping.chips(address, url),
        sorts=tuple(Link(chipping.sort_label(sort), url(replace(address, sort=sort, page=1)), sort is address.sort) for sort in shelf.sorts),
        page=address.page,
        pages=pages,
        previous=url(replace(address, page=address.page - 1)) if address.page > 1 else None,
        next=url(replace(address, page=address.page + 1)) if address.page < pages else None,
        degraded=hits.degraded,
        loosened=hits.loosened,
        clear=path or "?",
        here=url(replace(address, page=1)),
        asked=address.asked,
    )
