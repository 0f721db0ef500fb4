"""Keeping the store and the rows in agreement: abandoned uploads go, bytes are compared again within thirty days, strays are found."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, select, update

from gongchuang.database import after_commit, db

from . import queries
from .checking import sha256_of
from .models import File, FileRevision
from .store import ObjectMissing, Store, StoreUnavailable

log = structlog.get_logger(__name__)

ABANDONED_AFTER = timedelta(hours=1)
VERIFY_DAYS, PROMISED_DAYS = 25, 30
"""When a file is due to be compared again, and by when it is."""
VERIFY_SECONDS = 20.0
"""How long a run of the clock compares, of the five minutes until the next. What falls due all at once has five days of such runs: eight hours of reading."""
VERIFY_AT_ONCE = 1000
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


def verify_some(store: Store, now: datetime, seconds: float = VERIFY_SECONDS) -> list[str]:
    """Compare the SHA-256 of the objects not compared for longest with their rows, for so many `seconds`, at least one.

    The damaged ones are noted, and then served to nobody. One that cannot be read stays due, and holds no other up. Rows are written at the end
    alone: whoever changes one meanwhile need not wait for the bytes of others.
    """
    ends = time.monotonic() + seconds
    intact: list[UUID] = []
    damaged: list[UUID] = []
    for row in queries.due_for_verification(now, VERIFY_DAYS, VERIFY_AT_ONCE):
        try:
            (intact if _actual(store, row) == row.sha256 else damaged).append(row.id)
        except (StoreUnavailable, OSError) as error:
            log.error("stored file cannot be read", revision_id=str(row.id), error=str(error))
        if time.monotonic() >= ends:
            break
    for found, noted in ((intact, {}), (damaged, {"damaged_at": now})):
        values = {"verified_at": now, "version": FileRevision.version + 1, **noted}
        db.session.execute(update(FileRevision).where(FileRevision.id.in_(found)).values(values).execution_options(synchronize_session=False))
    for each in damaged:
        log.error("stored file differs from its hash", revision_id=str(each))
    return [str(each) for each in damaged]


def _actual(store: Store, row: FileRevision) -> str | None:
    try:
        with store.open(row.object_key, version=row.object_version) as source:
            return sha256_of(source)
    except ObjectMissing:
        return None


def breaks(store: Store, now: datetime) -> Iterator[str]:
    """Yield a sentence for each object without a row, row without its object, size that differs, and file found damaged; one for all that wait too long."""
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
    if late := queries.verified_before(now - timedelta(days=PROMISED_DAYS)):
        yield f"files not compared with their hash for more than {PROMISED_DAYS} days: {late}; workers compare them in turn, look whether one runs"


def _of_waiting(key: str, waiting: set[str]) -> bool:
    """Tell whether a derived object belongs to an upload that is being checked right now."""
    return key.rpartition("/")[0] + "/original" in waiting
