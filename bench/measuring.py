"""Two sides measured fairly: interleaved in one run, warmed up, medians of many rounds; and the line a figure is told in."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

ROUNDS = 7
"""Never less than five."""


@dataclass(frozen=True)
class Sides:
    """Seconds of one call of either side, by the clock on the wall, and of CPU where that was asked."""

    ours: float
    raw: float
    cpu: tuple[float, float] | None = None


def beside(
    ours: Callable[[], Any], raw: Callable[[], Any], *, calls: int, rounds: int = ROUNDS, warm: int = 1, cpu: Callable[[], float] | None = None
) -> Sides:
    """Return the medians of one call of either side after `warm` rounds that do not count.

    They take turns round by round, and in beginning a round: a server that gets quicker as it goes favours neither. `cpu` reads the CPU
    seconds that whatever works for either side has used: on a shared host they drift less than the wall's.
    """
    taken: tuple[list[list[float]], list[list[float]]] = ([], [])
    clocks = [time.perf_counter, *([cpu] if cpu else [])]
    for number in range(warm + rounds):
        for side, work in ((0, ours), (1, raw))[:: -1 if number % 2 else 1]:
            spent = _spent(work, calls, clocks)
            if number >= warm:
                taken[side].append(spent)
    wall, *used = [(median(mine), median(other)) for mine, other in zip(*(zip(*side, strict=True) for side in taken), strict=True)]
    return Sides(*wall, *used)


def _spent(work: Callable[[], Any], calls: int, clocks: list[Callable[[], float]]) -> list[float]:
    began = [clock() for clock in clocks]
    for _ in range(calls):
        work()
    return [(clock() - then) / calls for clock, then in zip(clocks, began, strict=True)]


def ratio(code: str, what: str, gate: str, sides: Sides, *, rate: bool = False) -> str:
    """Return a figure's line: its code first, the ratio last, of CPU where it was measured. `rate`: how much of the raw side's calls a second ours reaches."""
    ours, raw = sides.cpu or (sides.ours, sides.raw)
    found = raw / ours if rate else ours / raw
    times = f"{sides.ours * 1000:.2f} ms / {sides.raw * 1000:.2f} ms"
    if sides.cpu:
        times = f"CPU {ours * 1000:.2f} ms / {raw * 1000:.2f} ms, wall {times}"
    return f"{code} {what} ({times}), gate {gate}: {found:.2f}"


def waits_of(seconds: Iterable[float | None], patience: float) -> list[float]:
    """Return how long each had to be waited for: what never came counts as the whole patience, so that a loss spoils the figure instead of leaving it."""
    return [patience if each is None else min(each, patience) for each in seconds]
