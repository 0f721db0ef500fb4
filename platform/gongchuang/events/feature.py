"""What the outbox contributes: its invariants and its house-keeping."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, text

from gongchuang.database import db
from gongchuang.events.models import Delivery, OutboxEvent
from gongchuang.events.registry import HANDLERS, cron
from gongchuang.manifest import Feature

KEEP = timedelta(days=30)


@cron("41 3 * * *", queue="slow")
def forget_delivered(now: datetime) -> None:
    """Delete events a month after every handler is done with them; parked ones wait for a person."""
    open_ = select(1).where(Delivery.event_id == OutboxEvent.id, Delivery.status != "done")
    db.session.execute(delete(OutboxEvent).where(OutboxEvent.occurred_at < now - KEEP, ~open_.exists()))


def deliveries_have_handlers() -> list[str]:
    """No pending delivery waits for a handler that is gone, none waits longer than an hour."""
    rows = db.session.execute(text("select handler, count(*) from outbox_deliveries where status = 'pending' group by handler")).all()
    gone = [f"{count} deliveries wait for the unknown handler {handler}" for handler, count in rows if handler not in HANDLERS]
    late = db.session.execute(
        text("select count(*) from outbox_deliveries where status = 'pending' and attempts = 0 and available_at < clock_timestamp() - interval '1 hour'")
    ).scalar_one()
    return gone + ([f"{late} deliveries have waited over an hour: is a worker running?"] if late else [])


feature = Feature(name="events", crons=[forget_delivered], checks=[deliveries_have_handlers])
