"""The clock over holds."""

from datetime import datetime

from gongchuang.events import cron
from marketplace.capacity import actions


@cron(seconds=60)
def expire_holds(now: datetime) -> None:
    """Release the holds whose time is over."""
    actions.expire(now)
