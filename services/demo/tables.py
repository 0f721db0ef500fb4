"""The demo's tables: CSV beside the code, read as text, with the few conversions they need."""

import csv
from importlib.resources import files

Row = dict[str, str]


def rows(package: str, name: str) -> list[Row]:
    """Return the rows of `data/<name>.csv` of a package, in the file's order."""
    return list(csv.DictReader((files(package) / "data" / f"{name}.csv").read_text("utf-8").splitlines()))


def codes(cell: str) -> tuple[str, ...]:
    """Return the parts of a cell that holds several values, separated by `|`."""
    return tuple(part for part in cell.split("|") if part)


def figure(cell: str) -> float | None:
    """Return the number in a cell, None when it is empty."""
    return float(cell) if cell else None


def fen(cell: str) -> int | None:
    """Return an amount in yuan as fen, None when the cell is empty."""
    return round(float(cell) * 100) if cell else None
