"""The one commit site. A request, a job, a command: returning commits, raising rolls back, effects follow the commit.

| | database | effects | afterwards |
|---|---|---|---|
| returns | committed | run | run, each committed by itself |
| raises, or an error handler answers | rolled back | dropped | run |
| a GET | read-only, ended without a write | run | run |
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import structlog

from gongchuang import audit
from gongchuang.database.session import Scope, db, pending
from gongchuang.points import point

log = structlog.get_logger(__name__)


def _commit() -> None:
    writes = not db.session.info["scope"].read_only
    audit.write_pending()
    if writes:
        point("before commit")
    db.session.commit()  # the only one
    if writes:
        point("after commit")
    effects = list(pending("effects"))
    pending("effects").clear()
    for effect in effects:
        try:
            effect()
        except Exception:
            log.exception("effect failed", effect=getattr(effect, "__qualname__", repr(effect)))


def abandon() -> None:
    """Roll back, and forget what was to follow the commit."""
    db.session.rollback()
    pending("effects").clear()
    pending("audit").clear()


def finish() -> None:
    """Commit, run the effects, then the short writes that follow whatever happened."""
    _commit()
    finish_afterwards()


def finish_request() -> None:
    """End a request's unit of work. What follows it writes, even after a GET, whose own transaction was read-only."""
    _commit()
    if pending("afterwards"):
        db.session.info["scope"] = replace(db.session.info["scope"], read_only=False)
        finish_afterwards()


def finish_afterwards() -> None:
    """Run the waiting short writes, each committed by itself."""
    writes = list(pending("afterwards"))
    pending("afterwards").clear()
    for write in writes:
        try:
            write()
            _commit()
        except Exception:
            abandon()
            log.exception("afterwards failed", write=getattr(write, "__qualname__", repr(write)))


@contextmanager
def transaction(scope: Scope) -> Iterator[None]:
    """A unit of work outside a request, for `scope`."""
    before = db.session.info.get("scope")
    if db.session.in_transaction():
        raise RuntimeError("a unit of work is already running")
    db.session.info["scope"] = scope
    try:
        yield
        finish()
    except BaseException:
        abandon()
        raise
    finally:
        db.session.expunge_all()
        if before is None:
            db.session.info.pop("scope", None)
        else:
            db.session.info["scope"] = before
