"""Spans of instants, shifts and weeks: pure arithmetic. Spans are half-open; weeks are ISO weeks of Asia/Shanghai, written 202648."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gongchuang.refusal import Refusal

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
PIECE = 8 * 60
"""A shift longer than this is shown, and blocked, in pieces."""

Week = Sequence[Sequence[Sequence[int]]]


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """The instants from `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    @property
    def minutes(self) -> int:
        return int((self.end - self.start) / MINUTE)

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, order=True, slots=True)
class Window(Span):
    """A span on one of several same machines, counted from 1."""

    unit: int = 1


def merge(spans: Iterable[Span]) -> list[Span]:
    """Return the same instants as sorted spans that neither overlap nor touch."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if span.end <= span.start:
            continue
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(Span(span.start, span.end))
    return merged


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what of `spans` lies in none of `taken`."""
    left: list[Span] = []
    holes = merge(taken)
    for span in merge(spans):
        at = span.start
        for hole in holes:
            if hole.end <= at or hole.start >= span.end:
                continue
            if hole.start > at:
                left.append(Span(at, hole.start))
            at = max(at, hole.end)
        if at < span.end:
            left.append(Span(at, span.end))
    return left


def clip(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """Return what of `spans` lies within [start, end)."""
    return [Span(max(s.start, start), min(s.end, end)) for s in merge(spans) if s.start < end and s.end > start]


def clip_each(spans: Iterable[Span], within: Span) -> list[Span]:
    """Return each span's part within another, not merged: holds that overlap stay several."""
    return [Span(max(s.start, within.start), min(s.end, within.end)) for s in spans if s.overlaps(within)]


def total(spans: Iterable[Span]) -> int:
    """Return the minutes of spans that may overlap, each instant once."""
    return sum(span.minutes for span in merge(spans))


def day_of(moment: datetime) -> date:
    """Return the day in Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def midnight(day: date) -> datetime:
    """Return the instant a day begins in Shanghai, in UTC (so that arithmetic on it is arithmetic on instants)."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def week_code(day: date) -> int:
    """Return the ISO week of a day: 202648."""
    year, week, _ = day.isocalendar()
    return year * 100 + week


def week_start(code: int) -> date:
    """Return the Monday of an ISO week. Refuses a week that does not exist."""
    try:
        return date.fromisocalendar(code // 100, code % 100, 1)
    except (ValueError, OverflowError):
        raise Refusal("week.unknown", "第 %(week)s 周不存在，请写成 2026-W48 或 202648", field="weeks", week=code) from None


def weeks_from(day: date, count: int = 8) -> list[int]:
    """Return the codes of `count` weeks, the first holding `day`."""
    monday = day - timedelta(days=day.weekday())
    return [week_code(monday + timedelta(weeks=i)) for i in range(count)]


def week_span(code: int) -> Span:
    """Return the instants of an ISO week in Shanghai."""
    monday = week_start(code)
    return Span(midnight(monday), midnight(monday + timedelta(days=7)))


def minutes_by_week(spans: Iterable[Span], weeks: Iterable[int]) -> dict[int, int]:
    """Return how many minutes of the spans lie in each week; the same hour of two machines counts twice."""
    held = list(spans)
    return {code: sum(s.minutes for s in clip_each(held, week_span(code))) for code in weeks}


def next_quarter(moment: datetime) -> datetime:
    """Return the first quarter of an hour that is not before `moment`."""
    quarter = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
    return quarter if quarter == moment else quarter + 15 * MINUTE


def shift_days(week: Week, first: date, last: date, closed: Callable[[date], bool] = lambda _: False) -> Iterator[tuple[date, list[Span]]]:
    """Yield each day from `first` to `last` with its shifts as spans; a closed day has none. A night shift belongs to the day it begins on."""
    day = first
    while day <= last:
        begin = midnight(day)
        shifts = [] if closed(day) else [Span(begin + start * MINUTE, begin + end * MINUTE) for start, end in week[day.weekday()]]
        yield day, shifts
        day += DAY


def working(week: Week, start: datetime, end: datetime, closed: Callable[[date], bool] = lambda _: False) -> list[Span]:
    """Return when a machine is worked within [start, end)."""
    days = shift_days(week, day_of(start) - DAY, day_of(end), closed)
    return clip((span for _, shifts in days for span in shifts), start, end)


def pieces(shifts: Iterable[Span]) -> list[Span]:
    """Cut a day's shifts into pieces of at most eight hours: what one tap blocks."""
    cut: list[Span] = []
    for shift in shifts:
        at = shift.start
        while at < shift.end:
            to = min(at + PIECE * MINUTE, shift.end)
            cut.append(Span(at, to))
            at = to
    return cut


def crowded(held: Iterable[Span], factor: int) -> list[Span]:
    """Return where at least `factor` of the spans overlap: no further soft hold fits there."""
    edges = sorted([(s.start, 1) for s in held if s.end > s.start] + [(s.end, -1) for s in held if s.end > s.start], key=lambda e: (e[0], e[1]))
    full: list[Span] = []
    depth, since = 0, None
    for at, step in edges:
        depth += step
        if depth >= factor and since is None:
            since = at
        elif depth < factor and since is not None:
            full.append(Span(since, at))
            since = None
    return merge(full)


def depth_of(held: Sequence[Span]) -> int:
    """Return how many of the spans overlap at most."""
    depth = 0
    while crowded(held, depth + 1):
        depth += 1
    return depth
