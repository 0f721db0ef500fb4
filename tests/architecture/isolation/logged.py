"""What the program writes into its log while a block runs: its own lines and those of the libraries, as they would leave it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import structlog

from tests.schema import Wipe


@contextmanager
def logged() -> Iterator[StringIO]:
    """Gather every log line. The program keeps the stream it was started with, so capturing the process's output would miss its lines."""
    lines = StringIO()
    before, handler, root = structlog.get_config()["logger_factory"], logging.StreamHandler(lines), logging.getLogger()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(lines))
    root.addHandler(handler)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        structlog.configure(logger_factory=before)


@contextmanager
def failing(wipe: Wipe) -> Iterator[None]:
    """Let the database refuse, with the whole row in its words, what is said in a conversation and what is told of it."""
    refuse = "begin raise exception 'no room for %%', to_jsonb(new); end"
    wipe.execute(f"create function kept.refuse() returns trigger language plpgsql as $$ {refuse} $$")
    for table in ("conversation_lines", "messages"):
        wipe.execute(f"create trigger refuse before insert on {table} for each row execute function kept.refuse()")
    try:
        yield
    finally:
        wipe.execute("drop function kept.refuse() cascade")
