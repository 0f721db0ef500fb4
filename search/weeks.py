"""ISO weeks as whole numbers such as 202648: what idle hours are published by."""

from datetime import date, timedelta

WEEK = timedelta(days=7)


def week_of(day: date) -> int:
    """Return the ISO week a day lies in."""
    year, week, _ = day.isocalendar()
    return year * 100 + week


def monday(week: int) -> date:
    """Return the Monday an ISO week begins with."""
    return date.fromisocalendar(week // 100, week % 100, 1)


def weeks_between(first: date, last: date) -> tuple[int, ...]:
    """Return every ISO week with a day from `first` to `last`, both included."""
    found = []
    day = first - timedelta(days=first.weekday())
    while day <= last:
        found.append(week_of(day))
        day += WEEK
    return tuple(found)
