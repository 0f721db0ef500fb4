"""Facets: the values of a filter with their counts, those people choose by: families and what is under them, cities and districts."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from gongchuang import vocabulary
from search import labels
from search.documents.codes import SCHEMES
from search.listing.address import Address, Shelf
from search.listing.links import Facet, Option
from search.query.asked import Asked
from search.weeks import week_of

MOST = 12
Counts = Mapping[str, Sequence[tuple[str, int]]]
Url = Callable[[Address], str]


def facets(shelf: Shelf, address: Address, counts: Counts, url: Url) -> tuple[Facet, ...]:
    """Return every facet that has something to choose from."""
    found = (Facet(labels.field(name), _options(name, address, counts.get(name, ()), url), name) for name in shelf.facets)
    return tuple(facet for facet in found if facet.options)


def _options(name: str, address: Address, counts: Sequence[tuple[str, int]], url: Url) -> tuple[Option, ...]:
    chosen = {value: asked for asked in address.asked if asked.field == name for value in asked.values}
    held = dict(counts)
    ordered = sorted(held) if name in ("week", "budget") else [code for code, _ in counts]
    shown = list(islice((code for code in ordered if code in chosen or _worth(name, code, list(chosen), address)), MOST))
    shown += [code for code in chosen if code not in shown]
    return tuple(
        Option(labels.code(name, code), held.get(code, 0), url(_toggled(address, name, code, chosen.get(code))), code in chosen, code) for code in shown
    )


def _toggled(address: Address, name: str, code: str, asked: Asked | None) -> Address:
    """Return the address with the code chosen, or without it where it was chosen or typed."""
    if asked is None:
        return address.with_choice(name, code)
    return address.without_typed(asked) if asked.phrase else address.without_choice(asked)


def _worth(name: str, code: str, chosen: Sequence[str], address: Address) -> bool:
    """Tell whether a code is offered: of regions cities, and districts of a chosen city; of trees what lies in a family; of weeks the coming ones."""
    if name == "week":
        return int(code) >= week_of(address.today)
    if name == "region":
        return len(code) == 4 or (len(code) == 6 and any(code.startswith(city) for city in chosen if len(city) == 4))
    scheme = SCHEMES.get(name)
    if scheme in ("processes", "materials"):
        return vocabulary.known(scheme, code) and bool(vocabulary.term(scheme, code).family)
    return True
