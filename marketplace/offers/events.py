"""What happens to offers."""

from gongchuang.events import Event


class OfferPublished(Event):
    """Idle hours were put out, for the first time or again."""

    kind = "offer"


class OfferChanged(Event):
    """A published offer's terms changed."""

    kind = "offer"


class OfferWithdrawn(Event):
    """Its owner took it back."""

    kind = "offer"


class OfferExpired(Event):
    """Its last week is over."""

    kind = "offer"


class OfferHidden(Event):
    """Nobody confirmed it for 14 days."""

    kind = "offer"


class OfferUnconfirmed(Event):
    """Nobody confirmed it for 7 days: its owner is reminded."""

    kind = "offer"


class OfferConfirmed(Event):
    """Its owner said that it still stands."""

    kind = "offer"


class OfferDue(Event):
    """The clock found something to do about it."""

    kind = "offer"
