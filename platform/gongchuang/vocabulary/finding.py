"""Finding the vocabulary's words in what people type."""

import unicodedata
from dataclasses import dataclass
from functools import cache

from .terms import Term, ancestors, schemes, terms

SHORTENED = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市", "地区", "区", "县")
"""What people leave out of a place's name; of an autonomous prefecture they keep the first part, which is given as a synonym here."""

SHORT_PREFECTURES = {"6523": "昌吉", "6527": "博州", "6528": "巴州", "6530": "克州", "6540": "伊犁"}

NEAR = ("61", "65", "45")
"""Provinces whose counties are known by their short names too; elsewhere only the full name counts, for 和平 or 城关 are words."""

AMBIGUOUS = {"新城", "新市", "城中", "城北", "柳北", "城区", "高昌", "和田", "兴安", "长安", "水城"}
"""Short county names that say something else more often."""


@dataclass(frozen=True, slots=True)
class Found:
    """A word of the vocabulary in a text: which code, and where it stands (positions in the normalised text)."""

    scheme: str
    code: str
    word: str
    start: int
    end: int


def normal(text: str) -> str:
    """Return text as words are compared: NFKC and case folded, so that ５轴, SLM and slm are what they look like."""
    return unicodedata.normalize("NFKC", text).casefold()


@cache
def _words() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return each word of the vocabulary, normalised, with the (scheme, code) pairs it may mean."""
    held: dict[str, list[tuple[str, str]]] = {}
    for scheme in schemes():
        for one in terms(scheme):
            for word in {normal(word) for word in _forms(one)}:
                if len(word) > 1:
                    held.setdefault(word, []).append((scheme, one.code))
    return {word: tuple(meanings) for word, meanings in held.items()}


@cache
def _longest() -> int:
    return max(map(len, _words()))


def _forms(one: Term) -> list[str]:
    if one.scheme == "it_grades":
        return [one.code]
    if one.scheme in ("industries", "sizes"):
        return [one.zh, *one.synonyms]
    if one.scheme != "regions":
        return [one.zh, one.en, *one.synonyms]
    forms = [one.zh]
    if len(one.code) < 6 or one.zh.endswith("市"):
        forms.append(one.en.removesuffix(" Prefecture"))
    short = next((one.zh.removesuffix(ending) for ending in SHORTENED if one.zh.endswith(ending)), one.zh)
    if len(short) > 1 and short not in AMBIGUOUS and (len(one.code) < 6 or one.zh.endswith("市") or one.code[:2] in NEAR):
        forms.append(short)
    if one.code in SHORT_PREFECTURES:
        forms.append(SHORT_PREFECTURES[one.code])
    return forms


def find(text: str, *only: str) -> list[Found]:
    """Return the vocabulary's words in `text`, longest first at each place, from left to right; with `only`, of those schemes.

    A Latin word must stand alone (`304` is not found in 1304); a Chinese one may stand anywhere. A word with several meanings is returned once for each,
    except a place's: of places with one name the wider wins (昌吉 is the prefecture), and then the one whose wider region is also named.
    """
    haystack, words = normal(text), _words()
    found: list[Found] = []
    at = 0
    while at < len(haystack):
        for end in range(min(len(haystack), at + _longest()), at + 1, -1):
            word = haystack[at:end]
            meanings = [meaning for meaning in words.get(word, ()) if not only or meaning[0] in only]
            if meanings and _stands_alone(haystack, at, end):
                found.extend(Found(scheme, code, word, at, end) for scheme, code in meanings)
                at = end
                break
        else:
            at += 1
    return _without_namesakes(found)


def _stands_alone(text: str, start: int, end: int) -> bool:
    def joined(left: str, right: str) -> bool:
        return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()

    return not (start and joined(text[start - 1], text[start])) and not (end < len(text) and joined(text[end - 1], text[end]))


def _without_namesakes(found: list[Found]) -> list[Found]:
    def wider(one: Found) -> set[str]:
        return {above.code for above in ancestors("regions", one.code)}

    kept: list[Found] = []
    for one in found:
        if one.scheme != "regions":
            kept.append(one)
            continue
        twins = [other for other in found if other.scheme == one.scheme and other.start == one.start and other != one]
        elsewhere = {other.code for other in found if other.scheme == "regions" and other.start != one.start}
        within_twin = any(twin.code in wider(one) for twin in twins)
        twin_fits_better = not wider(one) & elsewhere and any(wider(twin) & elsewhere for twin in twins)
        if not (within_twin or twin_fits_better):
            kept.append(one)
    return kept
