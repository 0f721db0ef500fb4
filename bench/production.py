"""An installation as in production: gunicorn on a real PostgreSQL, and behind it, where Redis is on this machine, one worker and one clock."""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.site import PROGRAM
from tests.servers.running import answers, free_port

BEHIND = ("worker", "cron")
START_SECONDS = 120


@dataclass(frozen=True)
class Serving:
    """The processes of a running installation; `worker` is None where none can run."""

    web: int
    worker: int | None


def installed(url: str, folder: Path, redis: str | None) -> dict[str, str]:
    """Make the roles, the schema and the demo, whose events are delivered here so that none is left to the worker; return the installation's environment."""
    base, place = url.rsplit("/", 1)[0], url.rsplit("@", 1)[1].rsplit("/", 1)[0]
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        connection.execute("create role gongchuang_owner login createrole password 'owner'")
        connection.execute("create database gongchuang owner gongchuang_owner encoding 'UTF8' template template0")
    own = {
        "GONGCHUANG_DATA": str(folder),
        "GONGCHUANG_SECRET_KEY": secrets.token_hex(32),
        "GONGCHUANG_PORT": str(free_port()),
        "DATABASE_URL": f"postgresql://gongchuang_app:app@{place}/gongchuang",
        "DATABASE_OWNER_URL": f"postgresql://gongchuang_owner:owner@{place}/gongchuang",
    }
    environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"} | own
    done = subprocess.run([PROGRAM, "demo"], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the demo could not be loaded:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return environment | ({"REDIS_URL": redis} if redis else {})


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[Serving]:
    """Start web, and what works behind it; yield once pages are answered."""
    names = ("web", *(BEHIND if "REDIS_URL" in environment else ()))
    started = {name: _start(name, environment) for name in names}
    try:
        until = time.monotonic() + START_SECONDS
        while not _ready(int(environment["GONGCHUANG_PORT"])):
            _all_run(started)
            if time.monotonic() > until:
                raise SystemExit("gunicorn did not start")
            time.sleep(0.1)
        yield Serving(started["web"].pid, started["worker"].pid if "worker" in started else None)
        _all_run(started)
    finally:
        for process in started.values():
            process.send_signal(signal.SIGTERM)
        for process in started.values():
            _ended(process)


def _start(name: str, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([PROGRAM, name], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _all_run(started: "dict[str, subprocess.Popen[bytes]]") -> None:
    """Refuse a figure that was measured without a part that should have been there."""
    for name, process in started.items():
        if process.poll() is not None:
            raise SystemExit(f"gongchuang {name} ended with {process.returncode}")


def _ended(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _ready(port: int) -> bool:
    try:
        return answers(port, "/readyz") is not None
    except OSError:
        return False
