"""Events: what happened, written in the transaction that made it happen, delivered to each handler at least once, its effect exactly once.

Emit in an action: `emit(OfferPublished(offer))`. Handle in a feature's `tasks.py`: `@handles(OfferPublished)`. An event carries ids, never
contents: the handler reads what it needs under its own rights.
"""

from gongchuang.events.outbox import Event, emit
from gongchuang.events.registry import Delivered, cron, handles

__all__ = ["Delivered", "Event", "cron", "emit", "handles"]
