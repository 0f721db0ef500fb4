"""Connections that do not wait for ever. A server that is frozen, or cut off without a word, answers nothing and closes nothing:

PostgreSQL's own time-outs are its own, and the kernel notices only a peer whose machine is gone. So each statement has a time in which it must
be answered, a little longer than the server's `statement_timeout`; past it the connection is closed and the statement has failed.
"""

from typing import Any

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

CONNECT_SECONDS = 3
IDLE_PATIENCE = 3.0
"""Seconds for what must answer at once: the ping before a connection is used again, a rollback, the beginning of a transaction."""
GRACE_SECONDS = 2.0
"""How much longer than the server's own limit we wait for its word."""
NETWORK = {"connect_timeout": CONNECT_SECONDS, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


class PatientConnection(psycopg.Connection[Any]):
    """A connection whose every answer must come within `patience` seconds."""

    patience: float = IDLE_PATIENCE

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError("the database does not answer") from None


def have_patience(connection: Connection, seconds: float) -> None:
    """Give the statements of the transaction that begins `seconds` on the server, and a grace for its word."""
    driver = connection.connection.dbapi_connection
    if isinstance(driver, PatientConnection):
        driver.patience = seconds + GRACE_SECONDS


def watch(engine: Engine) -> None:
    """Let every connection of `engine` be a patient one."""

    @event.listens_for(engine, "do_connect")
    def connect(_: Any, __: Any, positional: list[Any], named: dict[str, Any]) -> Any:
        return PatientConnection.connect(*positional, **(NETWORK | named))

    @event.listens_for(engine, "reset")
    def reset(driver: DBAPIConnection, *_: Any) -> None:
        if isinstance(driver, PatientConnection):
            driver.patience = IDLE_PATIENCE


__all__ = ["NETWORK", "PatientConnection", "have_patience", "watch"]
