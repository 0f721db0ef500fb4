"""Reporting what was put out under a procedure, and taking it down: the same for orders and tasks."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from gongchuang.actor import Actor
from gongchuang.refusal import NotFound
from services.moderation.subjects import Moderated, Subject, register
from services.procedures.models import Procedure
from services.procedures.rules import ENDED


class PutOut(Protocol):
    """An order or a task."""

    @property
    def id(self) -> UUID: ...
    @property
    def title(self) -> str: ...
    @property
    def organisation_id(self) -> UUID: ...
    @property
    def procedure(self) -> Procedure: ...


T = TypeVar("T", bound=PutOut)


def let_be_reported(kind: str, label: str, *, url: str, reason: str, find: Callable[[UUID], T], cancel: Callable[[Actor, T, str, datetime], object]) -> None:
    """Register a kind that lies under `url`. Taken down, it is cancelled for `reason`: found no more, its files close, who answered is told.

    What was decided stays decided, and nothing is put back after an appeal: the owner puts it out again. A draft is nobody's to report.
    """

    def subject(its_id: UUID) -> Subject:
        found = find(its_id)
        if found.procedure.status == "draft":
            raise NotFound
        return Subject(title=found.title, url=f"{url}/{found.id}", organisation_id=found.organisation_id)

    def take_down(actor: Actor, its_id: UUID, now: datetime) -> None:
        found = find(its_id)
        if found.procedure.status not in ENDED:
            cancel(actor, found, reason, now)

    register(Moderated(kind, label, find=subject, take_down=take_down))
