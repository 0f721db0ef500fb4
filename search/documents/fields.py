"""Which fields a document has in every engine, and what each is for: the one table from which mappings, schemas and SQL are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from search.text import searchable


class Use(StrEnum):
    """What a field may be asked."""

    TOKENS = "filter"
    """Codes compared whole; also counted as facets."""
    NUMBER = "number"
    """A figure compared by size; also sorted by."""


FIELDS: Mapping[str, Use] = {
    "kind": Use.TOKENS,
    "side": Use.TOKENS,
    "market": Use.TOKENS,
    "audience": Use.TOKENS,
    "organisation": Use.TOKENS,
    "process": Use.TOKENS,
    "material": Use.TOKENS,
    "skill": Use.TOKENS,
    "certificate": Use.TOKENS,
    "industry": Use.TOKENS,
    "region": Use.TOKENS,
    "park": Use.TOKENS,
    "wanted_region": Use.TOKENS,
    "week": Use.TOKENS,
    "budget": Use.TOKENS,
    "side_a": Use.NUMBER,
    "side_b": Use.NUMBER,
    "side_c": Use.NUMBER,
    "tolerance": Use.NUMBER,
    "quantity_min": Use.NUMBER,
    "quantity_max": Use.NUMBER,
    "price": Use.NUMBER,
    "lead_time": Use.NUMBER,
    "latitude": Use.NUMBER,
    "longitude": Use.NUMBER,
    "confirmed": Use.NUMBER,
    "open_until": Use.NUMBER,
    "free_minutes": Use.NUMBER,
}
"""Instants are seconds since 1970. `side_a` is the longest side. A code's ancestors stand beside it, so that a coarse filter finds the fine."""

CODED = ("process", "material", "skill", "certificate", "industry", "region", "park", "wanted_region", "week", "budget")
"""The fields kept as prefixed tokens (`process:milling-5`) in one array column."""

TOKEN_FIELDS = tuple(name for name, use in FIELDS.items() if use is Use.TOKENS)
NUMBER_FIELDS = tuple(name for name, use in FIELDS.items() if use is Use.NUMBER)


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as an engine keeps it. `sequence` grows with every change: an engine never replaces a newer entry with an older one."""

    id: UUID
    sequence: int
    fields: Mapping[str, Any]
    tokens: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, identifier: UUID, sequence: int, fields: Mapping[str, Any], title: str, text: str) -> "Entry":
        """Return the entry, leaving out what is not known."""
        known = {name: value for name, value in fields.items() if value is not None and value != ()}
        return cls(identifier, sequence, known, tuple(searchable(title, text)))


@dataclass(frozen=True, slots=True)
class Gone:
    """That a document is no longer to be found."""

    id: UUID
    sequence: int


SORTED = ("lead_time", "price")
"""Figures that lists are ordered by, ties broken by freshness."""


def sort_key(value: float, confirmed: float) -> int:
    """Return one whole number that orders by `value`, then by freshness (latest first), so that engines that sort by one field agree."""
    return (min(int(value), 2**30) << 32) + (2**32 - 1 - max(0, min(int(confirmed), 2**32 - 1)))


def sort_keys(fields: Mapping[str, Any]) -> dict[str, int]:
    """Return the sort fields of a document, by name; what is unknown has none and comes last."""
    return {f"sort_{name}": sort_key(fields[name], fields.get("confirmed", 0.0)) for name in SORTED if name in fields}
