"""STEP through cascadio (OpenCASCADE), which answers as a GLB in metres and may hang or crash: hence the child process and its limits."""

import tempfile
from pathlib import Path

import cascadio
import numpy as np

from . import scene
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
    linear, angular = (0.02, 0.08) if size < 1_000_000 else (0.05, 0.15) if size < 4_000_000 else (0.1, 0.3)
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
    metres = scene.triangles(glb, MOST_TRIANGLES)
    if not len(metres):
        raise Unreadable("step.no_body")
    # Neighbouring faces of one body carry the same points; a hundredth of a micrometre joins them after the change of unit.
    return merged(np.round(metres * 1000.0, 5))
