"""What matching says."""

from gongchuang.events import Event


class MatchFound(Event):
    """An offer and a need fit that did not before. Its organisation is the side that did not just publish: it is told of this one match."""

    kind = "match"


class MatchesFound(Event):
    """A document that was just published or changed found new matches. Its organisation is the publishing side: it is told once, of all."""

    kind = "search_document"
