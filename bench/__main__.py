"""Measure what is named, everything by default, on a fresh data folder with the demo."""

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import booking, load, matches, pages, search, start, uploads, writes

MEASURES: dict[str, Callable[..., None]] = {
    "start": start.measure,
    "pages": pages.measure,
    "statements": pages.measure_statements,
    "booking": booking.measure,
    "matches": matches.measure,
    "writes": writes.measure,
    "uploads": uploads.measure,
    "load": load.measure,
    "search": search.measure,
}
"""In this order: the first needs an empty folder, the last fills the demo's index with very much."""
QUICK: dict[str, dict[str, int]] = {
    "start": {"rounds": 1},
    "pages": {"rounds": 2},
    "statements": {"few": 1, "many": 3},
    "booking": {"rounds": 1, "calls": 2},
    "matches": {"orders": 2},
    "writes": {"seconds": 2},
    "uploads": {"rounds": 1, "mebibytes": 1},
    "load": {"seconds": 2, "warm_up": 1},
    "search": {"documents": 200, "rounds": 1, "warm": 1},
}


def main(arguments: list[str]) -> None:
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("names", nargs="*", metavar="name", help=", ".join(MEASURES))
    asked.add_argument("--documents", type=int, default=search.DOCUMENTS, help="how many documents are searched (default: %(default)s)")
    asked.add_argument("--folder", type=Path, help="keep the demo's data there for the next call (default: a temporary folder)")
    asked.add_argument("--quick", action="store_true", help="a round or two of little, to see that everything can be measured")
    given = asked.parse_args(arguments)
    if unknown := set(given.names) - set(MEASURES):
        asked.error(f"no such measure: {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    logging.disable(logging.CRITICAL)
    sizes = QUICK if given.quick else {"search": {"documents": given.documents}}
    with tempfile.TemporaryDirectory(prefix="gongchuang-bench-") as temporary:
        folder = given.folder or Path(temporary)
        folder.chmod(0o755)
        for name, measure in MEASURES.items():
            if not given.names or name in given.names:
                measure(folder / "data", **sizes.get(name, {}))


if __name__ == "__main__":
    main(sys.argv[1:])
