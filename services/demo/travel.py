"""Going back in time while loading, so that the demo has a past: orders that have closed, quotes that were chosen last week.

The database's clock is a row. While loading, the program may change it; each unit of work shifts it inside its own transaction and puts it back
before the commit, so nobody else ever sees it shifted, and whatever happens, the right ends with `permitted`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from gongchuang import audit
from gongchuang.database import Row, Scope, db, now
from gongchuang.database.session import SYSTEM_ROLE
from gongchuang.database.unit import transaction
from gongchuang.events import relay
from gongchuang.settings import Settings

_QUICKLY = text("set local synchronous_commit = off")
"""The next ordinary commit makes all before it durable; a demo need not wait a thousand times for the disk."""
_SHIFT = text("update clock set shift = make_interval(secs => :seconds)")


@contextmanager
def permitted(settings: Settings) -> Iterator[None]:
    """Let the program's roles set the clock's row until the end of the block.

    No clock ticks meanwhile, in any process: it would close what the demo has put out in its past before anybody there could answer.
    """
    assert settings.database_owner_url
    assert settings.database_url
    engine = create_engine(settings.database_owner_url)
    roles = f'"{make_url(settings.database_url).username}", {SYSTEM_ROLE}'
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"grant update on clock to {roles}")
        try:
            with relay.clocks_held(engine):
                yield
        finally:
            with engine.begin() as connection:
                connection.exec_driver_sql(f"revoke update on clock from {roles}")
    finally:
        engine.dispose()


@contextmanager
def moment(scope: Scope, ago: timedelta = timedelta()) -> Iterator[datetime]:
    """A unit of work for `scope` as if it were `ago` earlier; yields that moment. Must run inside `permitted` unless `ago` is nought."""
    with transaction(scope):
        if not ago:
            yield now()
            return
        db.session.execute(_QUICKLY)
        db.session.execute(_SHIFT, {"seconds": -ago.total_seconds()})
        then = now()
        with _stamped(then):
            yield then
            db.session.flush()
        audit.write_pending()
        db.session.execute(_SHIFT, {"seconds": 0})


@contextmanager
def _stamped(then: datetime) -> Iterator[None]:
    """Let new rows say that they were made at `then`: their own default is the transaction's true time."""

    def stamp(session: Session, *_: Any) -> None:
        for row in session.new:
            if isinstance(row, Row) and row.created_at is None:
                row.created_at = then

    session = db.session
    event.listen(session, "before_flush", stamp)
    try:
        yield
    finally:
        event.remove(session, "before_flush", stamp)
