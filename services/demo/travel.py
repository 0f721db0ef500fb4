"""Going back in time while loading, so that the demo has a past: orders that have closed, quotes that were chosen last week.

The database's clock is a row. While loading, the program may change it; each unit of work shifts it inside its own transaction and puts it back
before the commit, so nobody else ever sees it shifted, and whatever happens, the right ends with `permitted`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from gongchuang import audit
from gongchuang.database import Scope, db, now
from gongchuang.database.session import SYSTEM_ROLE
from gongchuang.database.unit import transaction
from gongchuang.settings import Settings

_SHIFT = text("update clock set shift = make_interval(secs => :seconds)")


@contextmanager
def permitted(settings: Settings) -> Iterator[None]:
    """Let the program's roles set the clock's row until the end of the block."""
    assert settings.database_owner_url
    assert settings.database_url
    engine = create_engine(settings.database_owner_url)
    roles = f'"{make_url(settings.database_url).username}", {SYSTEM_ROLE}'
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"grant update on clock to {roles}")
        try:
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
        if ago:
            db.session.execute(_SHIFT, {"seconds": -ago.total_seconds()})
        yield now()
        if ago:
            audit.write_pending()
            db.session.execute(_SHIFT, {"seconds": 0})
