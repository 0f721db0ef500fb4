"""Bent sheet-metal parts as binary STL, for the briefs of the demo's design tasks: a profile of straight legs, one thickness, extruded."""

from itertools import pairwise
from math import hypot
from struct import pack

Point = tuple[float, float]
Corner = tuple[float, float, float]

HOOD = ((0.0, 0.0), (0.0, 210.0), (160.0, 380.0), (620.0, 380.0), (780.0, 210.0), (780.0, 0.0))
"""The cutter hood's section: two skirts, two slopes, a roof."""
GUARD = ((0.0, 0.0), (0.0, 90.0), (60.0, 130.0), (420.0, 130.0), (480.0, 90.0), (480.0, 0.0))
TANK_WALL = ((0.0, 0.0), (40.0, 0.0), (40.0, 520.0), (860.0, 520.0), (860.0, 0.0), (900.0, 0.0))


def bent(profile: tuple[Point, ...], thickness: float, length: float) -> bytes:
    """Return a closed STL of a sheet of `thickness` bent along `profile` (its outer side, in mm) and `length` long."""
    outer = [(x, 0.0, z) for x, z in profile]
    inner = [(x, 0.0, z) for x, z in _offset(profile, thickness)]
    ring = [*outer, *reversed(inner)]
    far = [(x, length, z) for x, _, z in ring]
    count, half = len(ring), len(profile)
    triangles = [side for i in range(count) for side in _quad(ring[i], ring[(i + 1) % count], far[(i + 1) % count], far[i])]
    for i in range(half - 1):
        near = (ring[i], ring[count - 1 - i], ring[count - 2 - i], ring[i + 1])
        triangles += _quad(*near)
        triangles += _quad(*((x, length, z) for x, _, z in reversed(near)))
    return b"gongchuang demo".ljust(80) + pack("<I", len(triangles)) + b"".join(_facet(*t) for t in triangles)


def _offset(profile: tuple[Point, ...], by: float) -> list[Point]:
    """Return the profile moved to its right by `by`, corners mitred."""
    legs = list(pairwise(profile))
    normals = [((z1 - z0) / hypot(x1 - x0, z1 - z0), -(x1 - x0) / hypot(x1 - x0, z1 - z0)) for (x0, z0), (x1, z1) in legs]
    moved = []
    for i, (x, z) in enumerate(profile):
        (ax, az), (bx, bz) = normals[max(i - 1, 0)], normals[min(i, len(normals) - 1)]
        shared = by / (1 + ax * bx + az * bz)
        moved.append((x + (ax + bx) * shared, z + (az + bz) * shared))
    return moved


def _quad(a: Corner, b: Corner, c: Corner, d: Corner) -> list[tuple[Corner, Corner, Corner]]:
    return [(a, b, c), (a, c, d)]


def _facet(a: Corner, b: Corner, c: Corner) -> bytes:
    u, v = [b[i] - a[i] for i in range(3)], [c[i] - a[i] for i in range(3)]
    normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]
    size = hypot(*normal) or 1.0
    return pack("<12fH", *(n / size for n in normal), *a, *b, *c, 0)
