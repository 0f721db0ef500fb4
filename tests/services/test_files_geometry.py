"""Reading models and pictures in the real child process: what is measured, and each way a file can be bad."""

import io
import json
import os
import shutil
import struct
import subprocess
import sys
import time
import zipfile
from math import pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from marketplace.demo.parts import make_parts
from marketplace.demo.parts.catalogue import PARTS
from marketplace.demo.parts.step_writer import ring_is_connected
from services.files import child, sniff
from services.files.geometry import scene
from services.files.geometry.unreadable import Unreadable

FILES = make_parts.FILES
CUBE = np.array(
    [
        [(0, 0, 0), (0, 1, 0), (1, 1, 0)], [(0, 0, 0), (1, 1, 0), (1, 0, 0)], [(0, 0, 1), (1, 0, 1), (1, 1, 1)], [(0, 0, 1), (1, 1, 1), (0, 1, 1)],
        [(0, 0, 0), (1, 0, 0), (1, 0, 1)], [(0, 0, 0), (1, 0, 1), (0, 0, 1)], [(1, 0, 0), (1, 1, 0), (1, 1, 1)], [(1, 0, 0), (1, 1, 1), (1, 0, 1)],
        [(1, 1, 0), (0, 1, 0), (0, 1, 1)], [(1, 1, 0), (0, 1, 1), (1, 1, 1)], [(0, 1, 0), (0, 0, 0), (0, 0, 1)], [(0, 1, 0), (0, 0, 1), (0, 1, 1)],
    ],
    dtype=np.float64,
)  # fmt: skip
"""A unit cube as twelve triangles."""


def read(folder: Path, content: bytes, kind: str, **limits: float) -> child.Found:
    """Sniff and read `content` as the worker does."""
    (folder / "input").write_bytes(content)
    sniff.sniff(content[: sniff.HEAD], len(content), kind)
    return child.read(folder, kind, child.Limits(**limits) if limits else None)  # type: ignore[arg-type]


def refused(folder: Path, content: bytes, kind: str, **limits: float) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(folder, content, kind, **limits)
    return caught.value


def ascii_stl(corners: np.ndarray) -> bytes:
    facets = ""
    for triangle in corners.tolist():
        vertices = "".join(f"vertex {x} {y} {z}\n" for x, y, z in triangle)
        facets += f"facet normal 0 0 0\nouter loop\n{vertices}endloop\nendfacet\n"
    return f"solid cube\n{facets}endsolid cube\n".encode()


# The demo's parts


@pytest.mark.parametrize("code", PARTS)
def test_a_step_part_is_measured_as_its_formula_says(tmp_path: Path, code: str) -> None:
    part = PARTS[code]()
    found = read(tmp_path, (FILES / f"{code}.step").read_bytes(), "step")
    assert found.facts["volume_mm3"] == pytest.approx(part.volume_mm3, rel=0.005)
    assert found.facts["box_mm"] == pytest.approx(list(part.box_mm), abs=0.05)
    assert found.facts["watertight"]
    assert not found.facts["unit_assumed"]
    assert set(found.products) == {"thumbnail.png", "preview.webp", "model.glb"}


@pytest.mark.parametrize("code", make_parts.AS_STL)
def test_an_stl_part_is_measured_as_its_formula_says(tmp_path: Path, code: str) -> None:
    part = PARTS[code]()
    found = read(tmp_path, (FILES / f"{code}.stl").read_bytes(), "stl")
    assert found.facts["volume_mm3"] == pytest.approx(part.volume_mm3, rel=0.005)
    assert found.facts["box_mm"] == pytest.approx(list(part.box_mm), abs=0.05)
    assert found.facts["unit_assumed"]


@pytest.mark.parametrize("code", PARTS)
def test_a_part_is_a_closed_body(code: str) -> None:
    solid = PARTS[code]().solid
    assert solid.why_not_closed() is None
    assert all(ring_is_connected(solid, face) for face in solid.faces)


def test_the_committed_parts_are_what_the_script_makes() -> None:
    made = make_parts.results()
    assert sorted(made) == sorted(path.name for path in FILES.iterdir())
    assert [name for name, content in made.items() if (FILES / name).read_bytes() != content] == []
    assert sum(len(content) for content in made.values()) < 1_500_000


def test_the_drawings_are_readable_dxf() -> None:
    for path in FILES.glob("*.dxf"):
        lines = path.read_text("ascii").split("\n")
        pairs = list(zip(lines[::2], lines[1::2], strict=False))
        assert all(code.strip().isdigit() for code, _ in pairs[:-1] if code.strip())
        names = [value.strip() for code, value in pairs if code.strip() == "0"]
        assert names[0] == "SECTION"
        assert names[-1] == "EOF"
        assert {"LAYER", "DIMENSION", "BLOCK"} <= set(names)
        assert sniff.sniff(path.read_bytes()[: sniff.HEAD], path.stat().st_size, "dxf") == "dxf"


# What is measured


def test_an_open_mesh_has_no_volume(tmp_path: Path) -> None:
    found = read(tmp_path, (FILES / "guard-open.stl").read_bytes(), "stl")
    assert (found.facts["watertight"], found.facts["volume_mm3"]) == (False, None)
    assert found.facts["box_mm"] == [260.0, 140.0, 90.0]


def test_a_cube_is_a_cube(tmp_path: Path) -> None:
    facts = read(tmp_path, make_parts.stl_bytes(CUBE * 20, "cube"), "stl").facts
    assert (facts["volume_mm3"], facts["area_mm2"], facts["box_mm"], facts["triangles"]) == (8000.0, 2400.0, [20.0, 20.0, 20.0], 12)


def test_ascii_and_binary_stl_agree(tmp_path: Path) -> None:
    binary = read(tmp_path, make_parts.stl_bytes(CUBE * 20, "solid is how a binary may begin too"), "stl").facts
    (tmp_path / "ascii").mkdir()
    assert read(tmp_path / "ascii", ascii_stl(CUBE * 20), "stl").facts == binary


def test_a_face_turned_inside_out_leaves_the_volume_unknown(tmp_path: Path) -> None:
    corners = CUBE * 20
    corners[0] = corners[0][::-1]
    facts = read(tmp_path, make_parts.stl_bytes(corners, "turned"), "stl").facts
    assert (facts["watertight"], facts["consistent"], facts["volume_mm3"]) == (True, False, None)


def test_an_obj_is_measured_without_following_its_materials(tmp_path: Path) -> None:
    points = sorted({tuple(corner) for corner in (CUBE * 10).reshape(-1, 3).tolist()})
    lines = ["mtllib ../../../etc/passwd", "usemtl x", *(f"v {x} {y} {z}" for x, y, z in points)]
    for triangle in (CUBE * 10).tolist():
        lines.append("f " + " ".join(f"{points.index(tuple(corner)) - len(points)}/1/1" for corner in triangle))
    assert read(tmp_path, "\n".join(lines).encode(), "obj").facts["volume_mm3"] == 1000.0


def test_a_large_mesh_is_thinned_for_the_viewer_and_measured_whole(tmp_path: Path) -> None:
    steps = 480
    angle = np.linspace(0, 2 * pi, steps, endpoint=False)
    height = np.arange(0, steps // 2)
    ring = np.stack([30 * np.cos(angle), 30 * np.sin(angle)], axis=1)
    points = np.concatenate([np.column_stack([ring, np.full(steps, h * 0.5)]) for h in height])
    index = np.arange(steps * (len(height) - 1)).reshape(len(height) - 1, steps)
    beside = np.roll(index, -1, axis=1)
    faces = np.concatenate([np.stack(f, axis=-1).reshape(-1, 3) for f in ((index, beside, beside + steps), (index, beside + steps, index + steps))])
    found = read(tmp_path, make_parts.stl_bytes(points[faces], "tube"), "stl")
    assert found.facts["triangles"] == 2 * steps * (len(height) - 1)
    assert found.facts["thinned"]
    assert found.products["model.glb"].stat().st_size < 8_000_000


def test_the_viewer_model_is_valid_gltf_in_metres_with_y_up(tmp_path: Path) -> None:
    blob = read(tmp_path, make_parts.stl_bytes(CUBE * [100, 200, 300], "block"), "stl").products["model.glb"].read_bytes()
    assert blob[:4] == b"glTF"
    assert int.from_bytes(blob[8:12], "little") == len(blob)
    length = int.from_bytes(blob[12:16], "little")
    described = json.loads(blob[20 : 20 + length])
    position = described["accessors"][0]
    sides = [round(high - low, 4) for low, high in zip(position["min"], position["max"], strict=True)]
    assert sides == [0.1, 0.3, 0.2]
    assert described["buffers"][0]["byteLength"] <= len(blob) - 28 - length


def test_the_picture_shows_the_part(tmp_path: Path) -> None:
    thumbnail = read(tmp_path, (FILES / "flange-dn100.step").read_bytes(), "step").products["thumbnail.png"]
    with Image.open(thumbnail) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert pixels.shape == (300, 400, 3)
    part = np.abs(pixels - pixels[0, 0]).sum(axis=2) > 12
    assert 0.25 < part.mean() < 0.75
    assert part[150, 200] or part[120, 200]
    assert len(np.unique(pixels[part] // 8, axis=0)) > 20


def glb(nodes: list[dict[str, Any]], **changed: Any) -> bytes:
    """One triangle, placed by `nodes`; the scene shows node 0."""
    blob = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0)], dtype="<f4").tobytes() + np.array([0, 1, 2], dtype="<u2").tobytes()
    described = {
        "scenes": [{"nodes": [0]}],
        "nodes": nodes,
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3}, {"bufferView": 1, "componentType": 5123, "count": 3}],
        "bufferViews": [{"byteLength": 36}, {"byteOffset": 36, "byteLength": 6}],
        **changed,
    }
    text = json.dumps(described).encode()
    return struct.pack("<4sIII4s", b"glTF", 2, 0, len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob


@pytest.mark.parametrize(
    ("nodes", "corner"),
    [
        ([{"mesh": 0}], (1, 0, 0)),
        ([{"mesh": 0, "translation": [5, 6, 7]}], (6, 6, 7)),
        ([{"mesh": 0, "rotation": [0, 0, 0.5**0.5, 0.5**0.5], "scale": [2, 2, 2]}], (0, 2, 0)),
        ([{"mesh": 0, "matrix": [0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 3, 0, 0, 1]}], (3, 1, 0)),
        ([{"translation": [1, 0, 0], "children": [1]}, {"mesh": 0, "rotation": [0, 0, 1, 0]}], (0, 0, 0)),
    ],
)
def test_each_body_of_an_assembly_stands_where_it_is_placed(tmp_path: Path, nodes: list[dict[str, Any]], corner: tuple[float, ...]) -> None:
    (tmp_path / "a.glb").write_bytes(glb(nodes))
    assert scene.triangles(tmp_path / "a.glb", 10)[0][1] == pytest.approx(corner, abs=1e-9)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"glTF",
        glb([{"mesh": 0}])[:-30],
        glb([{"mesh": 9}]),
        glb([{"children": [0]}]),
        glb([{"mesh": 0}], accessors=[{"bufferView": 0, "componentType": 5126, "count": 1 << 40}, {"bufferView": 1, "componentType": 5123, "count": 3}]),
        glb([{"mesh": 0}], accessors=[{"bufferView": 0, "componentType": 5126, "count": 2}, {"bufferView": 1, "componentType": 5123, "count": 3}]),
    ],
)
def test_a_broken_scene_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.glb").write_bytes(content)
    with pytest.raises(Unreadable) as caught:
        scene.triangles(tmp_path / "a.glb", 10)
    assert caught.value.code == "step.no_body"


# The child process


def test_the_child_holds_no_secret_and_reaches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGCHUANG_SECRET_KEY", "canary")
    secret = tmp_path / "secret.key"
    secret.write_text("canary")
    folder = tmp_path / "work"
    folder.mkdir()
    probe = (
        "import os, socket, sys\nfrom pathlib import Path\nsys.path.append(sys.argv[1])\nfrom geometry import lockdown\n"
        "taken = (lockdown.cut_network(), lockdown.confine(Path(sys.argv[2])), lockdown.forbid_calls())\nfound = []\n"
        "def tried(name, act):\n    try:\n        act()\n        found.append(name)\n    except OSError:\n        pass\n"
        "tried('socket', lambda: socket.socket())\ntried('secret', lambda: open(sys.argv[3]).read())\n"
        "tried('program', lambda: os.execv('/bin/true', ['true']))\ntried('write', lambda: open('/tmp/gongchuang-probe', 'w'))\n"
        "tried('own', lambda: Path(sys.argv[2], 'x').write_text('x'))\nprint(taken, sorted(os.environ), found)\n"
    )
    arguments = [sys.executable, "-I", "-c", probe, str(child.HERE), str(folder), str(secret)]
    said = subprocess.run(arguments, capture_output=True, text=True, check=True, env={"LC_ALL": "C.UTF-8"}).stdout
    if "(True, True, True)" not in said:
        pytest.skip(f"needs a kernel with Landlock, seccomp and network namespaces: {said}")
    assert said.strip().endswith("['LC_ALL'] ['own']") or said.strip().endswith("['LC_ALL', 'LC_CTYPE'] ['own']")


def test_the_child_says_what_it_gave_up(tmp_path: Path) -> None:
    found = read(tmp_path, make_parts.stl_bytes(CUBE, "cube"), "stl")
    assert set(found.lockdown) <= {"network", "folder", "calls"}
    if sys.platform == "linux":
        assert "calls" in found.lockdown


def replaced(monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Let the child run `body` in place of a parser, to see that the parent ends it."""
    monkeypatch.setattr(child, "BOOT", f"import sys; folder = sys.argv[2]\n{body}")


def test_a_child_that_hangs_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(monkeypatch, "import os, time\nopen(folder + '/pid', 'w').write(str(os.fork()))\ntime.sleep(60)")
    why = refused(tmp_path, make_parts.stl_bytes(CUBE, "cube"), "stl", seconds=1.0)
    assert (why.code, why.params) == ("parser.time", {"seconds": 1})
    grandchild = int((tmp_path / "pid").read_text())
    if grandchild:
        stat = Path(f"/proc/{grandchild}/stat")
        until = time.monotonic() + 10  # a killed process may still be seen for a moment
        while stat.exists() and stat.read_text().split()[2] not in {"Z", "X"} and time.monotonic() < until:
            time.sleep(0.05)
        assert not stat.exists() or stat.read_text().split()[2] in {"Z", "X"}


def test_a_child_that_eats_memory_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(monkeypatch, "import time\nkept = []\nwhile True:\n    kept.append(bytearray(8 << 20)); time.sleep(0.02)")
    assert refused(tmp_path, make_parts.stl_bytes(CUBE, "cube"), "stl", seconds=20.0, resident=150 << 20).code == "parser.memory"


@pytest.mark.parametrize("body", ["import os; os.abort()", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "raise RuntimeError", "pass"])
def test_a_child_that_dies_or_says_nothing_refuses_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    replaced(monkeypatch, body)
    assert refused(tmp_path, make_parts.stl_bytes(CUBE, "cube"), "stl").code == "parser.crashed"


def test_a_child_that_answers_with_a_link_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"\x89PNG\r\n\x1a\nsecret")
    folder = tmp_path / "work"
    folder.mkdir()
    body = "import os, json; os.symlink('../secret.png', folder + '/thumbnail.png'); open(folder + '/result.json', 'w').write(json.dumps({'facts': {}}))"
    replaced(monkeypatch, body)
    assert read(folder, make_parts.stl_bytes(CUBE, "cube"), "stl").products == {}


# Bad input


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    assert refused(tmp_path, b"", "step").code == "file.empty"


def test_a_text_called_step_is_said_to_be_text(tmp_path: Path) -> None:
    why = refused(tmp_path, "请按图加工，谢谢。\n".encode() * 20, "step")
    assert (why.code, why.params) == ("file.type_differs", {"promised": "step", "found": "text"})


def test_a_short_stl_claiming_millions_is_refused_before_anything_is_allocated(tmp_path: Path) -> None:
    content = b"\0" * 80 + (20_000_000).to_bytes(4, "little") + b"\0" * 50
    assert len(content) == 134
    why = refused(tmp_path, content, "stl")
    assert (why.code, why.params) == ("stl.truncated", {"claimed": 20_000_000, "fits": 1})


def zip_bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("3D/3dmodel.model", b"\0" * (64 << 20))
    return made.getvalue()


@pytest.mark.parametrize("kind", ["step", "stl", "obj", "dxf", "pdf"])
def test_an_archive_under_any_name_is_never_unpacked(tmp_path: Path, kind: str) -> None:
    why = refused(tmp_path, zip_bomb(), kind)
    assert (why.code, why.params["found"]) == ("file.type_differs", "archive")


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"\0" * 84, "stl", "geometry.empty"),
        (b"\0" * 80 + (1).to_bytes(4, "little") + b"\0" * 50, "stl", "geometry.empty"),
        (make_parts.stl_bytes(CUBE, "cube")[:-70], "stl", "stl.truncated"),
        (make_parts.stl_bytes(CUBE, "cube") + b"\0" * 60_000, "stl", "stl.wrong_count"),
        (make_parts.stl_bytes(np.full((4, 3, 3), np.nan), "nan"), "stl", "geometry.not_finite"),
        (make_parts.stl_bytes(CUBE * 1e30, "huge"), "stl", "geometry.too_large"),
        (make_parts.stl_bytes(CUBE * 1e9, "huge"), "stl", "geometry.too_large"),
        (make_parts.stl_bytes(CUBE * 1e-6, "dust"), "stl", "geometry.empty"),
        (ascii_stl(CUBE)[:-200], "stl", "stl.truncated"),
        (ascii_stl(CUBE).replace(b"vertex 0.0", b"vertex x", 1), "stl", "stl.not_numbers"),
        (ascii_stl(np.full((4, 3, 3), np.inf)), "stl", "geometry.not_finite"),
        (b"solid nothing\nendsolid nothing, no facet at all\n", "stl", "geometry.empty"),
        (b"v 0 0 0\nv 1 0 0\nf 1 2 9\n", "obj", "obj.broken"),
        (b"v 0 0 0\nv 1 0 zero\nf 1 2 2\n", "obj", "obj.broken"),
        (b"v 0 0 0\n", "obj", "geometry.empty"),
        (b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n", "step", "step.truncated"),
        (b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n", "step", "step.no_body"),
        (b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#1=#1;\n#2=((((\nENDSEC;\nEND-ISO-10303-21;\n", "step", "step.no_body"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "png", "image.broken"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 100, "jpeg", "image.broken"),
        (b"MZ\x90\0" + b"\0" * 100, "stl", "file.type_differs"),
        (b"<html><script>alert(1)</script></html>", "dxf", "file.type_differs"),
        (b"%PDF-1.7\n", "png", "file.type_differs"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "jpeg", "file.type_differs"),
    ],
)  # fmt: skip
def test_each_bad_file_is_refused_for_its_own_reason(tmp_path: Path, content: bytes, kind: str, code: str) -> None:
    assert refused(tmp_path, content, kind).code == code


def hanging_step(rings: int) -> bytes:
    """A valid flange with so many holes that no mesh comes of it in the time allowed."""
    text = (FILES / "flange-dn100.step").read_text("ascii")
    head, data = text.split("DATA;\n")
    entities = data.split("ENDSEC;")[0]
    many = [entities]
    for copy in range(1, rings):
        many.append("".join(line for line in _renumbered(entities, copy * 10_000)))
    return (head + "DATA;\n" + "".join(many) + "ENDSEC;\nEND-ISO-10303-21;\n").encode()


def _renumbered(entities: str, by: int) -> list[str]:
    parts = entities.split("#")
    moved = [parts[0]]
    for part in parts[1:]:
        digits = len(part) - len(part.lstrip("0123456789"))
        moved.append(f"#{int(part[:digits]) + by}{part[digits:]}")
    return ["".join(moved)]


def test_a_step_that_does_not_finish_is_ended_in_time(tmp_path: Path) -> None:
    why = refused(tmp_path, hanging_step(400), "step", seconds=3.0)
    assert (why.code, why.params) == ("parser.time", {"seconds": 3})


def test_a_step_too_large_to_finish_is_refused_before_trying(tmp_path: Path) -> None:
    content = b"ISO-10303-21;\n" + b"/* */\n" * (49 << 20 >> 2) + b"END-ISO-10303-21;\n"
    assert refused(tmp_path, content, "step").code == "step.too_large"


def test_a_picture_of_too_many_pixels_is_not_decoded(tmp_path: Path) -> None:
    made = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(made, "PNG")
    assert len(made.getvalue()) < 1_000_000
    assert refused(tmp_path, made.getvalue(), "png").code == "image.too_many_pixels"


def test_what_we_make_of_a_photo_tells_no_place_and_stands_upright(tmp_path: Path) -> None:
    photo = Image.new("RGB", (800, 400), (200, 30, 30))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "canary"
    exif.get_ifd(0x8825)[1] = "N"
    made = io.BytesIO()
    photo.save(made, "JPEG", exif=exif)
    assert b"canary" in made.getvalue()
    found = read(tmp_path, made.getvalue(), "jpeg")
    for product in found.products.values():
        assert b"canary" not in product.read_bytes()
        with Image.open(product) as picture:
            assert not picture.getexif()
    with Image.open(found.products["preview.webp"]) as picture:
        assert picture.size == (400, 800)


def test_nothing_of_a_read_file_is_left_behind(tmp_path: Path) -> None:
    before = set(os.listdir("/tmp"))
    folder = tmp_path / "work"
    folder.mkdir()
    read(folder, (FILES / "bracket-l120.step").read_bytes(), "step")
    assert {name for name in set(os.listdir("/tmp")) - before if name.startswith("gongchuang-file-")} == set()
    shutil.rmtree(folder)
