"""Structured logs: request id, person, organisation; never a price, a file name or what somebody typed."""

import logging
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any
from uuid import uuid4

import psycopg
import structlog
from flask import g, request

from gongchuang.settings import Settings

OURS = ("gongchuang", "search", "services", "marketplace", "crowdsourcing", "jinja2")
"""Whose exceptions say what went wrong in words of their own, or by names of the source."""
SPEAKING = (RuntimeError, TypeError, AttributeError, NameError, ImportError)
"""Python's own that name the source. A ValueError or a KeyError repeats what somebody typed, a database's error whole rows."""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what led to it, the latest first."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)


def _words(error: BaseException) -> str:
    """Return what may be said of an exception: its kind, and as much as cannot hold what somebody wrote."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, psycopg.Error):
        names = (error.diag.sqlstate, error.diag.table_name, error.diag.column_name, error.diag.constraint_name)
        return " ".join([kind, *(name for name in names if name)])
    if isinstance(error, OSError):
        return f"{kind}: {error.strerror}" if error.strerror else kind
    spoken = type(error) in SPEAKING or kind.partition(".")[0] in OURS
    return f"{kind}: {error}" if spoken and str(error) else kind


def told(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """Return a traceback without anything that was typed: the lines of the source, and of each exception what `_words` lets through."""
    parts = ["".join([*traceback.format_tb(each.__traceback__), _words(each)]) for each in _chain(exc_info[1])]
    return "\n\nwhich led to:\n\n".join(reversed(parts))


def configure(settings: Settings) -> None:
    """Log lines as text on a terminal, JSON elsewhere."""
    level = logging.getLevelName(settings.log_level.upper())
    renderer: Any = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.ExceptionRenderer(told),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    logging.getLogger("rq").setLevel(logging.ERROR)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def bind() -> None:
    """Give the request its id (the proxy's, if it sent a plausible one)."""
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if given.isalnum() and len(given) <= 64 else uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
