"""What may be offered, to whom, and when an offer ages. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from gongchuang.money import LARGEST_FEN
from gongchuang.refusal import Refusal
from marketplace.capacity.spans import week_code, week_span, week_start, weeks_from

RANKS_LOWER = timedelta(days=7)
"""Not confirmed for so long: its owner is reminded, and search prefers fresher ones."""
HIDES = timedelta(days=14)
AHEAD = 26
"""How many weeks ahead hours can be offered."""
TAX_RATES = (1300, 900, 600, 300, 100, 0)
PRICE_UNITS = ("hour", "piece", "kg", "gram", "stroke", "kilopoint")
MOST_MACHINES = 50
MOST_NAMED = 50
LONGEST_LEAD_DAYS = 365
MOST_QUANTITY = 100_000_000


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What an owner offers."""

    machine_ids: tuple[UUID, ...]
    weeks: tuple[int, ...]
    minutes_per_week: int
    price_fen: int | None = None
    price_unit: str = "hour"
    tax_rate: int = 1300
    lead_time_days: int = 7
    quantity_min: int | None = None
    reach: str = "public"
    named: tuple[UUID, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Chosen:
    """What of a chosen machine an offer depends on."""

    id: UUID
    own: bool
    active: bool
    kind: str
    quantity: int


def why_not_draft(terms: Terms, chosen: Sequence[Chosen]) -> list[Refusal]:
    """Return everything that makes terms impossible even as a draft, each at its field."""
    return [*_why_not_machines(terms, chosen), *_why_not_hours(terms, chosen), *_why_not_price(terms), *_why_not_more(terms)]


def why_not_publish(terms: Terms, *, today: date, in_park: bool, free: Mapping[int, int]) -> list[Refusal]:
    """Return everything that keeps sound terms from being published: weeks that are over or too far, a park the firm is not in, machines with no free hour."""
    wrong = []
    allowed = weeks_from(today, AHEAD)
    if not terms.weeks:
        wrong.append(Refusal("offer.weeks", "请至少点选一周", field="weeks"))
    elif any(week < allowed[0] for week in terms.weeks):
        wrong.append(Refusal("offer.past", "所选的周已经过去，请选择本周或以后", field="weeks"))
    elif any(week > allowed[-1] for week in terms.weeks):
        wrong.append(Refusal("offer.far", "只能发布 %(weeks)s 周以内的空闲产能", field="weeks", weeks=AHEAD))
    elif not any(free.get(week, 0) for week in terms.weeks):
        wrong.append(Refusal("offer.nothing_free", "所选的周里这些设备没有空闲机时，请核对机时日历", field="weeks"))
    if terms.reach == "park" and not in_park:
        wrong.append(Refusal("offer.park", "贵企业没有登记园区，请改为公开或指定客户", field="reach"))
    return wrong


def _why_not_machines(terms: Terms, chosen: Sequence[Chosen]) -> list[Refusal]:
    if not terms.machine_ids or len(terms.machine_ids) > MOST_MACHINES:
        return [Refusal("offer.machines", "请选择 1–%(most)s 台设备", field="machine_ids", most=MOST_MACHINES)]
    if len(chosen) != len(set(terms.machine_ids)) or not all(machine.own for machine in chosen):
        return [Refusal("offer.machine", "所选设备不存在，请重新选择", field="machine_ids")]
    if not all(machine.active for machine in chosen):
        return [Refusal("offer.retired", "所选设备已停用，请先恢复使用", field="machine_ids")]
    if len({machine.kind for machine in chosen}) > 1:
        return [Refusal("offer.kinds", "一次发布请选同一类设备，不同类型分开发布，采购方更容易找到", field="machine_ids")]
    return []


def _why_not_hours(terms: Terms, chosen: Sequence[Chosen]) -> list[Refusal]:
    wrong = []
    most = 168 * max(1, sum(machine.quantity for machine in chosen))
    if not 0 < terms.minutes_per_week <= most * 60:
        wrong.append(Refusal("offer.hours", "每周小时数须大于 0，且不超过 %(most)s", field="hours", most=most))
    if len(terms.weeks) > AHEAD or len(set(terms.weeks)) != len(terms.weeks):
        wrong.append(Refusal("offer.weeks_many", "最多选择 %(most)s 周，且不能重复", field="weeks", most=AHEAD))
    for week in terms.weeks:
        try:
            week_start(week)
        except Refusal as refusal:
            wrong.append(refusal)
    return wrong


def _why_not_price(terms: Terms) -> list[Refusal]:
    wrong = []
    if terms.price_fen is not None and not 0 < terms.price_fen <= LARGEST_FEN:
        wrong.append(Refusal("offer.price", "单价须大于 0；不填即为面议", field="price"))
    if terms.price_unit not in PRICE_UNITS:
        wrong.append(Refusal("offer.price_unit", "请选择计价单位", field="price_unit"))
    if terms.tax_rate not in TAX_RATES:
        wrong.append(Refusal("offer.tax", "税率须为 13、9、6、3、1 或 0", field="tax_rate"))
    return wrong


def _why_not_more(terms: Terms) -> list[Refusal]:
    wrong = []
    if not 0 <= terms.lead_time_days <= LONGEST_LEAD_DAYS:
        wrong.append(Refusal("offer.lead_time", "交期须为 0–%(most)s 天", field="lead_time_days", most=LONGEST_LEAD_DAYS))
    if terms.quantity_min is not None and not 0 < terms.quantity_min <= MOST_QUANTITY:
        wrong.append(Refusal("offer.quantity", "起订量须大于 0", field="quantity_min"))
    if terms.reach not in ("public", "park", "named"):
        wrong.append(Refusal("offer.reach", "请选择可见范围", field="reach"))
    if terms.reach == "named" and not 0 < len(terms.named) <= MOST_NAMED:
        wrong.append(Refusal("offer.named", "请指定 1–%(most)s 家客户", field="named", most=MOST_NAMED))
    if len(terms.note) > 2000:
        wrong.append(Refusal("text.too_long", "最多 %(longest)s 个字，当前 %(length)s 个", field="note", longest=2000, length=len(terms.note)))
    return wrong


def audience(reach: str, park: str | None, named: Sequence[UUID]) -> list[str]:
    """Return the tokens of those who may see a published offer."""
    if reach == "public":
        return ["public"]
    if reach == "park":
        return [f"park:{park}"]
    return sorted({f"org:{each}" for each in named})


def left(weeks: Sequence[int], minutes_per_week: int, free: Mapping[int, int], sold: Mapping[int, int]) -> list[int]:
    """Return what is left of an offer in each week: the advertised minutes less those sold of it, never more than the machines really have free."""
    return [max(0, min(minutes_per_week - sold.get(week, 0), free.get(week, 0))) for week in weeks]


def ends_at(weeks: Sequence[int]) -> datetime:
    """Return the instant the last week ends."""
    return week_span(max(weeks)).end


def shifted(weeks: Sequence[int], published_on: date, today: date) -> tuple[int, ...]:
    """Return the same pattern of weeks as seen from today: by as many weeks as have passed, at least one, and never beginning in the past."""
    passed = (week_start(week_code(today)) - week_start(week_code(published_on))).days // 7
    first = week_start(min(weeks))
    behind = (week_start(week_code(today)) - first).days // 7
    by = timedelta(weeks=max(1, passed, behind))
    last = week_start(weeks_from(today, AHEAD)[-1])
    return tuple(week_code(day) for week in sorted(weeks) if (day := week_start(week) + by) <= last)


def age(confirmed_at: datetime, now: datetime) -> str:
    """Return whether an offer is fresh, ranks lower, or hides."""
    since = now - confirmed_at
    return "hides" if since >= HIDES else "lower" if since >= RANKS_LOWER else "fresh"
