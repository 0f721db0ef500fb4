"""Reads of quotes. Row-level security has already removed what the reader may not see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, text

from gongchuang.database import as_system, db, found_or_404
from gongchuang.pages import Page, page_of
from marketplace.machines.models import Certificate
from marketplace.quotes import rules
from marketplace.quotes.models import Decline, Justification, Quote
from services.procedures.models import Procedure, Submission

STANDING = ("submitted", "awarded", "lost")


def quote(quote_id: UUID) -> Quote:
    return found_or_404(Quote, quote_id)


def living(order_id: UUID, organisation_id: UUID | None) -> Quote | None:
    """Return a firm's own quote for an order that is not withdrawn, its draft included."""
    mine = select(Quote).join(Quote.submission).where(Quote.order_id == order_id, Quote.organisation_id == organisation_id, Submission.status != "withdrawn")
    return db.session.scalars(mine).unique().one_or_none()


def of_order(order_id: UUID) -> list[Quote]:
    """Return what was handed in for an order and stands or was decided, first come first: for its buyer all, for a supplier its own."""
    chosen = select(Quote).join(Quote.submission).where(Quote.order_id == order_id, Submission.status.in_(STANDING))
    return list(db.session.scalars(chosen.order_by(Submission.submitted_at, Quote.id)).unique())


def mine(organisation_id: UUID | None, status: str | None, cursor: str | None) -> Page[Quote]:
    """Return a firm's own quotes, latest first; `status` one of draft, submitted, awarded, lost, withdrawn."""
    chosen = select(Quote).join(Quote.submission).where(Quote.organisation_id == organisation_id).order_by(Quote.id.desc())
    known = status if status in ("draft", *STANDING, "withdrawn") else None
    return page_of(chosen.where(Submission.status == known) if known else chosen, cursor)


def past(organisation_id: UUID | None, but: UUID, limit: int = 8) -> list[Quote]:
    """Return a firm's latest handed-in quotes for other orders: what may be copied."""
    chosen = select(Quote).join(Quote.submission).where(Quote.organisation_id == organisation_id, Quote.order_id != but, Submission.submitted_at.is_not(None))
    return list(db.session.scalars(chosen.order_by(Quote.id.desc()).limit(limit)).unique())


def titles(order_ids: Iterable[UUID]) -> dict[UUID, tuple[str, UUID, str, datetime | None]]:
    """Return title, buyer, state and deadline of orders the reader sees: one statement."""
    asked = text("""select o.id, o.title, o.organisation_id, p.status, p.closes_at from orders o join procedures p on p.id = o.id where o.id = any(:ids)""")
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in db.session.execute(asked, {"ids": list(order_ids)})}


def justified(quote_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return how low prices were explained, by quote."""
    rows = db.session.execute(select(Justification.quote_id, Justification.text).where(Justification.quote_id.in_(quote_ids))) if quote_ids else ()
    return {row[0]: row[1] for row in rows}


def abnormal_in(order_id: UUID) -> set[UUID]:
    """Return the abnormally low among all quotes that stand for an order. Figures only; runs as the system role, for a supplier sees its own alone."""
    landed = select(Quote.id, Quote.landed_fen).join(Submission, Submission.id == Quote.id)
    with as_system():
        rows = db.session.execute(landed.where(Quote.order_id == order_id, Submission.status.in_(STANDING), Quote.landed_fen.is_not(None)))
        return rules.abnormally_low({row[0]: row[1] or 0 for row in rows})


@dataclass(frozen=True, slots=True)
class Hours:
    """Machine hours of a quote: minutes still held or booked, minutes lost (to others, run out, begun unbooked), when the first begin and the last end."""

    held: int = 0
    lost: int = 0
    booked: bool = False
    begins_at: datetime | None = None
    ends_at: datetime | None = None


_HOURS = text(
    """select source_id, coalesce(sum(minutes) filter (where not gone), 0)::bigint, coalesce(sum(minutes) filter (where gone), 0)::bigint,
              bool_or(booked), min(begins_at) filter (where not gone), max(ends_at) filter (where not gone)
       from (select source_id, lower(during) as begins_at, upper(during) as ends_at, extract(epoch from upper(during) - lower(during)) / 60 as minutes,
                    status = 'booked' as booked,
                    (status in ('soft', 'firm') and (until <= :now or lower(during) <= :now)) or coalesce(reason in ('displaced', 'expired'), false) as gone
             from allocations where source_kind = 'quote' and source_id = any(:ids) and reason is distinct from 'withdrawn') held
       group by source_id"""
)


def hours_of(quote_ids: Sequence[UUID], now: datetime) -> dict[UUID, Hours]:
    """Return the hours behind quotes the reader may see: minutes only, read as the system role, for the rows are the suppliers' calendars."""
    if not quote_ids:
        return {}
    with as_system():
        rows = db.session.execute(_HOURS, {"ids": list(quote_ids), "now": now}).all()
    return {row[0]: Hours(int(row[1]), int(row[2]), bool(row[3]), row[4], row[5]) for row in rows}


def certificates_in_force(organisation_ids: Sequence[UUID], today: date) -> dict[UUID, tuple[str, ...]]:
    """Return the codes of these firms' certificates that have not run out: one statement."""
    valid = Certificate.expires_on.is_(None) | (Certificate.expires_on >= today)
    chosen = select(Certificate.organisation_id, Certificate.code).where(Certificate.organisation_id.in_(organisation_ids), valid).order_by(Certificate.code)
    found: dict[UUID, tuple[str, ...]] = {}
    for organisation_id, code in db.session.execute(chosen):
        found[organisation_id] = (*found.get(organisation_id, ()), code)
    return found


def declines_of(order_id: UUID) -> list[Decline]:
    """Return who declined an order: for its buyer all, for a firm its own."""
    return list(db.session.scalars(select(Decline).where(Decline.order_id == order_id).order_by(Decline.id)))


def declined(order_id: UUID, organisation_id: UUID | None) -> bool:
    return db.session.scalar(select(Decline.id).where(Decline.order_id == order_id, Decline.organisation_id == organisation_id)) is not None


def procedure_of(order_id: UUID) -> Procedure:
    return found_or_404(Procedure, order_id)
