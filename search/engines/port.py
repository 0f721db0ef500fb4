"""The port every search engine fills: a mirror of `search_documents`, never the truth, always rebuildable.

Engines answer ids. Rows are read again from the database under the reader's rights, so nothing leaks through an index.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from gongchuang.refusal import Unavailable
from search.documents.document import Place
from search.documents.fields import Entry, Gone
from search.engines.clauses import EVERYTHING, All, Clause

DEEPEST = 10_000
"""How many hits can be paged through; nobody reads further, and every engine pays for depth."""


class EngineUnavailable(Unavailable):
    """The engine did not answer, answered an error, or is being written by another process. The table itself answers meanwhile."""


class DocumentsRefused(EngineUnavailable):
    """The engine cannot hold some documents as they are, now or later. It has taken over all others."""

    def __init__(self, reasons: Mapping[UUID, str]) -> None:
        identifier, reason = next(iter(reasons.items()))
        super().__init__(f"{len(reasons)} documents were refused, first: {identifier} {reason}")
        self.ids = frozenset(reasons)


class IndexMissing(EngineUnavailable):
    """No index has been made yet. Asking again costs nothing, and the next write makes one."""


class Sort(StrEnum):
    """How hits are ordered. What is unknown comes last; ties by freshness, then by id."""

    MATCH = "match"
    LEAD_TIME = "lead_time"
    DISTANCE = "distance"
    FRESHNESS = "freshness"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Word:
    """A word the searcher typed, with what the vocabulary says means the same. Any alternative will do."""

    alternatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter the searcher chose. Its own facet is counted without it, so that the other choices keep their counts."""

    facet: str
    clause: Clause


@dataclass(frozen=True, slots=True)
class Preference:
    """What ranks higher without being demanded: `weight` is added to the score."""

    clause: Clause
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A search, composed by us alone: what people type reaches an engine only as words and values."""

    base: Clause = EVERYTHING
    filters: tuple[Filter, ...] = ()
    words: tuple[Word, ...] = ()
    loose: bool = False
    """False: every word must be found (all its bigrams). True: any character pair will do, the more the better."""
    preferences: tuple[Preference, ...] = ()
    facets: tuple[str, ...] = ()
    sort: Sort = Sort.MATCH
    origin: Place | None = None
    offset: int = 0
    size: int = 20

    def without(self, facet: str | None) -> Clause:
        """Return all conditions save those of one facet."""
        return All((self.base, *(chosen.clause for chosen in self.filters if chosen.facet != facet)))

    @property
    def conditions(self) -> Clause:
        return self.without(None)


@dataclass(frozen=True, slots=True)
class Hit:
    id: UUID
    score: float


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of ids, how many there are, and the counts of each facet asked (all tokens, most frequent first)."""

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    degraded: bool = False
    """The table answered instead of the engine: 当前为简易搜索."""
    loosened: bool = False
    """Nothing held every word: these hold some."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether an engine answers, how many documents it holds, and what is wrong."""

    name: str
    answers: bool
    documents: int = 0
    detail: str = ""


class Engine(Protocol):
    """What a search engine does for us."""

    name: str
    shows_within: timedelta
    """How long after it took a change over it may still answer without it."""

    def write(self, changes: Sequence[Entry | Gone]) -> None:
        """Take over changes. Repeating or reordering them does no harm: an older sequence never replaces a newer one."""

    def search(self, query: Query) -> Hits: ...

    def candidates(self, clause: Clause) -> Iterator[UUID]:
        """Yield the id of every document that satisfies `clause`, however many."""

    def rebuild(self, entries: Iterable[Entry]) -> int:
        """Fill a new index from `entries` and put it in the old one's place at once, with no gap. Return how many it holds."""

    def exists(self) -> bool:
        """Tell whether there is an index. Where there is none (a new engine, a lost one), what is written next must be everything."""

    def versions(self) -> Iterator[tuple[UUID, int]]:
        """Yield id and sequence of every document held, for comparison with the table."""

    def health(self) -> Health: ...
