"""The built-in engine: BM25 by tantivy in a folder, nothing to install or start."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from tantivy import DocAddress, Index, IndexWriter, Order, Schema, SchemaBuilder, Searcher, SearchResult, TextAnalyzerBuilder, Tokenizer
from tantivy import Document as TantivyDocument
from tantivy import Query as TantivyQuery

from search.documents.document import Place
from search.documents.fields import NUMBER_FIELDS, SORTED, TOKEN_FIELDS, Entry, Gone, sort_keys
from search.engines import tantivy_query
from search.engines.clauses import Clause
from search.engines.folder import IndexFolder
from search.engines.port import DEEPEST, EngineUnavailable, Health, Hit, Hits, IndexMissing, Query, Sort
from search.geography import distance_km
from search.text import bigrams

SCHEMA = "v2"
"""Change it with the fields: an index of another schema is not read, and is filled anew."""
MOST_TOKENS = 10_000
RINGS_KM = (50.0, 200.0, 800.0)


def _schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("id_high", fast=True)
    builder.add_unsigned_field("id_low", fast=True)
    builder.add_unsigned_field("sequence", fast=True)
    builder.add_text_field("known", tokenizer_name="raw", index_option="basic")
    for name in TOKEN_FIELDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in NUMBER_FIELDS:
        builder.add_float_field(name, indexed=True, fast=True)
    for name in SORTED:
        builder.add_integer_field(f"sort_{name}", fast=True)
    builder.add_text_field("chars", tokenizer_name="words", index_option="freq")
    builder.add_text_field("bigrams", tokenizer_name="words", index_option="freq")
    return builder.build()


def _document(entry: Entry) -> TantivyDocument:
    document = TantivyDocument()
    document.add_text("id", str(entry.id))
    document.add_unsigned("id_high", entry.id.int >> 64)
    document.add_unsigned("id_low", entry.id.int & (2**64 - 1))
    document.add_unsigned("sequence", entry.sequence)
    for name, value in entry.fields.items():
        document.add_text("known", name)
        if isinstance(value, tuple):
            for token in value:
                document.add_text(name, token)
        else:
            document.add_float(name, float(value))
    for name, key in sort_keys(entry.fields).items():
        document.add_integer(name, key)
    document.add_text("chars", " ".join(entry.tokens))
    document.add_text("bigrams", " ".join(bigrams(entry.tokens)))
    return document


class TantivyEngine:
    """Reads reopen when the folder changes; each batch of writes takes the writer for itself and gives it back, so any process may write.

    Safe across fork: nothing is opened before the first use, and what another process opened is not reused.
    """

    name = "tantivy"
    shows_within = timedelta(seconds=2)
    """At once: each answer looks for the latest commit. Only an index that has just taken another's place may lack a moment."""

    def __init__(self, root: Path) -> None:
        self.folder = IndexFolder(root, SCHEMA)
        self._opened: tuple[int, Path, int] | None = None
        self._index: Index | None = None

    # reading

    def search(self, query: Query) -> Hits:
        searcher, schema = self._reader()
        facets = _facets(searcher, schema, query)
        if query.offset >= DEEPEST:
            return Hits((), _count(searcher, tantivy_query.filtered(schema, query)), facets)
        if query.sort is Sort.DISTANCE and query.origin is not None:
            hits, total = self._nearest(searcher, schema, query, query.origin)
        else:
            hits, total = self._ordered(searcher, schema, query)
        return Hits(tuple(hits), total, facets)

    def candidates(self, clause: Clause) -> Iterator[UUID]:
        searcher, schema = self._reader()
        found = tantivy_query.of_clause(schema, clause)
        addresses = self._addresses(searcher, found)
        yield from _ids(searcher, addresses)

    def versions(self) -> Iterator[tuple[UUID, int]]:
        searcher, _ = self._reader()
        addresses = self._addresses(searcher, TantivyQuery.all_query())
        yield from zip(_ids(searcher, addresses), (int(s or 0) for s in searcher.fast_field_values("sequence", addresses)), strict=True)

    def exists(self) -> bool:
        return self.folder.current() is not None

    def health(self) -> Health:
        try:
            searcher, _ = self._reader()
            return Health(self.name, True, searcher.num_docs)
        except EngineUnavailable as error:
            return Health(self.name, False, 0, str(error))

    def ping(self) -> None:
        """Raise EngineUnavailable unless the index can be read. That none was made yet is no fault: the first write makes one."""
        with suppress(IndexMissing):
            self._reader()

    def _reader(self) -> tuple[Searcher, Schema]:
        """Return a searcher over the latest commit of the current index."""
        folder = self.folder.current()
        if folder is None:
            raise IndexMissing("no index has been made yet")
        try:
            stamp = (os.getpid(), folder, (folder / "meta.json").stat().st_mtime_ns)
            if self._index is None or self._opened is None or self._opened[:2] != stamp[:2]:
                self._index = _open(folder)
            elif self._opened != stamp:
                self._index.reload()
            self._opened = stamp
            return self._index.searcher(), self._index.schema
        except (ValueError, OSError) as error:
            self._index = None
            raise EngineUnavailable(f"the index cannot be read: {error}") from error

    def _ordered(self, searcher: Searcher, schema: Schema, query: Query) -> tuple[list[Hit], int]:
        size = max(1, min(query.size, DEEPEST - query.offset))
        if query.sort is Sort.MATCH and query.words:
            result = searcher.search(tantivy_query.scored(schema, query), size, offset=query.offset)
            scores = [float(score) for score, _ in result.hits]
        else:
            field, order = ("confirmed", Order.Desc) if query.sort not in (Sort.LEAD_TIME, Sort.PRICE) else (f"sort_{query.sort}", Order.Asc)
            result = searcher.search(tantivy_query.filtered(schema, query), size, order_by_field=field, order=order, offset=query.offset)
            scores = [0.0] * len(result.hits)
        ids = _ids(searcher, [address for _, address in result.hits])
        return [Hit(found, score) for found, score in zip(ids, scores, strict=True)][: query.size], _counted(result)

    def _nearest(self, searcher: Searcher, schema: Schema, query: Query, origin: Place) -> tuple[list[Hit], int]:
        """Return the nearest, looking in growing rings so that a page of near ones never measures the whole country."""
        total = _count(searcher, tantivy_query.filtered(schema, query))
        wanted = query.offset + query.size
        for km in (*RINGS_KM, None):
            found = tantivy_query.filtered(schema, query) if km is None else tantivy_query.near(schema, query, origin, km)
            addresses = self._addresses(searcher, found)
            places = zip(searcher.fast_field_values("latitude", addresses), searcher.fast_field_values("longitude", addresses), strict=True)
            away = [float("inf") if lat is None or lon is None else distance_km(origin, Place(lat, lon)) for lat, lon in places]
            if km is None or sum(d <= km for d in away) >= wanted:
                ranked = sorted(zip(away, _ids(searcher, addresses), strict=True))[query.offset : wanted]
                return [Hit(found_id, 0.0) for _, found_id in ranked], total
        return [], total

    @staticmethod
    def _addresses(searcher: Searcher, found: TantivyQuery) -> list[DocAddress]:
        silent = TantivyQuery.const_score_query(found, 0.0)
        count = _count(searcher, silent)
        return [address for _, address in searcher.search(silent, max(1, count), count=False).hits]

    # writing

    def write(self, changes: Sequence[Entry | Gone]) -> None:
        if not changes:
            return
        with _disk_errors(), self.folder.writing():
            folder = self.folder.current()
            if folder is None:
                folder = self.folder.fresh()
                _open(folder)
                self.folder.put_in_place(folder)
            self.folder.note(changes)
            _apply(_open(folder), changes)

    def rebuild(self, entries: Iterable[Entry]) -> int:
        with _disk_errors(), self.folder.rebuilding():
            folder = self.folder.fresh()
            index = _open(folder)
            writer = _writer(index, 64_000_000)
            for entry in entries:
                writer.add_document(_document(entry))
            writer.commit()
            writer.wait_merging_threads()
            with self.folder.writing():
                _apply(index, self.folder.noted())
                self.folder.put_in_place(folder)
            index.reload()
            return index.searcher().num_docs


def _facets(searcher: Searcher, schema: Schema, query: Query) -> dict[str, tuple[tuple[str, int], ...]]:
    """Count the tokens of each facet: those nothing is chosen of in one pass together, each of the others without its own filter."""
    chosen = {one.facet for one in query.filters}
    together = [name for name in query.facets if name not in chosen]
    passes = [(together, None), *(([name], name) for name in query.facets if name in chosen)]
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for names, without in passes:
        if names:
            asked = {name: {"terms": {"field": name, "size": MOST_TOKENS}} for name in names}
            counted = searcher.aggregate(tantivy_query.filtered(schema, query, without=without), asked)
            found |= {n: tuple(sorted(((b["key"], b["doc_count"]) for b in counted[n]["buckets"]), key=lambda p: (-p[1], p[0]))) for n in names}
    return found


def _count(searcher: Searcher, found: TantivyQuery) -> int:
    return _counted(searcher.search(found, 1))


def _counted(result: SearchResult) -> int:
    counted: int = result.count  # type: ignore[attr-defined] # there, but not in the stub
    return counted


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Say that the engine is unavailable where the disk is full or gone; tantivy tells it by a ValueError, and once more when its threads are ended."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise EngineUnavailable(f"the index cannot be written: {error}") from error


def _open(folder: Path) -> Index:
    try:
        index = Index(_schema(), path=str(folder))
    except ValueError as error:
        raise EngineUnavailable(f"the index cannot be opened: {error}") from error
    index.register_tokenizer("words", TextAnalyzerBuilder(Tokenizer.whitespace()).build())
    return index


def _writer(index: Index, heap: int = 15_000_000) -> IndexWriter:
    """Return the index's one writer; a crashed holder's lock is gone with it, a living one's is waited for."""
    for _ in range(50):
        try:
            return index.writer(heap, 1)
        except ValueError as error:
            if "LockBusy" not in str(error):
                raise EngineUnavailable(str(error)) from error
            time.sleep(0.05)
    raise EngineUnavailable("the index is being written by another process")


def _apply(index: Index, changes: Sequence[Entry | Gone]) -> None:
    """Write the latest of each document's changes unless the index already holds a later one."""
    latest: dict[UUID, Entry | Gone] = {}
    for change in changes:
        if change.id not in latest or latest[change.id].sequence <= change.sequence:
            latest[change.id] = change
    index.reload()
    held = _held(index, list(latest))
    wanted = [change for change in latest.values() if held.get(change.id, -1) < change.sequence]
    if not wanted:
        return
    writer = _writer(index)
    try:
        for change in wanted:
            writer.delete_documents_by_term("id", str(change.id))
            if isinstance(change, Entry):
                writer.add_document(_document(change))
        writer.commit()
    finally:
        writer.wait_merging_threads()


def _held(index: Index, ids: list[UUID]) -> dict[UUID, int]:
    searcher = index.searcher()
    found = TantivyQuery.const_score_query(TantivyQuery.term_set_query(index.schema, "id", [str(i) for i in ids]), 0.0)
    addresses = [address for _, address in searcher.search(found, max(1, len(ids)), count=False).hits]
    return dict(zip(_ids(searcher, addresses), (int(s or 0) for s in searcher.fast_field_values("sequence", addresses)), strict=True))


def _ids(searcher: Searcher, addresses: list[DocAddress]) -> list[UUID]:
    high, low = searcher.fast_field_values("id_high", addresses), searcher.fast_field_values("id_low", addresses)
    return [UUID(int=(int(h or 0) << 64) | int(w or 0)) for h, w in zip(high, low, strict=True)]
