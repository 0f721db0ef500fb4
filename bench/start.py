"""From `gongchuang run` to the first answered page: with an empty data folder, demo and all, and with one that was used before (promised within 3 s)."""

import time
from pathlib import Path

from bench.site import quantile, running

ROUNDS = 5


def measure(data: Path, rounds: int = ROUNDS) -> None:
    """Measured before all else, so that what comes after finds the demo loaded."""
    fresh = data if not data.exists() else data.parent / "fresh"
    print(f"P10 first start on installed packages, demo loaded, gate 25 s: {_once(fresh):.1f}", flush=True)
    took = [_once(fresh) for _ in range(rounds)]
    print(f"P10 later start, longest {max(took):.2f} s, median, gate 3.00 s: {quantile(took, 0.5):.2f}", flush=True)


def _once(data: Path) -> float:
    began = time.monotonic()
    with running(data):
        return time.monotonic() - began
