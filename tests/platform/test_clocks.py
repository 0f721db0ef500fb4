"""The clocks: what they put onto the queues is what our workers take off them, at Chinese time."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from rq.registry import FailedJobRegistry
from sqlalchemy import create_engine

from gongchuang.events import relay
from gongchuang.events.registry import CLOCKS, QUEUES, Clock
from gongchuang.jobs import queues, work, workers
from gongchuang.settings import Settings
from gongchuang.web.application import Application


@pytest.fixture
def ticked(app: Application, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the clocks that ran, in an otherwise empty set of clocks."""
    seen: list[str] = []
    monkeypatch.setitem(CLOCKS, "tests.every_second", Clock("tests.every_second", lambda now: seen.append("tests.every_second"), None, 1, "slow"))
    for name in QUEUES:
        queues.queue(name).empty()  # type: ignore[no-untyped-call]
    return seen


def test_workers_read_what_the_clock_writes(app: Application, ticked: list[str]) -> None:
    work.serve(app)
    due = workers.schedule(workers.Clock(queues.blocking_connection(), logging_level="WARNING")).enqueue_jobs()
    assert "tests.every_second" in {job.name for job in due}
    for name in QUEUES:
        workers.make_worker(workers.ThreadWorker, name).work(burst=True, logging_level="WARNING")
    assert ticked == ["tests.every_second"]
    assert not [job for name in QUEUES for job in FailedJobRegistry(queue=queues.queue(name)).get_job_ids()]


def test_a_daily_clock_ticks_at_chinese_time() -> None:
    job = workers.Tick(queue_name="slow", func=relay.tick, args=("night",), cron="30 2 * * *")
    assert job.next_enqueue_time is not None
    assert job.next_enqueue_time.astimezone(UTC).strftime("%H:%M") == "18:30"
    assert timedelta(0) < job.next_enqueue_time - datetime.now(UTC) <= timedelta(days=1)


def test_a_stopping_process_ends_what_it_does_and_begins_nothing(app: Application, ticked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its database goes away under a delivery, and Ctrl-C ends in a trace."""
    work.serve(app)
    began, may_end = threading.Event(), threading.Event()

    def long_work(now: datetime) -> None:
        began.set()
        may_end.wait(10)
        ticked.append("long")

    monkeypatch.setitem(CLOCKS, "tests.long", Clock("tests.long", long_work, None, 1, "slow"))
    thread = threading.Thread(target=work.tick, args=("tests.long",))
    thread.start()
    began.wait(10)
    assert not work.rest(0.05)
    may_end.set()
    assert work.rest(10)
    work.tick("tests.every_second")
    thread.join(10)
    assert ticked == ["long"]
    work.serve(app)


def test_held_clocks_do_not_tick_in_any_process(app: Application, settings: Settings, ticked: list[str]) -> None:
    work.serve(app)
    engine = create_engine(settings.database_owner_url or "")
    with relay.clocks_held(engine):
        work.tick("tests.every_second")
        assert ticked == []
    engine.dispose()
    work.tick("tests.every_second")
    assert ticked == ["tests.every_second"]
