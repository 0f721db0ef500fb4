"""The packaged data files, read as rows."""

import csv
from importlib.resources import files


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of `data/<name>.csv` as dictionaries of text, in the file's order."""
    return list(csv.DictReader((files(__package__) / "data" / f"{name}.csv").read_text("utf-8").splitlines()))


def words(cell: str) -> tuple[str, ...]:
    """Return the parts of a cell that holds several values, separated by `|`."""
    return tuple(part for part in cell.split("|") if part)


def number(cell: str) -> float | None:
    """Return the number in a cell, None when it is empty."""
    return float(cell) if cell else None
