"""What matching says."""

from uuid import UUID

from gongchuang.events import Event
from search.documents.events import Named


class MatchFound(Event):
    """An offer and a need fit that did not before. Its organisation is the side that did not just publish.

    One for each organisation, however many of its documents fit the one that was published: this is the best of them. A common offer fits thousands of
    needs, and one event for each would keep the workers from everything else. It is about the kind of need, whose feature tells people.
    """

    kind = "match"

    def __init__(self, match: Named, organisation_id: UUID, need_kind: str) -> None:
        super().__init__(match, organisation_id=organisation_id)
        self.about = need_kind


class MatchesFound(Event):
    """A document that was just published or changed found new matches. Its organisation is the publishing side: it is told once, of all, by the feature of the
    kind of thing that was published."""

    kind = "search_document"

    def __init__(self, document: Named, published: str) -> None:
        super().__init__(document)
        self.about = published
