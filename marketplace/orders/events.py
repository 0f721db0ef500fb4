"""What happens to orders."""

from gongchuang.events import Event


class OrderPublished(Event):
    """A buyer put an order out; its document can be found and matched."""

    kind = "order"


class FirmsInvited(Event):
    """A buyer asked more firms for quotes; who, the participants say."""

    kind = "order"


class OrderExtended(Event):
    """The deadline moved later."""

    kind = "order"


class OrderCancelled(Event):
    """A buyer called it off; the procedure holds the reason."""

    kind = "order"


class OrderFailed(Event):
    """It ended without a chosen supplier; the procedure holds the reason."""

    kind = "order"
