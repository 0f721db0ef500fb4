"""The contract on the table and on tantivy; what is tantivy's own; the table answering for a failed engine."""

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from gongchuang.actor import Actor
from search.documents import mirroring, queries
from search.documents.actions import mirror, remove
from search.documents.fields import Entry, Gone
from search.engines import tantivy as tantivy_module
from search.engines.clauses import EVERYTHING, has
from search.engines.database import DatabaseEngine
from search.engines.index import Index, Reader
from search.engines.port import EngineUnavailable, Health, Query, Sort, Word
from search.engines.tantivy import TantivyEngine
from tests.search import contract
from tests.search.corpus import NOW, OFFER, ORGANISATIONS, crowd, entry_of, make_document


@pytest.mark.parametrize("promise", contract.EVERY, ids=lambda promise: promise.__name__)
def test_tantivy_keeps_the_contract(promise, tantivy):
    entries = [entry_of(document, sequence=number) for number, document in enumerate(crowd(7, 150, ORGANISATIONS), start=1)]
    tantivy.write(entries)
    promise(tantivy, entries)


@pytest.mark.parametrize("promise", contract.EVERY, ids=lambda promise: promise.__name__)
def test_the_table_keeps_the_contract(promise, corpus, system):
    with system():
        promise(DatabaseEngine(), corpus)


def test_an_older_change_never_replaces_a_newer_one(tantivy):
    entry = entry_of(make_document(1, title="新"), sequence=5)
    older = entry_of(make_document(1, title="旧"), sequence=4)
    tantivy.write([entry])
    tantivy.write([older])
    tantivy.write([Gone(entry.id, 3)])
    assert dict(tantivy.versions()) == {entry.id: 5}
    assert tantivy.search(Query(words=(Word(("新",)),))).total == 1
    tantivy.write([Gone(entry.id, 6), replace(entry, sequence=5)])
    assert dict(tantivy.versions()) == {}


def in_another_process(statement, folder):
    """Run a statement over `engine`. Not by fork: a process that has opened an index has threads, whose locks a fork would copy held."""
    imports = "import os\nfrom pathlib import Path\nfrom search.engines.tantivy import TantivyEngine\nfrom tests.search.corpus import entry_of, make_document\n"
    return subprocess.run([sys.executable, "-c", f"{imports}engine = TantivyEngine(Path({str(folder)!r}))\n{statement}"], check=False).returncode


def test_readers_see_what_another_process_wrote(tantivy, tmp_path):
    reader = TantivyEngine(tmp_path / "search")
    tantivy.write([entry_of(make_document(1), 1)])
    assert reader.health().documents == 1
    in_another_process("engine.write([entry_of(make_document(2), 2)])", tmp_path / "search")
    assert reader.search(Query()).total == 2


def test_a_writer_that_dies_leaves_nothing_shut(tantivy, tmp_path):
    tantivy.write([entry_of(make_document(1), 1)])
    ended = in_another_process("with engine.folder.writing(): os.kill(os.getpid(), 9)", tmp_path / "search")
    assert ended == -9
    tantivy.write([entry_of(make_document(2), 2)])
    assert tantivy.health().documents == 2


def test_a_held_index_is_unavailable_to_a_second_writer(tantivy, tmp_path):
    other = TantivyEngine(tmp_path / "search")
    with other.folder.writing(), pytest.raises(EngineUnavailable, match="held by another"), tantivy.folder.writing(patience=0.05):
        pass


def test_a_rebuild_keeps_what_is_written_meanwhile(tantivy):
    """Writes during a rebuild are in the old index at once and in the new one when it takes over."""
    first = [entry_of(make_document(number), number) for number in range(1, 6)]
    tantivy.write(first)

    def entries():
        yield from first[:3]
        tantivy.write([entry_of(make_document(9, title="其间发布"), 99), Gone(first[0].id, 100)])
        assert tantivy.search(Query()).total == 5, "the old index answers until the new one is whole"
        yield from first[3:]

    assert tantivy.rebuild(entries()) == 5
    assert tantivy.search(Query(words=(Word(("其间",)),))).total == 1
    assert first[0].id not in dict(tantivy.versions())


def test_writers_in_threads_take_turns(tantivy):
    failures = []

    def write(number):
        try:
            tantivy.write([entry_of(make_document(number), number)])
        except EngineUnavailable as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert tantivy.health().documents == 8


def test_an_index_of_another_schema_is_not_read(tantivy, tmp_path, monkeypatch):
    tantivy.write([entry_of(make_document(1), 1)])
    monkeypatch.setattr(tantivy_module, "SCHEMA", "v0")
    assert not TantivyEngine(tmp_path / "search").health().answers


def test_an_empty_engine_is_unavailable_not_empty(tantivy):
    with pytest.raises(EngineUnavailable):
        tantivy.search(Query())


class BrokenEngine:
    """An engine that never answers: what Elasticsearch is when it is down."""

    name = "broken"
    shows_within = timedelta(seconds=2)

    def __init__(self) -> None:
        self.asked = 0

    def _fail(self, *_):
        self.asked += 1
        raise EngineUnavailable("down")

    search = candidates = rebuild = versions = exists = write = _fail

    def health(self):
        return Health(self.name, False, 0, "down")


def test_the_table_answers_for_a_broken_engine_and_says_so(corpus, system):
    broken = BrokenEngine()
    index = Index(broken)
    reader = Reader(frozenset({"public"}), NOW)
    with system():
        first, second = index.search(Query(base=has("kind", OFFER)), reader), index.search(Query(base=has("kind", OFFER)), reader)
        assert index.candidates(has("kind", OFFER)) == {e.id for e in corpus if e.fields["kind"] == (OFFER,)}
    assert first.degraded
    assert first.total == second.total > 0
    assert broken.asked == 1, "an engine that failed is left alone for a while"


def test_an_index_just_made_answers_at_once(tantivy, corpus, system):
    index, reader = Index(tantivy), Reader(frozenset({"public"}), NOW)
    with system():
        before = index.search(Query(base=has("kind", OFFER)), reader)
        tantivy.write(corpus)
        after = index.search(Query(base=has("kind", OFFER)), reader)
    assert before.degraded
    assert not after.degraded
    assert before.total == after.total > 0


def test_a_reader_finds_only_what_the_audience_allows(tantivy, organisations, publish, system):
    (mine, _), (other, _), *_ = organisations
    documents = [
        make_document(1, organisation_id=other),
        make_document(2, organisation_id=other, audience=("park:xa-hitech",)),
        make_document(3, organisation_id=other, audience=(f"org:{mine}",)),
        make_document(4, organisation_id=other, audience=()),
        make_document(5, organisation_id=mine, audience=()),
        make_document(6, organisation_id=other, open_until=NOW),
    ]
    entries = publish(*documents)
    tantivy.write(entries)
    number = {entry.id: position for position, entry in enumerate(entries, start=1)}

    def seen(actor):
        with system():
            return {number[hit.id] for hit in Index(tantivy).search(Query(), Reader.of(actor, NOW)).hits}

    assert seen(Actor()) == {1}
    assert seen(Actor(organisation_id=mine, audience=("public", f"org:{mine}", "park:xa-hitech"))) == {1, 2, 3, 5}
    assert seen(Actor(organisation_id=other, audience=("public", f"org:{other}"))) == {1, 2, 3, 4}


def test_words_found_nowhere_together_are_looked_for_apart(tantivy, corpus, system):
    tantivy.write(corpus)
    with system():
        hits = Index(tantivy).search(Query(words=(Word(("钛合金并不存在",)),)), Reader(frozenset({"public"}), NOW))
    assert hits.loosened
    assert hits.total > 0


def test_deep_pages_end(tantivy):
    tantivy.write([entry_of(make_document(1), 1)])
    assert tantivy.search(Query(offset=10_000_000)).hits == ()
    assert tantivy.search(Query(offset=10_000_000, sort=Sort.LEAD_TIME)).total == 1


def test_a_document_is_mirrored_changed_and_removed(app, system, organisations, run_outbox):
    document = make_document(1, organisation_id=organisations[0][0], title="五轴 空闲")
    with system():
        identifier = mirror(document)
    run_outbox()
    with system():
        assert mirroring.differences() == ([], [], [])
        before = queries.states()[identifier][0]
        assert mirror(replace(document, object_version=2, title="四轴 空闲")) == identifier
        assert queries.states()[identifier][0] > before
        assert mirroring.differences()[0] == [identifier]
    run_outbox()
    with system():
        assert mirroring.differences() == ([], [], [])
        assert remove(OFFER, document.object_id) == identifier
        assert remove(OFFER, document.object_id) is None
    run_outbox()
    with system():
        assert mirroring.differences() == ([], [], [])
        assert queries.cards([identifier]) == {}
        assert app.extensions["search"].health().documents == 0


def test_differences_are_healed(app, system, organisations, run_outbox):
    with system():
        kept, missing, old = (mirror(make_document(n, organisation_id=organisations[0][0])) for n in (1, 2, 3))
    run_outbox()
    engine = app.extensions["search"].engine
    with system():
        held = queries.states()
    stray = entry_of(make_document(77), sequence=5)
    engine.write([Gone(missing, held[missing][0] + 1), Entry(old, held[old][0] + 1_000, {}, ()), stray])
    with system():
        assert mirroring.differences() == ([missing], [old], [stray.id])
        assert mirroring.heal() == 3
    run_outbox()
    with system():
        assert mirroring.differences() == ([], [], [])
        assert set(dict(engine.versions())) == {kept, missing, old}


def test_an_empty_index_is_filled_and_a_rebuild_equals_the_table(app, corpus, system):
    engine = app.extensions["search"].engine
    with system():
        assert mirroring.fill_if_short() == len(corpus)
        assert mirroring.fill_if_short() == 0
        assert mirroring.rebuild() == len(corpus)
        assert dict(engine.versions()) == {entry.id: entry.sequence for entry in corpus}
        assert set(engine.candidates(EVERYTHING)) == {entry.id for entry in corpus}


def test_readyz_names_the_built_in_index_too(visitor):
    assert visitor.get("/readyz").json["dependencies"]["search"] == "ok"


def test_a_built_in_index_that_cannot_be_read_is_not_ready(tantivy):
    tantivy.ping()
    tantivy.write([entry_of(make_document())])
    tantivy.ping()
    for part in tantivy.folder.current().glob("*"):
        part.unlink()  # not cut short where it stands: what maps it into memory would die of that, this process first
        part.write_bytes(b"broken")
    with pytest.raises(EngineUnavailable):
        TantivyEngine(tantivy.folder.root).ping()
