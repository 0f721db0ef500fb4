"""STL, binary and ASCII. The format carries no unit; workshops mean millimetres, and the facts say that this was assumed."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .mesh import MOST_TRIANGLES, Mesh, merged
from .unreadable import Unreadable

RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
VERTEX = re.compile(rb"vertex\s+(\S+)\s+(\S+)\s+(\S+)", re.IGNORECASE)
BEGUN = re.compile(rb"\bfacet\s+normal\b", re.IGNORECASE)
FACET = re.compile(rb"\bendfacet\b", re.IGNORECASE)
TRAILER = 4096
"""Some exporters append a colour block after the last triangle; more than this is not a trailer."""


def read(path: Path) -> Mesh:
    """Read an STL file; what it claims is checked against its size before anything is allocated."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(84)
    claimed = int.from_bytes(head[80:84], "little") if len(head) == 84 else 0
    fits = max(size - 84, 0) // RECORD.itemsize
    if _is_ascii(path, head) and (len(head) < 84 or claimed != fits):
        return merged(_ascii(path))
    if claimed > fits or len(head) < 84:
        raise Unreadable("stl.truncated", claimed=claimed, fits=fits)
    if size - 84 - claimed * RECORD.itemsize > TRAILER:
        raise Unreadable("stl.wrong_count", claimed=claimed, fits=fits)
    if claimed > MOST_TRIANGLES:
        raise Unreadable("geometry.too_many_triangles", triangles=claimed, most=MOST_TRIANGLES)
    records: NDArray[np.void] = np.fromfile(path, dtype=RECORD, count=claimed, offset=84)
    return merged(records["corners"])


def _is_ascii(path: Path, head: bytes) -> bool:
    if not head.lstrip().lower().startswith(b"solid"):
        return False
    with path.open("rb") as file:
        return b"facet" in file.read(4096).lower()


def _ascii(path: Path) -> NDArray[np.float32]:
    text = path.read_bytes()
    facets = len(FACET.findall(text))
    if facets > MOST_TRIANGLES:
        raise Unreadable("geometry.too_many_triangles", triangles=facets, most=MOST_TRIANGLES)
    try:
        flat = np.array([number for found in VERTEX.finditer(text) for number in found.groups()], dtype="S24").astype(np.float32)
    except ValueError as error:
        raise Unreadable("stl.not_numbers") from error
    begun = len(BEGUN.findall(text))
    if len(flat) != facets * 9 or begun != facets or b"endsolid" not in text[-512:].lower():
        raise Unreadable("stl.truncated", claimed=max(begun, facets + 1), fits=facets)
    return flat.reshape(-1, 3, 3)
