"""Recording and verifying the chain.

The hash of entry n is SHA-256 over the hash of entry n-1 and the entry's fields as canonical JSON (sorted keys, UTF-8, no spaces), so that
anyone holding an export can recompute it.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql

from gongchuang.actor import Actor
from gongchuang.audit.models import PLATFORM, AuditEntry, AuditHead
from gongchuang.database.session import CLOCK, as_system, db, pending

START = "0" * 64


@dataclass(frozen=True)
class _Waiting:
    organisation_id: UUID
    user_id: UUID | None
    action: str
    object_kind: str | None
    object_id: UUID | None
    details: dict[str, Any]


def _plain(value: Any) -> Any:
    """Reduce a detail to what JSON holds: figures and codes stay, ids and instants become text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    return str(value)


def record(actor: Actor, action: str, obj: Any = None, *, organisation_id: UUID | None = None, **details: Any) -> None:
    """Note that `actor` did `action` to `obj`: ids and figures only, never contents. Written with the change or not at all."""
    owner = organisation_id or actor.organisation_id or PLATFORM
    kind = None if obj is None else obj.__tablename__
    pending("audit").append(_Waiting(owner, actor.user_id, action, kind, getattr(obj, "id", None), _plain(details)))


def hash_of(previous: str, fields: dict[str, Any]) -> str:
    """Return the hash of an entry that follows `previous`."""
    canonical = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous.encode() + canonical.encode()).hexdigest()


def _fields(entry: Any) -> dict[str, Any]:
    return {
        "organisation_id": str(entry.organisation_id),
        "sequence": entry.sequence,
        "at": entry.at.astimezone(UTC).isoformat(),
        "user_id": str(entry.user_id) if entry.user_id else None,
        "action": entry.action,
        "object_kind": entry.object_kind,
        "object_id": str(entry.object_id) if entry.object_id else None,
        "details": entry.details,
    }


def _lock_heads(organisations: list[UUID]) -> tuple[dict[UUID, tuple[int, str]], datetime | None]:
    """Lock the heads of these chains in one order; return each one's end, and the database's clock (None when there is no head yet)."""
    heads = select(AuditHead.organisation_id, AuditHead.count, AuditHead.hash, CLOCK).where(AuditHead.organisation_id.in_(organisations))
    rows = db.session.execute(heads.order_by(AuditHead.organisation_id).with_for_update()).all()
    return {row[0]: (row[1], row[2]) for row in rows}, rows[0][3] if rows else None


def _heads(organisations: list[UUID]) -> tuple[dict[UUID, tuple[int, str]], datetime]:
    """Return the locked heads, made where they are missing: of several all before any is locked, for locks out of order deadlock."""
    found, at = _lock_heads(organisations) if len(organisations) == 1 else ({}, None)
    if at is None:
        new = postgresql.insert(AuditHead).values([{"organisation_id": o, "count": 0, "hash": START} for o in organisations])
        db.session.execute(new.on_conflict_do_nothing())
        found, at = _lock_heads(organisations)
    assert at is not None
    return found, at


def write_pending() -> None:
    """Append what waits to its chains. Called by the commit site, once, last."""
    waiting: list[_Waiting] = pending("audit")
    if not waiting:
        return
    with as_system(at_the_end=True):
        _append(waiting)
    waiting.clear()


def _append(waiting: list[_Waiting]) -> None:
    """Append as the system role: the app's own may read its chain, and neither write nor cut one."""
    heads, at = _heads(sorted({w.organisation_id for w in waiting}))
    rows = []
    for w in waiting:
        count, previous = heads[w.organisation_id]
        entry = AuditEntry(sequence=count + 1, at=at, previous=previous, **w.__dict__)
        entry.hash = hash_of(previous, _fields(entry))
        heads[w.organisation_id] = (entry.sequence, entry.hash)
        rows.append({c.key: getattr(entry, c.key) for c in AuditEntry.__table__.columns})
    db.session.execute(insert(AuditEntry), rows)
    for organisation, (count, digest) in heads.items():
        db.session.execute(update(AuditHead).where(AuditHead.organisation_id == organisation).values(count=count, hash=digest))


def _head(organisation_id: UUID) -> tuple[int, str] | None:
    row = db.session.execute(select(AuditHead.count, AuditHead.hash).where(AuditHead.organisation_id == organisation_id)).one_or_none()
    return row and (row[0], row[1])


def breaks_of(organisation_id: UUID) -> Iterator[str]:
    """Yield what is wrong with an organisation's chain: a removed, altered or inserted row, a cut tail.

    Others may append while it is read: it must reach where its head stood before, and not go beyond where it stands after.
    """
    before, previous, expected = _head(organisation_id), START, 1
    hashes = {0: START}
    entries = select(AuditEntry).where(AuditEntry.organisation_id == organisation_id).order_by(AuditEntry.sequence)
    with closing(db.session.scalars(entries.execution_options(yield_per=500))) as chain:
        for entry in chain:
            if entry.sequence != expected or entry.previous != previous or entry.hash != hash_of(previous, _fields(entry)):
                yield f"audit chain of {organisation_id} breaks at entry {expected}"
                return
            previous, expected = entry.hash, expected + 1
            if before and entry.sequence == before[0]:
                hashes[entry.sequence] = entry.hash
    after = _head(organisation_id)
    last = expected - 1
    hashes[last] = previous
    if before is None or after is None or not before[0] <= last <= after[0] or any(hashes.get(count, digest) != digest for count, digest in (before, after)):
        yield f"audit chain of {organisation_id} does not end at its head"
