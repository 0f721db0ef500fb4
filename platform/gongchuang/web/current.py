"""What views ask for: who acts, the database's time."""

from datetime import datetime

from flask import g, has_request_context
from flask.typing import ResponseReturnValue as Answer

from gongchuang import database
from gongchuang.actor import NOBODY, Actor

__all__ = ["Answer", "actor", "now"]


def actor() -> Actor:
    """Return who is behind this request."""
    if not has_request_context():
        return NOBODY
    who: Actor = g.get("actor", NOBODY)
    return who


def now() -> datetime:
    """Return the database's clock, read once a request: for pages. An action asks `gongchuang.database.now()` under its lock."""
    if "now" not in g:
        g.now = database.entered_at()
    moment: datetime = g.now
    return moment
