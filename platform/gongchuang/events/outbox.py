"""Writing events."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, String, Uuid, func, insert, literal, select, text

from gongchuang.database.model import uuid7
from gongchuang.database.session import after_commit, current_scope, db
from gongchuang.events.models import Delivery, OutboxEvent
from gongchuang.events.registry import handlers_of
from gongchuang.jobs.queues import poke


class Event:
    """Something that happened to an object. Subclass in the past tense, with `kind`; `schema_version` grows when its meaning changes."""

    kind: ClassVar[str] = ""
    schema_version: ClassVar[int] = 1

    def __init__(self, obj: Any, *, organisation_id: UUID | None = None) -> None:
        self.object = obj
        self.organisation_id = organisation_id or getattr(obj, "organisation_id", None)


def emit(event: Event) -> None:
    """Write `event` and its deliveries into the running transaction, and wake the queues once it has committed."""
    db.session.flush()
    name = type(event).__name__
    event_id = uuid7()
    written = insert(OutboxEvent).values(
        id=event_id,
        name=name,
        schema_version=event.schema_version,
        organisation_id=event.organisation_id,
        object_kind=event.kind or event.object.__tablename__,
        object_id=event.object.id,
        object_version=getattr(event.object, "version", 1),
        actor_user_id=current_scope().user_id,
        occurred_at=text("now_()"),
    )
    handlers = handlers_of(name)
    if handlers:  # with its deliveries in one statement
        columns = (([uuid7() for _ in handlers], Uuid), ([h.name for h in handlers], String), ([h.queue for h in handlers], String))
        rows = select(literal(event_id), *(func.unnest(literal(values, ARRAY(of))) for values, of in columns))
        written = insert(Delivery).from_select(["event_id", "id", "handler", "queue"], rows, include_defaults=False).add_cte(written.cte("written"))
    db.session.execute(written)
    for queue in {h.queue for h in handlers}:
        _poke_once(queue)


def _poke_once(queue: str) -> None:
    """One poke a queue and unit of work, however many events it wrote."""
    waiting: set[str] = db.session.info.setdefault("poked", set())
    if queue not in waiting:
        waiting.add(queue)

        def wake() -> None:
            waiting.discard(queue)
            poke(queue)

        after_commit(wake)
