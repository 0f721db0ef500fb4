"""Writing events."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import text

from gongchuang.database.model import uuid7
from gongchuang.database.session import after_commit, current_scope, db
from gongchuang.events.registry import handlers_of
from gongchuang.jobs.queues import poke


class Event:
    """Something that happened to an object. Subclass in the past tense, with `kind`; `schema_version` grows when its meaning changes.

    Handlers may choose by what it is `about`: the object's kind, unless a subclass knows better.
    """

    kind: ClassVar[str] = ""
    schema_version: ClassVar[int] = 1

    def __init__(self, obj: Any, *, organisation_id: UUID | None = None) -> None:
        self.object = obj
        self.organisation_id = organisation_id or getattr(obj, "organisation_id", None)
        self.about: str = self.kind or obj.__tablename__


_EVENT = ("id", "name", "schema_version", "organisation_id", "object_kind", "object_id", "object_version")
_DELIVERY = ("delivery_id", "event_id", "handler", "queue")
_WRITE = text(
    """with written as (
           insert into outbox_events (id, name, schema_version, organisation_id, object_kind, object_id, object_version, actor_user_id, occurred_at)
           select *, cast(:actor as uuid), now_() from unnest(cast(:id as uuid[]), cast(:name as text[]), cast(:schema_version as int[]),
               cast(:organisation_id as uuid[]), cast(:object_kind as text[]), cast(:object_id as uuid[]), cast(:object_version as int[])))
       insert into outbox_deliveries (id, event_id, handler, queue)
       select * from unnest(cast(:delivery_id as uuid[]), cast(:event_id as uuid[]), cast(:handler as text[]), cast(:queue as text[]))"""
)


def emit(*events: Event) -> None:
    """Write `events` and their deliveries into the running transaction, in one statement, and wake the queues once it has committed."""
    db.session.flush()
    named = [(uuid7(), type(event).__name__, event) for event in events]
    written = [(identifier, name, *_object_of(event)) for identifier, name, event in named]
    due = [(uuid7(), identifier, each.name, each.queue) for identifier, name, event in named for each in handlers_of(name, event.about)]
    db.session.execute(_WRITE, {"actor": current_scope().user_id, **_columns(_EVENT, written), **_columns(_DELIVERY, due)})
    for queue in {queue for *_, queue in due}:
        _poke_once(queue)


def _object_of(event: Event) -> tuple[int, UUID | None, str, UUID, int]:
    kind = event.kind or event.object.__tablename__
    return event.schema_version, event.organisation_id, kind, event.object.id, getattr(event.object, "version", 1)


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def _poke_once(queue: str) -> None:
    """One poke a queue and unit of work, however many events it wrote."""
    waiting: set[str] = db.session.info.setdefault("poked", set())
    if queue not in waiting:
        waiting.add(queue)

        def wake() -> None:
            waiting.discard(queue)
            poke(queue)

        after_commit(wake)
