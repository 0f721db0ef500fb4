"""What a fault is: something that breaks, how it begins, how it heals, and how soon the site must be back afterwards."""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Protocol

from tests.faults.proxy import Proxy
from tests.servers import Server


class Site(Protocol):
    """What a breaker of dependencies needs of a running site.

    Both mappings are by dependency: postgresql, redis, store, search. The site's processes reach a server only through its proxy;
    a server that was killed is started again on its folder and port, and put into the mapping in the old one's place.
    """

    @property
    def servers(self) -> MutableMapping[str, Server]: ...

    @property
    def proxies(self) -> MutableMapping[str, Proxy]: ...


UNDISTURBED = ("redis", "search", "worker", "cron", "jobs", "deliveries", "clock: worker", "migration", "network: web and redis", "network: web and search")
"""Faults, by the beginning of their names, under which pages and writes go on as in peace: promise 6 of docs/reliability.md."""


def disturbs(fault: str, but: tuple[str, ...] = ()) -> bool:
    """Whether a 503 may be this fault's; `but` names more faults that what was asked needs nothing of. Peace, the empty name, excuses none."""
    return bool(fault) and not fault.startswith(UNDISTURBED + but) and not (fault.startswith("point: ") and fault.endswith(" in worker"))


@dataclass(frozen=True)
class Fault:
    """One way in which one part breaks. `heal` is also called after a `begin` that failed half-way, and calling it again does no harm."""

    name: str
    dependency: str
    """One of: web worker cron postgresql redis store search clock jobs deliveries network migration."""
    begin: Callable[[Site], None]
    heal: Callable[[Site], None]
    lasts: tuple[float, float]
    """Seconds in a reduced run and in a long one."""
    back_within: float = 30.0
    """Seconds after the healing within which everything works again."""
    orphans: bool = False
    """Whether it leaves work begun behind that nobody does; a long campaign waits for that when the fault first comes."""


class CannotBreak(Exception):
    """This fault needs what this machine does not give; the message says what. It counts as not tried, never as passed."""
