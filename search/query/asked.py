"""What a searcher asks, one filter at a time, and what it demands of an offer or of a need. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.documents.codes import SCHEMES, upward
from search.documents.document import Side
from search.engines.clauses import AtLeast, AtMost, Clause, Has, every

CODED = ("process", "material", "region", "certificate", "skill", "industry", "park", "week", "budget")
"""Filters whose values are codes; several values of one filter are alternatives."""
MEASURED = ("tolerance", "envelope", "quantity")
"""Filters whose values are figures."""

SIDE_FIELDS = ("side_a", "side_b", "side_c")


@dataclass(frozen=True, slots=True)
class Asked:
    """One filter. `values` are codes, or figures in mm or pieces; `phrase` is how it was typed (empty when chosen from a list)."""

    field: str
    values: tuple[str, ...] = ()
    figures: tuple[float, ...] = ()
    phrase: str = ""
    grade: str = ""
    """For a tolerance typed as a standard grade (IT7): the grade; the figure is its value at `nominal`."""
    nominal: float | None = None


def clause_of(asked: Asked, side: Side) -> Clause:
    """Return what a filter demands of documents of `side`.

    The searcher of offers names a part: the machine must be at least as large and as fine. The searcher of needs names a machine: the part
    must be no larger and ask no finer.
    """
    offers = side is Side.OFFER
    match asked.field:
        case "tolerance":
            return AtMost("tolerance", asked.figures[0] + 1e-9) if offers else AtLeast("tolerance", asked.figures[0] - 1e-9)
        case "envelope":
            sides = sorted(asked.figures, reverse=True)
            return every(*(AtLeast(name, size) if offers else AtMost(name, size) for name, size in zip(SIDE_FIELDS, sides, strict=False)))
        case "quantity":
            return AtMost("quantity_min", asked.figures[0]) if offers else AtLeast("quantity_max", asked.figures[0])
        case field:
            return Has(field, frozenset(asked.values))


def merged(asked: Sequence[Asked]) -> dict[str, list[Asked]]:
    """Return the filters by field, in order of first mention."""
    found: dict[str, list[Asked]] = {}
    for each in asked:
        found.setdefault(each.field, []).append(each)
    return found


def alternatives(asked: Sequence[Asked]) -> Asked:
    """Return several codes of one field as one filter; of figures the last one said counts. 线切割 beside 慢走丝, 陕西 beside 西安: the narrower is meant."""
    field = asked[0].field
    if field in MEASURED:
        return asked[-1]
    values = tuple(dict.fromkeys(value for each in asked for value in each.values))
    if field not in SCHEMES:
        return Asked(field, values)
    wider = {above for value in values for above in upward(field, value)[1:]}
    return Asked(field, tuple(value for value in values if value not in wider))


def as_clauses(asked: Sequence[Asked], side: Side) -> Mapping[str, Clause]:
    """Return one clause for each field asked."""
    return {field: clause_of(alternatives(each), side) for field, each in merged(asked).items()}
