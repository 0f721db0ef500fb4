"""Asking for a new index, and filling it."""

from datetime import datetime

from gongchuang.database import db, move
from gongchuang.events import emit
from search.documents import mirroring
from search.engines.port import EngineUnavailable
from search.reindex.events import ReindexAsked
from search.reindex.models import TRANSITIONS, Reindex


def ask() -> Reindex:
    """Ask the worker for a new index."""
    request = Reindex()
    db.session.add(request)
    db.session.flush()
    emit(ReindexAsked(request))
    return request


def fill(request: Reindex, now: datetime) -> None:
    """Fill a new index and put it in place; note what came of it. A request that was answered already is left alone."""
    if request.status != "asked":
        return
    try:
        documents = mirroring.rebuild()
    except EngineUnavailable as error:
        move(request, TRANSITIONS, to="failed", finished_at=now, error=str(error)[:2000])
        return
    move(request, TRANSITIONS, to="done", finished_at=now, documents=documents)
