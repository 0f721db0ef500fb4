"""Which handlers hear which event, and which clocks tick. Filled from the rooms' manifests when the program starts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

QUEUES = ("events", "matching", "files", "slow")


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
    """A function that hears events (about some things only, if it says which), its queue, whether the system role runs it, and one run for all that wait."""

    name: str
    function: Callable[[Delivered], None]
    events: tuple[str, ...]
    about: tuple[str, ...]
    queue: str
    as_system: bool
    coalesced: bool


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


def handles(
    *events: type[Any], about: tuple[str, ...] = (), queue: str = "events", as_system: bool = False, coalesced: bool = False
) -> Callable[[Callable[[Delivered], None]], Callable[[Delivered], None]]:
    """Mark a function as hearing `events`. It runs in a transaction of its own under the event's organisation, and must be idempotent.

    With `about` it hears only those about a thing of these kinds, and for others no delivery is written. A `coalesced` one looks for its work
    itself, whatever event woke it: one run is the delivery of every event that waits for it then.
    """
    assert queue in QUEUES
    assert as_system or not coalesced, "a run for events of several organisations is the system's"

    def mark(function: Callable[[Delivered], None]) -> Callable[[Delivered], None]:
        name = f"{function.__module__}.{function.__name__}"
        function.handler = Handler(name, function, tuple(e.__name__ for e in events), about, queue, as_system, coalesced)  # type: ignore[attr-defined]
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


def handlers_of(event: str, about: str) -> list[Handler]:
    """Return who hears `event` when it is about a thing of this kind."""
    return [handler for handler in HANDLERS.values() if event in handler.events and (not handler.about or about in handler.about)]
