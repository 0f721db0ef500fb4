"""Counting the statements behind a request: they must not grow with the rows it shows."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

ONCE_A_MINUTE = "WHERE organisations.demo)"
"""Whether the demo stands is asked by the first page of a minute, whichever that is: it belongs to none."""


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL statements of the block."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if ONCE_A_MINUTE not in statement:
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
