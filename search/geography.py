"""Distances on the globe."""

from math import asin, cos, radians, sin, sqrt

from search.documents.document import Place

EARTH_KM = 6371.0
KM_PER_DEGREE = 111.195


def distance_km(one: Place, other: Place) -> float:
    """Return the great-circle distance in kilometres (haversine)."""
    north = radians(other.latitude - one.latitude)
    east = radians(other.longitude - one.longitude)
    part = sin(north / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(part)))


def box(centre: Place, km: float) -> tuple[float, float, float, float]:
    """Return south, north, west, east of a box that holds every point within `km` (clipped, never wrapped: China lies off the date line)."""
    high = km / KM_PER_DEGREE
    wide = high / max(0.01, cos(radians(min(89.0, abs(centre.latitude) + high))))
    return max(-90.0, centre.latitude - high), min(90.0, centre.latitude + high), max(-180.0, centre.longitude - wide), min(180.0, centre.longitude + wide)
