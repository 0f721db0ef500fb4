"""Starts the child process that reads a stranger's file, watches it, and takes only what has the promised form from it.

The child gets no environment, no open handle and no import of ours beyond `geometry`. It is killed with its whole group at 20 s or 1 GiB resident.
"""

import contextlib
import json
import math
import os
import signal
import stat
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .geometry.unreadable import Unreadable

HERE = Path(__file__).resolve().parent
BOOT = 'import runpy, sys; sys.path.append(sys.argv.pop(1)); runpy.run_module("geometry", run_name="__main__", alter_sys=True)'
LOOK_EVERY = 0.05
PRODUCTS = {"thumbnail.png": (b"\x89PNG\r\n\x1a\n", 2_000_000), "preview.webp": (b"RIFF", 6_000_000), "model.glb": (b"glTF", 64_000_000)}


@dataclass(frozen=True)
class Limits:
    """What one file may cost."""

    seconds: float = 20.0
    resident: int = 1 << 30
    data: int = 3 << 30


@dataclass
class Found:
    """What the child found: the facts, and the files it made by name."""

    facts: dict[str, Any]
    products: dict[str, Path] = field(default_factory=dict)
    lockdown: list[str] = field(default_factory=list)


def read(folder: Path, kind: str, limits: Limits | None = None) -> Found:
    """Read `folder`/input as `kind` in a child process. Raises Unreadable with the reason when the file is refused or breaks the parser."""
    limits = limits or Limits()
    arguments = [sys.executable, "-I", "-B", "-c", BOOT, str(HERE), str(folder), kind, str(limits.data), str(math.ceil(limits.seconds))]
    quiet = {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TMPDIR": str(folder), "HOME": str(folder)}
    with subprocess.Popen(  # noqa: S603  (our own interpreter, our own arguments)
        arguments, cwd=folder, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as child:
        try:
            _watch(child, limits)
        finally:
            _kill(child)
    if child.returncode != 0:
        raise _why_died(child.returncode, limits)
    return _taken(folder)


def _watch(child: "subprocess.Popen[bytes]", limits: Limits) -> None:
    end = time.monotonic() + limits.seconds
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(LOOK_EVERY)
            return
        if time.monotonic() > end:
            raise Unreadable("parser.time", seconds=math.ceil(limits.seconds))
        if _resident(child.pid) > limits.resident:
            raise Unreadable("parser.memory")


def _kill(child: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _resident(pid: int) -> int:
    """Return the child's resident bytes; 0 where the system does not tell (then the data limit set by the child itself holds)."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _why_died(code: int, limits: Limits) -> Unreadable:
    if code in {-signal.SIGXCPU, -signal.SIGALRM}:
        return Unreadable("parser.time", seconds=math.ceil(limits.seconds))
    return Unreadable("parser.crashed")


def _taken(folder: Path) -> Found:
    """Read the child's answer as one would a stranger's: bounded, of the promised form, plain files only."""
    result = folder / "result.json"
    if not _is_plain(result, 65_536):
        raise Unreadable("parser.crashed")
    answer = json.loads(result.read_bytes())
    if "code" in answer:
        raise Unreadable(str(answer["code"])[:60], **{str(k)[:40]: v for k, v in answer.get("params", {}).items() if isinstance(v, str | int | float)})
    products = {}
    for name, (magic, most) in PRODUCTS.items():
        path = folder / name
        if _is_plain(path, most) and _begins_with(path, magic):
            products[name] = path
    return Found(dict(answer["facts"]), products, list(answer.get("lockdown", [])))


def _begins_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _is_plain(path: Path, most: int) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and 0 < found.st_size <= most
