"""What matching says."""

from gongchuang.events import Event


class MatchFound(Event):
    """An offer and a need fit that did not before. Its organisation is the side that did not just publish.

    One for each organisation, however many of its documents fit the one that was published: this is the best of them. A common offer fits thousands of
    needs, and one event for each would keep the workers from everything else.
    """

    kind = "match"


class MatchesFound(Event):
    """A document that was just published or changed found new matches. Its organisation is the publishing side: it is told once, of all."""

    kind = "search_document"
