"""What an order may say, and when it may be put out. Pure: values in, reasons out."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gongchuang import vocabulary
from gongchuang.refusal import Refusal
from marketplace.orders import tolerances

SHANGHAI = ZoneInfo("Asia/Shanghai")
LARGEST_MM = 100_000.0
MOST_PARTS = 50
MOST_PIECES = 10_000_000
MOST_NAMED = 20
MOST_FILES = 8
FARTHEST = timedelta(days=730)
FEW_QUOTES = 3
QUIET = timedelta(hours=24)
"""With fewer quotes than FEW_QUOTES after this long, the buyer is shown the one change that adds most suppliers."""

STAGES = ("prototype", "small", "series")
SUPPLIES = ("all_in", "own_material")
GOVERNS = ("model", "drawing")
MADE_IN = ("anywhere", "province", "city")
INVOICES = ("special", "ordinary", "none")
REACHES = ("public", "park", "named")
FILE_TIERS = ("facts", "preview", "nda", "full")
CHOICES = {"stage": STAGES, "supply": SUPPLIES, "governs": GOVERNS, "made_in": MADE_IN, "invoice": INVOICES, "reach": REACHES, "file_tier": FILE_TIERS}


@dataclass(frozen=True, kw_only=True)
class PartFacts:
    """What the buyer says about a part. Sizes are typed ones; a file's take their place."""

    name: str = ""
    files: tuple[UUID, ...] = ()
    process: str | None = None
    material: str | None = None
    quantity: int | None = None
    tolerance: str = ""
    surface: str | None = None
    x_mm: float | None = None
    y_mm: float | None = None
    z_mm: float | None = None
    note: str = ""

    @property
    def said(self) -> bool:
        """Whether anything was said of it."""
        return self != PartFacts()


@dataclass(frozen=True, kw_only=True)
class OrderFacts:
    """What the buyer says about an order."""

    title: str = ""
    parts: tuple[PartFacts, ...] = ()
    stage: str = "small"
    supply: str = "all_in"
    governs: str = "model"
    delivery_on: date | None = None
    closes_at: datetime | None = None
    region: str = ""
    made_in: str = "anywhere"
    certificates: tuple[str, ...] = ()
    budget_fen: int | None = None
    budget_shown: bool = False
    invoice: str = "special"
    reach: str = "public"
    named: tuple[UUID, ...] = ()
    file_tier: str = "nda"
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class PartState:
    """A stored part as publishing judges it: what was said, the known sides, and the states of its files."""

    process: str | None
    material: str | None
    quantity: int | None
    sides: Sequence[float]
    file_states: Sequence[str] = ()


@dataclass
class _Wrong:
    """Refusals gathered with the field they stand at."""

    found: list[Refusal] = field(default_factory=list)

    def add(self, code: str, message: str, at: str, **params: Any) -> None:
        self.found.append(Refusal(code, message, field=at, **params))


def at(index: int, name: str) -> str:
    """Return the field name of a part's field."""
    return f"parts_{index}_{name}"


def why_not_say(facts: OrderFacts, *, today: date) -> list[Refusal]:
    """Return everything that cannot be true of an order, each at its field. What is missing is no mistake in a draft."""
    wrong = _Wrong()
    for name, allowed in CHOICES.items():
        if getattr(facts, name) not in allowed:
            wrong.add("choice.unknown", "请从列表中选择", name)
    if facts.region and not vocabulary.known("regions", facts.region):
        wrong.add("order.region", "请从列表中选择地区", "region")
    if any(not vocabulary.known("certificates", code) for code in facts.certificates):
        wrong.add("order.certificate", "请从列表中选择证书", "certificates")
    if facts.delivery_on is not None and facts.delivery_on <= today:
        wrong.add("order.delivery_past", "交货日期须在今天之后", "delivery_on")
    elif facts.delivery_on is not None and facts.delivery_on > today + FARTHEST:
        wrong.add("order.delivery_far", "交货日期最多在两年之内", "delivery_on")
    if facts.budget_fen is not None and facts.budget_fen <= 0:
        wrong.add("order.budget", "预算须大于 0 元；没有预算请留空", "budget_fen")
    if len(facts.named) > MOST_NAMED:
        wrong.add("order.named", "最多指定 %(most)s 家企业", "named", most=MOST_NAMED)
    if len(facts.parts) > MOST_PARTS:
        wrong.add("order.parts", "一张询价单最多 %(most)s 种零件", "parts", most=MOST_PARTS)
    for index, part in enumerate(facts.parts):
        _part(wrong, index, part)
    return wrong.found


def _part(wrong: _Wrong, index: int, part: PartFacts) -> None:
    for name, scheme, sentence in (
        ("process", "processes", "请从列表中选择工艺"),
        ("material", "materials", "请从列表中选择材料"),
        ("surface", "surfaces", "请从列表中选择表面处理"),
    ):
        code = getattr(part, name)
        if code is not None and not vocabulary.known(scheme, code):
            wrong.add(f"order.{name}", sentence, at(index, name))
    if part.quantity is not None and not 1 <= part.quantity <= MOST_PIECES:
        wrong.add("order.quantity", "数量须为 1–%(most)s 的整数", at(index, "quantity"), most=MOST_PIECES)
    if len(part.files) > MOST_FILES:
        wrong.add("order.files", "每个零件最多 %(most)s 个文件", at(index, "files"), most=MOST_FILES)
    for name in ("x_mm", "y_mm", "z_mm"):
        side = getattr(part, name)
        if side is not None and not (math.isfinite(side) and 0 < side <= LARGEST_MM):
            wrong.add("order.size", "尺寸须为大于 0、不超过 100000 的毫米数", at(index, name))
    try:
        tolerances.read(part.tolerance, longest(part) or 100.0)
    except Refusal as refusal:
        refusal.field = at(index, "tolerance")
        wrong.found.append(refusal)


def longest(part: PartFacts) -> float | None:
    """Return the longest typed side."""
    return max((s for s in (part.x_mm, part.y_mm, part.z_mm) if s is not None and math.isfinite(s) and s > 0), default=None)


def believable(facts: OrderFacts, wrong: Iterable[Refusal]) -> OrderFacts:
    """Return the facts without what is wrong: what a draft keeps while its writer is still typing."""
    plain = OrderFacts()
    parts = list(facts.parts[:MOST_PARTS])
    changes: dict[str, Any] = {}
    for refusal in wrong:
        name = refusal.field or ""
        if name.startswith("parts_"):
            _, index, inner = name.split("_", 2)
            if int(index) < len(parts):
                parts[int(index)] = replace(parts[int(index)], **{inner: getattr(PartFacts(), inner)})
        elif name != "parts" and hasattr(plain, name):
            changes[name] = getattr(plain, name)
    return replace(facts, parts=tuple(parts), **changes)


def why_not_publish(facts: OrderFacts, parts: Sequence[PartState], *, today: date, park: str | None, closes_on: date | None) -> list[Refusal]:
    """Return everything that still keeps an order from being put out, each at its field. The deadline itself is the procedure's to judge."""
    wrong = _Wrong(why_not_say(facts, today=today))
    if not parts:
        wrong.add("order.no_part", "请至少填写一个零件", "parts")
    for index, part in enumerate(parts):
        _part_missing(wrong, index, part)
    if facts.delivery_on is None:
        wrong.add("order.no_delivery", "请选择交货日期", "delivery_on")
    elif closes_on is not None and facts.delivery_on <= closes_on:
        wrong.add("order.delivery_before", "交货日期须晚于报价截止日期", "delivery_on")
    if not facts.region:
        wrong.add("order.no_region", "请选择交货地区", "region")
    if facts.reach == "park" and not park:
        wrong.add("order.no_park", "贵企业没有登记所在园区，请改选公开或指定企业", "reach")
    if facts.reach == "named" and not facts.named:
        wrong.add("order.no_named", "请至少指定一家企业", "named")
    return wrong.found


_FILE_WRONG = {
    "uploading": ("order.file_uploading", "文件还没有传完，请等它传完或删除后再发布"),
    "received": ("order.file_checking", "文件正在检查，通常几秒钟完成，请稍候再发布"),
    "refused": ("order.file_refused", "文件没有通过检查，请更换文件"),
}


def _part_missing(wrong: _Wrong, index: int, part: PartState) -> None:
    if part.process is None:
        wrong.add("order.no_process", "请选择工艺", at(index, "process"))
    if part.material is None:
        wrong.add("order.no_material", "请选择材料", at(index, "material"))
    if part.quantity is None:
        wrong.add("order.no_quantity", "请填写数量", at(index, "quantity"))
    for status in dict.fromkeys(part.file_states):
        if status in _FILE_WRONG:
            wrong.add(*_FILE_WRONG[status], at(index, "files"))
    if len(part.sides) < 3 and not {"uploading", "received"} & set(part.file_states):
        wrong.add("order.no_size", "文件中没有读到外形尺寸，请填写长、宽、高", at(index, "x_mm"))


def weight_kg(volume_mm3: float | None, material: str | None) -> float | None:
    """Return the weight of a solid in kg: its volume times the material's density (kg/m³); None where either is unknown."""
    if volume_mm3 is None or material is None or not vocabulary.known("materials", material):
        return None
    density = vocabulary.material(material).density_kg_m3
    return None if density is None else volume_mm3 * 1e-9 * density


def titled(title: str, parts: Sequence[tuple[str, int | None]], language_word: str = "件") -> str:
    """Return the order's title: the one given, else its first part with its quantity and how many others there are."""
    if title.strip():
        return title.strip()
    if not parts:
        return ""
    name, quantity = parts[0]
    words = f"{name[:40] or '零件'} {quantity} {language_word}" if quantity else name[:40] or "零件"
    return f"{words} 等 {len(parts)} 种" if len(parts) > 1 else words


def wanted_regions(region: str, made_in: str) -> tuple[str, ...]:
    """Return where it must be made: nowhere in particular, in the province (2 digits) or the city (4 digits) it goes to."""
    if made_in == "anywhere" or not region:
        return ()
    return (region[: 2 if made_in == "province" else 4],)


def audience_of(reach: str, park: str | None) -> tuple[str, ...]:
    """Return the audience tokens of a reach; named firms are invited one by one."""
    return {"public": ("public",), "park": (f"park:{park}",) if park else (), "named": ()}[reach]


def is_quiet(*, opens_at: datetime | None, quotes: int, now: datetime) -> bool:
    """Tell whether an open order has drawn too few quotes after a day."""
    return opens_at is not None and quotes < FEW_QUOTES and now - opens_at >= QUIET


def day_of(moment: datetime | None) -> date | None:
    """Return the day in Shanghai."""
    return moment.astimezone(SHANGHAI).date() if moment else None
