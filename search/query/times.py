"""Times in typed words: 本周, 两周内, 10天内, 一个月内, 12月, 12月10日前. Pure. What is asked is the ISO weeks that will do."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from search.query.asked import Asked
from search.weeks import weeks_between

_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "半": 0}
_COUNT = r"(\d{1,3}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九半])"
LONGEST_DAYS = 366


def number(word: str) -> int:
    """Return a small whole number written in digits or in Chinese (十二, 二十, 两)."""
    if word.isdigit():
        return int(word)
    tens, ten, units = word.partition("十")
    if not ten:
        return _DIGITS[word]
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[units] if units else 0)


def _within(days: int, today: date) -> tuple[date, date]:
    return today, today + timedelta(days=min(days, LONGEST_DAYS))


def _month(month: int, today: date) -> tuple[date, date] | None:
    """Return the coming month of that number: this one while it lasts."""
    if not 1 <= month <= 12:
        return None
    year = today.year + (month < today.month)
    return max(today, date(year, month, 1)), date(year, month, monthrange(year, month)[1])


def _before(month: int, day: int, today: date) -> tuple[date, date] | None:
    try:
        end = date(today.year, month, day)
        end = end if end >= today else date(today.year + 1, month, day)
    except ValueError:
        return None
    return today, end


def _week(ahead: int, today: date) -> tuple[date, date]:
    first = today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)
    return max(today, first), first + timedelta(days=6)


Reading = Callable[[re.Match[str], date], tuple[date, date] | None]

_PATTERNS: tuple[tuple[re.Pattern[str], Reading], ...] = (
    (re.compile(r"(\d{1,2})月(\d{1,2})[日号](?:之?前|以前|内)"), lambda m, today: _before(int(m[1]), int(m[2]), today)),
    (re.compile(rf"{_COUNT}\s*(?:周|星期|个星期|礼拜)(?:之|以)?内"), lambda m, today: _within(number(m[1]) * 7, today)),
    (re.compile(rf"{_COUNT}\s*(?:天|日)(?:之|以)?内"), lambda m, today: _within(number(m[1]), today)),
    (re.compile(rf"{_COUNT}\s*个?月(?:之|以)?内"), lambda m, today: _within(15 if m[1] == "半" else number(m[1]) * 30, today)),
    (re.compile(r"[一1]\s*年(?:之|以)?内"), lambda m, today: _within(LONGEST_DAYS, today)),
    (re.compile(r"本周|这周|本星期|这个星期"), lambda m, today: _week(0, today)),
    (re.compile(r"下周|下星期|下个星期"), lambda m, today: _week(1, today)),
    (re.compile(r"本月|这个月|月底前|月底之前"), lambda m, today: _month(today.month, today)),
    (re.compile(r"下个?月"), lambda m, today: _month(today.month % 12 + 1, today)),
    (re.compile(r"(?<!\d)(\d{1,2})月(?:份|有空)?(?!\d)"), lambda m, today: _month(int(m[1]), today)),
)


def find(text: str, today: date) -> Iterator[tuple[int, int, Asked]]:
    """Yield the weeks that times in `text` ask for, with their place; earlier patterns win where two overlap."""
    for pattern, reading in _PATTERNS:
        for found in pattern.finditer(text):
            span = reading(found, today)
            if span is not None:
                weeks = tuple(str(week) for week in weeks_between(*span))
                yield *found.span(), Asked("week", weeks, phrase=found[0])
