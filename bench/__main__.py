"""Measure what is named, everything by default, on a fresh data folder with the demo."""

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import booking, matches, pages, search, start

MEASURES: dict[str, Callable[[Path], None]] = {
    "pages": pages.measure,
    "statements": pages.measure_statements,
    "booking": booking.measure,
    "matches": matches.measure,
    "start": start.measure,
    "search": search.measure,
}
"""In this order: the last fills the demo's index with very much."""


def main(arguments: list[str]) -> None:
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("names", nargs="*", metavar="name", help=", ".join(MEASURES))
    asked.add_argument("--documents", type=int, default=search.DOCUMENTS, help="how many documents are searched (default: %(default)s)")
    asked.add_argument("--full", action="store_const", dest="documents", const=search.FULL, help=f"search {search.FULL} documents")
    given = asked.parse_args(arguments)
    if unknown := set(given.names) - set(MEASURES):
        asked.error(f"no such measure: {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    logging.disable(logging.CRITICAL)
    measures = MEASURES | {"search": partial(search.measure, documents=given.documents)}
    with tempfile.TemporaryDirectory(prefix="gongchuang-bench-") as folder:
        Path(folder).chmod(0o755)
        for name, measure in measures.items():
            if not given.names or name in given.names:
                measure(Path(folder) / "data")


if __name__ == "__main__":
    main(sys.argv[1:])
