"""From `gongchuang run` on an existing data folder to the first answered page: promised within 3 s."""

import time
from pathlib import Path

from bench.site import demonstration, quantile, running

ROUNDS = 5


def measure(data: Path) -> None:
    with demonstration(data):
        pass
    took = [_once(data) for _ in range(ROUNDS)]
    print(f"later start: median {quantile(took, 0.5):.2f} s, longest {max(took):.2f} s")


def _once(data: Path) -> float:
    began = time.monotonic()
    with running(data):
        return time.monotonic() - began
