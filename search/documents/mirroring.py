"""Bringing an engine to what the table says. The table is the truth; an engine is always rebuildable from it."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy import update

from gongchuang.database import db
from gongchuang.points import point
from search.documents import queries
from search.documents.fields import Entry, Gone
from search.documents.models import COLUMNS, SearchDocument
from search.engines.choice import index
from search.engines.port import DocumentsRefused, EngineUnavailable

BATCH = 500


def take_over() -> int:
    """Let the engine take over what waits, oldest change first, and note it. Returns how many documents.

    An engine without an index takes over everything first: an index of the latest changes alone would answer as if the rest were not there.
    """
    taken = 0
    if queries.any_waiting() and not index().engine.exists():
        with suppress(DocumentsRefused):  # the index holds all others by then; what it refused waits, and is met again below
            _refill()
    while rows := queries.waiting(BATCH):
        changes = [queries.change(row) for row in rows]
        _write(changes)
        taken += len(changes)
        if len(rows) < BATCH:
            break
    return taken


def _write(changes: Sequence[Entry | Gone]) -> None:
    """Let the engine take over these changes, and note it. Raises DocumentsRefused after noting the others: one it cannot hold holds up no other."""
    point("before engine write")
    try:
        index().engine.write(changes)
    except DocumentsRefused as refusal:
        queries.note_indexed(change for change in changes if change.id not in refusal.ids)
        queries.note_refused(refusal.ids)
        raise
    point("after engine write")
    queries.note_indexed(changes)


def fill_if_short() -> int:
    """Rebuild an index that holds fewer documents than it took over: a new one, or one that was lost and then written to. Returns how many it then holds."""
    expected = queries.settled()
    held = index().health().documents
    if held >= expected and (held or not queries.any_living()):
        return 0
    return _refill()


def _refill() -> int:
    if not queries.alone():
        raise EngineUnavailable("another process is filling the index")
    return rebuild()


def rebuild() -> int:
    """Fill a new index from the table and put it in the old one's place, then mend what changed meanwhile. Returns how many documents it holds."""
    held = index().engine.rebuild(queries.living())
    heal()
    return held


def differences() -> tuple[list[UUID], list[UUID], list[UUID]]:
    """Return ids the engine lacks or holds in an older version, ids it holds in a newer version than the table, and ids it should not hold."""
    held = dict(index().engine.versions())
    states = queries.states()
    lacking = [key for key, (sequence, deleted) in states.items() if not deleted and held.get(key, -1) < sequence]
    ahead = [key for key, (sequence, deleted) in states.items() if not deleted and held.get(key, -1) > sequence]
    surplus = [key for key in held if key not in states or states[key][1]]
    return lacking, ahead, surplus


def heal() -> int:
    """Mend every difference between engine and table; return how many there were.

    A document that the engine holds in a newer version (the database was restored) gets a version beyond it and waits again.
    """
    lacking, ahead, surplus = differences()
    held = dict(index().engine.versions()) if ahead or surplus else {}
    for key in ahead:
        db.session.execute(update(SearchDocument).where(COLUMNS.id == key).values(sequence=held[key] + 1))
    index().engine.write([Gone(key, held[key] + 1) for key in surplus])
    changes: list[Entry | Gone] = []
    wanted = [*lacking, *ahead]
    for start in range(0, len(wanted), BATCH):
        changes += [queries.change(row) for row in queries.rows(wanted[start : start + BATCH])]
    _write(changes)
    return len(lacking) + len(ahead) + len(surplus)
