"""What must hold of orders at any moment."""

from sqlalchemy import text

from gongchuang.database import db

_BREAKS = (
    (
        "orders whose procedure is of another kind",
        "select count(*) from orders o join procedures p on p.id = o.id where p.object_kind <> 'order'",
    ),
    (
        "orders put out without a part",
        "select count(*) from orders o join procedures p on p.id = o.id where p.status = 'open' "
        "and not exists (select 1 from order_parts x where x.order_id = o.id)",
    ),
    (
        "open orders that cannot be found",
        """select count(*) from procedures p where p.object_kind = 'order' and p.status = 'open' and p.closes_at > now_()
           and not exists (select 1 from search_documents d where d.kind = 'order' and d.object_id = p.id and not d.deleted)""",
    ),
    (
        "drafts or ended orders that can be found",
        """select count(*) from procedures p join search_documents d on d.kind = 'order' and d.object_id = p.id and not d.deleted
           where p.object_kind = 'order' and p.status in ('draft', 'awarded', 'cancelled', 'failed')""",
    ),
)


def orders_hold() -> list[str]:
    """Each order has a procedure of its kind; what is open can be found, what is not cannot."""
    counted = [(sentence, db.session.execute(text(query)).scalar_one()) for sentence, query in _BREAKS]
    return [f"{count} {sentence}" for sentence, count in counted if count]
