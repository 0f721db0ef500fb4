"""What `gongchuang doctor` says about files: whether the store answers, and what protects the parser here."""

import tempfile
from pathlib import Path

from . import child
from .geometry.unreadable import Unreadable
from .store import StoreUnavailable
from .stores import current_store

TETRAHEDRON = b"""v 0 0 0
v 10 0 0
v 0 10 0
v 0 0 10
f 1 3 2
f 1 2 4
f 2 3 4
f 3 1 4
"""
GUARDS = {"network": "no network", "folder": "no other files", "calls": "no sockets or programs"}


def examine() -> list[tuple[bool, str, str]]:
    """Return what is right, what is not, and the mend."""
    return [_store(), _parser()]


def _store() -> tuple[bool, str, str]:
    store = current_store()
    try:
        store.ensure()
    except (StoreUnavailable, OSError) as error:
        return (False, f"the object store does not answer ({error})", "start it, or correct S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY")
    return (True, f"the object store answers ({type(store).__name__})", "")


def _parser() -> tuple[bool, str, str]:
    """Read a small body in the real child process, and name what the kernel lets it give up."""
    with tempfile.TemporaryDirectory(prefix="gongchuang-doctor-") as folder:
        (Path(folder) / "input").write_bytes(TETRAHEDRON)
        try:
            found = child.read(Path(folder), "obj")
        except Unreadable as error:
            return (False, f"models cannot be read here ({error.code})", "run: python -m pip install --require-hashes -r requirements.lock")
    guards = ", ".join(words for name, words in GUARDS.items() if name in found.lockdown)
    if "calls" not in found.lockdown:
        return (False, f"the parser runs without the kernel's guards ({guards or 'none'})", "use Linux ≥ 5.13 with seccomp and Landlock")
    return (True, f"models are read apart: {guards}, 20 s, 1 GiB", "")
