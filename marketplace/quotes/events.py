"""What happens to quotes. Each belongs to the supplier's organisation."""

from gongchuang.events import Event


class QuoteSubmitted(Event):
    """A supplier handed a quote in; the buyer can read it."""

    kind = "quote"


class QuoteWithdrawn(Event):
    """A supplier took its quote back; its hours are free again."""

    kind = "quote"


class QuoteJustified(Event):
    """A supplier explained an abnormally low price."""

    kind = "quote"


class QuoteAwarded(Event):
    """A buyer chose a quote; its hours are booked."""

    kind = "quote"


class QuoteLost(Event):
    """A buyer chose another quote, or none."""

    kind = "quote"


class QuoteDeclined(Event):
    """A firm said that it will not quote."""

    kind = "order"
