"""Arithmetic on hours: every law as a property."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongchuang.refusal import Refusal
from marketplace.capacity import rules, spans
from marketplace.capacity.spans import MINUTE, Span, Window
from marketplace.machines.rules import week_of, why_not_week

BASE = datetime(2026, 11, 23, tzinfo=UTC)

pieces = st.builds(lambda a, n: Span(BASE + a * MINUTE, BASE + (a + n) * MINUTE), st.integers(0, 3000), st.integers(1, 700))
many = st.lists(pieces, max_size=12)


def instants(held):
    return {i for s in held for i in range(int((s.start - BASE) / MINUTE), int((s.end - BASE) / MINUTE))}


@given(many, many)
def test_subtracting_leaves_exactly_the_instants_not_taken(held, taken):
    left = spans.subtract(held, taken)
    assert instants(left) == instants(held) - instants(taken)
    assert left == spans.merge(left)


@given(many, st.integers(1, 4))
def test_crowded_is_where_so_many_spans_overlap(held, factor):
    depth = {}
    for span in held:
        for i in instants([span]):
            depth[i] = depth.get(i, 0) + 1
    assert instants(spans.crowded(held, factor)) == {i for i, n in depth.items() if n >= factor}


@given(many, st.integers(1, 2000))
def test_the_earliest_hours_suffice_exactly_and_lie_in_the_free_ones(free, minutes):
    chosen = rules.earliest(free, minutes)
    if chosen is None:
        usable = [s for s in spans.merge(free) if s.minutes >= min(rules.SHORTEST, minutes)]
        assert spans.total(usable) < minutes or any(s.minutes < rules.SHORTEST for s in spans.merge(free))
    else:
        assert sum(s.minutes for s in chosen) == minutes
        assert instants(chosen) <= instants(free)
        assert chosen == spans.merge(chosen)


@given(st.dictionaries(st.integers(1, 4), many, min_size=1), st.integers(1, 900), st.integers(1, 3))
def test_a_proposal_shares_the_work_and_uses_no_hour_twice(free, minutes, count):
    windows = rules.propose(free, minutes, count)
    if windows is None:
        return
    assert len({w.unit for w in windows}) == count
    assert minutes <= sum(w.minutes for w in windows) < minutes + count
    for unit in {w.unit for w in windows}:
        mine = [Span(w.start, w.end) for w in windows if w.unit == unit]
        assert instants(mine) <= instants(free[unit])
        assert sum(w.minutes for w in mine) == spans.total(mine)


@given(st.sampled_from(["one", "two", "three"]), st.integers(1, 7), st.integers(0, 20))
def test_a_week_of_shifts_has_its_hours_wherever_it_begins(shift, days, offset):
    week = week_of(shift, days)
    monday = spans.midnight(date(2026, 11, 23) + timedelta(weeks=offset))
    hours = {"one": 8, "two": 16, "three": 24}[shift]
    assert spans.total(spans.working(week, monday, monday + timedelta(days=7))) == days * hours * 60


def test_a_night_shift_belongs_to_the_day_it_begins_on_and_closing_it_takes_the_whole_night():
    week = week_of("own", 5, 20 * 60, 6 * 60)
    monday = date(2026, 11, 23)
    start = spans.midnight(monday)
    worked = spans.working(week, start, start + timedelta(days=2))
    assert worked[0] == Span(start + timedelta(hours=20), start + timedelta(hours=30))
    closed = spans.working(week, start, start + timedelta(days=2), lambda day: day == monday)
    assert closed == [Span(start + timedelta(hours=44), start + timedelta(hours=48))]


@pytest.mark.parametrize(
    ("week", "code"),
    [
        ([[]] * 7, "shift.none"),
        ([[[480, 1020]]] * 6, "shift.days"),
        ([[[1020, 480]], [], [], [], [], [], []], "shift.reversed"),
        ([[[480, 2200]], [], [], [], [], [], []], "shift.reversed"),
        ([[[480, 720], [700, 900]], [], [], [], [], [], []], "shift.overlap"),
        ([[[1200, 1900]], [[400, 500]], [], [], [], [], []], "shift.overlap"),
        ([[[60, 500]], [], [], [], [], [], [[1200, 1800]]], "shift.overlap"),
        ([[[480, 1020]]] * 7, None),
        ([[[1200, 1800]]] * 7, None),
    ],
)
def test_a_pattern_that_nobody_can_work_is_refused(week, code):
    refusal = why_not_week(week)
    assert (refusal and refusal.code) == code


NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("windows", "code"),
    [
        ([], "capacity.windows"),
        ([Window(NOW - 2 * HOUR, NOW - HOUR)], "capacity.past"),
        ([Window(NOW + 2 * HOUR, NOW + HOUR)], "capacity.reversed"),
        ([Window(NOW + HOUR, NOW + HOUR)], "capacity.reversed"),
        ([Window((NOW + HOUR).replace(tzinfo=None), (NOW + 2 * HOUR).replace(tzinfo=None))], "capacity.zone"),
        ([Window(NOW + HOUR, NOW + timedelta(days=500))], "capacity.far"),
        ([Window(NOW + HOUR, NOW + 2 * HOUR, 3)], "capacity.unit"),
        ([Window(NOW + HOUR, NOW + 3 * HOUR), Window(NOW + 2 * HOUR, NOW + 4 * HOUR)], "capacity.twice"),
        ([Window(NOW + HOUR, NOW + 3 * HOUR, 1), Window(NOW + 2 * HOUR, NOW + 4 * HOUR, 2)], None),
    ],
)
def test_hours_that_cannot_be_are_refused_for_their_reason(windows, code):
    refusal = rules.why_not_windows(windows, NOW, 2)
    assert (refusal and refusal.code) == code


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_a_week_code_names_the_monday_it_came_from(day):
    monday = spans.week_start(spans.week_code(day))
    assert monday <= day < monday + timedelta(days=7)
    assert monday.weekday() == 0


@pytest.mark.parametrize("code", [0, 202600, 202654, 202754, -5, 10**20])
def test_a_week_that_does_not_exist_is_refused(code):
    with pytest.raises(Refusal, match=r"week\.unknown"):
        spans.week_start(code)


def test_hours_read_the_same_in_every_language():
    span = Span(datetime(2026, 11, 24, 0, tzinfo=UTC), datetime(2026, 11, 24, 16, tzinfo=UTC))
    assert rules.words([span]) == ("2026-11-24 08:00–24:00",)
    assert rules.words([Span(span.start, span.start + timedelta(hours=26))]) == ("2026-11-24 08:00–11-25 10:00",)
    later = [Span(span.start + timedelta(days=n), span.end + timedelta(days=n)) for n in range(5)]
    said = rules.taken(later, None).worded(lambda text: {"、": ", "}.get(text, text))
    assert "2026-11-24 08:00–24:00, 2026-11-25 08:00–24:00, 2026-11-26 08:00–24:00…" in said


@given(st.integers(0, 10**8).map(lambda n: BASE + timedelta(milliseconds=n)))
def test_hours_begin_at_the_next_quarter(moment):
    quarter = spans.next_quarter(moment)
    assert moment <= quarter < moment + timedelta(minutes=15)
    assert (quarter.minute % 15, quarter.second, quarter.microsecond) == (0, 0, 0)


def test_a_quarter_is_its_own_next():
    assert spans.next_quarter(BASE + 15 * MINUTE) == BASE + 15 * MINUTE
    assert spans.next_quarter(BASE + 15 * MINUTE + timedelta(microseconds=1)) == BASE + 30 * MINUTE
