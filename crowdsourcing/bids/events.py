"""What happens to bids."""

from gongchuang.events import Event


class BidSubmitted(Event):
    """A bidder handed one in, or a new version of it."""

    kind = "bid"


class BidWithdrawn(Event):
    """A bidder took it back before the deadline."""

    kind = "bid"


class BidAwarded(Event):
    """The publisher chose it. Its organisation is the publisher."""

    kind = "bid"


class BidLost(Event):
    """The task ended without it: another was chosen, or none. Its organisation is the bidder."""

    kind = "bid"


class BidOpened(Event):
    """The deadline opened a sealed one. Its organisation is the bidder."""

    kind = "bid"
