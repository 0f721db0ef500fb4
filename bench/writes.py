"""Fifty changes a second: how long after its commit a document can be found in the engine, while workers mirror and match in the same process."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random
from uuid import UUID

from bench.measuring import waits_of
from bench.site import empty, quantile
from gongchuang.database import Scope
from gongchuang.database.unit import transaction
from gongchuang.jobs.workers import Background
from gongchuang.web.application import Application
from search.documents import actions
from search.documents.document import Document
from search.engines.choice import index
from search.engines.port import EngineUnavailable
from tests import builders
from tests.search.corpus import some_document

RATE, SECONDS = 50, 20
PATIENCE = 30.0
WRITERS = 4


def measure(data: Path, seconds: int = SECONDS, rate: int = RATE) -> None:
    with empty(data.parent / "writes") as app:
        builders.use(app)
        firms = [builders.make_organisation() for _ in range(20)]
        documents = [some_document(Random(number), number, [(firm.id, None) for firm in firms]) for number in range(rate * seconds)]
        background = Background(app, clock=False).start()
        try:
            watch = Watch(app)
            lasted = _write(app, documents, rate, watch)
            waits = watch.waits()
        finally:
            background.stop()
    print(line_of(waits, len(documents) / lasted), flush=True)


def line_of(found: Sequence[float | None], rate: float) -> str:
    """Return the figure's line from the seconds after which each document was found, None where it never was."""
    waits, lost = waits_of(found, PATIENCE), sum(each is None for each in found)
    what = f"P4 {len(found)} documents written, {rate:.0f} a second, {lost} of them not found within {PATIENCE:.0f} s"
    return f"{what}: commit → searchable, median {quantile(waits, 0.5) * 1000:.0f} ms; p95 in ms, gate 250: {quantile(waits, 0.95) * 1000:.0f}"


class Watch:
    """Asks the engine over and over which of the committed documents it holds by now."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.committed: dict[UUID, float] = {}
        self.found: dict[UUID, float] = {}
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()

    def _look(self) -> None:
        until = float("inf")
        with self.app.app_context():
            engine = index().engine
            while time.monotonic() < until and not (self.ended.is_set() and len(self.found) == len(self.committed)):
                try:  # the count alone is cheap: a look at every document takes its time from those that write
                    held = [key for key, _ in engine.versions()] if engine.health().documents != len(self.found) else []
                except EngineUnavailable:
                    held = []
                moment = time.monotonic()
                for key in held:
                    self.found.setdefault(key, moment)
                if self.ended.is_set() and until == float("inf"):
                    until = moment + PATIENCE
                time.sleep(0.01)

    def waits(self) -> list[float | None]:
        """Return after how many seconds each document was found, None for one that was not, though the last had all the patience."""
        self.ended.set()
        self.thread.join()
        return [max(0.0, self.found[key] - at) if key in self.found else None for key, at in self.committed.items()]


@contextmanager
def writing(app: Application, rate: int = RATE) -> Iterator[Callable[[], float]]:
    """Write documents of new firms, `rate` a second, as long as this is open; yields what says how many a second it were so far."""
    firms: list[tuple[UUID, str | None]] = [(builders.make_organisation().id, None) for _ in range(20)]
    ended, began, written = threading.Event(), time.monotonic(), list[UUID]()
    threads = _started(app, lambda first: ((n, some_document(Random(n), n, firms)) for n in count(first, WRITERS)), rate, written.append, ended)
    try:
        yield lambda: len(written) / (time.monotonic() - began)
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _write(app: Application, documents: list[Document], rate: int, watch: Watch) -> float:
    """Write the documents at their moments; return how long it took."""

    def commit(key: UUID) -> None:
        watch.committed[key] = time.monotonic()

    began = time.monotonic()
    for thread in _started(app, lambda first: list(enumerate(documents))[first::WRITERS], rate, commit, threading.Event()):
        thread.join()
    return time.monotonic() - began


def _started(
    app: Application, share: Callable[[int], Iterable[tuple[int, Document]]], rate: int, committed: Callable[[UUID], None], ended: threading.Event
) -> list[threading.Thread]:
    """Start the writers, each with its share of the numbered documents, which are written at their moments, each in a transaction of its own organisation."""
    began = time.monotonic()

    def write(first: int) -> None:
        for number, document in share(first):
            if ended.wait(max(0.0, began + number / rate - time.monotonic())):
                return
            with app.app_context():
                with transaction(Scope(organisation_id=document.organisation_id)):
                    key = actions.mirror(document)
                committed(key)

    threads = [threading.Thread(target=write, args=(first,)) for first in range(WRITERS)]
    for thread in threads:
        thread.start()
    return threads
