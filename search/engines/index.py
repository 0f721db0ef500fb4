"""The way to every search: who asks is added here and nowhere else, and the table answers when the engine does not."""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from gongchuang.actor import Actor
from search.documents import queries
from search.engines.clauses import EVERYTHING, AtMost, Clause, Has, Not, every
from search.engines.database import DatabaseEngine
from search.engines.port import Engine, EngineUnavailable, Health, Hits, IndexMissing, Query

log = structlog.get_logger(__name__)

REST_SECONDS = 5.0
"""How long an engine that failed is left alone, so that its time-out is not paid by every page."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who searches, and when: the audience tokens held, and the database's clock."""

    audience: frozenset[str]
    now: datetime

    @classmethod
    def of(cls, actor: Actor, now: datetime) -> "Reader":
        own = {f"org:{actor.organisation_id}"} if actor.organisation_id else set()
        return cls(frozenset({*actor.audience, *own}), now)


def for_reader(base: Clause, reader: Reader) -> Clause:
    """Return `base`, narrowed to what `reader` may see and what still stands. The only place where visibility enters a search."""
    standing = Not(AtMost("open_until", reader.now.timestamp()))
    return every(Has("audience", reader.audience), standing, base)


class Index:
    """The configured engine with the table behind it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.table = DatabaseEngine()
        self._rests_until = 0.0

    def search(self, query: Query, reader: Reader) -> Hits:
        """Search as `reader`. Words that are nowhere all together are looked for one by one (`loosened`)."""
        narrowed = replace(query, base=for_reader(query.base, reader))
        hits = self._answer(narrowed)
        if hits.total == 0 and query.words and not query.loose:
            return replace(self._answer(replace(narrowed, loose=True)), loosened=True)
        return hits

    def candidates(self, strict: Clause, further: Clause = EVERYTHING) -> set[UUID]:
        """Return the ids of all documents that satisfy both clauses, and of those the engine does not show yet all that satisfy the `strict` one.

        The table is asked first: a document is either still unsettled there, or already shown by the engine that is asked afterwards.
        Both sides published in the same second therefore meet. `further` is left out there: the few too many cost less than a statement for each of its shapes.
        """
        found = set(self.table.candidates(strict, also=queries.unsettled(self.engine.shows_within)))
        clause = every(strict, further)
        if self._resting():
            return found | set(self.table.candidates(clause))
        try:
            return found | set(self.engine.candidates(clause))
        except EngineUnavailable as error:
            self._failed(error)
            return found | set(self.table.candidates(clause))

    def health(self) -> Health:
        return self.engine.health()

    def _answer(self, query: Query) -> Hits:
        if not self._resting():
            try:
                return self.engine.search(query)
            except EngineUnavailable as error:
                self._failed(error)
        hits = self.table.search(query)
        return replace(hits, degraded=bool(hits.total) or queries.any_living())

    def _resting(self) -> bool:
        return time.monotonic() < self._rests_until

    def _failed(self, error: EngineUnavailable) -> None:
        if not isinstance(error, IndexMissing):
            self._rests_until = time.monotonic() + REST_SECONDS
        log.warning("search engine does not answer, the table does", engine=self.engine.name, error=str(error))
