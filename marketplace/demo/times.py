"""When things of the demo happened: days before or after loading, at an hour of the working day that its key decides."""

from datetime import datetime, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(now: datetime, days: float, key: str, *, before: datetime | None = None) -> datetime:
    """Return the moment `days` after `now`'s day (negative: before) between 8:30 and 17:30 in Shanghai, never later than `before`."""
    day = (now.astimezone(SHANGHAI) + timedelta(days=days)).replace(hour=8, minute=30, second=0, microsecond=0)
    moment = day + timedelta(minutes=crc32(key.encode()) % 540)
    return min(moment, before) if before is not None else moment


def deadline(now: datetime, days: int) -> datetime:
    """Return 17:00 in Shanghai `days` after `now`'s day."""
    return (now.astimezone(SHANGHAI) + timedelta(days=days)).replace(hour=17, minute=0, second=0, microsecond=0)


def between(start: datetime, end: datetime, share: float) -> datetime:
    """Return the moment after that share of the time from `start` to `end`."""
    return start + (end - start) * share
