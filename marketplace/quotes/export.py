"""Comparisons as CSV. No cell starts a formula, whatever was typed into it."""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

_STARTS = re.compile(r"^[\s\x00]*[=+\-@\t\r\n\x00]")
BOM = "\ufeff"
"""Without it Excel reads Chinese CSV files as GBK."""


def safe(cell: Any) -> str:
    """Return a cell's text; one that would start a formula (after blanks, in full width too) is marked as text by an apostrophe."""
    text = "" if cell is None else str(cell)
    return "'" + text if _STARTS.match(unicodedata.normalize("NFKC", text[:20])) else text


def table(header: Sequence[Any], rows: Sequence[Sequence[Any]]) -> str:
    """Return a table as CSV text that Excel opens in UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(cell) for cell in header])
    writer.writerows([[safe(cell) for cell in row] for row in rows])
    return BOM + out.getvalue()


def comparison(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    """Return a comparison's rows as CSV: one line a row, one column a quote."""

    def words(cell: dict[str, Any]) -> str:
        return " · ".join(str(cell[name]) for name in ("text", "best", "warn", "note") if cell.get(name))

    return table(["", *columns], [[row["label"], *(words(cell) for cell in row["cells"])] for row in rows])
