"""What must hold of quotes at any moment."""

from sqlalchemy import text

from gongchuang.database import db

_BREAKS = (
    (
        "quotes whose submission names another order or buyer",
        """select count(*) from quotes q join submissions s on s.id = q.id
           where s.procedure_id <> q.order_id or s.buyer_organisation_id <> q.buyer_organisation_id or s.object_kind <> 'quote'""",
    ),
    (
        "handed-in quotes without a price for every part",
        """select count(*) from quotes q join submissions s on s.id = q.id where s.submitted_at is not null and (q.landed_fen is null
           or exists (select 1 from order_parts p where p.order_id = q.order_id
                      and not exists (select 1 from quote_lines l where l.quote_id = q.id and l.part_id = p.id and l.unit_price_fen is not null)))""",
    ),
    (
        "bookings of quotes that were not awarded",
        """select count(*) from allocations a join submissions s on s.id = a.source_id
           where a.source_kind = 'quote' and a.status = 'booked' and s.status <> 'awarded'""",
    ),
    (
        "awarded quotes whose hours were never booked",
        """select count(*) from submissions s where s.object_kind = 'quote' and s.status = 'awarded'
           and exists (select 1 from allocations a where a.source_kind = 'quote' and a.source_id = s.id and a.status = 'soft')""",
    ),
)


def quotes_hold() -> list[str]:
    """Each quote answers the order it says, with a price for all of it; what is booked was awarded."""
    counted = [(sentence, db.session.execute(text(query)).scalar_one()) for sentence, query in _BREAKS]
    return [f"{count} {sentence}" for sentence, count in counted if count]
