"""What a quote may say, what it costs in the end, which are abnormally low. Pure: values in, reasons and figures out."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from gongchuang.money import LARGEST_FEN, fen_of
from gongchuang.refusal import Refusal
from marketplace.capacity.spans import Window

SHANGHAI = ZoneInfo("Asia/Shanghai")
TAX_RATES = (1300, 900, 600, 300, 100, 0)
INVOICES = ("special", "ordinary")
PAYMENTS = ("prepaid", "monthly", "acceptance")
DECLINES = ("busy", "process", "tolerance", "date", "price", "quantity", "other")
LONGEST_LEAD = 730
LONGEST_VALIDITY = timedelta(days=365)
USUAL_VALIDITY = timedelta(days=15)
DECIDING = timedelta(days=1)
"""Hours are proposed from so long after the deadline on (or after now, once it has passed): before, the buyer has had no time to choose."""
MOST_MINUTES = 200_000
MOST_BREAKS = 8
MOST_PAPERS = 8
FULL = 10_000

ABNORMAL_FROM = 4
"""A bid is compared with the median only from this many bids on."""
ABNORMAL_PERCENT = 70
"""Less than this share of the median landed cost must be justified."""


@dataclass(frozen=True, kw_only=True)
class LineFacts:
    """The price of one part."""

    part_id: UUID
    unit_price_fen: int | None = None
    breaks: str = ""
    minutes_per_piece: float | None = None


@dataclass(frozen=True, kw_only=True)
class QuoteFacts:
    """What a supplier says."""

    lines: tuple[LineFacts, ...] = ()
    prices_include_tax: bool = True
    tax_bp: int = 1300
    invoice: str = "special"
    tooling_fen: int | None = None
    freight_fen: int | None = None
    payment: str = "prepaid"
    prepaid_percent: int | None = 30
    payment_days: int | None = 30
    lead_days: int | None = None
    valid_on: date | None = None
    note: str = ""
    papers: tuple[UUID, ...] = ()
    machine_id: UUID | None = None
    setup_minutes: int | None = None
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True)
class Totals:
    """What a quote costs. All in fen; `landed` is with tax and freight, `net` what remains where the tax of a 专票 is deducted."""

    goods: int
    tooling: int
    freight: int
    tax: int
    landed: int
    net: int


def at(index: int, name: str) -> str:
    """Return the field name of a line's field."""
    return f"lines_{index}_{name}"


def totals(lines: Sequence[tuple[int, int]], *, tooling: int, freight: int, tax_bp: int, include_tax: bool, invoice: str) -> Totals:
    """Return the totals of (quantity, unit price) lines, tooling and freight, all said with or all without tax. Halves of a fen round up."""
    goods = sum(quantity * price for quantity, price in lines)
    said = goods + tooling + freight
    if include_tax:
        landed = said
        untaxed = (said * FULL + (FULL + tax_bp) // 2) // (FULL + tax_bp)
    else:
        untaxed = said
        landed = (said * (FULL + tax_bp) + FULL // 2) // FULL
    tax = landed - untaxed
    return Totals(goods, tooling, freight, tax, landed, landed - tax if invoice == "special" else landed)


_BREAK = re.compile(r"^(?P<from>\d{1,8})\s*(?:件|个|pcs)?\s*(?:起|以上|\+)?\s*[:：→>=-]+\s*[¥￥]?\s*(?P<price>[\d.,]+)\s*元?$", re.IGNORECASE)


def breaks_of(text: str) -> dict[str, int]:
    """Read `100: 42.5；500: 39` as the unit price (fen) from each quantity on. Refuses what cannot be read, and quantities that do not grow."""
    found: dict[str, int] = {}
    last = 0
    for part in filter(None, (p.strip() for p in re.split(r"[;；，\n]", text.replace(", ", "；")))):
        match = _BREAK.match(part)
        if match is None:
            raise Refusal("quote.breaks", "看不懂「%(part)s」，请写成 100: 42.5；500: 39", field="breaks", part=part[:30])
        quantity, price = int(match["from"]), fen_of(match["price"], field="breaks")
        if quantity <= last or price <= 0:
            raise Refusal("quote.breaks_order", "阶梯价的数量须从小到大，单价须大于 0", field="breaks")
        found[str(quantity)] = price
        last = quantity
    if len(found) > MOST_BREAKS:
        raise Refusal("quote.breaks_many", "阶梯价最多 %(most)s 级", field="breaks", most=MOST_BREAKS)
    return found


def breaks_words(breaks: Mapping[str, int]) -> str:
    """Return breaks as they are typed."""
    return "；".join(f"{quantity}: {price // 100}.{price % 100:02d}".removesuffix(".00") for quantity, price in sorted(breaks.items(), key=lambda b: int(b[0])))


def machine_minutes(setup: int | None, lines: Sequence[tuple[int, float | None]]) -> int:
    """Return the machine minutes of (quantity, minutes a piece) lines and one set-up, in whole minutes, rounded up; 0 when no line says any."""
    pieces = sum(quantity * minutes for quantity, minutes in lines if minutes is not None and math.isfinite(minutes))
    return math.ceil(pieces - 1e-9) + (setup or 0) if pieces else 0


def why_not_say(facts: QuoteFacts, quantities: Mapping[UUID, int], *, today: date, closes_on: date | None) -> list[Refusal]:
    """Return everything that keeps a quote from being handed in, each at its field. `quantities` are the order's, by part."""
    wrong = [*_why_not_lines(facts, quantities), *_why_not_terms(facts), *_why_not_dates(facts, today, closes_on)]
    if len(facts.papers) > MOST_PAPERS:
        wrong.append(Refusal("quote.papers", "最多附 %(most)s 个文件", field="papers", most=MOST_PAPERS))
    return wrong or _why_not_sum(facts, quantities)


def _why_not_lines(facts: QuoteFacts, quantities: Mapping[UUID, int]) -> list[Refusal]:
    wrong = []
    if {line.part_id for line in facts.lines} != set(quantities) or len(facts.lines) != len(quantities):
        return [Refusal("quote.parts", "请给每一种零件报价；零件清单可能已变化，请刷新页面", field="lines")]
    for index, line in enumerate(facts.lines):
        if line.unit_price_fen is None:
            wrong.append(Refusal("quote.no_price", "请填写单价", field=at(index, "unit_price_fen")))
        elif not 0 < line.unit_price_fen <= LARGEST_FEN:
            wrong.append(Refusal("quote.price", "单价须大于 0", field=at(index, "unit_price_fen")))
        try:
            breaks_of(line.breaks)
        except Refusal as refusal:
            refusal.field = at(index, "breaks")
            wrong.append(refusal)
        minutes = line.minutes_per_piece
        if minutes is not None and not (math.isfinite(minutes) and 0 < minutes <= MOST_MINUTES):
            wrong.append(Refusal("quote.minutes", "单件机时须为大于 0 的分钟数", field=at(index, "minutes_per_piece")))
    return wrong


def _why_not_terms(facts: QuoteFacts) -> list[Refusal]:
    wrong = []
    if facts.tax_bp not in TAX_RATES:
        wrong.append(Refusal("quote.tax", "税率须为 13%、9%、6%、3%、1% 或 0%", field="tax_bp"))
    if facts.invoice not in INVOICES:
        wrong.append(Refusal("quote.invoice", "请选择专票或普票", field="invoice"))
    if facts.payment not in PAYMENTS:
        wrong.append(Refusal("quote.payment", "请选择付款方式", field="payment"))
    for name, sentence in (("tooling_fen", "工装模具费须在 0 至 1 万亿元之间"), ("freight_fen", "运费须在 0 至 1 万亿元之间")):
        if not 0 <= (getattr(facts, name) or 0) <= LARGEST_FEN:
            wrong.append(Refusal("quote.money", sentence, field=name))
    prepaid = facts.payment == "prepaid"
    if not _within(100, facts.prepaid_percent, needed=prepaid):
        wrong.append(Refusal("quote.prepaid", "预付比例须为 0–100", field="prepaid_percent"))
    if not _within(365, facts.payment_days, needed=not prepaid):
        wrong.append(Refusal("quote.payment_days", "账期须为 0–365 天", field="payment_days"))
    if facts.setup_minutes is not None and not 0 <= facts.setup_minutes <= MOST_MINUTES:
        wrong.append(Refusal("quote.setup", "准备时间须为不小于 0 的分钟数", field="setup_minutes"))
    return wrong


def _within(most: int, figure: int | None, *, needed: bool) -> bool:
    """A figure the chosen payment does not ask for may be missing, yet is held to its bounds: the form shows both."""
    return not needed if figure is None else 0 <= figure <= most


def _why_not_dates(facts: QuoteFacts, today: date, closes_on: date | None) -> list[Refusal]:
    wrong = []
    if facts.lead_days is None:
        wrong.append(Refusal("quote.no_lead", "请填写交期", field="lead_days"))
    elif not 1 <= facts.lead_days <= LONGEST_LEAD:
        wrong.append(Refusal("quote.lead", "交期须为 1–%(most)s 天", field="lead_days", most=LONGEST_LEAD))
    if facts.valid_on is None:
        wrong.append(Refusal("quote.no_validity", "请选择报价有效期", field="valid_on"))
    elif facts.valid_on < max(today, closes_on or today):
        wrong.append(Refusal("quote.validity_short", "报价有效期不能早于截止日期，否则对方来不及选定", field="valid_on"))
    elif facts.valid_on > today + LONGEST_VALIDITY:
        wrong.append(Refusal("quote.validity_long", "报价有效期最长一年", field="valid_on"))
    return wrong


def _why_not_sum(facts: QuoteFacts, quantities: Mapping[UUID, int]) -> list[Refusal]:
    """What only the whole shows: a total beyond counting, more hours than a machine has."""
    lines = [(quantities[line.part_id], line.unit_price_fen or 0) for line in facts.lines]
    total = sum(quantity * price for quantity, price in lines) + (facts.tooling_fen or 0) + (facts.freight_fen or 0)
    if total > LARGEST_FEN:
        return [Refusal("quote.total", "总价超出 1 万亿元，请核对单价和数量", field=at(0, "unit_price_fen"))]
    if facts.machine_id is None:
        return []
    minutes = machine_minutes(facts.setup_minutes, [(quantities[line.part_id], line.minutes_per_piece) for line in facts.lines])
    if minutes == 0:
        return [Refusal("quote.no_minutes", "请填写单件机时，或选择不锁定机时", field=at(0, "minutes_per_piece"))]
    if minutes > MOST_MINUTES:
        return [
            Refusal(
                "quote.minutes_many", "机时合计 %(hours)s 小时，超出一台设备可排的范围，请核对单件机时", field=at(0, "minutes_per_piece"), hours=minutes // 60
            )
        ]
    return []


def earliest_hours(closes_at: datetime | None, now: datetime) -> datetime:
    """Return the instant from which hours are proposed for a quote."""
    return max(closes_at or now, now) + DECIDING


def why_not_windows(windows: Sequence[Window], closes_at: datetime | None) -> Refusal | None:
    """Return why a supplier's own choice of hours is not held: they would begin before the buyer decides."""
    if closes_at is None or all(window.start >= closes_at for window in windows):
        return None
    return Refusal("quote.hours_early", "机时须在报价截止之后开始，否则对方来不及选定", field="windows")


def valid_until(valid_on: date) -> datetime:
    """Return the instant a quote's validity ends: midnight in Shanghai after its last day."""
    return datetime.combine(valid_on + timedelta(days=1), time(), SHANGHAI)


def outrun(*, valid_on: date | None, begins_at: datetime | None, closes_at: datetime | None) -> str | None:
    """Return what of a quote its order's deadline, moved later since, has passed: its "validity", its "hours" (they begin at `begins_at`), or nothing."""
    if closes_at is not None and valid_on is not None and valid_until(valid_on) <= closes_at:
        return "validity"
    if closes_at is not None and begins_at is not None and begins_at < closes_at:
        return "hours"
    return None


def why_not_award(*, valid_on: date | None, abnormal: bool, justified: bool, now: datetime) -> Refusal | None:
    """Return why a quote may not be chosen at `now`, apart from what its procedure says."""
    if valid_on is None or now >= valid_until(valid_on):
        return Refusal("quote.expired", "这份报价已过有效期，请联系对方重新报价，或从其余报价中选择", status=409)
    if abnormal and not justified:
        return Refusal("quote.abnormal", "这份报价低于中位价三成以上，对方说明理由后才能选定", status=409)
    return None


def why_not_justify(*, abnormal: bool, justified: bool, text: str) -> Refusal | None:
    """Return why an explanation is not taken."""
    if justified:
        return Refusal("quote.justified", "已经说明过", status=409)
    if not abnormal:
        return Refusal("quote.not_abnormal", "这份报价无需说明", status=409)
    if len(text.strip()) < 10:
        return Refusal("quote.justification", "请具体说明低价的理由（至少 10 个字），例如自有料、设备闲置、工艺不同", field="text")
    return None


def abnormally_low(landed: Mapping[UUID, int]) -> set[UUID]:
    """Return the quotes more than 30 % under the median landed cost; none while there are fewer than four. Whole numbers only."""
    if len(landed) < ABNORMAL_FROM:
        return set()
    ordered = sorted(landed.values())
    half = len(ordered) // 2
    twice_median = ordered[half] * 2 if len(ordered) % 2 else ordered[half - 1] + ordered[half]
    return {quote for quote, price in landed.items() if price * 200 < twice_median * ABNORMAL_PERCENT}


def arrives_on(lead_days: int | None, today: date) -> date | None:
    """Return the day goods would arrive were the quote chosen today."""
    return None if lead_days is None else today + timedelta(days=lead_days)
