"""The made world: its people, and the ids of what they have."""

from dataclasses import dataclass, field
from uuid import UUID

from gongchuang.actor import Actor
from gongchuang.organisations.models import Organisation
from gongchuang.web.application import Application
from tests.architecture.isolation.people import People


@dataclass(frozen=True)
class Sent:
    """A mail, a short message or a robot's post: how it went, to whom, what it said."""

    way: str
    to: str
    text: str


@dataclass
class World:
    """The people, and by `kind.variant` the ids of what they have: `order.draft`, `quote.rival`."""

    app: Application
    people: People
    ids: dict[str, UUID] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    """The canary inside a file's stored objects: `download.part`, `thumbnail.part`, `model.part`."""
    sent: list[Sent] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    """Paths and keys that are no ids: an invitation's link, an object's key."""

    def actor(self, name: str) -> Actor:
        return self.people[name].actor(api=False)

    def firm(self, name: str) -> Organisation:
        return self.people.firms[name]

    def of_kind(self, kind: str) -> dict[str, UUID]:
        return {name: found for name, found in self.ids.items() if name.partition(".")[0] == kind}
