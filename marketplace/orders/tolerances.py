"""Reading tolerances as people write them: ±0.02, 0.02, 2丝, IT7, H7, φ220H7. Pure."""

import math
import re
from dataclasses import dataclass

from gongchuang import vocabulary
from gongchuang.refusal import Refusal
from marketplace.orders import refused

FINEST_MM, COARSEST_MM = 0.0001, 50.0
SI = 0.01
"""1 丝 = 1 条 = 0.01 mm."""

_PLAIN = re.compile(r"^(?:±|\+/-|\+-)?(?P<figure>\d+(?:\.\d+)?)(?P<unit>mm|毫米|um|µm|μm|微米|丝|条)?$", re.IGNORECASE)
_GRADE = re.compile(r"^(?:[φΦ⌀∅]|直径)?(?P<size>\d+(?:\.\d+)?)?(?:IT(?P<it>0?\d{1,2})|(?P<letter>[A-Za-z]{1,2})(?P<grade>\d{1,2}))$", re.IGNORECASE)
_UNITS = {"um": 0.001, "µm": 0.001, "μm": 0.001, "微米": 0.001, "丝": SI, "条": SI}


@dataclass(frozen=True)
class Tolerance:
    """± mm, and how it was reckoned: the grade and the nominal size it was taken at."""

    mm: float
    grade: str | None = None
    nominal_mm: float | None = None


def _unreadable() -> Refusal:
    return Refusal("order.tolerance", refused.UNREADABLE, field="tolerance")


def read(text: str, longest_mm: float | None) -> Tolerance | None:
    """Return the tolerance typed, None where nothing was (未注公差).

    A grade needs a nominal size: the one written before it, else the part's longest side `longest_mm`; half the zone of ISO 286 is the ±.
    Refuses what cannot be read, grades without any size, and tolerances beyond ±0.0001 to ±50 mm.
    """
    plain = re.sub(r"\s", "", text).replace("＋", "+").replace("．", ".")
    if not plain:
        return None
    if match := _PLAIN.match(plain):
        mm = float(match["figure"]) * _UNITS.get((match["unit"] or "").lower(), 1.0)
        return Tolerance(_within(mm))
    if match := _GRADE.match(plain):
        grade = f"IT{int(match['it'] or match['grade'])}"
        nominal = float(match["size"]) if match["size"] else longest_mm
        if nominal is None:
            raise Refusal("order.tolerance_size", refused.SIZELESS, field="tolerance")
        try:
            return Tolerance(_within(vocabulary.it_value(grade, nominal) / 2), grade, nominal)
        except vocabulary.OutsideTable:
            raise Refusal(
                "order.tolerance_table",
                refused.OFF_TABLE,
                field="tolerance",
                grade=grade,
                nominal=f"{nominal:g}",
            ) from None
    raise _unreadable()


def _within(mm: float) -> float:
    if not math.isfinite(mm) or not FINEST_MM <= mm <= COARSEST_MM:
        raise Refusal("order.tolerance_range", refused.OUT_OF_RANGE, field="tolerance")
    return round(mm, 6)
