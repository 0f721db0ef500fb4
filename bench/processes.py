"""What processes use: CPU seconds and memory, read from the kernel."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def _family(pid: int) -> list[int]:
    """Return a process and all its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def cpu_of(pid: int) -> float:
    """Return the CPU seconds a process and its children have used, those that ended included, in hundredths."""
    total = 0
    for one in _family(pid):
        fields = re.sub(r".*\)", "", Path(f"/proc/{one}/stat").read_text()).split()
        total += sum(int(ticks) for ticks in fields[11 : 15 if one == pid else 13])
    return total / TICK


def cpu_beside(pid: int) -> Callable[[], float]:
    """Return what reads the CPU seconds of this process and of a server's, to the microsecond, for work that both do part of.

    PostgreSQL works in one thread a process. One that ends takes its seconds along: seldom, and medians bear it.
    """

    def used() -> float:
        nanoseconds = sum(int(Path(f"/proc/{one}/schedstat").read_text().split()[0]) for one in _family(pid))
        return nanoseconds / 1e9 + time.process_time()

    return used


def memory_of(pid: int) -> int:
    """Return the resident bytes of a process's children."""
    return sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) * PAGE for one in _family(pid)[1:])
