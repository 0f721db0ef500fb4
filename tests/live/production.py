"""An installation as in production: web, worker and cron as processes of their own, over the four real servers."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.servers import Server
from tests.servers.running import answers, free_port

PROGRAM = Path(sys.executable).parent / "gongchuang"
PROCESSES = ("web", "worker", "cron")


@dataclass(frozen=True)
class Minio:
    """What a client of the object store needs; `server` can be killed and started again on its folder."""

    endpoint: str
    access_key: str
    secret_key: str
    server: Server


@dataclass(frozen=True)
class Servers:
    """What an installation is put on. PostgreSQL and Redis are its own: roles belong to a cluster, queues to a Redis."""

    postgres: str
    redis: str
    minio: Minio
    elasticsearch: str


@dataclass(frozen=True)
class Production:
    """An installation: its environment, its superuser's address without a database, its web port."""

    environment: dict[str, str]
    server: str
    port: int
    folder: Path

    def for_database(self, name: str) -> dict[str, str]:
        """Return the environment of the same installation on another database."""
        address = f"{urlsplit(self.server).hostname}:{urlsplit(self.server).port}/{name}"
        urls = {"DATABASE_URL": f"postgresql://gongchuang_app:app@{address}", "DATABASE_OWNER_URL": f"postgresql://gongchuang_owner:owner@{address}"}
        return {**self.environment, **urls}

    def run(self, *command: str | Path, database: str = "gongchuang") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, env=self.for_database(database), cwd=self.folder, capture_output=True, text=True, timeout=300, check=False)

    def counts(self, database: str) -> dict[str, int]:
        """Return how many rows each table holds, past all policies."""
        with psycopg.connect(f"{self.server}/{database}") as connection:
            tables = [name for (name,) in connection.execute("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")]
            return {name: connection.execute(f"select count(*) from {name}".encode()).fetchall()[0][0] for name in tables}


def prepared(servers: Servers, folder: Path) -> Production:
    """Make the owner and its empty database, and name everything the processes need; nothing is started yet."""
    name, port = folder.name.lower(), free_port()
    with psycopg.connect(f"{servers.postgres}/postgres", autocommit=True) as connection:
        connection.execute("create role gongchuang_owner login createrole password 'owner'")
        connection.execute("create database gongchuang owner gongchuang_owner encoding 'UTF8' template template0")
    own = {
        "GONGCHUANG_SECRET_KEY": secrets.token_hex(32),
        "GONGCHUANG_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "GONGCHUANG_DATA": str(folder / "data"),
        "REDIS_URL": servers.redis,
        "ELASTICSEARCH_URL": servers.elasticsearch,
        "ELASTICSEARCH_INDEX": name,
        "S3_ENDPOINT": servers.minio.endpoint,
        "S3_ACCESS_KEY": servers.minio.access_key,
        "S3_SECRET_KEY": servers.minio.secret_key,
        "S3_BUCKET": name,
    }
    return Production({**os.environ, **own}, servers.postgres, port, folder)


@contextmanager
def installed(servers: Servers, folder: Path) -> Iterator[Production]:
    """The three processes on servers where nothing of theirs is made yet, for as long as this is open."""
    made = prepared(servers, folder)
    processes = [_start(made, name) for name in PROCESSES]
    try:
        _wait_for(made, processes)
        yield made
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        ended = [process.wait(timeout=60) for process in processes]
    assert ended == [0] * len(processes), _logs(folder)


def _start(made: Production, name: str) -> "subprocess.Popen[bytes]":
    with (made.folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen([PROGRAM, name], env=made.for_database("gongchuang"), cwd=made.folder, stdout=log, stderr=log)


def _wait_for(made: Production, processes: "list[subprocess.Popen[bytes]]") -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        try:
            if answers(made.port, "/readyz"):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(_logs(made.folder))


def _logs(folder: Path) -> str:
    return "\n".join(f"── {name}\n{(folder / f'{name}.log').read_text(errors='replace')[-3000:]}" for name in PROCESSES)
