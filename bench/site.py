"""The program with its demo: inside this process, or started as people start it."""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from gongchuang import assets
from gongchuang.commands.program import deliver_all, load_demo_once, program
from gongchuang.database.embedded import APP, DATABASE, OWNER
from gongchuang.settings import read_settings
from gongchuang.web.app import create_app
from gongchuang.web.application import Application
from tests.servers.running import answers, free_port

PROGRAM = Path(sys.executable).parent / "gongchuang"


@contextmanager
def demonstration(data: Path) -> Iterator[Application]:
    """Yield the application over the demo, loaded when the folder is empty."""
    assets.build()
    with program(read_settings(data=data, testing=True)) as app:
        with redirect_stdout(sys.stderr):  # a line of the bench is a figure
            load_demo_once(app)
        deliver_all(app)
        yield app


@contextmanager
def empty(data: Path, **settings: Any) -> Iterator[Application]:
    """Yield the application over an installation that holds nothing."""
    assets.build()
    with program(read_settings(data=data, testing=True, **settings)) as app:
        yield app


@contextmanager
def running(data: Path) -> Iterator[int]:
    """Start `gongchuang run` on a data folder, yield its port once it answers, stop it by Ctrl-C."""
    port = free_port()
    environment = {**os.environ, "GONGCHUANG_DATA": str(data), "GONGCHUANG_PORT": str(port)}
    process = subprocess.Popen([PROGRAM, "run"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not _answered(port):
            if process.poll() is not None:
                raise SystemExit(f"the program ended with {process.returncode} instead of starting")
            time.sleep(0.01)
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def beside(data: Path) -> Application:
    """Return an application on the database of a running program, to make tokens and to look into rows."""
    url = f"postgresql+psycopg://{{}}@/{DATABASE}?host={data / 'postgres'}"
    return create_app(read_settings(data=data, testing=True, database_url=url.format(APP), database_owner_url=url.format(OWNER), secret_key="k" * 40))


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _answered(port: int) -> bool:
    try:
        return answers(port, "/") is not None
    except OSError:
        return False
