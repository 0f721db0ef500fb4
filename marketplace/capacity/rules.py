"""Which hours are proposed and where they go, and why hours cannot be taken, given or closed. The arithmetic is `spans`."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from gongchuang.refusal import Refusal
from marketplace.capacity.spans import MINUTE, SHANGHAI, Span, Window, crowded, merge

HORIZON = timedelta(weeks=26)
"""How far ahead hours are proposed."""
FARTHEST = timedelta(days=400)
"""How far ahead hours can be held or blocked at all."""
SHORTEST = 30
"""No proposal begins a piece shorter than this many minutes, unless nothing more is needed."""
MOST_WINDOWS = 400


def earliest(free: Iterable[Span], minutes: int) -> list[Span] | None:
    """Return the first free spans that together last `minutes`, or None when they do not suffice. Pieces under half an hour are not begun."""
    chosen: list[Span] = []
    for span in merge(free):
        if minutes <= 0:
            break
        if span.minutes < min(SHORTEST, minutes):
            continue
        taken = min(span.minutes, minutes)
        chosen.append(Span(span.start, span.start + taken * MINUTE))
        minutes -= taken
    return chosen if minutes <= 0 else None


def propose(free_by_unit: dict[int, list[Span]], minutes: int, count: int = 1) -> list[Window] | None:
    """Return the windows that finish `minutes` of work soonest, shared evenly by `count` of the same machines; None when there are too few hours."""
    share = -(-minutes // count)
    plans = []
    for unit, free in free_by_unit.items():
        plan = earliest(free, share)
        if plan:
            plans.append((plan[-1].end, unit, plan))
    if len(plans) < count:
        return None
    return sorted(Window(s.start, s.end, unit) for _, unit, plan in sorted(plans, key=lambda p: (p[0], p[1]))[:count] for s in plan)


def why_not_windows(windows: Sequence[Window], now: datetime, quantity: int) -> Refusal | None:
    """Return why hours cannot be held or blocked at all: none, past, reversed, too far, a machine that does not exist, one hour twice."""
    if not windows or len(windows) > MOST_WINDOWS:
        return Refusal("capacity.windows", "请选择 1–%(most)s 个时段", field="windows", most=MOST_WINDOWS)
    refused = next((why for window in windows if (why := _why_not_window(window, now, quantity))), None)
    if refused is not None:
        return refused
    by_start = sorted(windows, key=lambda w: (w.unit, w.start))
    if any(a.unit == b.unit and b.start < a.end for a, b in pairwise(by_start)):
        return Refusal("capacity.twice", "所选时段互相重叠，请调整", field="windows")
    return None


def _why_not_window(window: Window, now: datetime, quantity: int) -> Refusal | None:
    if window.start.tzinfo is None or window.end.tzinfo is None:
        return Refusal("capacity.zone", "时间须带时区，例如 2026-11-24T08:00:00+08:00", field="windows")
    if window.end <= window.start:
        return Refusal("capacity.reversed", "时段的结束时间须晚于开始时间", field="windows")
    if window.end <= now:
        return Refusal("capacity.past", "时段已过，请选择现在之后的时间", field="windows")
    if window.end > now + FARTHEST:
        return Refusal("capacity.far", "只能安排 %(days)s 天以内的时段", field="windows", days=FARTHEST.days)
    if not 1 <= window.unit <= quantity:
        return Refusal("capacity.unit", "该设备共 %(quantity)s 台，没有第 %(unit)s 台", field="windows", quantity=quantity, unit=window.unit)
    return None


def place(window: Window, quantity: int, fits: Callable[[int, Span], bool]) -> Window | None:
    """Return the window on the unit asked for, or on another of the same machines where it fits; None when it fits on none."""
    span = Span(window.start, window.end)
    units = sorted(range(1, quantity + 1), key=lambda unit: (unit != window.unit, unit))
    unit = next((unit for unit in units if fits(unit, span)), None)
    return None if unit is None else Window(window.start, window.end, unit)


def words(spans: Iterable[Span], most: int = 3) -> tuple[str, ...]:
    """Return spans as people read them in every language: 2026-11-24 08:00–16:00, the first few of them. A refusal joins them as its reader's does."""
    held = merge(spans)
    parts = []
    for span in held[:most]:
        start, end = span.start.astimezone(SHANGHAI), span.end.astimezone(SHANGHAI)
        same = start.date() == (end - MINUTE).date()
        close = f"{end:%H:%M}" if end.date() == start.date() else "24:00" if same else f"{end:%m-%d %H:%M}"
        parts.append(f"{start:%Y-%m-%d %H:%M}–{close}")
    return (*parts[:-1], f"{parts[-1]}…") if len(held) > most else tuple(parts)


def clock(moment: datetime, *, ends: bool = False) -> str:
    """Return 08:00 in Shanghai; midnight that ends something is 24:00."""
    shown = f"{moment.astimezone(SHANGHAI):%H:%M}"
    return "24:00" if ends and shown == "00:00" else shown


def taken(hours: Iterable[Span], following: Sequence[Span] | None) -> Refusal:
    """Return the refusal of hours somebody else was faster to take: which, and the next free ones."""
    lost = words(hours)
    if following:
        return Refusal("capacity.taken", "机时 %(hours)s 已被占用，最近可用：%(next)s", status=409, field="windows", hours=lost, next=words(following))
    return Refusal("capacity.taken", "机时 %(hours)s 已被占用，近 26 周内没有足够的空闲机时", status=409, field="windows", hours=lost)


def just_taken(hours: Iterable[Span]) -> Refusal:
    """Return the refusal of hours that were taken at this very moment, before the next free ones could be looked up."""
    return Refusal("capacity.taken", "机时 %(hours)s 刚刚被占用，请刷新页面后另选时段", status=409, field="windows", hours=words(hours))


def begun(hours: Iterable[Span], following: Sequence[Span] | None) -> Refusal:
    """Return the refusal of held hours whose work should have begun already: which, and the next free ones."""
    late = words(hours)
    if following:
        sentence = "预留的机时 %(hours)s 已过开始时间，请对方重新预留；最近可用：%(next)s"
        return Refusal("capacity.begun", sentence, status=409, field="windows", hours=late, next=words(following))
    return Refusal("capacity.begun", "预留的机时 %(hours)s 已过开始时间，近 26 周内没有足够的空闲机时", status=409, field="windows", hours=late)


def why_not_shrink(taken_by_unit: dict[int, list[Span]], soft_by_unit: dict[int, list[Span]], quantity: int, factor: int) -> Refusal | None:
    """Return why an owner cannot go down to `quantity` machines, or to `factor` soft holds over each other: hours are already given beyond."""
    beyond = [span for unit, spans in taken_by_unit.items() if unit > quantity for span in spans]
    if beyond:
        return Refusal("machine.fewer", "第 %(quantity)s 台之后的设备还有已安排的机时：%(hours)s", field="quantity", quantity=quantity, hours=words(beyond))
    crowd = [span for spans in soft_by_unit.values() for span in crowded(spans, factor + 1)]
    if crowd:
        return Refusal("machine.lower_factor", "已有超过 %(factor)s 份报价预留了同一时段：%(hours)s", field="soft_factor", factor=factor, hours=words(crowd))
    return None


def why_not_close(kind: str, first_on: date, last_on: date, today: date) -> Refusal | None:
    """Return why closing days cannot be noted."""
    if kind not in ("holiday", "maintenance"):
        return Refusal("closure.kind", "请选择停工或保养", field="kind")
    if last_on < first_on:
        return Refusal("closure.reversed", "结束日期不能早于开始日期", field="last_on")
    if last_on < today:
        return Refusal("closure.past", "日期已过，请选择今天或以后", field="last_on")
    if (last_on - today) > FARTHEST or (last_on - first_on).days > 180:
        return Refusal("closure.far", "一次最多登记 180 天，且不超过一年以后", field="last_on")
    return None
