"""Where uploads are examined: what a killed process left is cleared away, what a living one holds is not."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.files.workplace import PREFIX, workplace

AT_WORK = """
from services.files.workplace import workplace
with workplace() as folder:
    (folder / "input").write_bytes(b"a drawing")
    print(folder, flush=True)
    input()
"""


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[subprocess.Popen[str], Path]]]:
    """Two processes at work for a while, and their folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    begun = [subprocess.Popen([sys.executable, "-c", AT_WORK], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    at_work = []
    for process in begun:
        assert process.stdout
        folder = Path(process.stdout.readline().strip())
        os.utime(folder, (0, 0))
        at_work.append((process, folder))
    yield at_work
    for process in begun:
        process.kill()
        process.communicate()


def test_what_a_killed_process_left_is_cleared_away(two: list[tuple[subprocess.Popen[str], Path]]) -> None:
    (killed, left), (_, held) = two
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert (left / "input").exists()
    with workplace() as mine:
        assert not left.exists()
        assert (held / "input").read_bytes() == b"a drawing"
        with workplace() as other:
            assert mine.exists()
            assert other != mine
    assert not mine.exists()


def test_a_folder_just_made_is_left_to_its_maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    young = tmp_path / f"{PREFIX}young"
    young.mkdir()
    with workplace():
        assert young.exists()
