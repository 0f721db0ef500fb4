"""Keeping the store and the rows in agreement: abandoned uploads go, bytes are compared again within thirty days, strays are found."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, select, update

from gongchuang.database import after_commit, db

from . import queries
from .checking import sha256_of
from .models import File, FileRevision
from .store import ObjectMissing, Store

log = structlog.get_logger(__name__)

ABANDONED_AFTER = timedelta(hours=1)
VERIFY_DAYS = 25
VERIFY_AT_ONCE = 500
COLUMNS: tuple[Any, ...] = (FileRevision.object_key, FileRevision.thumbnail_key, FileRevision.preview_key, FileRevision.model_key)


def purge_abandoned(store: Store, now: datetime) -> int:
    """Remove uploads begun more than an hour ago that never arrived, with whatever lies under their keys; returns how many."""
    gone = [(row.id, row.file_id, row.object_key) for row in queries.abandoned(now - ABANDONED_AFTER)]
    if gone:
        ids, files, keys = ([each[i] for each in gone] for i in range(3))
        db.session.execute(delete(FileRevision).where(FileRevision.id.in_(ids), FileRevision.status == "uploading"))
        left = select(FileRevision.id).where(FileRevision.file_id == File.id)
        db.session.execute(delete(File).where(File.id.in_(files), ~left.exists()))
        for key in keys:
            after_commit(lambda key=key: store.delete(key))  # type: ignore[misc]
    return len(gone)


def verify_some(store: Store, now: datetime) -> list[str]:
    """Compare the SHA-256 of the objects not compared for longest with their rows; note the damaged ones, which are then served to nobody."""
    damaged = []
    for row in queries.due_for_verification(now, VERIFY_DAYS, VERIFY_AT_ONCE):
        values: dict[str, datetime] = {"verified_at": now}
        if _actual(store, row) != row.sha256:
            damaged.append(str(row.id))
            values["damaged_at"] = now
            log.error("stored file differs from its hash", revision_id=str(row.id))
        db.session.execute(update(FileRevision).where(FileRevision.id == row.id).values(**values, version=FileRevision.version + 1))
    return damaged


def _actual(store: Store, row: FileRevision) -> str | None:
    try:
        with store.open(row.object_key, version=row.object_version) as source:
            return sha256_of(source)
    except ObjectMissing:
        return None


def breaks(store: Store, now: datetime) -> Iterator[str]:
    """Yield a sentence for each object without a row, row without its object, size that differs, and file found damaged."""
    known: dict[str, int | None] = {}
    for status, size, damaged, original, *made in db.session.execute(select(FileRevision.status, FileRevision.size, FileRevision.damaged_at, *COLUMNS)):
        if status == "checked":
            known |= {original: size, **{key: None for key in made if key}}
        if damaged:
            yield f"file {original} differs from the hash taken at its upload"
    waiting = set(db.session.scalars(select(FileRevision.object_key).where(FileRevision.status != "checked")))
    unseen = set(known)
    for stored in store.list():
        expected = known.get(stored.key)
        if stored.key not in known and stored.key not in waiting and not _of_waiting(stored.key, waiting):
            yield f"object {stored.key} belongs to no file"
        elif expected is not None and expected != stored.size:
            yield f"object {stored.key} has {stored.size} bytes, its row says {expected}"
        unseen.discard(stored.key)
    yield from (f"object {key} of a checked file is missing" for key in sorted(unseen))


def _of_waiting(key: str, waiting: set[str]) -> bool:
    """Tell whether a derived object belongs to an upload that is being checked right now."""
    return key.rpartition("/")[0] + "/original" in waiting
