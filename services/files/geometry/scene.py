"""Reads the triangles of a GLB (glTF 2.0 binary) as cascadio writes it: every mesh where its node places it. Nothing of it is trusted."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .unreadable import Unreadable

Floats = NDArray[np.float64]

INDICES: dict[int, np.dtype[Any]] = {5121: np.dtype("u1"), 5123: np.dtype("<u2"), 5125: np.dtype("<u4")}
FLOAT, TRIANGLES, DEEPEST = 5126, 4, 64


def triangles(path: Path, most: int) -> Floats:
    """Return all triangles as coordinates (n×3×3), in the file's own unit. Refuses more than `most`."""
    data = path.read_bytes()
    try:
        return _Scene(data, most).corners()
    except (KeyError, IndexError, TypeError, ValueError, struct.error) as error:
        raise Unreadable("step.no_body") from error


class _Scene:
    def __init__(self, data: bytes, most: int) -> None:
        magic, version, _ = struct.unpack_from("<4sII", data)
        length, kind = struct.unpack_from("<I4s", data, 12)
        if magic != b"glTF" or version != 2 or kind != b"JSON":
            raise ValueError("not a GLB")
        self.described: dict[str, Any] = json.loads(data[20 : 20 + length])
        self.blob = data[28 + length :]
        self.most = most
        self.found: list[Floats] = []
        self.count = 0

    def corners(self) -> Floats:
        scene = self.described["scenes"][self.described.get("scene", 0)]
        for node in scene.get("nodes", ()):
            self._walk(node, np.eye(4), 0)
        return np.concatenate(self.found) if self.found else np.empty((0, 3, 3))

    def _walk(self, number: int, parent: Floats, depth: int) -> None:
        if depth > DEEPEST:
            raise ValueError("nodes hang in a circle")
        node = self.described["nodes"][number]
        placed = parent @ _placement(node)
        if "mesh" in node:
            for primitive in self.described["meshes"][node["mesh"]]["primitives"]:
                self._take(primitive, placed)
        for child in node.get("children", ()):
            self._walk(child, placed, depth + 1)

    def _take(self, primitive: dict[str, Any], placed: Floats) -> None:
        if primitive.get("mode", TRIANGLES) != TRIANGLES:
            return
        points = self._read(primitive["attributes"]["POSITION"], np.dtype("<f4"), 3).astype(np.float64)
        index = self._read(primitive["indices"], None, 1).ravel().astype(np.int64)
        self.count += len(index) // 3
        if self.count > self.most:
            raise Unreadable("geometry.too_many_triangles", triangles=self.count, most=self.most)
        moved = points @ placed[:3, :3].T + placed[:3, 3]
        self.found.append(moved[index[: len(index) // 3 * 3]].reshape(-1, 3, 3))

    def _read(self, number: int, kind: np.dtype[Any] | None, width: int) -> NDArray[Any]:
        accessor = self.described["accessors"][number]
        view = self.described["bufferViews"][accessor["bufferView"]]
        if kind is None:
            kind = INDICES[accessor["componentType"]]
        elif accessor["componentType"] != FLOAT:
            raise ValueError("coordinates are not floats")
        if view.get("byteStride", kind.itemsize * width) != kind.itemsize * width:
            raise ValueError("interleaved")
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        return np.frombuffer(self.blob, kind, accessor["count"] * width, start).reshape(-1, width)


def _placement(node: dict[str, Any]) -> Floats:
    """Return a node's 4×4 matrix: given whole (by columns), or as translation, rotation (a quaternion) and scale."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    turned = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    placed = np.eye(4)
    placed[:3, :3] = turned * np.array(node.get("scale", (1.0, 1.0, 1.0)))
    placed[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return placed
