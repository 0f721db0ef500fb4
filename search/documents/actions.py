"""How rooms say what can be found. Call in the transaction of the change; the engine and the matches follow from the event."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, text, update
from sqlalchemy.dialects.postgresql import insert

from gongchuang.database import CLOCK, db
from gongchuang.events import emit
from gongchuang.refusal import Refusal
from gongchuang.types import clean_text
from search.documents.codes import exact, prefixed, searched, told
from search.documents.document import Document
from search.documents.events import DocumentChanged, Named
from search.documents.models import COLUMNS, SearchDocument
from search.engines.words import phrase

_NAMED = (COLUMNS.id, COLUMNS.version, COLUMNS.organisation_id)
_CLOCK = text("(extract(epoch from clock_timestamp()) * 1000000)::bigint")
_NEXT = text("greatest(search_documents.sequence + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)")


def mirror(document: Document) -> UUID:
    """Write or replace the search document of an object, and emit DocumentChanged. Returns the document's own id.

    Refuses what no engine could hold: an object that is not its organisation's is refused by the database itself.
    """
    if document.envelope is not None and len(document.envelope) > 3:
        raise Refusal("document.sides", "外形尺寸最多三个数值")
    values = _values(told(document))
    changed = {name: values[name] for name in values if name not in ("kind", "object_id", "organisation_id")}
    changed |= {"deleted": False, "sequence": _NEXT, "version": COLUMNS.version + 1, "updated_at": func.clock_timestamp()}
    statement = insert(SearchDocument).values(**values, sequence=_CLOCK).on_conflict_do_update(constraint="search_documents_object", set_=changed)
    return _tell(db.session.execute(statement.returning(*_NAMED)).one())


def remove(kind: str, object_id: UUID) -> UUID | None:
    """Take an object's document back: nobody but its own organisation and the system sees the row any more. A second call does nothing."""
    gone = {"deleted": True, "audience": [], "sequence": _NEXT, "version": COLUMNS.version + 1, "updated_at": func.clock_timestamp()}
    statement = update(SearchDocument).where(COLUMNS.kind == kind, COLUMNS.object_id == object_id, COLUMNS.deleted.is_(False))
    row = db.session.execute(statement.values(**gone).returning(*_NAMED)).one_or_none()
    return None if row is None else _tell(row)


def _tell(row: Row[Any]) -> UUID:
    named = Named(row.id, row.version, row.organisation_id)
    emit(DocumentChanged(named))
    return named.id


def _values(document: Document) -> dict[str, Any]:
    """Return the row of a document."""
    sides = (*document.sides, None, None, None)
    confirmed = document.confirmed_at
    return {
        "kind": document.kind,
        "object_id": document.object_id,
        "object_version": document.object_version,
        "organisation_id": document.organisation_id,
        "side": document.side.value,
        "market": document.market,
        "audience": list(document.readers),
        "title": document.title[:200],
        "text": clean_text(document.text),
        "words": phrase(f"{document.title} {document.text}"),
        "codes": prefixed(exact(document)),
        "tokens": prefixed(searched(document)),
        "side_a": sides[0],
        "side_b": sides[1],
        "side_c": sides[2],
        "confirmed_at": confirmed if confirmed is not None else CLOCK,
        "weeks": [free.week for free in document.weeks],
        "week_minutes": [free.minutes for free in document.weeks],
        "private": sorted(document.private),
        "card": dict(document.card),
        **_figures(document),
    }


def _figures(document: Document) -> dict[str, Any]:
    return {
        "tolerance_mm": document.tolerance_mm,
        "quantity_min": document.quantity_min,
        "quantity_max": document.quantity_max,
        "price_fen": document.price_fen,
        "price_unit": document.price_unit,
        "minutes": document.minutes,
        "lead_time_days": document.lead_time_days,
        "latitude": document.place.latitude if document.place else None,
        "longitude": document.place.longitude if document.place else None,
        "rating": document.rating,
        "ratings": document.ratings,
        "open_until": document.open_until,
    }
