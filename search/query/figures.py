"""Figures in typed words: ±0.02, IT7, 650x520x475, ≥1500mm, 24件. Pure. Texts are normalised (NFKC, lower case)."""

import re
from collections.abc import Iterator

from gongchuang import vocabulary
from search.query.asked import Asked

NOMINAL_MM = 50.0
"""The size a tolerance grade is read at where no size was typed: the middle of what is machined most."""

_NUMBER = r"\d{1,6}(?:\.\d{1,4})?"
_TIMES = r"\s*(?:x|\*|×|乘)\s*"
_UNIT = r"(?:\s*(mm|毫米|cm|厘米|m|米))?"
_PLUS_MINUS = re.compile(rf"(?:公差\s*)?(?:±|\+/-|正负)\s*(?P<value>{_NUMBER})\s*(?:mm|毫米|(?P<si>丝|条))?")
_SI = re.compile(rf"(?P<value>{_NUMBER})\s*(?:丝|条)(?!\w)")
_GRADE = re.compile(r"(?<![a-z0-9])it\s?(?P<grade>0?1|[0-9]|1[0-8])(?:\s*级)?(?![0-9])")
_BOX = re.compile(rf"(?<![\d.])(?P<round>[φøф]\s*)?({_NUMBER}){_UNIT}{_TIMES}({_NUMBER}){_UNIT}(?:{_TIMES}({_NUMBER}){_UNIT})?(?![\d.])")
_AT_LEAST = re.compile(rf"(?:≥|>=|>|大于|不小于|至少)\s*({_NUMBER})\s*(?P<unit>mm|毫米|cm|厘米|m|米)")
_PIECES = re.compile(r"(?<![\d.])(\d{1,7})\s*(?:件|个|套|只|台|pcs)(?!\w)")

_IN_MM = {None: 1.0, "mm": 1.0, "毫米": 1.0, "cm": 10.0, "厘米": 10.0, "m": 1000.0, "米": 1000.0}
SI_MM = 0.01
"""1 丝 = 1 条 = 0.01 mm."""


def find(text: str) -> Iterator[tuple[int, int, Asked]]:
    """Yield what figures ask, with their place in `text`; earlier kinds win where two readings overlap."""
    size = next((max(asked.figures) for _, _, asked in _sizes(text)), None)
    yield from _tolerances(text, size)
    yield from _sizes(text)
    for found in _PIECES.finditer(text):
        yield *found.span(), Asked("quantity", figures=(float(found[1]),), phrase=found[0].strip())


def _tolerances(text: str, size: float | None) -> Iterator[tuple[int, int, Asked]]:
    for found in _PLUS_MINUS.finditer(text):
        value = float(found["value"]) * (SI_MM if found["si"] else 1.0)
        if value > 0:
            yield *found.span(), Asked("tolerance", figures=(value,), phrase=found[0].strip())
    for found in _SI.finditer(text):
        yield *found.span(), Asked("tolerance", figures=(float(found["value"]) * SI_MM,), phrase=found[0].strip())
    for found in _GRADE.finditer(text):
        asked = of_grade(f"IT{found['grade']}", size or NOMINAL_MM, found[0].strip())
        if asked is not None:
            yield *found.span(), asked


def of_grade(grade: str, nominal: float, phrase: str = "") -> Asked | None:
    """Return a standard grade as the ± it means at a nominal size: half the width of its zone (ISO 286-1). None outside the standard."""
    try:
        width = vocabulary.it_value(grade, nominal)
    except vocabulary.OutsideTable:
        return None
    return Asked("tolerance", figures=(width / 2,), phrase=phrase, grade=grade, nominal=nominal)


def _sizes(text: str) -> Iterator[tuple[int, int, Asked]]:
    for found in _BOX.finditer(text):
        _, a, unit_a, b, unit_b, c, unit_c = found.groups()
        last = unit_c or unit_b
        sides = tuple(float(side) * _IN_MM[unit or last] for side, unit in ((a, unit_a), (b, unit_b), (c, unit_c)) if side)
        sides = (sides[0], *sides) if found["round"] and len(sides) == 2 else sides
        if all(sides):
            yield *found.span(), Asked("envelope", figures=sides, phrase=found[0].strip())
    for found in _AT_LEAST.finditer(text):
        yield *found.span(), Asked("envelope", figures=(float(found[1]) * _IN_MM[found["unit"]],), phrase=found[0].strip())
