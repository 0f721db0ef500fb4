"""The program as in production: web, worker and cron as processes of their own, over the four real servers."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.servers import start_postgres
from tests.servers.places import postgres_programs
from tests.servers.plugin import started
from tests.servers.running import answers, free_port

from .conftest import Minio

PROGRAM = Path(sys.executable).parent / "gongchuang"
PROCESSES = ("web", "worker", "cron")


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
        return subprocess.run(command, env=self.for_database(database), cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)

    def counts(self, database: str) -> dict[str, int]:
        """Return how many rows each table holds, past all policies."""
        with psycopg.connect(f"{self.server}/{database}") as connection:
            tables = [name for (name,) in connection.execute("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")]
            return {name: connection.execute(f"select count(*) from {name}".encode()).fetchall()[0][0] for name in tables}


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A PostgreSQL of this module's own: roles belong to a cluster, and here the program makes them."""
    with started(start_postgres) as server:
        yield server.url.rsplit("/", 1)[0]


@pytest.fixture(scope="module")
def production(cluster: str, redis_url: str, minio: Minio, elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    folder, port = tmp_path_factory.mktemp("production"), free_port()
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute("create role gongchuang_owner login createrole password 'owner'")
        connection.execute("create database gongchuang owner gongchuang_owner encoding 'UTF8' template template0")
    own = {
        "GONGCHUANG_SECRET_KEY": secrets.token_hex(32),
        "GONGCHUANG_PORT": str(port),
        "GONGCHUANG_DATA": str(folder / "data"),
        "REDIS_URL": redis_url,
        "ELASTICSEARCH_URL": elasticsearch_url,
        "ELASTICSEARCH_INDEX": "production",
        "S3_ENDPOINT": minio.endpoint,
        "S3_ACCESS_KEY": minio.access_key,
        "S3_SECRET_KEY": minio.secret_key,
        "S3_BUCKET": "production",
    }
    installed = Production({**os.environ, **own}, cluster, port, folder)
    processes = [_start(installed, name) for name in PROCESSES]
    try:
        _wait_for(installed, processes)
        yield installed
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        ended = [process.wait(timeout=60) for process in processes]
    assert ended == [0] * len(processes), _logs(folder)


def _start(installed: Production, name: str) -> "subprocess.Popen[bytes]":
    with (installed.folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen([PROGRAM, name], env=installed.for_database("gongchuang"), cwd=installed.folder, stdout=log, stderr=log)


def _wait_for(installed: Production, processes: "list[subprocess.Popen[bytes]]") -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        try:
            if answers(installed.port, "/readyz"):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(_logs(installed.folder))


def _logs(folder: Path) -> str:
    return "\n".join(f"── {name}\n{(folder / f'{name}.log').read_text(errors='replace')[-3000:]}" for name in PROCESSES)


def test_every_server_is_used(production: Production) -> None:
    state = json.loads(answers(production.port, "/readyz") or b"{}")
    assert state["dependencies"] == {"database": "ok", "queue": "ok", "search": "ok", "files": "ok"}


def test_doctor_finds_nothing_to_mend(production: Production) -> None:
    done = production.run(PROGRAM, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_invariants_hold_with_the_demo_over_all_servers(production: Production) -> None:
    """Loaded, delivered and mirrored by the worker, told to start the index anew beside it, and proved."""
    for command in (("demo",), ("reindex",), ("check",)):
        done = production.run(PROGRAM, *command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    assert production.counts("gongchuang")["organisations"] >= 40


def test_a_backup_by_the_owner_restores_every_row(production: Production) -> None:
    """As docs/production.md says it: forced row-level security would otherwise stop pg_dump, or leave rows out."""
    programs = postgres_programs()
    assert programs
    owner, dump = production.for_database("gongchuang")["DATABASE_OWNER_URL"], str(production.folder / "gongchuang.dump")
    with psycopg.connect(f"{production.server}/postgres", autocommit=True) as connection:
        connection.execute("create database restored owner gongchuang_owner encoding 'UTF8' template template0")
    into = production.for_database("restored")["DATABASE_OWNER_URL"]
    steps: list[tuple[str | Path, ...]] = [
        (programs / "pg_dump", "--enable-row-security", "--format=custom", f"--file={dump}", owner),
        (PROGRAM, "migrate"),
        (programs / "pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", "-d", into, dump),
        (PROGRAM, "migrate"),
    ]
    for step in steps:
        done = production.run(*step, database="restored")
        assert done.returncode == 0, f"{step}: {done.stdout}{done.stderr}"
    before, after = production.counts("gongchuang"), production.counts("restored")
    moving = {"outbox_deliveries", "outbox_events", "audit_entries", "audit_heads", "matches", "messages", "search_documents"}  # the workers go on meanwhile
    assert {name: rows for name, rows in before.items() if name not in moving} == {name: rows for name, rows in after.items() if name not in moving}
