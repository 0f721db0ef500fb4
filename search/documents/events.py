"""What happens to documents."""

from dataclasses import dataclass
from uuid import UUID

from gongchuang.events import Event


@dataclass(frozen=True)
class Named:
    """A row as an event names it, where the row itself was written by SQL and not loaded."""

    id: UUID
    version: int
    organisation_id: UUID


class DocumentChanged(Event):
    """A document was written, changed or removed; the row says which."""

    kind = "search_document"
