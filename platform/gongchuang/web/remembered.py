"""What of a page depends on nothing but what it is made of, such as the card of a list: made once a process and language, then remembered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, ParamSpec, TypeVar, cast

from gongchuang.web.languages import language

MOST = 2_000
"""How many are remembered, those used last; a card of a list has about 2 kB."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Asked:
    maker: str
    language: str
    given: str
    make: Callable[[], Any] = field(compare=False)


@lru_cache(maxsize=MOST)
def _made(asked: _Asked) -> Any:
    return asked.make()


def remembered(maker: Callable[P, T], *given: P.args, **none: P.kwargs) -> T:
    """Return what a function, or a macro of `parts.html`, makes of `given`: from memory where the same was asked before, in the same language.

    Only for what reads nothing but its arguments, and whose result nobody changes. Arguments are told apart by all they say of themselves (`repr`), so
    they are plain data and dataclasses of it; what only its place in memory tells apart is made each time.
    """
    said = repr(given)
    if " at 0x" in said:
        return maker(*given, **none)
    name = getattr(maker, "name", None) or f"{maker.__module__}.{maker.__qualname__}"
    return cast(T, _made(_Asked(name, language(), said, partial(maker, *given, **none))))
