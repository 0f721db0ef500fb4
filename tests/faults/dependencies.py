"""How each server the site depends on breaks, and how it heals. Every fault is real: of the server, of its disk, or of the way to it.

The network between the program and a server is cut by the proxy in between, which needs no privilege.
"""

import json
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import urllib3
from psycopg import sql
from redis import Redis

from tests.faults import disks
from tests.faults.fault import Fault, Site
from tests.faults.proxy import BLACKHOLE, CUT, HANG, PASS, RESET, Mode, Proxy, Request, answer, latency, speak, truncate
from tests.servers import NotStarted, Server, start_elasticsearch, start_minio, start_postgres, start_redis

STARTERS: dict[str, Callable[..., Server]] = {
    "postgresql": start_postgres,
    "redis": start_redis,
    "store": start_minio,
    "search": start_elasticsearch,
}
DATABASE = "gongchuang"
HOT = ("outbox_events", "orders", "allocations")
MINE = "gongchuang fault"


def start_again(site: Site, dependency: str) -> None:
    """Start a server that has ended on its folder and port; one that runs is left alone. The dead one's children may need a moment to go."""
    old = site.servers[dependency]
    if old.process.poll() is None:
        return
    for last in (False, False, True):
        try:
            site.servers[dependency] = replace(STARTERS[dependency](old.folder, port=old.port), temporary=old.temporary)
            return
        except NotStarted:
            if last:
                raise


def killed(dependency: str, seconds: tuple[float, float]) -> Fault:
    """The server ends by SIGKILL and is started again on its data."""
    return Fault(f"{dependency}: killed", dependency, lambda site: site.servers[dependency].kill(), lambda site: start_again(site, dependency), seconds)


def stopped(dependency: str, seconds: tuple[float, float]) -> Fault:
    """The server does nothing for a while, its connections open and its locks held, and then goes on as if no time had passed."""

    def tell(what: signal.Signals) -> Callable[[Site], None]:
        return lambda site: site.servers[dependency].tell(what)

    return Fault(f"{dependency}: stopped, then going on", dependency, tell(signal.SIGSTOP), tell(signal.SIGCONT), seconds)


def by_proxy(dependency: str, what: str, mode: Mode, seconds: tuple[float, float], *, named: str | None = None, process: str | None = None) -> Fault:
    """The way to a server breaks; of one process only where the site gives each its own."""

    def proxy(site: Site) -> Proxy:
        return site.proxies.get(f"{process} {dependency}") or site.proxies[dependency]

    name = named or dependency
    return Fault(f"{name}: {what}", name, lambda site: proxy(site).mode(mode), lambda site: proxy(site).mode(PASS), seconds)


def full_disk(dependency: str, seconds: tuple[float, float]) -> Fault:
    """No byte is left on the server's own small disk; a server that ends by that is started again once there is room."""

    def heal(site: Site) -> None:
        disks.free(site.servers[dependency].folder)
        start_again(site, dependency)

    return Fault(f"{dependency}: disk full", dependency, lambda site: disks.fill(site.servers[dependency].folder), heal, seconds)


# PostgreSQL


def superuser(site: Site, database: str = DATABASE) -> "psycopg.Connection[Any]":
    """Connect past the proxy as the superuser."""
    url = site.servers["postgresql"].url.rsplit("/", 1)[0]
    return psycopg.connect(f"{url}/{database}", autocommit=True, application_name=MINE)


def end_backends(site: Site) -> None:
    """End every connection that is not ours, as an administrator or a failover does."""
    with superuser(site) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name <> %s and backend_type = %s",
            (MINE, "client backend"),
        )


@dataclass
class Locked:
    """Another session holds the hot tables exclusively, as a migration or a careless administrator would."""

    sessions: "list[psycopg.Connection[Any]]" = field(default_factory=list)

    def begin(self, site: Site) -> None:
        session = superuser(site)
        self.sessions.append(session)
        session.autocommit = False
        there = [name for name in HOT if session.execute("select to_regclass(%s)", (name,)).fetchone() != (None,)]
        names = sql.SQL(", ").join(map(sql.Identifier, there))
        for last in (*[False] * 60, True):  # the site's own transactions take these locks in other orders
            try:
                session.execute("set local lock_timeout = '700ms'")
                session.execute(sql.SQL("lock table {} in access exclusive mode").format(names))
                return
            except (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable):
                session.rollback()
                if last:
                    raise

    def heal(self, _: Site) -> None:
        while self.sessions:
            self.sessions.pop().close()


LOCKED = Locked()

# Redis


def redis_of(site: Site) -> "Redis":
    return Redis.from_url(site.servers["redis"].url, socket_timeout=10)


def flush(site: Site) -> None:
    with redis_of(site) as client:
        client.flushall()


def fill_memory(site: Site) -> None:
    """Let Redis refuse every write, as it does at its limit when it may evict nothing."""
    with redis_of(site) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1kb")


def free_memory(site: Site) -> None:
    with redis_of(site) as client:
        client.config_set("maxmemory", "0")


# Object store


def changes_objects(request: Request) -> bool:
    return request.method in {"PUT", "POST"}


NO_ROOM = b"<?xml version='1.0'?><Error><Code>XMinioStorageFull</Code><Message>Storage backend has reached its minimum free drive threshold.</Message></Error>"


def fill_store(site: Site) -> None:
    """Fill the store's own disk, or where it has none, answer its uploads as a full MinIO does."""
    folder: Path = site.servers["store"].folder
    if folder.is_mount():
        disks.fill(folder)
    else:
        site.proxies["store"].mode(answer(507, NO_ROOM, when=changes_objects))


def free_store(site: Site) -> None:
    disks.free(site.servers["store"].folder)
    site.proxies["store"].mode(PASS)
    start_again(site, "store")


# Elasticsearch


def ask(site: Site, method: str, path: str, body: Any = None) -> Any:
    """Ask the server past the proxy; an answer that is no success is an error of the bench."""
    found = urllib3.request(method, f"{site.servers['search'].url}{path}", json=body, timeout=30)
    if found.status >= 300:
        raise RuntimeError(f"{method} {path}: {found.status} {found.data[:300]!r}")
    return json.loads(found.data)


def indexes(site: Site) -> list[str]:
    return [each["index"] for each in ask(site, "GET", "/_cat/indices?format=json&expand_wildcards=open") if not each["index"].startswith(".")]


def block_writes(site: Site) -> None:
    """Set the block that Elasticsearch itself sets when its disk is nearly full."""
    for index in indexes(site):
        ask(site, "PUT", f"/{index}/_settings", {"index.blocks.read_only_allow_delete": True})


def allow_writes(site: Site) -> None:
    for index in indexes(site):
        ask(site, "PUT", f"/{index}/_settings", {"index.blocks.read_only_allow_delete": None})


def delete_indexes(site: Site) -> None:
    for index in indexes(site):
        ask(site, "DELETE", f"/{index}?ignore_unavailable=true")


def spoil_half(request: Request) -> Request:
    """Give every second document of a bulk a field the strict mapping refuses, so that the server itself fails half of it, the first included."""
    if not request.path.partition("?")[0].endswith("/_bulk"):
        return request
    lines, spoilt = request.body.splitlines(), True
    for at, line in enumerate(lines):
        if at and "index" in _operation(lines[at - 1]):
            lines[at] = json.dumps({**json.loads(line), "spoilt": 1}).encode() if spoilt else line
            spoilt = not spoilt
    return request.with_body(b"\n".join(lines) + b"\n")


def _operation(line: bytes) -> set[str]:
    """Return the operation a line of a bulk announces; a document's own line announces none."""
    found = json.loads(line)
    return {name for name, meta in found.items() if name in {"index", "delete"} and isinstance(meta, dict) and "_id" in meta}


def nothing(_: Site) -> None:
    """What was done at once needs no healing."""


BUSY = json.dumps({"error": {"type": "es_rejected_execution_exception", "reason": "rejected execution"}, "status": 429}).encode()
SHORT, MIDDLE = (3.0, 3.0), (5.0, 6.0)
BETWEEN = (("cut", CUT), ("hung", HANG), ("resetting", RESET), ("slow", latency(0.2)), ("truncating", truncate(download=600)))
"""How the network between web alone and a server breaks."""

FAULTS: tuple[Fault, ...] = (
    killed("postgresql", SHORT),
    stopped("postgresql", MIDDLE),
    by_proxy("postgresql", "refusing", CUT, SHORT),
    by_proxy("postgresql", "hung", HANG, MIDDLE),
    by_proxy("postgresql", "resetting", RESET, SHORT),
    by_proxy("postgresql", "slow", latency(0.1), MIDDLE),
    Fault("postgresql: backends ended", "postgresql", end_backends, nothing, (1.0, 1.0)),
    Fault("postgresql: locked", "postgresql", LOCKED.begin, LOCKED.heal, (7.0, 14.0)),
    full_disk("postgresql", SHORT),
    killed("redis", SHORT),
    stopped("redis", MIDDLE),
    by_proxy("redis", "down for long", CUT, (5.0, 600.0)),
    by_proxy("redis", "hung", HANG, MIDDLE),
    by_proxy("redis", "resetting", RESET, SHORT),
    Fault("redis: flushed", "redis", flush, nothing, (1.0, 1.0)),
    Fault("redis: full", "redis", fill_memory, free_memory, MIDDLE),
    killed("store", SHORT),
    stopped("store", MIDDLE),
    by_proxy("store", "refusing", CUT, SHORT),
    by_proxy("store", "hung", HANG, MIDDLE),
    by_proxy("store", "resetting", RESET, SHORT),
    by_proxy("store", "slow", latency(1.0), MIDDLE),
    by_proxy("store", "truncating downloads", truncate(download=2_000), SHORT),
    by_proxy("store", "truncating uploads", truncate(upload=2_000), SHORT),
    Fault("store: full", "store", fill_store, free_store, MIDDLE),
    killed("search", SHORT),
    stopped("search", MIDDLE),
    by_proxy("search", "refusing", CUT, SHORT),
    by_proxy("search", "hung", HANG, MIDDLE),
    by_proxy("search", "slow", latency(1.0), MIDDLE),
    by_proxy("search", "busy (429)", answer(429, BUSY), MIDDLE),
    by_proxy("search", "half of a bulk fails", speak(spoil_half), MIDDLE),
    Fault("search: read-only", "search", block_writes, allow_writes, MIDDLE),
    Fault("search: index deleted", "search", delete_indexes, nothing, (2.0, 2.0)),
    *(by_proxy(each, f"web and {each}: {what}", mode, SHORT, named="network", process="web") for each in STARTERS for what, mode in BETWEEN),
    *(by_proxy(each, f"web and {each}: losing all", BLACKHOLE, (5.0, 10.0), named="network", process="web") for each in STARTERS),
)
