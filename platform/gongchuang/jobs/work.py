"""What jobs do. Each names a queue or a clock; the rest is read from the database."""

from typing import Any

from flask import Flask

from gongchuang.events import relay
from gongchuang.jobs.queues import poke

_app: dict[str, Flask] = {}


def serve(app: Flask) -> None:
    """Name the program the jobs of this process run in."""
    _app["app"] = app


def drain_queue(name: str) -> int:
    """Deliver everything due on a queue."""
    with _app["app"].app_context():
        return relay.drain(name)


def tick(name: str) -> None:
    """Run one clock."""
    with _app["app"].app_context():
        relay.tick(name)


def sweep(*_: Any) -> None:
    """Poke every queue that has something due: finds what a lost poke, a dead worker or a flushed Redis left behind."""
    with _app["app"].app_context():
        for name in relay.pending_queues():
            poke(name)
