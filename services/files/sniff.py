"""What a file is, read from its first bytes: the name says what was meant, the bytes say what came."""

import puremagic

from .geometry.unreadable import Unreadable

HEAD = 4096
"""How many first bytes are enough to tell."""

EXTENSIONS = {
    ".step": "step",
    ".stp": "step",
    ".stl": "stl",
    ".obj": "obj",
    ".dxf": "dxf",
    ".dwg": "dwg",
    ".pdf": "pdf",
    ".png": "png",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".webp": "webp",
}
MODELS = frozenset({"step", "stl", "obj"})
PICTURES = frozenset({"png", "jpeg", "webp"})
PARSED = MODELS | PICTURES
CONTENT_TYPES = {
    "step": "model/step",
    "stl": "model/stl",
    "obj": "model/obj",
    "dxf": "image/vnd.dxf",
    "dwg": "image/vnd.dwg",
    "pdf": "application/pdf",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
}

_MAGIC = (
    (b"PK\x03\x04", "archive"),
    (b"PK\x05\x06", "archive"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"AutoCAD Binary DXF", "dxf"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"#!", "program"),
    (b"\xd0\xcf\x11\xe0", "office"),
)


def kind_of(name: str) -> str | None:
    """Return the kind a file name promises, or None for one we do not take."""
    dot = name.rfind(".")
    return EXTENSIONS.get(name[dot:].lower()) if dot >= 0 else None


def sniff(head: bytes, size: int, promised: str) -> str:
    """Return what the file is. Refuses an empty file, and content that is not what the name promises, with the name of what it is instead.

    STL and OBJ carry no mark of their own: they are what the name says unless the bytes are clearly something else, and the parser has the last word.
    """
    if size == 0:
        raise Unreadable("file.empty")
    found = _known(head)
    if found is None and _is_text(head):
        found = _kind_of_text(head)
    if found == promised or (promised == "stl" and found in {None, "text"} and not _is_text(head)):
        return promised
    if found is None:
        found = _by_puremagic(head)
    raise Unreadable("file.type_differs", promised=promised, found=found)


def _known(head: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:4] == b"AC10" and head[4:6].isdigit():
        return "dwg"
    return None


def _is_text(head: bytes) -> bool:
    printable = sum(byte >= 0x20 or byte in b"\t\n\r\x0c" for byte in head)
    return b"\0" not in head and printable >= 0.97 * len(head)


def _kind_of_text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    lines = [line.strip() for line in text.splitlines()[:60]]
    if text.startswith(b"ISO-10303-21"):
        return "step"
    if text[:5].lower() == b"solid" and b"facet" in text.lower():
        return "stl"
    if (lines[:2] == [b"0", b"SECTION"]) or (lines[:1] == [b"999"] and b"SECTION" in lines):
        return "dxf"
    if text[:1] == b"<":
        return "web"
    if any(line.startswith((b"v ", b"vn ", b"vt ", b"f ")) for line in lines):
        return "obj"
    return "text"


def _by_puremagic(head: bytes) -> str:
    try:
        extension = puremagic.from_string(head)
    except (puremagic.PureError, ValueError):
        return "unknown"
    return kind_of(f"a{extension}") or "unknown"
