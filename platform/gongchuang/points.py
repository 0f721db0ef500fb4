"""Named points at which the fault tests end this process, to see that nothing acknowledged is lost between two steps.

Off unless `GONGCHUANG_FAULT_POINTS` names a folder, and then still only where a file there bears the point's name: the first process that
comes by takes the file and dies as by a power cut. Never set it on a site that people use.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

_state: dict[str, Path | None] = {"folder": None}


def arm(folder: Path | None) -> None:
    """Look for points in `folder` from now on; None is off."""
    _state["folder"] = folder


def point(name: str) -> None:
    """End this process here, if a fault test asked for it."""
    folder = _state["folder"]
    if folder is None:
        return
    with suppress(FileNotFoundError):
        (folder / name).rename(folder / f"{name}.{os.getpid()}.hit")
        os.kill(os.getpid(), signal.SIGKILL)
