"""What the worker does with an upload before anyone else may read it: hash, sniff, parse apart, keep what was found."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import structlog

from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import move
from gongchuang.events import emit

from . import child, sniff
from .events import FileChecked, FileRefused
from .geometry.unreadable import Unreadable
from .models import TRANSITIONS, FileRevision
from .store import ObjectMissing, Store, chunks
from .workplace import workplace

log = structlog.get_logger(__name__)

Reader = Callable[[Path, str], child.Found]

KEYS = {"thumbnail.png": "thumbnail_key", "preview.webp": "preview_key", "model.glb": "model_key"}
TYPES = {"thumbnail.png": "image/png", "preview.webp": "image/webp", "model.glb": "model/gltf-binary"}


def inspect(actor: Actor, store: Store, revision: FileRevision, now: datetime, read: Reader = child.read) -> None:
    """Check a received upload and move it to checked or refused. A second call finds nothing to do.

    `read` is what parses: the child process, or for the demo one that remembers what it has parsed.

    A store that does not answer raises, so that the delivery is tried again: nothing passes unchecked, nothing is refused for our own trouble.
    """
    if revision.status != "received":
        return
    with workplace() as folder:
        try:
            found = _examine(store, revision, folder, read)
        except (Unreadable, ObjectMissing) as refused:
            _refuse(actor, revision, refused if isinstance(refused, Unreadable) else Unreadable("file.lost"), now)
            return
        kept = _keep_products(store, revision, found["products"])
    move(revision, TRANSITIONS, to="checked", checked_at=now, verified_at=now, sniffed_kind=revision.kind, **found["columns"], **kept)
    record(actor, "file:check", revision, sha256=revision.sha256)
    emit(FileChecked(revision))


def _examine(store: Store, revision: FileRevision, folder: Path, read: Reader) -> dict[str, Any]:
    digest = _fetch(store, revision, folder / "input")
    with (folder / "input").open("rb") as file:
        sniff.sniff(file.read(sniff.HEAD), revision.size, revision.kind)
    if revision.kind not in sniff.PARSED:
        return {"columns": {"sha256": digest, "facts": {}}, "products": {}}
    found = read(folder, revision.kind)
    log.info("file parsed", revision_id=str(revision.id), kind=revision.kind, lockdown=found.lockdown)
    return {"columns": {"sha256": digest, "facts": found.facts}, "products": found.products}


def _fetch(store: Store, revision: FileRevision, target: Path) -> str:
    """Stream the bytes to `target` and return their SHA-256; refuses a number of bytes other than announced."""
    arrived = 0
    digest = hashlib.sha256()
    with store.open(revision.object_key, version=revision.object_version) as source, target.open("xb") as file:
        for piece in chunks(source):
            digest.update(piece)
            arrived += file.write(piece)
            if arrived > revision.size:
                break
    if arrived != revision.size:
        raise Unreadable("file.size_differs", arrived=arrived, announced=revision.size)
    return digest.hexdigest()


def _keep_products(store: Store, revision: FileRevision, products: dict[str, Path]) -> dict[str, str]:
    keys = {}
    for name, path in products.items():
        key = revision.object_key.removesuffix("original") + name
        with path.open("rb") as file:
            store.put(key, file, path.stat().st_size, TYPES[name])
        keys[KEYS[name]] = key
    return keys


def _refuse(actor: Actor, revision: FileRevision, why: Unreadable, now: datetime) -> None:
    move(revision, TRANSITIONS, to="refused", checked_at=now, reason_code=why.code, reason_params=dict(why.params))
    record(actor, "file:refuse", revision, code=why.code)
    emit(FileRefused(revision))


def sha256_of(source: BinaryIO) -> str:
    """Return the SHA-256 of a stream."""
    digest = hashlib.sha256()
    for piece in chunks(source):
        digest.update(piece)
    return digest.hexdigest()
