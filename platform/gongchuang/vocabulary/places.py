"""Where regions lie."""

from functools import cache
from math import asin, cos, radians, sin, sqrt

from .files import rows
from .terms import Term, ancestors, known, term

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""


@cache
def _places() -> dict[str, tuple[float, float]]:
    return {row["code"]: (float(row["latitude"]), float(row["longitude"])) for row in rows("places")}


def region_path(code: str) -> tuple[Term, ...]:
    """Return the region and what it lies in, widest first: 陕西省, 西安市, 雁塔区."""
    return (*reversed(ancestors("regions", code)), term("regions", code))


def place(code: str) -> tuple[float, float] | None:
    """Return approximate latitude and longitude of a region's seat (two decimals, about 1 km), or of the city it lies in; None when unknown.

    A province as a whole has no place: a distance to it would say nothing. (Municipalities are cities.)
    """
    if not known("regions", code):
        return None
    for found in reversed(region_path(code)):
        if found.code in _places():
            return _places()[found.code]
    return None


def kilometres(region_a: str, region_b: str) -> float | None:
    """Return the great-circle distance between two regions' seats (haversine), None when one's place is unknown."""
    a, b = place(region_a), place(region_b)
    if a is None or b is None:
        return None
    (latitude_a, longitude_a), (latitude_b, longitude_b) = a, b
    north, east = radians(latitude_b - latitude_a), radians(longitude_b - longitude_a)
    chord = sin(north / 2) ** 2 + cos(radians(latitude_a)) * cos(radians(latitude_b)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(chord))
