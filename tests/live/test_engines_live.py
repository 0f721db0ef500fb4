"""The engine contract on a real Elasticsearch, what is its own, and how alike it ranks with tantivy."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import request
from sqlalchemy import func, select, update

from gongchuang.actor import NOBODY
from gongchuang.database import db, now
from search.documents import mirroring
from search.documents.actions import mirror
from search.documents.document import Side
from search.documents.fields import Entry, Gone
from search.documents.models import SearchDocument
from search.engines.clauses import EVERYTHING
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.index import Index
from search.engines.port import DocumentsRefused, EngineUnavailable, Query, Word
from search.engines.tantivy import TantivyEngine
from search.listing import Shelf, listing
from search.matching.models import Match
from search.text import bigrams
from tests.builders import as_the_system, make_organisation
from tests.faults.proxy import CUT, Proxy
from tests.search import contract
from tests.search.corpus import OFFER, ORGANISATIONS, crowd, entry_of, make_document

CROWD = [entry_of(document, sequence=number) for number, document in enumerate(crowd(7, 150, ORGANISATIONS), start=1)]
TERMS = ("五轴", "钛合金", "西安 航空", "激光切割 钣金", "轴承座", "铝合金 壳体", "夹具", "长期合作", "tc4", "减重 刀盘", "公差严格", "排产")


@pytest.fixture
def engine(elasticsearch_url: str) -> Iterator[ElasticsearchEngine]:
    engine = ElasticsearchEngine(elasticsearch_url, f"test-{uuid4().hex[:12]}")
    yield engine
    for index in engine.client.indices.get(index=f"{engine.alias}-*"):
        engine.client.indices.delete(index=index)


@pytest.fixture(scope="module")
def filled(elasticsearch_url: str) -> Iterator[ElasticsearchEngine]:
    """One engine with the crowd in it, for what only reads."""
    engine = ElasticsearchEngine(elasticsearch_url, f"test-{uuid4().hex[:12]}")
    engine.write(CROWD)
    engine.refresh()
    yield engine
    for index in engine.client.indices.get(index=f"{engine.alias}-*"):
        engine.client.indices.delete(index=index)


@pytest.mark.parametrize("promise", contract.EVERY, ids=lambda promise: promise.__name__)
def test_elasticsearch_keeps_the_contract(promise, filled):
    promise(filled, CROWD)


def test_elasticsearch_and_tantivy_rank_alike(filled, tmp_path):
    """Of the top twenty at least nine in ten are the same: both see the same terms and rank by BM25."""
    tantivy = TantivyEngine(tmp_path / "search")
    tantivy.write(CROWD)
    for loose in (False, True):
        shared = total = 0
        for text in TERMS:
            query = Query(words=tuple(Word((word,)) for word in text.split()), loose=loose, size=20)
            ours, theirs = tantivy.search(query), filled.search(query)
            assert ours.total == theirs.total, text
            # hits of one score may stand in any order: those of the last score on the page are interchangeable
            least = min((hit.score for hit in ours.hits), default=0.0)
            better = {hit.id for hit in ours.hits if hit.score > least * 1.0001}
            shared += len(better & {hit.id for hit in theirs.hits})
            total += len(better)
        assert total > 20
        assert shared / total >= 0.9, (loose, shared, total)


def _lose(engine: ElasticsearchEngine) -> None:
    for index in engine.client.indices.get(index=f"{engine.alias}-*"):
        engine.client.indices.delete(index=index)


def test_an_index_that_was_deleted_comes_back_whole(app, engine, run_outbox):
    """The next change must not make an index with nothing but itself in it, which would answer as if the rest were not there."""
    app.extensions["search"] = Index(engine)
    firm = make_organisation()
    with as_the_system():
        for number in range(300, 305):
            mirror(make_document(number, organisation_id=firm.id))
    run_outbox()
    _lose(engine)
    with as_the_system():
        mirror(make_document(305, organisation_id=firm.id))
    run_outbox()
    engine.refresh()
    assert engine.health().documents == 6


def test_an_index_that_holds_too_little_is_filled(app, engine, run_outbox):
    app.extensions["search"] = Index(engine)
    firm = make_organisation()
    with as_the_system():
        for number in range(310, 315):
            mirror(make_document(number, organisation_id=firm.id))
    run_outbox()
    with as_the_system():
        db.session.execute(update(SearchDocument).values(indexed_at=func.clock_timestamp() - timedelta(minutes=1)))
        assert mirroring.fill_if_short() == 0
        _lose(engine)
        engine.write([entry_of(make_document(310, organisation_id=firm.id), 1)])
        engine.refresh()
        assert mirroring.fill_if_short() == 5


def test_a_document_the_engine_cannot_hold_holds_up_no_other(app, engine, run_outbox):
    app.extensions["search"] = Index(engine)
    firm = make_organisation()

    def waiting() -> set[str]:
        with as_the_system():
            return set(db.session.scalars(select(SearchDocument.title).where(SearchDocument.indexed_sequence < SearchDocument.sequence)))

    with as_the_system():
        for number in range(320, 323):
            mirror(make_document(number, organisation_id=firm.id, title=f"{number}"))
        db.session.execute(update(SearchDocument).where(SearchDocument.title == "321").values(latitude=95.0, longitude=108.9))
    run_outbox()
    assert waiting() == {"321"}
    with as_the_system():
        mirror(make_document(323, organisation_id=firm.id, title="323"))
    run_outbox()
    assert waiting() == {"321"}
    with as_the_system(), pytest.raises(DocumentsRefused, match="1 documents were refused"):
        mirroring.rebuild()
    with as_the_system():
        engine.refresh()
        db.session.execute(update(SearchDocument).values(indexed_at=func.clock_timestamp() - timedelta(minutes=1)))
        assert (engine.health().documents, mirroring.fill_if_short()) == (3, 0)


def test_a_server_that_goes_away_under_a_long_answer_is_the_engine_unavailable(filled):
    """Giving the point in time back fails too then; what is heard of it is the first failure, or nothing where all had come."""
    server = int(filled.client.transport.node_pool.get().port)
    with Proxy(server) as proxy:
        engine = ElasticsearchEngine(f"http://127.0.0.1:{proxy.port}", filled.alias)
        scan = engine.candidates(EVERYTHING)
        next(scan)
        proxy.mode(CUT)
        assert len(list(scan)) == len(CROWD) - 1
        with pytest.raises(EngineUnavailable):
            next(engine.candidates(EVERYTHING))


def test_the_analysers_cut_text_as_ours_does(filled):
    entry = entry_of(make_document(1, title="西安5轴加工 TC4", text="公差±0.02mm，650×520×475 v1.2 Ø20 станок"))
    index = next(iter(filled.client.indices.get_alias(name=filled.alias)))
    sent = " ".join(entry.tokens)
    for analyser, expected in (("chars", list(entry.tokens)), ("bigrams", bigrams(entry.tokens))):
        answer = filled.client.indices.analyze(index=index, analyzer=analyser, text=sent)
        assert [token["token"] for token in answer["tokens"]] == expected, analyser


def test_an_unknown_field_is_refused(engine):
    engine.write([entry_of(make_document(1), 1)])
    with pytest.raises(Exception, match="strict_dynamic_mapping_exception"):
        engine.client.index(index=engine.alias, document={"secret": 1})


def test_older_versions_are_refused_item_by_item(engine):
    first, second = entry_of(make_document(1), 5), entry_of(make_document(2), 6)
    engine.write([first, second])
    engine.write([replace(first, sequence=4), replace(second, sequence=7), Gone(first.id, 3)])
    engine.refresh()
    assert dict(engine.versions()) == {first.id: 5, second.id: 7}
    engine.write([Gone(first.id, 8), replace(first, sequence=7)])
    engine.refresh()
    assert dict(engine.versions()) == {second.id: 7}


def test_a_refused_document_is_an_error_not_a_silence(engine):
    good = entry_of(make_document(1), 1)
    bad = Entry(make_document(2).object_id, 2, {"tolerance": "wide"}, ())
    with pytest.raises(DocumentsRefused, match="1 documents were refused") as refused:
        engine.write([bad, good])
    assert refused.value.ids == {bad.id}
    engine.refresh()
    assert dict(engine.versions()) == {good.id: 1}


def test_a_rebuild_swaps_the_alias_and_keeps_what_is_written_meanwhile(engine):
    first = [entry_of(make_document(number), number) for number in range(1, 6)]
    engine.write(first)
    engine.refresh()
    old = set(engine.client.indices.get_alias(name=engine.alias))

    def entries():
        yield from first[:3]
        engine.write([entry_of(make_document(9), 99), Gone(first[0].id, 100)])
        engine.refresh()
        assert engine.search(Query()).total == 5, "the old index answers until the new one is whole"
        yield from first[3:]

    assert engine.rebuild(entries()) == 5
    assert set(engine.candidates(EVERYTHING)) == {entry.id for entry in (*first[1:], entry_of(make_document(9)))}
    now = set(engine.client.indices.get_alias(name=engine.alias))
    assert now.isdisjoint(old)
    assert set(engine.client.indices.get(index=f"{engine.alias}-*")) == now, "the old index is gone"


def test_many_candidates_come_page_by_page(engine):
    entries = [entry_of(make_document(number), number) for number in range(1, 2_601)]
    engine.rebuild(entries)
    assert set(engine.candidates(EVERYTHING)) == {entry.id for entry in entries}


def test_a_server_that_is_not_there_is_unavailable_at_once():
    engine = ElasticsearchEngine("http://127.0.0.1:9", "nowhere")
    for call in (lambda: engine.search(Query()), lambda: engine.write([Gone(make_document(1).object_id, 1)]), lambda: list(engine.candidates(EVERYTHING))):
        with pytest.raises(EngineUnavailable):
            call()
    assert not engine.health().answers


def test_an_index_that_was_deleted_is_unavailable_not_empty(engine):
    with pytest.raises(EngineUnavailable):
        engine.search(Query())


def test_documents_of_the_same_second_are_matched_before_the_index_shows_them(app, engine, run_outbox):
    """Elasticsearch shows a write after its refresh; matching does not wait for it."""
    app.extensions["search"] = Index(engine)
    engine.write([])
    offers, needs = make_organisation(), make_organisation()
    for number in range(10):
        with as_the_system():
            mirror(make_document(100 + number, organisation_id=offers.id, processes=("milling-5",), materials=("aluminium",)))
        run_outbox()
        with as_the_system():
            mirror(make_document(200 + number, side=Side.NEED, organisation_id=needs.id, processes=("milling-5",), materials=("al-7075",)))
        run_outbox()
    with as_the_system():
        assert db.session.scalar(select(func.count()).select_from(Match).where(Match.gate)) == 100
    engine.refresh()
    with as_the_system():
        assert mirroring.differences() == ([], [], [])


def test_a_list_is_found_in_elasticsearch_and_in_the_table_alike(app, engine, run_outbox):
    app.extensions["search"] = Index(engine)
    firm = make_organisation()
    with as_the_system():
        for number, title in enumerate(("五轴加工中心", "数控车床", "五轴龙门"), start=1):
            mirror(make_document(number, organisation_id=firm.id, title=title, processes=("milling-5",), region="610113", card={"title": title}))
    run_outbox()
    engine.refresh()
    with app.test_request_context("/?q=西安 五轴 龙门"), as_the_system():
        found = listing(Shelf(OFFER, Side.OFFER), request.args, NOBODY, now())
        app.extensions["search"] = Index(ElasticsearchEngine("http://127.0.0.1:9", "nowhere"))
        again = listing(Shelf(OFFER, Side.OFFER), request.args, NOBODY, now())
    assert [card.data["title"] for card in found.cards] == [card.data["title"] for card in again.cards] == ["五轴龙门"]
    assert (found.degraded, again.degraded) == (False, True)
    assert found.facets == again.facets
