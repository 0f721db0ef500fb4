"""Standard tolerance grades for linear sizes, ISO 286-1:2010 table 1 (GB/T 1800.1-2020)."""

from functools import cache

from .files import number, rows


class OutsideTable(ValueError):
    """A grade or a nominal size for which the standard gives no value."""


@cache
def _table() -> tuple[tuple[float, dict[str, float]], ...]:
    """Return the rows in order: the largest nominal size (mm) and the tolerance of each grade (mm; the file holds micrometres)."""
    held = []
    for row in rows("it_grades"):
        grades = {name: value / 1000 for name, cell in row.items() if name.startswith("IT") and (value := number(cell)) is not None}
        held.append((float(row["up_to_mm"]), grades))
    return tuple(held)


def it_value(grade: str, nominal_mm: float) -> float:
    """Return the width of the tolerance zone in mm of `grade` (IT01, IT0, IT1 … IT18) at a nominal size of 0 < size ≤ 3150 mm.

    Raises `OutsideTable` for other sizes, unknown grades, IT01 and IT0 above 500 mm, and grades from IT14 on up to 1 mm, as the standard says.
    """
    coarse_on_tiny = nominal_mm <= 1 and grade in ("IT14", "IT15", "IT16", "IT17", "IT18")
    if not 0 < nominal_mm <= _table()[-1][0] or coarse_on_tiny:
        raise OutsideTable(f"{grade} at {nominal_mm} mm")
    grades = next(held for up_to, held in _table() if nominal_mm <= up_to)
    if grade not in grades:
        raise OutsideTable(f"{grade} at {nominal_mm} mm")
    return grades[grade]


def it_grade(width_mm: float, nominal_mm: float) -> str | None:
    """Return the coarsest grade whose zone is no wider than `width_mm` at that size (±0.01 is a width of 0.02), None when it is finer than every grade."""
    if not 0 < nominal_mm <= _table()[-1][0]:
        raise OutsideTable(f"{nominal_mm} mm")
    grades = next(held for up_to, held in _table() if nominal_mm <= up_to)
    fitting = [grade for grade, value in grades.items() if value <= width_mm + 1e-9]
    return fitting[-1] if fitting else None
