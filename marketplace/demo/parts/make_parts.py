"""Makes the demo's parts: `python -m marketplace.demo.parts.make_parts` writes the same bytes every time into `files/`.

The index `parts.json` says what must be measured on each.

STEP is written by our own boundary representation, DXF by our own drawings; STL is the STEP's tessellation as our parser sees it, plus one sheet cover
with a side missing, so that the demo also shows an open mesh.
"""

import json
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.files.geometry import step

from .catalogue import PARTS
from .drawings import DRAWINGS
from .step_writer import StepWriter

FILES = Path(__file__).parent / "files"
AS_STL = ("bracket-l120", "manifold-block")
OPEN = "guard-open"
OPEN_BOX = (260.0, 140.0, 90.0)


def step_text(code: str) -> str:
    """Return a part as STEP."""
    part = PARTS[code]()
    return StepWriter(part.solid, part.code).text()


def stl_bytes(corners: NDArray[np.float64], title: str) -> bytes:
    """Return triangles (n×3×3, millimetres) as binary STL."""
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    records = np.zeros(len(corners), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    records["normal"], records["corners"] = normals, corners
    return title.encode().ljust(80) + len(corners).to_bytes(4, "little") + records.tobytes()


def tessellated(code: str) -> bytes:
    """Return a part as binary STL."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "part.step"
        source.write_text(step_text(code), "ascii")
        return stl_bytes(step.read(source).corners(), f"gongchuang demo {code}")


def open_guard() -> bytes:
    """Return a box without its bottom: five sides, ten triangles, no volume."""
    x, y, z = OPEN_BOX
    low = [(0, 0, 0), (x, 0, 0), (x, y, 0), (0, y, 0)]
    high = [(a, b, z) for a, b, _ in low]
    quads = [(low[i], low[(i + 1) % 4], high[(i + 1) % 4], high[i]) for i in range(4)] + [tuple(high)]
    corners = np.array([triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))], dtype=np.float64)
    return stl_bytes(corners, f"gongchuang demo {OPEN}")


def results() -> dict[str, bytes]:
    """Return every file by its name."""
    made = {f"{code}.step": step_text(code).encode("ascii") for code in PARTS}
    made |= {f"{code}.dxf": drawing().dxf().encode("ascii") for code, drawing in DRAWINGS.items()}
    made |= {f"{code}.stl": tessellated(code) for code in AS_STL}
    made[f"{OPEN}.stl"] = open_guard()
    made["parts.json"] = (json.dumps(index(), ensure_ascii=False, indent=1) + "\n").encode()
    return made


def index() -> list[dict[str, object]]:
    """Return what the demo and the tests know of each part: its name, its files, its box in mm and its volume in mm³ (None for the open one)."""
    parts = []
    for code, build in PARTS.items():
        part = build()
        files = [f"{code}.step", *([f"{code}.dxf"] if code in DRAWINGS else []), *([f"{code}.stl"] if code in AS_STL else [])]
        parts.append({"code": code, "name": part.name, "files": files, "box_mm": list(part.box_mm), "volume_mm3": round(part.volume_mm3, 2)})
    return [*parts, {"code": OPEN, "name": "防护罩（未封闭模型）", "files": [f"{OPEN}.stl"], "box_mm": list(OPEN_BOX), "volume_mm3": None}]


if __name__ == "__main__":
    FILES.mkdir(exist_ok=True)
    for name, content in results().items():
        (FILES / name).write_bytes(content)
        print(f"{len(content):>9,}  {name}")
