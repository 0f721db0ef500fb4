"""Each breaker alone against the real server: its client meets the fault, and works again after the healing."""

import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import urllib3
from minio import Minio
from minio.error import MinioException
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from tests.faults import disks
from tests.faults.dependencies import DATABASE, FAULTS, STARTERS
from tests.faults.fault import Fault
from tests.faults.proxy import Proxy
from tests.rounds import SOAK
from tests.servers import Server
from tests.servers.plugin import started

pytestmark = pytest.mark.xdist_group("elasticsearch")
PATIENCE = 1.0
BODY = os.urandom(200_000)
STORE_ERRORS = (urllib3.exceptions.HTTPError, MinioException)


@dataclass
class Bench:
    """The least of a site: servers and the proxies before them."""

    servers: dict[str, Server] = field(default_factory=dict)
    proxies: dict[str, Proxy] = field(default_factory=dict)


@contextmanager
def bench_of(dependency: str, folder: Path | None = None) -> Iterator[Bench]:
    with ExitStack() as stack:
        server = stack.enter_context(started(lambda: STARTERS[dependency](folder)))
        made = Bench({dependency: server}, {dependency: stack.enter_context(Proxy(server.port))})
        try:
            yield made
        finally:
            made.servers[dependency].stop()  # which may not be the one that was started first


def faults_of(*dependencies: str) -> list[Fault]:
    """Return the faults of a dependency, and those of the network to it."""
    return [fault for fault in FAULTS if fault.dependency in dependencies or (fault.dependency == "network" and fault.name.endswith(dependencies))]


SLOW_OR_QUIET = ("search: index deleted", *(() if SOAK else ("search: killed",)))
"""Elasticsearch takes ten seconds and more to start again: its kill is tried alone only in the long form, and with the site in both."""


def by_name(fault: Fault) -> str:
    return fault.name


def breaks(fault: Fault, bench: Bench, client: Callable[[], object], errors: tuple[type[BaseException], ...]) -> None:
    """The client works, meets the fault, and works again; healing twice does no harm."""
    client()
    try:
        fault.begin(bench)
        with pytest.raises(errors):
            client()
    finally:
        fault.heal(bench)
        fault.heal(bench)
    client()


# PostgreSQL


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench_of("postgresql") as bench:
        with psycopg.connect(bench.servers["postgresql"].url, autocommit=True) as connection:
            connection.execute(f"create database {DATABASE}".encode())
        with write_rows(bench) as connection:
            connection.execute("create table orders (id int)")
        yield bench


def write_rows(bench: Bench) -> "psycopg.Connection[Any]":
    password = bench.servers["postgresql"].url.rsplit("@", 1)[0].rsplit(":", 1)[1]
    address = f"postgresql://postgres:{password}@127.0.0.1:{bench.proxies['postgresql'].port}/{DATABASE}"
    return psycopg.connect(address, autocommit=True, connect_timeout=2, options="-c lock_timeout=300ms -c statement_timeout=5s")


def insert(bench: Bench) -> None:
    with write_rows(bench) as connection:
        connection.execute("insert into orders values (1)")


QUIET = ("postgresql: slow", "postgresql: backends ended", "postgresql: disk full")


@pytest.mark.parametrize("fault", [each for each in faults_of("postgresql") if each.name not in QUIET], ids=by_name)
def test_postgresql_breaks_and_heals(fault: Fault, postgres: Bench) -> None:
    breaks(fault, postgres, lambda: insert(postgres), (psycopg.OperationalError,))


def test_a_locked_table_is_the_only_thing_locked(postgres: Bench) -> None:
    (locked,) = (fault for fault in FAULTS if fault.name == "postgresql: locked")
    locked.begin(postgres)
    try:
        with write_rows(postgres) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
            with pytest.raises(psycopg.errors.LockNotAvailable):
                connection.execute("select * from orders")
    finally:
        locked.heal(postgres)


def test_backends_end_under_their_clients(postgres: Bench) -> None:
    (ended,) = (fault for fault in FAULTS if fault.name == "postgresql: backends ended")
    connection = write_rows(postgres)
    ended.begin(postgres)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("select 1")
    connection.close()
    insert(postgres)


@pytest.fixture
def small() -> Iterator[Path]:
    """A small disk where PostgreSQL's user may enter, which pytest's own folders are closed to."""
    folder = Path(tempfile.mkdtemp(prefix="gongchuang-small-"))
    folder.chmod(0o755)
    try:
        with disks.small_disk(folder, 160) as mounted:
            if not mounted:
                pytest.skip("a small disk can only be mounted by root")
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_full_disk_refuses_rows_and_keeps_those_acknowledged(small: Path) -> None:
    (full,) = (fault for fault in FAULTS if fault.name == "postgresql: disk full")
    with bench_of("postgresql", small) as bench:
        with psycopg.connect(bench.servers["postgresql"].url, autocommit=True) as connection:
            connection.execute(f"create database {DATABASE}".encode())
        with write_rows(bench) as connection:
            connection.execute("create table orders (id int)")
            connection.execute("insert into orders values (1)")
        full.begin(bench)
        with pytest.raises(psycopg.Error), write_rows(bench) as connection:
            connection.execute("create table much as select repeat('x', 2000) from generate_series(1, 20000)")
        full.heal(bench)
        full.heal(bench)
        with write_rows(bench) as connection:
            connection.execute("create table much as select repeat('x', 2000) from generate_series(1, 2000)")
            assert connection.execute("select count(*) from orders").fetchone() == (1,)


# Redis


@pytest.fixture(scope="module")
def redis() -> Iterator[Bench]:
    with bench_of("redis") as bench:
        yield bench


def redis_client(bench: Bench) -> "Redis":
    return Redis(port=bench.proxies["redis"].port, socket_timeout=PATIENCE / 2, retry=Retry(NoBackoff(), 0))


def push(bench: Bench) -> None:
    with redis_client(bench) as client:
        client.rpush("queue", "job")


@pytest.mark.parametrize("fault", [each for each in faults_of("redis") if each.name != "redis: flushed"], ids=by_name)
def test_redis_breaks_and_heals(fault: Fault, redis: Bench) -> None:
    breaks(fault, redis, lambda: push(redis), (RedisError,))


def test_a_flushed_redis_is_empty(redis: Bench) -> None:
    (flushed,) = (fault for fault in FAULTS if fault.name == "redis: flushed")
    push(redis)
    flushed.begin(redis)
    with redis_client(redis) as client:
        assert client.llen("queue") == 0


# Object store


@pytest.fixture(scope="module")
def store() -> Iterator[Bench]:
    with bench_of("store") as bench:
        client = minio(bench)
        client.make_bucket("files")
        client.put_object("files", "kept", io.BytesIO(BODY), len(BODY))
        yield bench


def minio(bench: Bench) -> Minio:
    keys = bench.servers["store"].secrets
    pool = urllib3.PoolManager(timeout=PATIENCE, retries=False)
    return Minio(f"127.0.0.1:{bench.proxies['store'].port}", keys["access_key"], keys["secret_key"], secure=False, region="us-east-1", http_client=pool)


def up_and_down(bench: Bench) -> None:
    client = minio(bench)
    client.put_object("files", "new", io.BytesIO(BODY), len(BODY))
    answer = client.get_object("files", "kept")
    try:
        assert answer.read() == BODY
    finally:
        answer.close()


@pytest.mark.parametrize("fault", faults_of("store"), ids=by_name)
def test_the_store_breaks_and_heals(fault: Fault, store: Bench) -> None:
    breaks(fault, store, lambda: up_and_down(store), STORE_ERRORS)


def test_a_store_with_a_full_disk_says_so(small: Path) -> None:
    (full,) = (fault for fault in FAULTS if fault.name == "store: full")
    with bench_of("store", small) as bench:
        minio(bench).make_bucket("files")
        minio(bench).put_object("files", "kept", io.BytesIO(BODY), len(BODY))
        breaks(full, bench, lambda: up_and_down(bench), STORE_ERRORS)


# Elasticsearch


@pytest.fixture(scope="module")
def search() -> Iterator[Bench]:
    with bench_of("search") as bench:
        yield bench


def index_two(bench: Bench) -> None:
    """Make the index where it is missing, write two documents by one bulk, and read them back."""
    base = f"http://127.0.0.1:{bench.proxies['search'].port}"
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=PATIENCE, read=PATIENCE), retries=False)
    lines = [json.dumps(each) + "\n" for number in range(2) for each in ({"index": {"_index": "things", "_id": str(number)}}, {"name": "a"})]
    answer = pool.request("POST", f"{base}/_bulk?refresh=true&require_alias=false", body="".join(lines), headers={"Content-Type": "application/x-ndjson"})
    if answer.status != 200 or answer.json()["errors"]:
        raise ConnectionError(answer.data[:300])


@pytest.fixture
def strict_index(search: Bench) -> None:
    body = {"mappings": {"dynamic": "strict", "properties": {"name": {"type": "keyword"}}}}
    answer = urllib3.request("PUT", f"{search.servers['search'].url}/things", json=body, timeout=30)
    assert answer.status in (200, 400), answer.data


@pytest.mark.usefixtures("strict_index")
@pytest.mark.parametrize("fault", [each for each in faults_of("search") if each.name not in SLOW_OR_QUIET], ids=by_name)
def test_elasticsearch_breaks_and_heals(fault: Fault, search: Bench) -> None:
    breaks(fault, search, lambda: index_two(search), (ConnectionError, urllib3.exceptions.HTTPError))


@pytest.mark.usefixtures("strict_index")
def test_half_of_a_bulk_really_fails(search: Bench) -> None:
    (half,) = (fault for fault in FAULTS if fault.name == "search: half of a bulk fails")
    half.begin(search)
    try:
        with pytest.raises(ConnectionError, match="strict_dynamic_mapping_exception"):
            index_two(search)
    finally:
        half.heal(search)
    assert urllib3.request("GET", f"{search.servers['search'].url}/things/_doc/1").status == 200


@pytest.mark.usefixtures("strict_index")
def test_a_deleted_index_is_gone(search: Bench) -> None:
    (deleted,) = (fault for fault in FAULTS if fault.name == "search: index deleted")
    deleted.begin(search)
    assert urllib3.request("HEAD", f"{search.servers['search'].url}/things").status == 404
