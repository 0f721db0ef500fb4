"""The program as `gongchuang run` starts it, on a data folder of its own, without the demo."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.flows.person import launched
from tests.flows.site import Site, wait_for
from tests.servers.running import answers, free_port

PROGRAM = Path(sys.executable).parent / "gongchuang"
OPERATOR_PHONE = "13911110000"
SECOND_OPERATOR_PHONE = "13911110009"


@dataclass(frozen=True)
class Running:
    """A site, and the links its operators were invited by: they are made while the program is not running."""

    site: Site
    operator_links: tuple[str, ...]


def invite_operator(command: "subprocess.CompletedProcess[str]") -> str:
    """Return the one-time link that `gongchuang operator invite` printed."""
    assert command.returncode == 0, command.stdout + command.stderr
    found = re.search(r"(/sign-in/link/\S+)", command.stdout)
    assert found, command.stdout
    return found[1]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder, port = tmp_path_factory.mktemp("site"), free_port()
    folder.chmod(0o755)
    environment = {**os.environ, "GONGCHUANG_DATA": str(folder / "data"), "GONGCHUANG_PORT": str(port), "GONGCHUANG_DEMO": "false", "PYTHONUNBUFFERED": "1"}

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([PROGRAM, *words], env=environment, capture_output=True, text=True, timeout=120, check=False)

    links = tuple(invite_operator(run("operator", "invite", phone, "--region", "61")) for phone in (OPERATOR_PHONE, SECOND_OPERATOR_PHONE))
    site = Site(f"http://127.0.0.1:{port}", (folder / "run.log",), run)
    with (folder / "run.log").open("wb") as log:
        process = subprocess.Popen([PROGRAM, "run"], env=environment, stdout=log, stderr=log)
    try:
        wait_for(lambda: _answers(process, port), 60)
        yield Running(site, links)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    site.has_nothing_amiss()


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Chromium of this module alone: Playwright's event loop ends with it, for other tests to have theirs."""
    with launched(chromium) as browser:
        yield browser


def _answers(process: "subprocess.Popen[bytes]", port: int) -> bool:
    assert process.poll() is None
    try:
        return bool(answers(port, "/readyz"))
    except OSError:
        return False
