"""Small disks of their own for servers, so that a full one is real: the server's own writes meet ENOSPC."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.fault import CannotBreak

FILLER = "filler"
PIECE = b"\0" * (1 << 20)


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[bool]:
    """Mount a disk of this size at `folder` as long as this is open; whether that could be done. Only root can."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = os.geteuid() == 0 and _run("mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0755", "tmpfs", folder)
    try:
        yield mounted
    finally:
        if mounted and not _run("umount", folder):
            _run("umount", "--lazy", folder)


def fill(folder: Path) -> None:
    """Leave no byte free on the small disk at `folder`."""
    if not os.path.ismount(folder):
        raise CannotBreak("needs a small disk, which only root can mount")
    with (folder / FILLER).open("ab", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with suppress_full():
                while True:
                    file.write(PIECE[:size])


def free(folder: Path) -> None:
    """Give the room back."""
    (folder / FILLER).unlink(missing_ok=True)


@contextmanager
def suppress_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def _run(*command: str | Path) -> bool:
    with suppress(FileNotFoundError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False
