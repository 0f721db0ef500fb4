"""Elasticsearch 9 as the engine of larger installations. Only what its core has: no plugin, script, stored query or query string."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError

from search.documents.fields import NUMBER_FIELDS, SORTED, TOKEN_FIELDS, Entry, Gone, sort_keys
from search.engines import elasticsearch_query as build
from search.engines.clauses import Clause
from search.engines.port import DEEPEST, DocumentsRefused, EngineUnavailable, Health, Hit, Hits, IndexMissing, Query

T = TypeVar("T")
Json = dict[str, Any]

ANSWER_SECONDS = 2.0
"""A list page falls back on the table rather than wait longer."""
WRITE_SECONDS = 30.0
MOST_TOKENS = 10_000
BATCH = 500
PAGE = 1_000
BAD_REQUEST = 400

SETTINGS: Json = {
    "number_of_shards": 1,
    "number_of_replicas": 0,
    "refresh_interval": "1s",
    "max_result_window": DEEPEST,
    "analysis": {
        "filter": {"pairs": {"type": "shingle", "min_shingle_size": 2, "max_shingle_size": 2, "output_unigrams": False, "token_separator": ""}},
        "analyzer": {
            "chars": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase"]},
            "bigrams": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase", "pairs"]},
        },
    },
}


def mappings() -> Json:
    """Return the strict mapping, read from the table of fields; a field's first word says what it may be asked."""
    words: Json = {"type": "text", "analyzer": "chars", "index_options": "freqs"}
    words["fields"] = {"bigrams": {"type": "text", "analyzer": "bigrams", "index_options": "freqs"}}
    properties: Json = {"filter_id": {"type": "keyword"}, "text_words": words, "place_point": {"type": "geo_point"}, "number_sequence": {"type": "long"}}
    properties |= {build.field(name): {"type": "keyword"} for name in TOKEN_FIELDS}
    properties |= {build.field(name): {"type": "double"} for name in NUMBER_FIELDS}
    properties |= {f"sort_{name}": {"type": "long"} for name in SORTED}
    return {"dynamic": "strict", "properties": properties}


def source(entry: Entry) -> Json:
    """Return what is sent for an entry. Words are sent as our own tokens between blanks, so that its tokenizer leaves them as they are."""
    body: Json = {"filter_id": str(entry.id), "number_sequence": entry.sequence, "text_words": " ".join(entry.tokens)}
    for name, value in entry.fields.items():
        body[build.field(name)] = list(value) if isinstance(value, tuple) else value
    if "latitude" in entry.fields and "longitude" in entry.fields:
        body["place_point"] = {"lat": entry.fields["latitude"], "lon": entry.fields["longitude"]}
    return body | sort_keys(entry.fields)


class ElasticsearchEngine:
    """A mirror in an index behind an alias. `<alias>-next` names the index being filled by a rebuild: changes go to both."""

    name = "elasticsearch"
    shows_within = timedelta(seconds=30)
    """It refreshes each second, later under load."""

    def __init__(self, url: str, alias: str, *, client: Elasticsearch | None = None) -> None:
        self.alias = alias
        self.client = client or Elasticsearch(url, request_timeout=ANSWER_SECONDS, retry_on_timeout=False, max_retries=0)
        self.patient = self.client.options(request_timeout=WRITE_SECONDS)

    @property
    def next_alias(self) -> str:
        return f"{self.alias}-next"

    # reading

    def search(self, query: Query) -> Hits:
        size = max(0, min(query.size, DEEPEST - query.offset))
        answer = self._ask(
            self.client.search,
            index=self.alias,
            query=build.scored(query),
            post_filter=build.chosen(query) if query.filters else None,
            aggs=build.facets(query, MOST_TOKENS) or None,
            sort=build.order(query),
            from_=min(query.offset, DEEPEST),
            size=size,
            track_total_hits=True,
            track_scores=True,
            source=False,
        )
        hits = tuple(Hit(UUID(hit["_id"]), float(hit["_score"] or 0.0)) for hit in answer["hits"]["hits"])
        counted = {name: answer["aggregations"][name]["tokens"]["buckets"] for name in query.facets}
        tokens = {name: tuple(sorted(((b["key"], b["doc_count"]) for b in found), key=lambda p: (-p[1], p[0]))) for name, found in counted.items()}
        return Hits(hits, int(answer["hits"]["total"]["value"]), tokens)

    def candidates(self, clause: Clause) -> Iterator[UUID]:
        for hit in self._scan(build.of_clause(clause), with_versions=False):
            yield UUID(hit["_id"])

    def versions(self) -> Iterator[tuple[UUID, int]]:
        for hit in self._scan({"match_all": {}}, with_versions=True):
            yield UUID(hit["_id"]), int(hit["fields"]["number_sequence"][0])

    def _scan(self, query: Json, *, with_versions: bool) -> Iterator[Json]:
        """Yield every hit over one point in time, page by page, however many."""
        point = self._ask(self.client.open_point_in_time, index=self.alias, keep_alive="1m")["id"]
        after: list[Any] | None = None
        try:
            while True:
                answer = self._page(query, point, after, with_versions=with_versions)
                point, hits = answer["pit_id"], answer["hits"]["hits"]
                yield from hits
                if len(hits) < PAGE:
                    return
                after = hits[-1]["sort"]
        finally:
            with suppress(ApiError, TransportError):  # it ends by itself after a minute
                self.client.options(ignore_status=404).close_point_in_time(id=point)

    def _page(self, query: Json, point: str, after: list[Any] | None, *, with_versions: bool) -> Json:
        page: Json = self._ask(
            self.patient.search,
            query={"constant_score": {"filter": query}},
            pit={"id": point, "keep_alive": "1m"},
            sort=["_shard_doc"],
            search_after=after,
            size=PAGE,
            source=False,
            docvalue_fields=["number_sequence"] if with_versions else None,
            track_total_hits=False,
        )
        return page

    def exists(self) -> bool:
        return bool(self._indexes(self.alias))

    def health(self) -> Health:
        try:
            state = self._ask(self.client.cluster.health)["status"]
            counted = self._ask(self.client.count, index=self.alias)["count"]
        except EngineUnavailable as error:
            return Health(self.name, False, 0, str(error))
        return Health(self.name, state in ("green", "yellow"), int(counted), f"cluster is {state}")

    def ping(self) -> None:
        """Raise EngineUnavailable unless the cluster answers."""
        self._ask(self.client.cluster.health)

    def _ask(self, call: Callable[..., Any], **arguments: Any) -> Any:
        """Call the server; whatever goes wrong on the way is one exception, which the table answers."""
        try:
            return call(**arguments)
        except NotFoundError as error:
            raise IndexMissing("no index has been made yet") from error
        except (ApiError, TransportError) as error:
            raise EngineUnavailable(f"Elasticsearch: {error}") from error

    # writing

    def write(self, changes: Sequence[Entry | Gone]) -> None:
        if not changes:
            return
        indexes = {*self._indexes(self.alias), *self._indexes(self.next_alias)}
        refused: dict[UUID, str] = {}
        for index in indexes or {self._put_in_place(self._fresh())}:
            for batch in _batches(changes):
                refused |= self._bulk(index, batch)
        if refused:
            raise DocumentsRefused(refused)

    def rebuild(self, entries: Iterable[Entry]) -> int:
        for stale in self._indexes(self.next_alias):
            self._ask(self.client.indices.delete, index=stale, ignore_unavailable=True)
        index = self._fresh(refresh="-1")
        self._ask(self.client.indices.put_alias, index=index, name=self.next_alias)
        for batch in _batches(entries):
            self._bulk(index, batch)  # one that is refused is no reason to have no index; whoever compares finds it missing
        self._ask(self.client.indices.put_settings, index=index, settings={"refresh_interval": "1s"})
        self._ask(self.patient.indices.refresh, index=index)
        self._put_in_place(index)
        return int(self._ask(self.client.count, index=index)["count"])

    def refresh(self) -> None:
        """Make what was written findable at once (tests and rebuilds; the site never waits for it)."""
        self._ask(self.client.indices.refresh, index=self.alias)

    def _fresh(self, refresh: str = "1s") -> str:
        index = f"{self.alias}-{time.time_ns()}"
        settings = SETTINGS | {"refresh_interval": refresh}
        self._ask(self.patient.indices.create, index=index, settings=settings, mappings=mappings())
        return index

    def _indexes(self, alias: str) -> list[str]:
        try:
            return sorted(self.client.indices.get_alias(name=alias))
        except NotFoundError:
            return []
        except (ApiError, TransportError) as error:
            raise EngineUnavailable(f"Elasticsearch: {error}") from error

    def _put_in_place(self, index: str) -> str:
        """Let `index` answer from now on, in one step, and delete those that answered before."""
        old = [other for other in self._indexes(self.alias) if other != index]
        actions: list[Json] = [{"add": {"index": index, "alias": self.alias}}]
        actions += [{"remove": {"index": other, "alias": self.alias}} for other in old]
        actions += [{"remove": {"index": other, "alias": self.next_alias}} for other in self._indexes(self.next_alias)]
        self._ask(self.client.indices.update_aliases, actions=actions)
        for other in old:
            self._ask(self.client.indices.delete, index=other, ignore_unavailable=True)
        return index

    def _bulk(self, index: str, changes: Sequence[Entry | Gone]) -> dict[UUID, str]:
        """Send a batch under external versions; return which documents cannot be held, with the reason.

        An older version is refused item by item (409), which is what we want; a document that does not fit (400) holds up no other.
        """
        operations: list[Json] = []
        for change in changes:
            meta = {"_index": index, "_id": str(change.id), "version": change.sequence, "version_type": "external"}
            operations += [{"index": meta}, source(change)] if isinstance(change, Entry) else [{"delete": meta}]
        answer = self._ask(self.patient.bulk, operations=operations)
        wrong = [item for one in answer["items"] for item in one.values() if item["status"] not in (200, 201, 404, 409)]
        passing = [item for item in wrong if item["status"] != BAD_REQUEST]
        if passing:
            raise EngineUnavailable(f"{len(passing)} of {len(changes)} documents were not taken over, first: {passing[0]['_id']} {passing[0].get('error')}")
        return {UUID(item["_id"]): str(item.get("error")) for item in wrong}


def _batches(changes: Iterable[T]) -> Iterator[Sequence[T]]:
    waiting = iter(changes)
    while batch := list(islice(waiting, BATCH)):
        yield batch
