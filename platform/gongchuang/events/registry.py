"""Which handlers hear which event, and which clocks tick. Filled from the rooms' manifests when the program starts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

QUEUES = ("events", "files", "slow")


@dataclass(frozen=True)
class Delivered:
    """An event as a handler gets it."""

    id: UUID
    name: str
    organisation_id: UUID | None
    object_kind: str
    object_id: UUID
    object_version: int
    actor_user_id: UUID | None
    occurred_at: datetime


@dataclass(frozen=True)
class Handler:
    """A function that hears events, the queue it runs on, and whether it runs as the system role."""

    name: str
    function: Callable[[Delivered], None]
    events: tuple[str, ...]
    queue: str
    as_system: bool


@dataclass(frozen=True)
class Clock:
    """A function that runs at times: a cron line (Asia/Shanghai), or every so many seconds."""

    name: str
    function: Callable[[datetime], None]
    cron: str | None
    seconds: int | None
    queue: str


HANDLERS: dict[str, Handler] = {}
CLOCKS: dict[str, Clock] = {}


def handles(*events: type[Any], queue: str = "events", as_system: bool = False) -> Callable[[Callable[[Delivered], None]], Callable[[Delivered], None]]:
    """Mark a function as hearing `events`. It runs in a transaction of its own under the event's organisation, and must be idempotent."""
    assert queue in QUEUES

    def mark(function: Callable[[Delivered], None]) -> Callable[[Delivered], None]:
        name = f"{function.__module__}.{function.__name__}"
        function.handler = Handler(name, function, tuple(e.__name__ for e in events), queue, as_system)  # type: ignore[attr-defined]
        return function

    return mark


def cron(line: str | None = None, *, seconds: int | None = None, queue: str = "events") -> Callable[[Callable[[datetime], None]], Callable[[datetime], None]]:
    """Mark a function as run by the clock, as the system role, with the database's `now`; idempotent, for two clocks may tick at once."""
    assert queue in QUEUES
    assert (line is None) != (seconds is None)

    def mark(function: Callable[[datetime], None]) -> Callable[[datetime], None]:
        name = f"{function.__module__}.{function.__name__}"
        function.clock = Clock(name, function, line, seconds, queue)  # type: ignore[attr-defined]
        return function

    return mark


def register(handlers: Any, crons: Any) -> None:
    """Take a feature's handlers and clocks in."""
    for function in handlers:
        HANDLERS[function.handler.name] = function.handler
    for function in crons:
        CLOCKS[function.clock.name] = function.clock


def handlers_of(event: str) -> list[Handler]:
    return [handler for handler in HANDLERS.values() if event in handler.events]
