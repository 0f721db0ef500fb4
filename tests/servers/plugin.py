"""pytest plugin: real servers as fixtures, and the count of tests that had to do without one.

A missing server skips its tests by name ("needs MinIO: run make servers"). With `GONGCHUANG_TEST_NO_SKIP=1`, which `.ci/run`
sets, it is a failure, so that a green run there has used every server.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.rounds import rounds

from .places import Missing, found_or_missing
from .running import Server

settings.register_profile("steady", deadline=None, max_examples=rounds(100, 5000), suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")  # a busy machine is no mistake of the code: nothing is judged by how fast an example was made

NO_SKIP = os.environ.get("GONGCHUANG_TEST_NO_SKIP") == "1"


@contextmanager
def skipped_when_missing() -> Iterator[None]:
    """Turn `Missing` into a skip with the server's name, or into a failure where nothing may be skipped."""
    try:
        yield
    except Missing as missing:
        if NO_SKIP:
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@contextmanager
def started(start: Callable[[], Server]) -> Iterator[Server]:
    """A server for the length of a fixture."""
    with skipped_when_missing():
        server = start()
    with server:
        yield server


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The installed browser: start Playwright's chromium with this `executable_path` and `--no-sandbox`."""
    with skipped_when_missing():
        found_or_missing("Noto CJK fonts")
        return found_or_missing("Chromium")
    raise AssertionError  # never reached: the lines above return or raise


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object], chromium: Path) -> dict[str, object]:
    """pytest-playwright's own fixtures (`page`, `context`) use the installed Chromium: `playwright install` is not needed."""
    return {**browser_type_launch_args, "executable_path": str(chromium), "args": ["--no-sandbox"]}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count by name what was not tested for want of a server."""
    reasons = (str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []) if isinstance(report.longrepr, tuple))
    counted = Counter(reason.removeprefix("Skipped: ") for reason in reasons if reason.startswith("Skipped: needs "))
    for reason, tests in sorted(counted.items()):
        terminalreporter.write_line(f"{tests} skipped: {reason}", yellow=True)
