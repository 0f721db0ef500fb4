"""The bench measures what it says: the same question on both sides, the ratio as a line's last word."""

import os
import subprocess
import sys
from inspect import signature
from pathlib import Path

import pytest

from bench.__main__ import MEASURES, QUICK
from bench.load import cpu_of, memory_of
from bench.measuring import beside, ratio
from bench.search import Bare
from search.engines.clauses import has
from search.engines.port import Filter, Query, Sort, Word
from search.engines.tantivy import TantivyEngine
from tests.architecture.source import ROOT
from tests.search.corpus import OFFER, ORGANISATIONS, crowd, entry_of


def test_both_sides_are_timed_alike_and_take_turns() -> None:
    called: list[str] = []
    ours, raw = beside(lambda: called.append("ours"), lambda: called.append("raw"), calls=2, rounds=5)
    assert called == ["ours", "ours", "raw", "raw", "raw", "raw", "ours", "ours"] * 3
    assert ours > 0 < raw


def test_a_line_begins_with_its_code_and_ends_with_the_ratio() -> None:
    assert ratio("P2", "page / engine", "3.0", (0.006, 0.002)) == "P2 page / engine (6.00 ms / 2.00 ms), gate 3.0: 3.00"
    assert ratio("P8", "action / statement", "0.15", (0.004, 0.001), rate=True).split()[-1] == "0.25"


@pytest.mark.parametrize("words", [(), (Word(("五轴",)),)])
def test_the_bare_engine_is_asked_what_the_page_asks(tmp_path: Path, words: tuple[Word, ...]) -> None:
    engine = TantivyEngine(tmp_path)
    engine.rebuild(entry_of(document) for document in crowd(7, 300, ORGANISATIONS))
    chosen = (Filter("process", has("process", "milling-5")),)
    query = Query(base=has("kind", OFFER), filters=chosen, words=words, facets=("process", "material", "region"), sort=Sort.MATCH)
    found, bare = engine.search(query), Bare.of(engine, query)
    (total, (high, low)), counts = bare.page()
    assert 0 < total == found.total
    assert [(int(h) << 64) | int(w) for h, w in zip(high, low, strict=True)] == [hit.id.int for hit in found.hits]
    counted = {name: {b["key"]: b["doc_count"] for b in each[name]["buckets"]} for each in counts for name in each}
    assert counted == {name: dict(tokens) for name, tokens in found.facets.items()}


def test_every_measure_has_a_quick_form_of_fewer_rounds() -> None:
    assert set(QUICK) == set(MEASURES)
    for name, sizes in QUICK.items():
        usual = {given.name: given.default for given in signature(MEASURES[name]).parameters.values()}
        assert all(0 < size < usual[what] for what, size in sizes.items())


def test_cpu_and_memory_are_counted_over_a_whole_family() -> None:
    busy = "import os, time\nif not os.fork(): [None for _ in range(10**7)]; os._exit(0)\nos.wait(); print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", busy], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert cpu_of(process.pid) > 0.05
        assert memory_of(os.getpid()) > memory_of(process.pid) == 0
        process.kill()


def test_it_runs_from_the_command_line() -> None:
    done = subprocess.run([sys.executable, "-m", "bench", "--quick", "booking"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    line = done.stdout.strip().splitlines()[-1]
    assert line.startswith("P8 ")
    assert float(line.split()[-1]) > 0
    refused = subprocess.run([sys.executable, "-m", "bench", "nothing"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "no such measure: nothing" in refused.stderr
