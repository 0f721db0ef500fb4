"""What can be reported and taken down: each room registers its kinds here, from its manifest.

    from services.moderation.subjects import Moderated, Subject, register
    register(Moderated("offer", N_("空闲产能"), find=moderation.subject, take_down=moderation.take_down, put_back=moderation.put_back))

`find(id)` runs under the reader's own rights and raises NotFound for what the reader may not see. `take_down` and `put_back` run within the operator's
transaction, but under the owner's tenancy, with `Actor.system(owner)`: they call the owner's own actions (withdraw, hide), audit and emit as those do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gongchuang.actor import Actor
from gongchuang.refusal import NotFound


@dataclass(frozen=True)
class Subject:
    """A published thing as a report names it."""

    title: str
    url: str
    organisation_id: UUID


@dataclass(frozen=True)
class Moderated:
    """A kind of published thing. `put_back` is None where nothing can be: the owner publishes anew."""

    kind: str
    label: str
    find: Callable[[UUID], Subject]
    take_down: Callable[[Actor, UUID, datetime], None]
    put_back: Callable[[Actor, UUID, datetime], None] | None = None


_kinds: dict[str, Moderated] = {}


def register(moderated: Moderated) -> None:
    """Let a kind be reported and taken down. Registering it again replaces it."""
    _kinds[moderated.kind] = moderated


def moderated(kind: str) -> Moderated:
    """Return a registered kind; an unknown one is the 404 of a missing page."""
    if kind not in _kinds:
        raise NotFound
    return _kinds[kind]


def kinds() -> dict[str, Moderated]:
    return dict(_kinds)
