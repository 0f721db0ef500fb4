"""What jobs do. Each names a queue or a clock; the rest is read from the database."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from flask import Flask
from redis.exceptions import RedisError

from gongchuang.events import relay
from gongchuang.jobs.queues import poke

TURN_SECONDS = 5.0

_app: dict[str, Flask] = {}
_stopping = threading.Event()
_changed = threading.Condition()
_at_work: set[int] = set()


def serve(app: Flask) -> None:
    """Name the program the jobs of this process run in."""
    _app["app"] = app
    _stopping.clear()


def begin_nothing_new() -> None:
    """Let what is at work end, and nothing after it begin."""
    _stopping.set()


def rest(patience: float) -> bool:
    """Begin nothing new, and wait for what is at work; return whether all came to rest within `patience` seconds.

    What did not is rolled back by PostgreSQL and delivered again after the next start.
    """
    begin_nothing_new()
    with _changed:
        return _changed.wait_for(lambda: not _at_work, patience)


@contextmanager
def _working() -> Iterator[bool]:
    """Whether a job may begin; while it runs, `rest` waits for it."""
    with _changed:
        may = not _stopping.is_set()
        if may:
            _at_work.add(threading.get_ident())
    try:
        with _app["app"].app_context():
            yield may
    finally:
        with _changed:
            _at_work.discard(threading.get_ident())
            _changed.notify_all()


def drain_queue(name: str) -> int:
    """Deliver what is due on a queue, for a turn. What is left has the next turn after what else waits there: clocks must tick however long the backlog."""
    with _working() as may:
        ends = time.monotonic() + TURN_SECONDS
        handled = relay.drain(name, _stopping.is_set, until=ends) if may else 0
        if time.monotonic() >= ends and not _stopping.is_set():
            with suppress(RedisError):  # the sweep finds what is left
                poke(name)
        return handled


def tick(name: str) -> None:
    """Run one clock."""
    with _working() as may:
        if may:
            relay.tick(name)


def sweep(*_: Any) -> None:
    """Poke every queue that has something due: finds what a lost poke, a dead worker or a flushed Redis left behind."""
    with _working() as may:
        if may:
            for name in relay.pending_queues():
                poke(name)
