"""Draws a mesh as a picture: steel faces, ink edges, soft shade in pockets. No window system, no graphics card, only arrays.

Triangles are cut into fragments, the nearest fragment of each dot wins; feature edges are drawn where they are not hidden; everything is drawn
twice too large and averaged down, which is the antialiasing.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .mesh import CREASE, Mesh, corner_normals, edges_of

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

OVERSAMPLING = 2
PAPER = np.array([241, 245, 246], dtype=np.float64)
INK = np.array([16, 36, 43], dtype=np.float64)
SHADE = np.array([34, 66, 77], dtype=np.float64)
STEEL = np.array([139, 170, 180], dtype=np.float64)
LIGHT = np.array([236, 243, 245], dtype=np.float64)
EYE = np.array([0.62, -0.98, 0.62])
KEY_LIGHT = np.array([-0.25, -0.55, 0.95])
CHUNK = 1_500_000
"""Fragments drawn at once: about 100 MB of arrays."""


def draw(mesh: Mesh, thumbnail: Path, preview: Path, width: int, height: int) -> None:
    """Draw the mesh from the usual corner (front, right, above): a preview of this size and a thumbnail half as wide."""
    drawn = _drawn(mesh, width, height)
    Image.fromarray(drawn).save(preview, format="WEBP", quality=86, method=4)
    small = Image.fromarray(drawn).resize((width // 2, height // 2), Image.Resampling.BOX)
    small.quantize(128, dither=Image.Dither.FLOYDSTEINBERG).save(thumbnail, format="PNG", optimize=True)


def _drawn(thin: Mesh, width: int, height: int) -> NDArray[np.uint8]:
    wide, tall = width * OVERSAMPLING, height * OVERSAMPLING
    axes = _axes()
    placed = thin.points @ axes.T
    flat, scale = _fitted(placed, wide, tall)
    corners = corner_normals(thin)
    depth, colour = _fill(flat, thin.triangles, corners, wide, tall)
    colour *= _occlusion(depth, scale * float(np.ptp(placed, axis=0).max()))[..., None]
    colour[depth == -np.inf] = PAPER
    _draw_edges(thin, flat, depth, colour, axes[2])
    small = colour.reshape(height, OVERSAMPLING, width, OVERSAMPLING, 3).mean(axis=(1, 3))
    picture: NDArray[np.uint8] = np.clip(small + 0.5, 0, 255).astype(np.uint8)
    return picture


def _axes() -> Floats:
    towards = EYE / np.linalg.norm(EYE)
    right = np.cross([0.0, 0.0, 1.0], towards)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(towards, right), towards])


def _fitted(placed: Floats, wide: int, tall: int) -> tuple[Floats, float]:
    low, high = placed.min(axis=0), placed.max(axis=0)
    span = np.maximum(high - low, 1e-9)
    scale = min(wide * 0.86 / span[0], tall * 0.84 / span[1])
    middle = (low + high) / 2
    flat = np.empty_like(placed)
    flat[:, 0] = (placed[:, 0] - middle[0]) * scale + wide / 2
    flat[:, 1] = tall / 2 - (placed[:, 1] - middle[1]) * scale
    flat[:, 2] = (placed[:, 2] - middle[2]) * scale
    return flat, float(scale)


def _fill(flat: Floats, triangles: Whole, normals: Floats, wide: int, tall: int) -> tuple[Floats, Floats]:
    """Rasterise; returns the depth (larger is nearer) and the lit colour of each dot."""
    depth = np.full(wide * tall, -np.inf)
    colour = np.empty((wide * tall, 3))
    corners = flat[triangles]
    for tri, y, first, count in _spans(corners, wide, tall):
        which = np.repeat(np.arange(len(tri)), count)
        x = first[which] + np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        dots = y[which] * wide + x
        shares = _shares(corners[tri[which]], x + 0.5, y[which] + 0.5)
        z = np.einsum("ij,ij->i", shares, corners[tri[which], :, 2])
        order = np.argsort(z, kind="stable")
        order = order[z[order] > depth[dots[order]]]
        last = np.full(wide * tall, -1, dtype=np.int64)
        last[dots[order]] = order
        won = last[last >= 0]
        depth[dots[won]] = z[won]
        colour[dots[won]] = _lit(np.einsum("ij,ijk->ik", shares[won], normals[tri[which[won]]]))
    return depth.reshape(tall, wide), colour.reshape(tall, wide, 3)


def _shares(corners: Floats, x: NDArray[np.floating], y: NDArray[np.floating]) -> Floats:
    """Return how much each corner counts at (x, y): barycentric coordinates."""
    (ax, ay), (bx, by), (cx, cy) = (corners[:, i, :2].T for i in range(3))
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    u = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / area
    v = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / area
    return np.stack([u, v, 1 - u - v], axis=1)


def _spans(corners: Floats, wide: int, tall: int) -> Iterator[tuple[Whole, Whole, Whole, Whole]]:
    """Yield (triangle, row, first column, how many) of the dots whose centre lies in a triangle, about CHUNK dots at a time."""
    one, other = corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2]
    area = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    top = np.clip(np.ceil(corners[:, :, 1].min(axis=1) - 0.5), 0, tall).astype(np.int64)
    rows = np.clip(np.ceil(corners[:, :, 1].max(axis=1) - 0.5), 0, tall).astype(np.int64) - top
    seen = np.flatnonzero((np.abs(area) > 1e-6) & (rows > 0))
    width = np.ptp(corners[seen, :, 0], axis=1) + 1
    total = np.cumsum(rows[seen] * width / 2)
    for part in np.split(seen, np.unique(np.searchsorted(total, np.arange(CHUNK, total[-1], CHUNK))) if len(total) else []):
        tri = np.repeat(part, rows[part])
        y = top[tri] + np.arange(len(tri)) - np.repeat(np.cumsum(rows[part]) - rows[part], rows[part])
        low, high = _reach(corners[tri], y + 0.5)
        first = np.clip(np.ceil(low - 0.5), 0, wide).astype(np.int64)
        count = np.clip(np.ceil(high - 0.5), 0, wide).astype(np.int64) - first
        kept = count > 0
        yield tri[kept], y[kept], first[kept], count[kept]


def _reach(corners: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return from where to where each triangle covers the line at height y."""
    low, high = np.full(len(y), np.inf), np.full(len(y), -np.inf)
    for i in range(3):
        (ax, ay), (bx, by) = corners[:, i, :2].T, corners[:, (i + 1) % 3, :2].T
        crossing = (np.minimum(ay, by) <= y) & (y < np.maximum(ay, by))
        x = ax + (y - ay) / np.where(crossing, by - ay, 1.0) * (bx - ax)
        low = np.where(crossing, np.minimum(low, x), low)
        high = np.where(crossing, np.maximum(high, x), high)
    return low, high


def _lit(normals: Floats) -> Floats:
    unit = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    eye = _axes()[2]
    facing = unit @ eye
    unit = np.where(facing[:, None] < 0, -unit, unit)
    key = np.maximum(unit @ (KEY_LIGHT / np.linalg.norm(KEY_LIGHT)), 0)
    half = KEY_LIGHT / np.linalg.norm(KEY_LIGHT) + eye
    shine = np.maximum(unit @ (half / np.linalg.norm(half)), 0) ** 24
    level = np.clip(0.16 + 0.62 * key + 0.22 * np.abs(facing) + 0.12 * unit[:, 2], 0, 1)[:, None]
    tone = np.where(level < 0.5, SHADE + (STEEL - SHADE) * level * 2, STEEL + (LIGHT - STEEL) * (level - 0.5) * 1.5)
    lit: Floats = tone + (255 - tone) * 0.35 * shine[:, None]
    return lit


def _blurred(values: Floats, reach: int) -> Floats:
    for axis in (0, 1):
        padded = np.pad(values, [(reach + 1, reach) if i == axis else (0, 0) for i in (0, 1)], mode="edge")
        summed = np.cumsum(padded, axis=axis)
        count = values.shape[axis]
        upper = np.take(summed, np.arange(2 * reach + 1, 2 * reach + 1 + count), axis=axis)
        values = (upper - np.take(summed, np.arange(count), axis=axis)) / (2 * reach + 1)
    return values


def _occlusion(depth: Floats, size: float) -> Floats:
    """Darken dots whose neighbourhood stands in front of them: pockets, bores, inner corners."""
    drawn = depth > -np.inf
    shade = np.ones_like(depth)
    for reach, share in ((6, 0.16), (24, 0.26)):
        weight = _blurred(drawn.astype(np.float64), reach)
        around = _blurred(np.where(drawn, depth, 0.0), reach) / np.maximum(weight, 1e-6)
        behind = np.clip((around - np.where(drawn, depth, 0.0)) / (size * reach / 400), 0, 1)
        shade -= share * np.where(drawn, behind, 0.0)
    return shade


def _draw_edges(mesh: Mesh, flat: Floats, depth: Floats, colour: Floats, eye: Floats) -> None:
    """Ink the edges of the part and its outline wherever nothing stands in front."""
    edges = edges_of(mesh)
    crosses = mesh.crosses()
    unit = crosses / np.maximum(np.linalg.norm(crosses, axis=1, keepdims=True), 1e-30)
    pairs = np.flatnonzero(edges.counts == 2)
    first, second = edges.face[edges.starts[pairs]], edges.face[edges.starts[pairs] + 1]
    facing = unit @ eye
    sharp = (np.einsum("ij,ij->i", unit[first], unit[second]) < CREASE) | ((facing[first] > 0) != (facing[second] > 0))
    keys = edges.keys[edges.starts[np.concatenate([pairs[sharp], np.flatnonzero(edges.counts != 2)])]]
    a, b = flat[keys // len(mesh.points)], flat[keys % len(mesh.points)]
    if len(keys) > 200_000:
        return
    steps = np.clip(np.ceil(np.abs(b - a)[:, :2].max(axis=1)), 1, 4000).astype(np.int64) + 1
    which = np.repeat(np.arange(len(keys)), steps)
    share = (np.arange(len(which)) - np.repeat(np.cumsum(steps) - steps, steps)) / np.maximum(steps[which] - 1, 1)
    dots = a[which] + (b - a)[which] * share[:, None]
    tall, wide = depth.shape
    x, y = np.floor(dots[:, 0]).astype(np.int64), np.floor(dots[:, 1]).astype(np.int64)
    ok = (x >= 1) & (y >= 1) & (x < wide - 1) & (y < tall - 1)
    x, y, z = x[ok], y[ok], dots[ok, 2]
    nearest = np.min([depth[y + dy, x + dx] for dx, dy in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))], axis=0)
    visible = z >= nearest - 2.5
    ink = np.zeros(depth.shape, dtype=bool)
    ink[y[visible], x[visible]] = True
    spread = ink.copy()
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        spread |= np.roll(ink, (dy, dx), axis=(0, 1))
    colour[spread] = colour[spread] * 0.18 + INK * 0.82
