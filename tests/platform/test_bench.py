"""The bench measures what it says: the same question on both sides, the ratio as a line's last word."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from inspect import signature
from pathlib import Path

import pytest

from bench import matches, pages, writes
from bench.__main__ import MEASURES, QUICK
from bench.measuring import Sides, beside, ratio, waits_of
from bench.processes import cpu_beside, cpu_of, memory_of
from bench.search import Bare
from search.engines.clauses import has
from search.engines.port import Filter, Query, Sort, Word
from search.engines.tantivy import TantivyEngine
from tests.architecture.source import ROOT
from tests.lists import PAGES
from tests.search.corpus import OFFER, ORGANISATIONS, crowd, entry_of
from tests.servers.places import Missing
from tests.servers.plugin import skipped_when_missing


def test_both_sides_are_timed_alike_and_take_turns() -> None:
    called: list[str] = []
    sides = beside(lambda: called.append("ours"), lambda: called.append("raw"), calls=2, rounds=5)
    assert called == ["ours", "ours", "raw", "raw", "raw", "raw", "ours", "ours"] * 3
    assert sides.ours > 0 < sides.raw
    assert sides.cpu is None


def test_waiting_is_no_cpu_and_the_ratio_is_of_cpu_where_it_was_measured() -> None:
    sides = beside(lambda: time.sleep(0.02), lambda: sum(range(100_000)), calls=2, rounds=5, cpu=time.process_time)
    assert sides.cpu is not None
    assert sides.cpu[0] < 0.01 < sides.ours
    assert sides.cpu[1] > 0
    line = ratio("P2", "page / engine", "3.0", Sides(0.012, 0.003, cpu=(0.006, 0.002)))
    assert line == "P2 page / engine (CPU 6.00 ms / 2.00 ms, wall 12.00 ms / 3.00 ms), gate 3.0: 3.00"


@pytest.mark.parametrize("line_of", [partial(matches.line_of, rate=50), partial(writes.line_of, rate=50)])
def test_what_never_came_spoils_the_figure(line_of: Callable[[list[float | None]], str]) -> None:
    good = line_of([0.1] * 19 + [None])
    bad = line_of([0.1] * 18 + [None] * 2)
    assert ", 1 of " in good
    assert ", 2 of " in bad
    assert float(good.split()[-1]) in (0.1, 100)
    assert float(bad.split()[-1]) in (matches.PATIENCE, writes.PATIENCE * 1000)
    assert waits_of([0.5, None, 40], 30) == [0.5, 30, 30]


def test_a_line_begins_with_its_code_and_ends_with_the_ratio() -> None:
    assert ratio("P2", "page / engine", "3.0", Sides(0.006, 0.002)) == "P2 page / engine (6.00 ms / 2.00 ms), gate 3.0: 3.00"
    assert ratio("P8", "action / statement", "0.15", Sides(0.004, 0.001), rate=True).split()[-1] == "0.25"


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
        assert cpu_beside(process.pid)() - time.process_time() < cpu_of(process.pid)
        assert cpu_beside(os.getpid())() - time.process_time() > 0.01
        assert memory_of(os.getpid()) > memory_of(process.pid) == 0
        process.kill()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo is loaded once for all figures."""
    return tmp_path_factory.mktemp("bench")


@pytest.mark.xdist_group("elasticsearch")
@pytest.mark.parametrize("name", MEASURES)
def test_every_figure_can_be_measured(name: str, folder: Path) -> None:
    """Once, of little: that the line comes and is well-formed. How fast anything is, `make bench` says on a quiet machine."""
    told = measured("--quick", "--folder", str(folder), name)
    for missing in re.findall(r": not (?:measured|started), needs (.*): run make servers", told):
        with skipped_when_missing():
            raise Missing(missing)
    assert_well_formed(told.splitlines(), LINES[name])


@pytest.mark.soak
@pytest.mark.alone
def test_all_figures_are_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    told = measured()
    with capsys.disabled():
        print(f"\n{told}")
    assert_well_formed(told.splitlines(), [code for name in MEASURES for code in LINES[name]])


LINES: dict[str, Sequence[str]] = {
    "start": ["P10", "P10"],
    "pages": ["page"] * len(pages.PATHS),
    "statements": ["SQL"] * len(PAGES),
    "booking": ["P8"],
    "matches": ["P4"],
    "writes": ["P4"],
    "uploads": ["P7", "P7"],
    "load": ["P9"] * 6,
    "search": ["P1", "P2", "P3"],
}
"""How the lines of each measure begin."""


def measured(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
    return done.stdout


def assert_well_formed(lines: list[str], codes: Sequence[str]) -> None:
    assert [line.split()[0] for line in lines] == codes
    for line in lines:
        assert re.fullmatch(r"\S+ .+[: ]-?\d+(\.\d+)?", line), line
    assert {line.split()[0] for line in lines if re.search(r", gate [\d.]+( s)?: \S+$", line)} == {code for code in codes if code.startswith("P")}


def test_a_measure_nobody_knows_is_refused() -> None:
    refused = subprocess.run([sys.executable, "-m", "bench", "nothing"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "no such measure: nothing" in refused.stderr
