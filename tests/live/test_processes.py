"""The program as in production: web, worker and cron as processes of their own, over the four real servers."""

import json
import time
from pathlib import Path

import psycopg

from tests.servers.places import postgres_programs
from tests.servers.running import answers

from .production import PROGRAM, Production


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
    dump = production.folder / "gongchuang.dump"
    rows = _dump_at_rest(production, programs, dump)
    with psycopg.connect(f"{production.server}/postgres", autocommit=True) as connection:
        connection.execute("create database restored owner gongchuang_owner encoding 'UTF8' template template0")
    into = production.for_database("restored")["DATABASE_OWNER_URL"]
    restore = (programs / "pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", "-d", into, dump)
    for step in ((PROGRAM, "migrate"), restore, (PROGRAM, "migrate")):
        done = production.run(*step, database="restored")
        assert done.returncode == 0, f"{step}: {done.stdout}{done.stderr}"
    assert production.counts("restored") == rows


def _dump_at_rest(production: Production, programs: Path, dump: Path) -> dict[str, int]:
    """Dump while the workers go on, until one dump falls into a moment in which nothing changed; return its rows by table."""
    owner = production.for_database("gongchuang")["DATABASE_OWNER_URL"]
    for _ in range(10):
        before = production.counts("gongchuang")
        done = production.run(programs / "pg_dump", "--enable-row-security", "--format=custom", f"--file={dump}", owner)
        assert done.returncode == 0, done.stderr
        if production.counts("gongchuang") == before:
            return before
        time.sleep(2)
    raise AssertionError("the workers never came to rest")
