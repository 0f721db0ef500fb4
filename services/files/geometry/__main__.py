"""The child process: gives up its rights, reads one file, writes what it found beside it.

Called as `python -m geometry FOLDER KIND MEMORY SECONDS`; reads FOLDER/input, writes FOLDER/result.json and, where there is something to see,
thumbnail.png, preview.webp or model.glb. Exits 0 with a result that may say why the file is refused; any other exit means the file broke the parser.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from . import glb, image, lockdown, mesh, picture
from .unreadable import Unreadable

MODELS = {"stl": ".stl", "step": ".step", "obj": ".obj"}
"""Which module reads a kind. Only that one is loaded, before the rights are given up: OpenCASCADE alone takes as long as reading a small mesh."""
VIEWER_TRIANGLES = 150_000
"""A phone turns this many triangles smoothly; the GLB stays below about 6 MB."""
PREVIEW_WIDTH, PREVIEW_HEIGHT = 800, 600


def reader_of(kind: str) -> Callable[[Path], mesh.Mesh] | None:
    """Load what reads a kind of model; None for pictures."""
    return import_module(MODELS[kind], __package__).read if kind in MODELS else None


def read(folder: Path, kind: str, reader: Callable[[Path], mesh.Mesh] | None) -> dict[str, object]:
    """Read FOLDER/input as `kind`; returns the facts and writes the pictures."""
    source = folder / "input"
    if reader is None:
        return image.read(source, kind, folder / "thumbnail.png", folder / "preview.webp")
    body = reader(source)
    found = mesh.facts(body)
    light = mesh.decimated(body, VIEWER_TRIANGLES)
    glb.write(light, folder / "model.glb")
    picture.draw(light, folder / "thumbnail.png", folder / "preview.webp", PREVIEW_WIDTH, PREVIEW_HEIGHT)
    return found | {"unit_assumed": kind != "step", "thinned": len(light.triangles) < len(body.triangles)}


def main(folder: Path, kind: str, memory: int, seconds: int) -> None:
    """Lock down, read, answer."""
    reader = reader_of(kind)
    taken = {"network": lockdown.cut_network(), "folder": lockdown.confine(folder), "calls": lockdown.forbid_calls()}
    lockdown.limit(memory, seconds, 512 * 1024 * 1024)
    try:
        answer: dict[str, object] = {"facts": read(folder, kind, reader)}
    except Unreadable as refused:
        answer = {"code": refused.code, "params": refused.params}
    except MemoryError:
        answer = {"code": "parser.memory", "params": {}}
    answer["lockdown"] = [name for name, done in taken.items() if done]
    (folder / "result.json").write_text(json.dumps(answer, allow_nan=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
