"""Reads of the documents table: rows as documents again, as engine entries, and what engines have not taken over yet."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, exists, func, or_, select, text, update

from gongchuang.database import db
from search.documents.codes import by_field
from search.documents.document import Document, FreeWeek, Place, Side
from search.documents.fields import CODED, Entry, Gone
from search.documents.models import COLUMNS, TABLE, SearchDocument

BATCH = 1_000
SETTLED = timedelta(seconds=30)
"""By then every engine shows what it took over."""

REFRESHED = timedelta(seconds=5)

_FACTS = [column for column in COLUMNS if column.name not in ("card", "words", "created_at", "version", "indexed_sequence", "indexed_at", "updated_at")]


def facts(row: Row[Any]) -> Document:
    """Return a row as the document that was mirrored, without its card."""
    codes = by_field(row.codes)
    place = None if row.latitude is None or row.longitude is None else Place(row.latitude, row.longitude)
    return Document(
        kind=row.kind,
        object_id=row.object_id,
        object_version=row.object_version,
        side=Side(row.side),
        organisation_id=row.organisation_id,
        title=row.title,
        text=row.text,
        market=row.market,
        audience=tuple(row.audience),
        processes=codes.get("process", ()),
        materials=codes.get("material", ()),
        skills=codes.get("skill", ()),
        certificates=codes.get("certificate", ()),
        industries=codes.get("industry", ()),
        region=next(iter(codes.get("region", ())), None),
        park=next(iter(codes.get("park", ())), None),
        wanted_regions=codes.get("wanted_region", ()),
        envelope=tuple(side for side in (row.side_a, row.side_b, row.side_c) if side is not None) or None,
        weeks=tuple(FreeWeek(week, minutes) for week, minutes in zip(row.weeks, row.week_minutes, strict=True)),
        place=place,
        private=frozenset(row.private),
        **{name: getattr(row, name) for name in _PLAIN},
    )


_PLAIN = (
    "tolerance_mm",
    "quantity_min",
    "quantity_max",
    "price_fen",
    "price_unit",
    "minutes",
    "lead_time_days",
    "rating",
    "ratings",
    "confirmed_at",
    "open_until",
)


def fields(row: Row[Any]) -> dict[str, Any]:
    """Return a row as engines see it."""
    tokens = by_field(row.tokens)
    return {
        "kind": (row.kind,),
        "side": (row.side,),
        "market": (row.market,) if row.market else (),
        "audience": tuple(row.audience),
        "organisation": (str(row.organisation_id),),
        **{name: tokens.get(name, ()) for name in CODED},
        "side_a": row.side_a,
        "side_b": row.side_b,
        "side_c": row.side_c,
        "tolerance": row.tolerance_mm,
        "quantity_min": _number(row.quantity_min),
        "quantity_max": _number(row.quantity_max),
        "price": _number(row.price_fen),
        "lead_time": _number(row.lead_time_days),
        "latitude": row.latitude,
        "longitude": row.longitude,
        "confirmed": row.confirmed_at.timestamp(),
        "open_until": row.open_until.timestamp() if row.open_until else None,
        "free_minutes": float(sum(row.week_minutes)),
    }


def _number(value: int | None) -> float | None:
    return None if value is None else float(value)


def change(row: Row[Any]) -> Entry | Gone:
    """Return what an engine is to take over of a row."""
    if row.deleted:
        return Gone(row.id, row.sequence)
    return Entry.of(row.id, row.sequence, fields(row), row.title, row.text)


def rows(identifiers: Sequence[UUID]) -> list[Row[Any]]:
    """Return the rows of these documents that the running scope may see, tombstones too."""
    return list(db.session.execute(select(*_FACTS).where(COLUMNS.id.in_(identifiers)))) if identifiers else []


def waiting(most: int = 500) -> list[Row[Any]]:
    """Return rows whose latest change no engine has taken over, oldest change first."""
    return list(db.session.execute(select(*_FACTS).where(COLUMNS.indexed_sequence < COLUMNS.sequence).order_by(COLUMNS.sequence).limit(most)))


def living() -> Iterator[Entry]:
    """Yield every document as an entry, in pages by id, so that any number fits into memory."""
    last: UUID | None = None
    while True:
        page = select(*_FACTS).where(COLUMNS.deleted.is_(False)).order_by(COLUMNS.id).limit(BATCH)
        found = list(db.session.execute(page if last is None else page.where(COLUMNS.id > last)))
        for row in found:
            entry = change(row)
            assert isinstance(entry, Entry)
            yield entry
        if len(found) < BATCH:
            return
        last = found[-1].id


def states() -> dict[UUID, tuple[int, bool]]:
    """Return sequence and whether it is a tombstone of every document."""
    return {row.id: (row.sequence, row.deleted) for row in db.session.execute(select(COLUMNS.id, COLUMNS.sequence, COLUMNS.deleted))}


_TAKEN = (
    update(TABLE)
    .where(COLUMNS.id == bindparam("taken"), COLUMNS.indexed_sequence < bindparam("up_to"))
    .values(indexed_sequence=bindparam("up_to"), indexed_at=func.clock_timestamp())
)


def note_indexed(changes: Iterable[Entry | Gone]) -> None:
    """Note what an engine took over, unless the row has moved on meanwhile."""
    taken = sorted({one.id: one.sequence for one in changes}.items())
    if taken:
        db.session.connection().execute(_TAKEN, [{"taken": identifier, "up_to": sequence} for identifier, sequence in taken])


def note_refused(identifiers: Iterable[UUID]) -> None:
    """Note that the engine does not hold these: they wait, and the table finds them meanwhile."""
    db.session.execute(update(SearchDocument).where(COLUMNS.id.in_(sorted(identifiers))).values(indexed_sequence=0))


def unsettled(shows_within: timedelta = SETTLED) -> Any:
    """Return the condition for documents the engine may not show yet: not taken over, or only just. Until then the table is asked beside it."""
    return or_(COLUMNS.indexed_sequence < COLUMNS.sequence, COLUMNS.indexed_at > func.clock_timestamp() - shows_within)


def cards(identifiers: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """Return what a list shows of these documents, as far as the reader may see them: one statement, under the reader's own rights."""
    shown = ("id", "kind", "object_id", "object_version", "organisation_id", "card", "confirmed_at", "latitude", "longitude")
    chosen = select(*(COLUMNS[name] for name in shown))
    found = db.session.execute(chosen.where(COLUMNS.id.in_(identifiers), COLUMNS.deleted.is_(False))) if identifiers else ()
    return {row.id: row for row in found}


def of_object(kind: str, object_id: UUID) -> Row[Any] | None:
    """Return the row of an object's document, or None."""
    return db.session.execute(select(*_FACTS).where(COLUMNS.kind == kind, COLUMNS.object_id == object_id)).one_or_none()


def any_waiting() -> bool:
    """Tell whether an engine still has something to take over."""
    return bool(db.session.scalar(select(exists().where(COLUMNS.indexed_sequence < COLUMNS.sequence))))


def alone() -> bool:
    """Take the right to fill a lost index, until the transaction ends; False where another process is filling it."""
    return bool(db.session.scalar(text("select pg_try_advisory_xact_lock(hashtext('search index lost'))")))


def any_living() -> bool:
    """Tell whether there is any document to be found."""
    return bool(db.session.scalar(select(exists().where(COLUMNS.deleted.is_(False)))))


def settled() -> int:
    """Return how many living documents the engine must show: taken over in their latest version, some refreshes ago."""
    shown = (COLUMNS.deleted.is_(False), COLUMNS.indexed_sequence >= COLUMNS.sequence, COLUMNS.indexed_at < func.clock_timestamp() - REFRESHED)
    return int(db.session.scalar(select(func.count()).where(*shown)) or 0)


def moving() -> set[UUID]:
    """Return the documents that are on their way into the engine."""
    lately = COLUMNS.updated_at > func.clock_timestamp() - SETTLED
    return set(db.session.scalars(select(COLUMNS.id).where(or_(unsettled(), lately))))


def waiting_long() -> int:
    """Return how many documents the engine should have taken over long ago."""
    overdue = COLUMNS.updated_at < func.clock_timestamp() - timedelta(minutes=5)
    return int(db.session.scalar(select(func.count()).where(COLUMNS.indexed_sequence < COLUMNS.sequence, overdue)) or 0)


def version(identifier: UUID) -> int | None:
    """Return how often a document has been written, as its events say; None when there is none."""
    return db.session.scalar(select(COLUMNS.version).where(COLUMNS.id == identifier))
