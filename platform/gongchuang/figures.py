"""Figures as people type them."""

import re

_FULL_WIDTH = str.maketrans("０１２３４５６７８９．－＋", "0123456789.-+")
_FIGURE = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)


def plain(text: str) -> str | None:
    """Return a decimal figure in ASCII, full-width ones too; None for anything else Python would read as one: `1_0`, `1e5`, `nan`, `١٢٣`."""
    typed = text.strip().translate(_FULL_WIDTH)
    return typed if _FIGURE.fullmatch(typed) else None
