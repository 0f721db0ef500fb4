"""Wavefront OBJ: points and faces only; materials and textures are never followed, for they name other files."""

from pathlib import Path

import numpy as np

from .mesh import MOST_TRIANGLES, Mesh, merged
from .unreadable import Unreadable


def read(path: Path) -> Mesh:
    """Read an OBJ file; polygons are cut into fans, indices may count from the end."""
    points: list[tuple[float, float, float]] = []
    faces: list[tuple[int, int, int]] = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            words = line.split()
            if len(words) >= 4 and words[0] == "v":
                points.append(_point(words))
            elif len(words) >= 4 and words[0] == "f":
                corners = [_index(word, len(points)) for word in words[1:]]
                faces += [(corners[0], corners[i], corners[i + 1]) for i in range(1, len(corners) - 1)]
            if len(faces) > MOST_TRIANGLES:
                raise Unreadable("geometry.too_many_triangles", triangles=len(faces), most=MOST_TRIANGLES)
    if not faces:
        raise Unreadable("geometry.empty")
    return merged(np.array(points)[np.array(faces)])


def _point(words: list[str]) -> tuple[float, float, float]:
    try:
        return (float(words[1]), float(words[2]), float(words[3]))
    except ValueError as error:
        raise Unreadable("obj.broken") from error


def _index(word: str, count: int) -> int:
    try:
        number = int(word.partition("/")[0])
    except ValueError as error:
        raise Unreadable("obj.broken") from error
    place = number - 1 if number > 0 else count + number
    if not 0 <= place < count:
        raise Unreadable("obj.broken")
    return place
