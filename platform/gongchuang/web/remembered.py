"""Pieces of pages that depend on nothing but what they are given, such as the card of a list: rendered once a process and language, then remembered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from gongchuang.web.languages import language

MOST = 2_000
"""How many pieces are remembered, those used last; a card of a list has about 2 kB."""


@dataclass(frozen=True, slots=True)
class _Piece:
    name: str
    language: str
    given: str
    render: Callable[[], str] = field(compare=False)


@lru_cache(maxsize=MOST)
def _rendered(piece: _Piece) -> str:
    return piece.render()


def remembered(macro: Any, *given: Any) -> str:
    """Return what a macro of `parts.html` makes of `given`: from memory where the same was asked before, in the same language.

    Only for macros that read nothing but their arguments. Those are told apart by all they say of themselves (`repr`), so they are plain data and
    dataclasses of it; what only its place in memory tells apart is rendered each time.
    """
    said = repr(given)
    render = partial(macro, *given)
    return render() if " at 0x" in said else _rendered(_Piece(macro.name, language(), said, render))
