"""The session, what it may see, and the database's clock.

Every transaction begins by telling PostgreSQL for whom it runs (`SET LOCAL`); row-level security does the rest. Nobody told means no rows.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from inspect import iscoroutinefunction
from typing import Any
from uuid import UUID

from flask import has_request_context
from flask.sansio.app import App
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import ColumnElement, Connection, DateTime, event, literal_column, text
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.orm import Session, SessionTransaction

from gongchuang.actor import Actor
from gongchuang.database.patience import have_patience

SYSTEM_ROLE = "gongchuang_system"


@dataclass(frozen=True)
class Scope:
    """For whom a transaction runs. `system` switches to the role that sees every tenant's rows and may write few columns."""

    organisation_id: UUID | None = None
    user_id: UUID | None = None
    session_id: UUID | None = None
    audience: tuple[str, ...] = ("public",)
    system: bool = False
    read_only: bool = False

    @classmethod
    def of(cls, actor: Actor, *, read_only: bool = False) -> "Scope":
        return cls(actor.organisation_id, actor.user_id, actor.session_id, actor.audience, read_only=read_only)


class GroundSession(Session):
    """A session that knows its scope (`info["scope"]`)."""


_ENTER = text(
    """select set_config('app.organisation', :organisation, true), set_config('app.user', :user, true), set_config('app.session', :session, true),
              set_config('app.audience', :audience, true), set_config('role', :role, true), set_config('statement_timeout', :patience, true),
              set_config('lock_timeout', '5s', true), set_config('transaction_read_only', :read_only, true), now_()"""
)


def _patience(scope: Scope) -> int:
    """Return how many seconds a statement may take: someone waits for a request, nobody for a job."""
    if has_request_context():
        return 8
    return 60 if scope.system else 15


def _apply(session: Session, connection: Connection, scope: Scope) -> None:
    patience = _patience(scope)
    told = connection.execute(
        _ENTER,
        {
            "organisation": str(scope.organisation_id or ""),
            "user": str(scope.user_id or ""),
            "session": str(scope.session_id or ""),
            "audience": ",".join(scope.audience),
            "role": SYSTEM_ROLE if scope.system else "none",
            "patience": f"{patience}s",
            "read_only": "on" if scope.read_only else "off",
        },
    )
    session.info["entered_at"] = told.one()[-1]
    have_patience(connection, patience)


@event.listens_for(GroundSession, "after_begin")
def _begin(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if not transaction.nested:
        _apply(session, connection, session.info.get("scope", Scope()))


class Database(SQLAlchemy):
    """Flask-SQLAlchemy-Lite without its sessions for asyncio: to close those that nobody opened it started an event loop in a thread after every request."""

    def init_app(self, app: App) -> None:
        super().init_app(app)
        app.teardown_appcontext_funcs = [close for close in app.teardown_appcontext_funcs if not iscoroutinefunction(close)]


db = Database(
    session_options={"class_": GroundSession, "expire_on_commit": False},
    engine_options={"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20, "pool_timeout": 10},
)


def enter(scope: Scope) -> None:
    """Continue the running transaction (or begin the next) for another scope. Used where who acts becomes known: sign-in, a job's event."""
    session = db.session
    session.flush()
    session.info["scope"] = scope
    if session.in_transaction():
        _apply(session, session.connection(), scope)


def current_scope() -> Scope:
    scope: Scope = db.session.info.get("scope", Scope())
    return scope


@contextmanager
def as_system(*, at_the_end: bool = False) -> Iterator[None]:
    """Run the statements inside as the system role, which every policy lets see all rows; `at_the_end`, where nothing but the commit follows, to its end.

    For what crosses tenants by design: candidate ids, counts, tokens before sign-in, the few status columns a counterparty's decision moves
    (`__system_writes__`). Take ids and values out, never rows to show.
    """
    before = current_scope()
    if before.system:
        yield
        return
    enter(replace(before, system=True))
    try:
        yield
        db.session.flush()
    except BaseException:
        with suppress(DBAPIError, PendingRollbackError):  # what broke the transaction is what is raised
            _give_back(before)
        raise
    if at_the_end:
        db.session.info["scope"] = before
    else:
        _give_back(before)


def _give_back(scope: Scope) -> None:
    """Return to the role of `scope` within the running transaction."""
    db.session.info["scope"] = scope
    if db.session.in_transaction():
        db.session.execute(text("select set_config('role', :role, true)"), {"role": SYSTEM_ROLE if scope.system else "none"})


CLOCK: ColumnElement[datetime] = literal_column("(select now_())", DateTime(timezone=True))
"""The same clock inside a statement, read once. (`func.now_()` is not it: SQLAlchemy takes the underscore for an escape and asks PostgreSQL's own `now()`.)"""


def now() -> datetime:
    """Return the database's clock. Every deadline is judged by it and by nothing else; tests may shift it."""
    moment: datetime = db.session.execute(text("select now_()")).scalar_one()
    return moment


def entered_at() -> datetime:
    """Return the same clock as it stood when the running transaction was told for whom it runs: no statement more, for what only shows the time."""
    db.session.connection()  # begins one where none runs
    moment: datetime = db.session.info["entered_at"]
    return moment


def pending(kind: str) -> list[Any]:
    """Return the session's list of things that wait for the end of the unit of work: `audit`, `effects`, `afterwards`."""
    waiting: list[Any] = db.session.info.setdefault(kind, [])
    return waiting


def after_commit(effect: Callable[[], None]) -> None:
    """Run `effect` (mail, queue, engine: what lies outside the database) once the transaction has committed. A failing effect is logged only."""
    pending("effects").append(effect)


def afterwards(write: Callable[[], None]) -> None:
    """Write something in a short transaction of its own after this one, whether it commits or not: a receipt, a denial, a session's touch."""
    pending("afterwards").append(write)
