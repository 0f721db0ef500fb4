"""STEP through cascadio (OpenCASCADE), which answers as a GLB in metres and may hang or crash: hence the child process and its limits."""

import tempfile
from pathlib import Path

import cascadio
import numpy as np
import trimesh

from .mesh import MOST_TRIANGLES, Mesh, merged
from .unreadable import Unreadable

LARGEST_BYTES = 48 * 1024 * 1024
"""22 MB took 17 s and 0.94 GiB when measured: what is larger never finishes within the limits, and is refused before trying."""


def read(path: Path) -> Mesh:
    """Read a STEP file into a mesh in millimetres; all bodies of an assembly together, where they stand."""
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise Unreadable("step.too_large", megabytes=round(size / 1_048_576), most=LARGEST_BYTES // 1_048_576)
    if b"END-ISO-10303-21" not in _tail(path):
        raise Unreadable("step.truncated")
    linear, angular = (0.02, 0.08) if size < 1_000_000 else (0.05, 0.15) if size < 6_000_000 else (0.2, 0.4)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        glb = Path(folder) / "step.glb"
        cascadio.step_to_glb(str(path), str(glb), tol_linear=linear, tol_angular=angular, use_parallel=False)
        if not glb.exists() or glb.stat().st_size < 100:
            raise Unreadable("step.no_body")
        return _millimetres(glb)


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 4096, 0))
        return file.read()


def _millimetres(glb: Path) -> Mesh:
    scene = trimesh.load(glb, file_type="glb", process=False)
    whole = scene.to_mesh() if isinstance(scene, trimesh.Scene) else scene
    if not isinstance(whole, trimesh.Trimesh) or not len(whole.faces):
        raise Unreadable("step.no_body")
    if len(whole.faces) > MOST_TRIANGLES:
        raise Unreadable("geometry.too_many_triangles", triangles=len(whole.faces), most=MOST_TRIANGLES)
    # Neighbouring faces of one body carry the same points; a thousandth of a micrometre joins them after the change of unit.
    corners = np.round(np.asarray(whole.vertices)[np.asarray(whole.faces)] * 1000.0, 5)
    return merged(corners)
