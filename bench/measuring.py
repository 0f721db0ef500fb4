"""Two sides measured fairly: interleaved in one run, warmed up, medians of many rounds; and the line a figure is told in."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

ROUNDS = 7
"""Never less than five."""


def beside(ours: Callable[[], Any], raw: Callable[[], Any], *, calls: int, rounds: int = ROUNDS, warm: int = 1) -> tuple[float, float]:
    """Return the median seconds of one call of either side after `warm` rounds that do not count.

    They take turns round by round, and in beginning a round: a server that gets quicker as it goes favours neither.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(warm + rounds):
        for side, work in ((0, ours), (1, raw))[:: -1 if number % 2 else 1]:
            seconds = _seconds(work, calls)
            if number >= warm:
                taken[side].append(seconds / calls)
    return median(taken[0]), median(taken[1])


def _seconds(work: Callable[[], Any], calls: int) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        work()
    return time.perf_counter() - began


def ratio(code: str, what: str, gate: str, sides: tuple[float, float], *, rate: bool = False) -> str:
    """Return a figure's line: its code first, the ratio last. `rate`: how much of the raw side's calls a second ours reaches, instead of its times."""
    ours, raw = sides
    found = raw / ours if rate else ours / raw
    return f"{code} {what} ({ours * 1000:.2f} ms / {raw * 1000:.2f} ms), gate {gate}: {found:.2f}"
