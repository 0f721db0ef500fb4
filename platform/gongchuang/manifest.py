"""How a room tells the ground what it contributes. The ground knows rooms by nothing else.

Rooms are found through the entry points `gongchuang.rooms`, so that the imports keep going down only.
"""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from flask import Blueprint

if TYPE_CHECKING:
    import click

    from gongchuang.rights import Predicate


@dataclass(frozen=True)
class NavItem:
    """An entry of the main navigation; with a permission, shown to whom it is given."""

    label: Any
    endpoint: str
    order: int
    icon: str = ""
    bottom: bool = False
    permission: str | None = None


@dataclass(frozen=True)
class Feature:
    """What one feature folder contributes."""

    name: str
    pages: Blueprint | Sequence[Blueprint] | None = None
    api: Any = None
    permissions: "Mapping[Any, Sequence[Predicate]]" = field(default_factory=dict)
    documents: Sequence[Callable[..., Any]] = ()
    handlers: Sequence[Callable[..., Any]] = ()
    crons: Sequence[Callable[..., Any]] = ()
    checks: Sequence[Callable[[], Sequence[str]]] = ()
    nav: Sequence[NavItem] = ()
    commands: "Sequence[click.Command]" = ()
    doctor: Sequence[Callable[[], Sequence[tuple[bool, str, str]]]] = ()
    globals: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    start: Sequence[Callable[[Any], None]] = ()
    messages: Mapping[str, str] = field(default_factory=dict)
    demo: Callable[..., Any] | None = None
    demo_order: int = 0
    demo_remove: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Room:
    """A room and its features."""

    name: str
    features: Sequence[Feature]


@cache
def load_rooms() -> tuple[Room, ...]:
    """Return every room, the ground's own features first, then the others by name of their layer."""
    order = ["gongchuang", "search", "services", "marketplace", "crowdsourcing"]
    with _collecting_nothing():
        found = {point.name: point.load() for point in entry_points(group="gongchuang.rooms")}
    return tuple(found[name] for name in sorted(found, key=lambda n: order.index(n) if n in order else len(order)))


@contextmanager
def _collecting_nothing() -> Iterator[None]:
    """Import without the garbage collector, and let it look at modules never again: they live for good, and walking through them was a third of the start."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


def features() -> list[Feature]:
    return [feature for room in load_rooms() for feature in room.features]
