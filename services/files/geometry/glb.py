"""Writes a mesh as GLB (glTF 2.0 binary) for the viewer: one steel material, smooth where the part is round, in metres and y up as the format asks."""

import json
from pathlib import Path

import numpy as np

from .mesh import Mesh, corner_normals

STEEL = {"baseColorFactor": [0.56, 0.66, 0.69, 1.0], "metallicFactor": 0.35, "roughnessFactor": 0.5}
MATERIAL = {"name": "steel", "doubleSided": True, "pbrMetallicRoughness": STEEL}


def write(mesh: Mesh, path: Path) -> None:
    """Write the mesh; equal corners (same place and same normal) are stored once."""
    normals = corner_normals(mesh).reshape(-1, 3)
    quantised = np.round(normals * 127).astype(np.int64) + 127
    keys = ((mesh.triangles.ravel() << 24) | (quantised[:, 0] << 16) | (quantised[:, 1] << 8)) | quantised[:, 2]
    _, first, index = np.unique(keys, return_index=True, return_inverse=True)
    centre = (mesh.points.min(axis=0) + mesh.points.max(axis=0)) / 2
    places = _upright((mesh.points[mesh.triangles.ravel()[first]] - centre) / 1000.0)
    path.write_bytes(_container(places, _upright(normals[first]), index.astype(np.uint32)))


def _upright(vectors: np.ndarray) -> np.ndarray:
    """Turn z up, as drawn in a workshop, into y up, as glTF has it."""
    return np.ascontiguousarray(np.stack([vectors[:, 0], vectors[:, 2], -vectors[:, 1]], axis=1), dtype="<f4")


def _container(places: np.ndarray, normals: np.ndarray, index: np.ndarray) -> bytes:
    blob = places.tobytes() + normals.tobytes() + index.tobytes()
    views = [
        {"buffer": 0, "byteOffset": 0, "byteLength": places.nbytes, "target": 34962},
        {"buffer": 0, "byteOffset": places.nbytes, "byteLength": normals.nbytes, "target": 34962},
        {"buffer": 0, "byteOffset": places.nbytes + normals.nbytes, "byteLength": index.nbytes, "target": 34963},
    ]
    low, high = places.min(axis=0).tolist(), places.max(axis=0).tolist()
    described = {
        "asset": {"version": "2.0", "generator": "gongchuang"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1}, "indices": 2, "material": 0}]}],
        "materials": [MATERIAL],
        "buffers": [{"byteLength": len(blob)}],
        "bufferViews": views,
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(places), "type": "VEC3", "min": low, "max": high},
            {"bufferView": 1, "componentType": 5126, "count": len(normals), "type": "VEC3"},
            {"bufferView": 2, "componentType": 5125, "count": len(index), "type": "SCALAR"},
        ],
    }
    text = json.dumps(described, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    blob += b"\0" * (-len(blob) % 4)
    total = 12 + 8 + len(text) + 8 + len(blob)
    word = [part.to_bytes(4, "little") for part in (2, total, len(text), len(blob))]
    return b"glTF" + word[0] + word[1] + word[2] + b"JSON" + text + word[3] + b"BIN\0" + blob
