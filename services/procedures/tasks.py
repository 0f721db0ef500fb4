"""The clock of procedures."""

from datetime import datetime

from sqlalchemy import select

from gongchuang.database import db
from gongchuang.events import cron, emit

from .events import ProcedureClosed
from .models import TRANSITIONS, Procedure

BATCH = 200


@cron(seconds=15)
def close_due(now: datetime) -> None:
    """Close what is past its deadline. Nothing depends on the moment: submissions are judged by the deadline itself."""
    due = select(Procedure).where(Procedure.status == "open", Procedure.closes_at <= now).order_by(Procedure.closes_at).limit(BATCH)
    for procedure in db.session.scalars(due.with_for_update(skip_locked=True)).all():
        assert "closed" in TRANSITIONS[procedure.status]
        procedure.status = "closed"
        emit(ProcedureClosed(procedure))
