"""A search answer and a whole list page beside the bare engine, over as many documents as asked: promised within 1.5 and 3 times.

The bare engine is tantivy, asked what the page asks it with everything that can be prepared made before: the best hits' ids, how many there are, and
the counts of every facet. The search answer is what a list needs of a search: the reader's visibility added, hits, count and facets, and what is stored of
each hit to be shown, read under the reader's rights. The page is that answer asked for by HTTP, and laid out. CPU is this process's and PostgreSQL's.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from tantivy import Order, Searcher, SearchResult
from tantivy import Query as TantivyQuery

from bench.measuring import ROUNDS, beside, ratio
from bench.processes import cpu_beside
from bench.site import demonstration
from gongchuang.database import Scope
from gongchuang.database.embedded import DATABASE
from gongchuang.database.unit import transaction
from gongchuang.web.application import Application
from search.documents import mirroring, queries
from search.engines import tantivy, tantivy_query
from search.engines.choice import index
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.index import Index, Reader, for_reader
from search.engines.port import Hits, Query
from search.engines.tantivy import TantivyEngine
from tests.servers.elasticsearch import start_elasticsearch
from tests.servers.places import Missing

DOCUMENTS = 100_000
MOST_FOR_ELASTICSEARCH = 20_000
"""The adapter adds the same to every answer; to index more only takes minutes."""
PAGE = "/offers?q=五轴"
CALLS = 10
UNTIL_COMPILED = 20
"""Rounds until a fresh server's Java is as quick as it gets."""

_MORE = """
insert into search_documents select (jsonb_populate_record(null::search_documents, to_jsonb(one) - 'kinds' || jsonb_build_object('id', gen_random_uuid(),
       'object_id', gen_random_uuid(), 'confirmed_at', one.confirmed_at - random() * interval '6 days'))).*
from (select *, count(*) over () as kinds from search_documents where not deleted and kind = 'offer') one,
     generate_series(1, (%(wanted)s + one.kinds - 1) / one.kinds) number order by number, one.id limit %(wanted)s
"""


@dataclass(frozen=True)
class Asked:
    """What a page asks of the index, by whom, and what of that reaches the engine."""

    query: Query
    reader: Reader

    @property
    def narrowed(self) -> Query:
        return replace(self.query, base=for_reader(self.query.base, self.reader))


def measure(data: Path, documents: int = DOCUMENTS, rounds: int = ROUNDS, warm: int = UNTIL_COMPILED) -> None:
    with demonstration(data) as app:
        held = grow(app, data, documents)
        asked = asked_by(app, PAGE)
        postgres = int((data / "postgres/postmaster.pid").read_text().split()[0])
        _against_tantivy(app, asked, held, rounds, cpu_beside(postgres))
        _against_elasticsearch(app, asked.narrowed, rounds, warm)


def grow(app: Application, data: Path, wanted: int) -> int:
    """Repeat the demo's offers until there are `wanted` more documents, and fill the index anew; return how many it holds."""
    with psycopg.connect(host=str(data / "postgres"), user="postgres", dbname=DATABASE, autocommit=True) as connection:
        connection.execute(_MORE, {"wanted": wanted})
        connection.execute("vacuum analyze search_documents")
    with app.app_context(), transaction(Scope(system=True)):
        return mirroring.rebuild()


def asked_by(app: Application, path: str) -> Asked:
    """Return what a page asks of the index."""
    asked: list[Asked] = []
    usual: Index = app.extensions["search"]

    class Listening(Index):
        def search(self, query: Query, reader: Reader) -> Hits:
            asked.append(Asked(query, reader))
            return super().search(query, reader)

    app.extensions["search"] = Listening(usual.engine)
    try:
        assert app.test_client().get(path).status_code == 200
    finally:
        app.extensions["search"] = usual
    return asked[0]


@dataclass
class Bare:
    """The same question put to tantivy itself, everything that can be prepared made before."""

    searcher: Searcher
    best: Callable[[], SearchResult]
    passes: list[tuple[TantivyQuery, dict[str, Any]]]

    @classmethod
    def of(cls, engine: TantivyEngine, query: Query) -> "Bare":
        searcher, schema = engine._reader()
        scored, found = tantivy_query.scored(schema, query), tantivy_query.filtered(schema, query)
        ranked = partial(searcher.search, scored, query.size, count=True)
        newest = partial(searcher.search, found, query.size, count=True, order_by_field="confirmed", order=Order.Desc)
        chosen = {one.facet for one in query.filters}
        groups = [([name for name in query.facets if name not in chosen], None), *(([name], name) for name in query.facets if name in chosen)]
        size = tantivy.MOST_TOKENS
        passes = [
            (tantivy_query.filtered(schema, query, without), {name: {"terms": {"field": name, "size": size}} for name in names}) for names, without in groups
        ]
        return cls(searcher, ranked if query.words else newest, passes)

    def answer(self) -> Any:
        """The first hits' ids as stored, and how many there are."""
        result = self.best()
        addresses = [address for _, address in result.hits]
        columns = [self.searcher.fast_field_values(name, addresses) for name in ("id_high", "id_low")]
        return result.count, columns  # type: ignore[attr-defined]  # there, but not in the stub

    def page(self) -> Any:
        """The same with the counts of every facet."""
        return self.answer(), [self.searcher.aggregate(found, facets) for found, facets in self.passes]


def _against_tantivy(app: Application, asked: Asked, held: int, rounds: int, cpu: Callable[[], float]) -> None:
    with app.app_context(), transaction(Scope(read_only=True)):
        engine = index().engine
        assert isinstance(engine, TantivyEngine)
        bare, (hits, stored) = Bare.of(engine, asked.narrowed), answer(asked)
        assert 0 < len(stored) == len(hits.hits)
        assert bare.answer()[0] == hits.total, "the sides do not find the same"
        sides = beside(lambda: answer(asked), bare.page, calls=CALLS, rounds=rounds, cpu=cpu)
        print(ratio("P1", f"search answer from stored fields / raw engine at {held} documents", "1.5", sides), flush=True)
    sides = beside(_getting(app.test_client()), bare.page, calls=CALLS, rounds=rounds, cpu=cpu)
    print(ratio("P2", f"full list page / raw engine at {held} documents", "3.0", sides), flush=True)


def answer(asked: Asked) -> tuple[Hits, list[Any]]:
    """Return what a list needs of a search: the hits in their order with what is stored of each, how many there are, and the facets' counts."""
    hits = index().search(asked.query, asked.reader)
    stored = queries.cards([hit.id for hit in hits.hits])
    return hits, [stored[hit.id].card for hit in hits.hits if hit.id in stored]


def _getting(client: Any) -> Callable[[], None]:
    def get() -> None:
        assert client.get(PAGE).status_code == 200

    return get


def _against_elasticsearch(app: Application, asked: Query, rounds: int, warm: int) -> None:
    try:
        server = start_elasticsearch()
    except Missing as missing:
        print(f"P3 Elasticsearch adapter / bare client, gate 1.3: not measured, {missing}")
        return
    try:
        engine = ElasticsearchEngine(server.url, "bench")
        with app.app_context(), transaction(Scope(system=True)):
            held = engine.rebuild(islice(queries.living(), MOST_FOR_ELASTICSEARCH))
        body = _body_of(engine, asked)
        sides = beside(lambda: engine.search(asked), lambda: engine.client.search(**body), calls=CALLS, rounds=rounds, warm=warm)
        print(ratio("P3", f"Elasticsearch adapter / bare client at {held} documents", "1.3", sides), flush=True)
    finally:
        server.stop()


def _body_of(engine: ElasticsearchEngine, asked: Query) -> dict[str, Any]:
    """Return what the adapter sends for a query, as the client's own arguments."""
    sent: list[dict[str, Any]] = []

    class Listening(ElasticsearchEngine):
        def _ask(self, call: Callable[..., Any], **arguments: Any) -> Any:
            sent.append(arguments)
            return super()._ask(call, **arguments)

    Listening("", engine.alias, client=engine.client).search(asked)
    return sent[0]
