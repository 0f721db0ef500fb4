"""Triangles in millimetres and what is measured on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .unreadable import Unreadable

Points = NDArray[np.float64]
Triangles = NDArray[np.int64]

LARGEST_MM = 100_000.0
"""No part of a machine shop is longer than 100 m; a larger box means wrong units or a broken file."""
MOST_TRIANGLES = 4_000_000
CREASE = 0.86
"""Cosine of the angle (about 30°) from which two neighbouring faces meet in an edge rather than in a curve."""


@dataclass
class Mesh:
    """Merged points and the triangles between them, counterclockwise seen from outside."""

    points: Points
    triangles: Triangles

    def corners(self) -> NDArray[np.float64]:
        """Return the triangles as coordinates, shape (n, 3, 3)."""
        return self.points[self.triangles]

    def crosses(self) -> NDArray[np.float64]:
        """Return each triangle's normal, twice its area long."""
        a, b, c = (self.points[self.triangles[:, i]] for i in range(3))
        return np.cross(b - a, c - a)


def merged(corners: NDArray[np.float32] | NDArray[np.float64]) -> Mesh:
    """Join equal corners of loose triangles (shape n×3×3) and drop triangles without area; refuse what is not a body at all."""
    if not len(corners):
        raise Unreadable("geometry.empty")
    if not np.isfinite(corners).all():
        raise Unreadable("geometry.not_finite")
    flat = np.ascontiguousarray(corners, dtype=np.float32).reshape(-1, 3) + np.float32(0.0)
    _, first, inverse = np.unique(_hashes(flat), return_index=True, return_inverse=True)
    triangles = inverse.reshape(-1, 3).astype(np.int64)
    mesh = Mesh(flat[first].astype(np.float64), triangles[_distinct(triangles)])
    if not len(mesh.triangles):
        raise Unreadable("geometry.empty")
    sides = np.ptp(mesh.points, axis=0)
    if sides.max() > LARGEST_MM:
        raise Unreadable("geometry.too_large", longest_mm=round(float(sides.max())))
    if sides.max() < 1e-3:
        raise Unreadable("geometry.empty")
    return mesh


def _distinct(triangles: Triangles) -> NDArray[np.bool_]:
    a, b, c = triangles.T
    kept: NDArray[np.bool_] = (a != b) & (b != c) & (c != a)
    return kept


def _hashes(flat: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Mix the bits of three coordinates into one key; over a few million points a clash is less likely than a disk error."""
    bits = flat.view(np.uint32).astype(np.uint64)
    key = bits[:, 0] * np.uint64(0x9E3779B97F4A7C15)
    key ^= (bits[:, 1] + np.uint64(0x7F4A7C15)) * np.uint64(0xC2B2AE3D27D4EB4F)
    key ^= key >> np.uint64(29)
    key *= np.uint64(0xBF58476D1CE4E5B9)
    key ^= (bits[:, 2] + np.uint64(0x165667B1)) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> np.uint64(32))


@dataclass
class Edges:
    """Every side of every triangle, sorted so that the uses of one edge stand together."""

    keys: NDArray[np.int64]
    forward: NDArray[np.bool_]
    face: NDArray[np.int64]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]


def edges_of(mesh: Mesh) -> Edges:
    """Collect the edges of a mesh."""
    count = np.int64(len(mesh.points))
    ends = np.concatenate([mesh.triangles[:, [0, 1]], mesh.triangles[:, [1, 2]], mesh.triangles[:, [2, 0]]])
    keys = ends.min(axis=1) * count + ends.max(axis=1)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    counts = np.diff(np.append(starts, len(keys)))
    face = np.tile(np.arange(len(mesh.triangles)), 3)[order]
    return Edges(keys, (ends[:, 0] < ends[:, 1])[order], face, starts, counts)


def facts(mesh: Mesh) -> dict[str, object]:
    """Measure a mesh: box in mm, area in mm², volume in mm³, triangles, and whether it is closed.

    A mesh is closed when every edge is shared by an even number of faces, and its volume means something only when those faces also agree on what
    is inside (each edge walked as often one way as the other). Otherwise the volume is left out: a figure would be wrong.
    """
    crosses = mesh.crosses()
    low = mesh.points.min(axis=0)
    edges = edges_of(mesh)
    closed = bool((edges.counts % 2 == 0).all())
    agreed = closed and bool((np.add.reduceat(np.where(edges.forward, 1, -1), edges.starts) == 0).all())
    volume = abs(float(np.einsum("ij,ij->i", mesh.points[mesh.triangles[:, 0]] - low, crosses).sum()) / 6)
    box = [round(float(side), 3) for side in np.ptp(mesh.points, axis=0)]
    solid = agreed and volume > 1e-6 * max(float(np.prod(np.maximum(box, 1e-9))), 1e-9)
    return {
        "box_mm": box,
        "area_mm2": round(float(np.linalg.norm(crosses, axis=1).sum()) / 2, 2),
        "volume_mm3": round(volume, 2) if solid else None,
        "watertight": closed,
        "consistent": agreed,
        "triangles": len(mesh.triangles),
    }


def decimated(mesh: Mesh, most: int) -> Mesh:
    """Thin a mesh to at most about `most` triangles by joining the points within each cell of a grid: for looking at, never for measuring."""
    if len(mesh.triangles) <= most:
        return mesh
    size = float(np.ptp(mesh.points, axis=0).max())
    cells, best = 512, mesh
    while cells >= 8:
        best = _clustered(mesh, size / cells)
        if len(best.triangles) <= most:
            return best
        cells = min(int(cells * 0.8), max(8, int(cells * (most / len(best.triangles)) ** 0.5)))
    return best


def _clustered(mesh: Mesh, cell: float) -> Mesh:
    grid = np.floor((mesh.points - mesh.points.min(axis=0)) / cell).astype(np.int64)
    keys = (grid[:, 0] << 42) | (grid[:, 1] << 21) | grid[:, 2]
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    points = np.stack([np.bincount(inverse, weights=mesh.points[:, i]) / counts for i in range(3)], axis=1)
    triangles = inverse[mesh.triangles]
    triangles = triangles[_distinct(triangles)]
    turned = np.take_along_axis(triangles, (triangles.argmin(axis=1)[:, None] + np.arange(3)) % 3, axis=1)
    return Mesh(points, np.unique(turned, axis=0))


def corner_normals(mesh: Mesh) -> NDArray[np.float64]:
    """Return a normal for each corner (n×3×3): faces meeting in a curve share one, faces meeting in an edge keep their own."""
    crosses = mesh.crosses()
    unit = crosses / np.maximum(np.linalg.norm(crosses, axis=1, keepdims=True), 1e-30)
    normals = np.repeat(unit[:, None, :], 3, axis=1).reshape(-1, 3)
    vertex = mesh.triangles.ravel()
    face = np.repeat(np.arange(len(mesh.triangles)), 3)
    order = np.argsort(vertex, kind="stable")
    starts = np.searchsorted(vertex[order], np.arange(len(mesh.points) + 1))
    valence = np.diff(starts)
    for count in np.unique(valence[(valence > 1) & (valence <= 48)]):
        for chosen in np.array_split(np.flatnonzero(valence == count), 1 + int((valence == count).sum() * count * count // 2_000_000)):
            ring = order[starts[chosen][:, None] + np.arange(count)]
            own, weighted = unit[face[ring]], crosses[face[ring]]
            near = np.einsum("vik,vjk->vij", own, own) > CREASE
            summed = np.einsum("vij,vjk->vik", near, weighted)
            normals[ring.ravel()] = summed.reshape(-1, 3)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    return normals.reshape(-1, 3, 3)
