"""Folders to examine uploads in: each held by its process, and cleared away by the next if that one was killed, so that nobody's drawing stays."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "gongchuang-file-"
JUST_MADE_SECONDS = 30
"""A folder this young may not be held yet by the process that made it."""


@contextmanager
def workplace() -> Iterator[Path]:
    """Yield an empty folder, removed at the end; remove first what killed processes left."""
    clear()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder, _held(Path(folder)):
        yield Path(folder)


def clear() -> None:
    """Remove the folders nobody holds."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if time.time() - folder.stat().st_mtime < JUST_MADE_SECONDS:
                continue
            with _held(folder):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # held, somebody else's, or gone meanwhile
            continue


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder until the block or the process ends. Raises BlockingIOError where another process holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
