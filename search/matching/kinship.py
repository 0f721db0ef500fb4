"""How near two codes of the vocabulary are: the same or under it, of one family, or strangers."""

from collections.abc import Sequence
from functools import lru_cache

from gongchuang import vocabulary
from search.documents.codes import SCHEMES, upward


@lru_cache(maxsize=4096)
def kin(field: str, code: str) -> str:
    """Return the family a code belongs to; one without a family is its own."""
    scheme = SCHEMES[field]
    if not vocabulary.known(scheme, code):
        return code
    return vocabulary.term(scheme, code).family or code


@lru_cache(maxsize=65536)
def covers(field: str, needed: str, offered: str) -> bool:
    """Tell whether who offers one can do the other: the same, or one stands under the other (五轴 under 铣削, 7075 under 铝合金)."""
    return offered in upward(field, needed) or needed in upward(field, offered)


@lru_cache(maxsize=65536)
def likeness(field: str, needed: str, offered: str) -> float:
    """Return 1 where the offer covers the need, else one minus their distance in the vocabulary's tree, 0 for what it does not know."""
    scheme = SCHEMES[field]
    if covers(field, needed, offered):
        return 1.0
    if not vocabulary.known(scheme, needed) or not vocabulary.known(scheme, offered):
        return 0.0
    return 1.0 - vocabulary.distance(scheme, needed, offered)


def related(field: str, needed: Sequence[str], offered: Sequence[str]) -> bool:
    """Tell whether any two codes are of one family."""
    return not {kin(field, code) for code in needed}.isdisjoint(kin(field, code) for code in offered)


def coverage(field: str, needed: Sequence[str], offered: Sequence[str]) -> float:
    """Return the mean over the needed codes of their likeness to the best offered one, 0 to 1."""
    return sum(max(likeness(field, code, other) for other in offered) for code in needed) / len(needed)
