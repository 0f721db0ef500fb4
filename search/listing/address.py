"""The address of a list: every filter, the words, the order and the page stand in it, so that it can be kept, shared and searched again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from werkzeug.datastructures import MultiDict

from gongchuang import vocabulary
from search.documents.codes import BUDGETS, SCHEMES
from search.documents.document import Side
from search.engines.port import Sort
from search.query import figures
from search.query.asked import CODED, MEASURED, Asked
from search.query.parse import LONGEST, Parsed, parse, without

MOST_VALUES = 20
MOST_PAGES = 500


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a room's list holds: the kind of document, its side, which filters and facets it has, how it may be ordered."""

    kind: str
    side: Side
    fields: tuple[str, ...] = ("process", "material", "region", "week", "envelope", "tolerance", "certificate", "quantity")
    facets: tuple[str, ...] = ("process", "material", "region", "certificate")
    sorts: tuple[Sort, ...] = (Sort.MATCH, Sort.LEAD_TIME, Sort.DISTANCE, Sort.FRESHNESS)
    size: int = 20


@dataclass(frozen=True, slots=True)
class Address:
    """A list's address, read: the typed text, what was chosen, order and page. Values that mean nothing are left out, never an error."""

    text: str
    chosen: tuple[Asked, ...]
    sort: Sort
    page: int
    today: date
    parsed: Parsed = field(default_factory=lambda: Parsed((), ()))

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Everything asked, typed or chosen."""
        return (*self.parsed.asked, *self.chosen)

    def pairs(self, shelf: Shelf) -> list[tuple[str, str]]:
        """Return the address as name and value pairs, without what is the default."""
        found = [("q", self.text)] if self.text else []
        for asked in self.chosen:
            found += [(asked.field, value) for value in written(asked)]
        if self.sort is not shelf.sorts[0]:
            found.append(("sort", self.sort.value))
        if self.page > 1:
            found.append(("page", str(self.page)))
        return found

    def with_choice(self, name: str, value: str) -> "Address":
        """Return the address with one more code chosen, from the first page."""
        return replace(self, chosen=(*self.chosen, Asked(name, (value,))), page=1)

    def without_choice(self, asked: Asked) -> "Address":
        """Return the address without something chosen, from the first page."""
        return replace(self, chosen=tuple(other for other in self.chosen if other != asked), page=1)

    def without_typed(self, asked: Asked) -> "Address":
        """Return the address without the words that asked this, from the first page."""
        return replace(self, text=without(self.text, asked.phrase), page=1)


def written(asked: Asked) -> Sequence[str]:
    """Return a chosen filter as it stands in the address."""
    if asked.field == "envelope":
        return ["x".join(f"{side:g}" for side in asked.figures)]
    if asked.field in MEASURED:
        return [asked.grade or f"{asked.figures[0]:g}"]
    return asked.values


def read(shelf: Shelf, arguments: "MultiDict[str, str] | Mapping[str, str]", today: date) -> Address:
    """Read a request's arguments. What is not understood is ignored: an old or foolish link still shows a list."""
    held: MultiDict[str, str] = MultiDict(arguments)
    text = held.get("q", "").replace("\x00", " ").strip()[:LONGEST]
    found = tuple(asked for name in shelf.fields for asked in chosen(name, held.getlist(name)))
    sort = next((sort for sort in shelf.sorts if sort.value == held.get("sort")), shelf.sorts[0])
    page = held.get("page", "1")
    number = min(MOST_PAGES, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    return Address(text, found, sort, max(1, number), today, parse(text, today, shelf.fields))


def chosen(name: str, values: Iterable[str]) -> Iterable[Asked]:
    """Yield what a filter's values ask; those that name nothing ask nothing."""
    for value in list(dict.fromkeys(values))[:MOST_VALUES]:
        asked = _coded(name, value) if name in CODED else _measured(name, value)
        if asked is not None:
            yield asked


def _coded(name: str, value: str) -> Asked | None:
    if name == "week":
        return Asked(name, (value,)) if value.isascii() and value.isdigit() and len(value) == 6 and 1 <= int(value[4:]) <= 53 else None
    if name == "budget":
        return Asked(name, (value,)) if value in BUDGETS else None
    return Asked(name, (value,)) if vocabulary.known(SCHEMES[name], value) else None


def _measured(name: str, value: str) -> Asked | None:
    """Read a figure as it is typed into a field: `650x520x475`, `0.02`, `IT7`, `24`."""
    written_as = {"envelope": f"≥{value}mm", "tolerance": f"±{value.removeprefix('±')}", "quantity": f"{value}件"}
    candidates = (value, written_as.get(name, value))
    for text in candidates:
        for _, _, asked in figures.find(text.strip().lower()[:40]):
            if asked.field == name:
                return replace(asked, phrase="")
    return None
