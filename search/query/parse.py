"""The search box: `西安 五轴 铝合金 ±0.02 两周内` → region, process, material, tolerance, weeks, and what words are left. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from gongchuang import vocabulary
from gongchuang.vocabulary.finding import normal
from search.engines.port import Word
from search.query import figures, times
from search.query.asked import Asked
from search.text import tokens

LONGEST = 200
MOST_WORDS = 12

SCHEMES = {
    "processes": "process",
    "materials": "material",
    "regions": "region",
    "certificates": "certificate",
    "skills": "skill",
    "parks": "park",
    "machine_kinds": "machine_kind",
}
"""Which schemes are looked for, first before later where a word has several meanings."""

_AXES = re.compile(r"([345])\s+(轴)")
_BLANK = re.compile(r"[\s,;，；、/|]+")
_IDLE = frozenset({"有空", "空闲", "加工", "可以", "能做", "我要", "需要", "找", "附近", "的", "在", "内", "mm", "公差", "尺寸", "材料", "工艺"})
"""Words that say nothing a filter has not said already."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The filters a text holds, in order, and the words that are none."""

    asked: tuple[Asked, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    asked: Asked | None
    words: tuple[str, ...] = ()


def parse(text: str, today: date, fields: Sequence[str]) -> Parsed:
    """Read a text typed into the search box of a list that has the filters `fields`. What is no filter there stays a word.

    Positions refer to the text as the vocabulary normalises it. Times and figures are looked for before the vocabulary's words: the 304 in
    304x200 is a size.
    """
    haystack = _AXES.sub(r"\1\2", normal(text[:LONGEST]))
    taken: list[_Piece] = []
    for start, end, asked in (*times.find(haystack, today), *figures.find(haystack)):
        if asked.field in fields:
            _take(taken, _Piece(start, end, asked))
    for piece in _coded(haystack, fields):
        _take(taken, piece)
    taken.sort(key=lambda piece: piece.start)
    kept = [word for piece in taken for word in piece.words]
    return Parsed(tuple(piece.asked for piece in taken if piece.asked is not None), tuple([*_rest(haystack, taken), *kept][:MOST_WORDS]))


def _take(taken: list[_Piece], piece: _Piece) -> None:
    """Keep a piece unless an earlier reading holds its place."""
    if all(piece.end <= other.start or piece.start >= other.end for other in taken):
        taken.append(piece)


def _coded(haystack: str, fields: Sequence[str]) -> Iterator[_Piece]:
    """Yield the vocabulary's words. A machine's kind is searched as its word: lists filter by process, not by machine."""
    order = list(SCHEMES)
    by_place: dict[tuple[int, int], list[vocabulary.Found]] = {}
    for found in vocabulary.find(haystack, *order):
        by_place.setdefault((found.start, found.end), []).append(found)
    for (start, end), meanings in by_place.items():
        known = sorted((m for m in meanings if SCHEMES[m.scheme] in fields), key=lambda m: order.index(m.scheme))
        phrase = haystack[start:end]
        if known:
            field = SCHEMES[known[0].scheme]
            codes = tuple(meaning.code for meaning in known if SCHEMES[meaning.scheme] == field)
            yield _Piece(start, end, Asked(field, codes, phrase=phrase))
        else:
            yield _Piece(start, end, None, (phrase,))


def _rest(haystack: str, taken: Iterable[_Piece]) -> list[str]:
    """Return the words between the taken pieces."""
    left, at = [], 0
    for piece in taken:
        left.append(haystack[at : piece.start])
        at = piece.end
    left.append(haystack[at:])
    words = [word for part in left for word in _BLANK.split(part) if word and word not in _IDLE]
    return [word for word in words if tokens(word)]


def widened(word: str) -> Word:
    """Return a word with all the vocabulary says means the same."""
    whole = [found for found in vocabulary.find(word) if (found.start, found.end) == (0, len(normal(word)))]
    others = [other for found in whole if found.scheme != "regions" for other in vocabulary.synonyms(found.code)]
    return Word(tuple(dict.fromkeys((word, *others))))


def without(text: str, phrase: str) -> str:
    """Return a typed text without one phrase of it: what the cross on a chip leads to."""
    haystack = normal(text)
    place = haystack.find(normal(phrase)) if phrase else -1
    if place < 0:
        return text
    return _BLANK.sub(" ", f"{haystack[:place]} {haystack[place + len(normal(phrase)) :]}").strip()
