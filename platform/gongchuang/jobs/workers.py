"""Workers and the clock: as processes in production, as threads in the one-process default (RQ's own install signal handlers, which only a main thread may)."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from croniter import croniter
from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.cron import CronJob, CronScheduler
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty

from gongchuang.events.registry import CLOCKS, QUEUES
from gongchuang.jobs import work
from gongchuang.jobs.queues import away, blocking_connection, queue

log = structlog.get_logger(__name__)
SWEEP_SECONDS = 10
STOP_SECONDS = 10.0
LOOK_SECONDS = 5.0
ZONE = ZoneInfo("Asia/Shanghai")


class QueueWorker(SimpleWorker):
    """Runs jobs in this process: a job only asks the relay to deliver, and the relay isolates every delivery in its own transaction."""

    death_penalty_class = TimerDeathPenalty
    max_connection_wait_time = 5.0
    """RQ's own minute between two looks for a Redis that was down would be a minute of silence after its return."""

    def request_stop(self, signum: Any, frame: Any) -> None:
        """End after the delivery at work, not after all that is due."""
        work.begin_nothing_new()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


class ThreadWorker(QueueWorker):
    """The same inside a thread."""

    def _install_signal_handlers(self) -> None:
        return


class Tick(CronJob):
    """A clock's job as our workers read it: RQ's own are pickles, which run code for whoever can write to Redis, and reckon in UTC."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.cron:
            self.next_enqueue_time = self.get_next_enqueue_time()

    def get_next_enqueue_time(self) -> datetime:
        if not self.cron:
            return super().get_next_enqueue_time()
        after = (self.latest_enqueue_time or datetime.now(UTC)).astimezone(ZONE)
        following: datetime = croniter(self.cron, after).get_next(datetime)
        return following.astimezone(UTC)

    def enqueue(self, connection: Redis) -> Job:
        assert self.func is not None
        return queue(self.queue_name, connection).enqueue(self.func, *self.args, **self.kwargs, **self.job_options)


class Clock(CronScheduler):
    """RQ's clock, with our kind of job."""

    def register(self, func: Callable[..., Any], queue_name: str, **options: Any) -> CronJob:  # type: ignore[override]
        job = Tick(queue_name=queue_name, func=func, **options)
        self._cron_jobs.append(job)
        return job


class ThreadClock(Clock):
    """The same inside a thread."""

    def _install_signal_handlers(self) -> None:
        return


def make_worker(kind: type[SimpleWorker], name: str) -> SimpleWorker:
    """Return a worker that listens to exactly one queue (only then a claimed job is protected while it moves)."""
    on = blocking_connection()
    return kind([queue(name, on)], connection=on, serializer=JSONSerializer, worker_ttl=30, maintenance_interval=5, job_monitoring_interval=2)


def schedule(clock: CronScheduler) -> CronScheduler:
    """Put the sweep and every room's clock onto `clock`."""
    clock.register(work.sweep, "events", interval=SWEEP_SECONDS, result_ttl=0, failure_ttl=60, ttl=SWEEP_SECONDS)
    for each in CLOCKS.values():
        how: dict[str, Any] = {"cron": each.cron} if each.cron else {"interval": each.seconds}
        clock.register(work.tick, each.queue, args=(each.name,), name=each.name, result_ttl=0, failure_ttl=60, ttl=600, **how)
    return clock


def look_out(act: Callable[[], int], stopping: threading.Event) -> None:
    """Go on with `act` while Redis is away, at once again if it did something: outbox and deadlines are in the database, and nobody need wait for a queue."""
    while not stopping.wait(LOOK_SECONDS):
        try:
            while away() and act() and not stopping.is_set():
                pass
        except Exception:
            log.exception("could not go on without the queue, trying again")


def _look_out(name: str, act: Callable[[], int], stopping: threading.Event) -> threading.Thread:
    return threading.Thread(target=look_out, args=(act, stopping), name=f"look-out-{name}", daemon=True)


class Ticks:
    """Runs the clocks that go by seconds; what tidies up by the hour or at night waits for its queue."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def __call__(self) -> int:
        due = [each for each in CLOCKS.values() if each.seconds and time.monotonic() - self._last.get(each.name, -math.inf) >= each.seconds]
        for each in due:
            self._last[each.name] = time.monotonic()
            work.tick(each.name)
        return len(due)


def run_worker(app: Flask, name: str) -> None:
    """Work on queue `name` until told to stop; start again when Redis went away meanwhile."""
    work.serve(app)
    _look_out(name, partial(work.drain_queue, name), threading.Event()).start()
    while True:
        try:
            worker = make_worker(QueueWorker, name)
            worker.work(logging_level="WARNING")
            if worker._stop_requested:
                return
        except Exception:
            log.exception("worker lost its queue, trying again", queue=name)
        time.sleep(1)


def run_clock(app: Flask) -> None:
    """Run the clock until told to stop; start again when Redis went away meanwhile."""
    work.serve(app)
    _look_out("clock", Ticks(), threading.Event()).start()
    with suppress(StopRequested):  # told to stop while it waits for Redis
        while True:
            try:
                schedule(Clock(blocking_connection(), logging_level="WARNING")).start()  # type: ignore[no-untyped-call]
                return
            except RedisError as error:
                log.error("clock lost its queue, trying again", error=str(error))
            time.sleep(1)


class Background:
    """The default's workers and clock: one thread for each queue, so that a 20-second parse never delays a match."""

    def __init__(self, app: Flask, names: Sequence[str] = QUEUES, *, clock: bool = True) -> None:
        work.serve(app)
        blocking_connection()  # makes the one in-process server before the threads could race for it and get one each
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(name,), name=f"worker-{name}", daemon=True) for name in names]
        self._threads += [_look_out(name, partial(work.drain_queue, name), self._stopping) for name in names]
        if clock:
            self._threads += [threading.Thread(target=self._tick, name="clock", daemon=True), _look_out("clock", Ticks(), self._stopping)]

    def start(self) -> "Background":
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Let no thread begin anything new, and give what is running a moment to end before its database goes."""
        self._stopping.set()
        work.rest(STOP_SECONDS)

    def _work(self, name: str) -> None:
        while not self._stopping.is_set():
            try:
                make_worker(ThreadWorker, name).work(logging_level="WARNING")
            except Exception:
                log.exception("worker thread failed, starting again", queue=name)
            self._stopping.wait(0.2)

    def _tick(self) -> None:
        while not self._stopping.is_set():
            try:
                schedule(ThreadClock(blocking_connection(), logging_level="WARNING")).start()  # type: ignore[no-untyped-call]
            except Exception:
                log.exception("clock thread failed, starting again")
            self._stopping.wait(1)
