"""Measure what is named, everything by default, on a fresh data folder with the demo."""

import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import matches, pages, start

MEASURES: dict[str, Callable[[Path], None]] = {"pages": pages.measure, "matches": matches.measure, "start": start.measure}


def main(names: list[str]) -> int:
    unknown = set(names) - set(MEASURES)
    if unknown:
        print(f"no such measure: {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
        return 2
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory(prefix="gongchuang-bench-") as folder:
        Path(folder).chmod(0o755)
        for name in names or MEASURES:
            MEASURES[name](Path(folder) / "data")
    return 0


sys.exit(main(sys.argv[1:]))
