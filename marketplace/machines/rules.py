"""What a machine's record may say. Pure: values in, reasons out."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from gongchuang import vocabulary
from gongchuang.refusal import Refusal

LARGEST_MM = 100_000.0
LARGEST_KG = 1_000_000.0
FINEST_MM = 0.0001
COARSEST_MM = 50.0
MOST_SAME = 99
MOST_CODES = 40
SOFT_FACTOR = 5
LONGEST_DAY = 36 * 60
"""A shift may end at noon of the next day, no later."""

Week = tuple[tuple[tuple[int, int], ...], ...]
"""Seven days from Monday, each with its shifts as (start, end) in minutes since midnight, Asia/Shanghai."""

PRESETS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "one": ((8 * 60, 12 * 60), (13 * 60, 17 * 60)),
    "two": ((8 * 60, 24 * 60),),
    "three": ((0, 24 * 60),),
}
"""单班 8 小时 · 两班 16 小时 · 三班 24 小时."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the owner says about a machine."""

    name: str
    kind: str
    model: str = ""
    quantity: int = 1
    core: tuple[str, ...] = ()
    supplementary: tuple[str, ...] = ()
    materials: Mapping[str, float | None] = field(default_factory=dict)
    x_mm: float | None = None
    y_mm: float | None = None
    z_mm: float | None = None
    mass_kg: float | None = None
    tolerance_mm: float | None = None
    shift: str = "one"
    work_days: int = 6
    opens: int | None = None
    closes: int | None = None
    soft_factor: int = SOFT_FACTOR
    note: str = ""
    photo_id: UUID | None = None


def preset(kind: str) -> Facts:
    """Return what the form fills in for a kind: name, processes, materials, envelope, tolerance. Unknown kinds give an empty record."""
    if not vocabulary.known("machine_kinds", kind):
        return Facts(name="", kind="")
    found = vocabulary.machine_kind(kind)
    return Facts(
        name=found.zh,
        kind=kind,
        core=found.processes[:1],
        supplementary=found.processes[1:],
        materials=dict.fromkeys(found.materials, found.z_mm if found.envelope == "sheet" else None),
        x_mm=found.x_mm,
        y_mm=found.y_mm,
        z_mm=found.z_mm,
        tolerance_mm=found.tolerance_mm,
    )


def week_of(shift: str, work_days: int, opens: int | None = None, closes: int | None = None) -> Week:
    """Return the weekly pattern: `shift` on the first `work_days` days from Monday, or `opens`–`closes` where the shift is `own`.

    Closing not after opening means the next day (20:00–06:00).
    """
    if shift in PRESETS:
        day = PRESETS[shift]
    else:
        start, end = opens or 0, closes or 0
        day = ((start, end if end > start else end + 24 * 60),)
    return tuple(day if weekday < work_days else () for weekday in range(7))


def why_not_week(week: Sequence[Sequence[Sequence[int]]]) -> Refusal | None:
    """Return why a weekly pattern cannot be worked: not seven days, reversed or overlapping shifts, a day beyond noon of the next, no shift at all."""
    if len(week) != 7:
        return Refusal("shift.days", "班次须包含周一至周日七天", field="shift")
    last = -1
    for weekday, day in enumerate(week):
        for start, end in day:
            if not 0 <= start < end <= LONGEST_DAY or start >= 24 * 60:
                return Refusal("shift.reversed", "班次的结束时间须晚于开始时间，且不晚于次日 12:00", field="shift")
            if weekday * 1440 + start < last:
                return Refusal("shift.overlap", "班次时间互相重叠，请调整", field="shift")
            last = weekday * 1440 + end
    first = next(((weekday, day[0][0]) for weekday, day in enumerate(week) if day), None)
    if first is None:
        return Refusal("shift.none", "请至少选择一个班次", field="shift")
    if last > 7 * 1440 + first[0] * 1440 + first[1]:
        return Refusal("shift.overlap", "班次时间互相重叠，请调整", field="shift")
    return None


def why_not_record(facts: Facts) -> list[Refusal]:
    """Return everything wrong with a machine's record, each at its field."""
    wrong = [*_why_not_words(facts), *_why_not_codes(facts), *_why_not_sizes(facts)]
    shift = []
    if facts.shift not in (*PRESETS, "own"):
        shift.append(Refusal("shift.unknown", "请选择班次", field="shift"))
    if not 1 <= facts.work_days <= 7:
        shift.append(Refusal("shift.days_range", "每周工作天数须为 1–7 天", field="work_days"))
    if facts.shift == "own" and (facts.opens is None or facts.closes is None):
        shift.append(Refusal("shift.times", "自定义班次请填写开工和收工时间", field="opens"))
    if shift:
        return [*wrong, *shift]
    refused = why_not_week(week_of(facts.shift, facts.work_days, facts.opens, facts.closes))
    return [*wrong, refused] if refused else wrong


def _why_not_words(facts: Facts) -> list[Refusal]:
    wrong = []
    if not facts.name.strip():
        wrong.append(Refusal("machine.name", "请填写设备名称，例如 五轴加工中心 DMU 65", field="name"))
    for name, longest in (("name", 60), ("model", 60), ("note", 200)):
        length = len(getattr(facts, name))
        if length > longest:
            wrong.append(Refusal("text.too_long", "最多 %(longest)s 个字，当前 %(length)s 个", field=name, longest=longest, length=length))
    if not 1 <= facts.quantity <= MOST_SAME:
        wrong.append(Refusal("machine.quantity", "同型设备数量须为 1–%(most)s 台", field="quantity", most=MOST_SAME))
    if not 1 <= facts.soft_factor <= 20:
        wrong.append(Refusal("machine.soft_factor", "同一时段最多预留的报价数须为 1–20", field="soft_factor"))
    return wrong


def _why_not_codes(facts: Facts) -> list[Refusal]:
    wrong = []
    if not vocabulary.known("machine_kinds", facts.kind):
        wrong.append(Refusal("machine.kind", "请选择设备类型", field="kind"))
    if not facts.core:
        wrong.append(Refusal("machine.core", "请至少选择一项主营工艺", field="core"))
    lists = (("core", "processes", facts.core), ("supplementary", "processes", facts.supplementary), ("materials", "materials", facts.materials))
    for name, scheme, codes in lists:
        if len(codes) > MOST_CODES or any(not vocabulary.known(scheme, code) for code in codes):
            wrong.append(Refusal("machine.code", "选项无效，请重新选择（最多 %(most)s 项）", field=name, most=MOST_CODES))
    if set(facts.core) & set(facts.supplementary):
        wrong.append(Refusal("machine.twice", "同一工艺不能既是主营又是可承接", field="supplementary"))
    return wrong


def _why_not_sizes(facts: Facts) -> list[Refusal]:
    wrong = []
    limits = (("x_mm", LARGEST_MM), ("y_mm", LARGEST_MM), ("z_mm", LARGEST_MM), ("mass_kg", LARGEST_KG))
    for name, largest in limits:
        size = getattr(facts, name)
        if size is not None and not (math.isfinite(size) and 0 < size <= largest):
            wrong.append(Refusal("machine.size", "须为大于 0 且不超过 %(largest)s 的数值", field=name, largest=f"{largest:,.0f}"))
    tolerance = facts.tolerance_mm
    if tolerance is not None and not (math.isfinite(tolerance) and FINEST_MM <= tolerance <= COARSEST_MM):
        wrong.append(Refusal("machine.tolerance", "公差须在 ±0.0001 至 ±50 mm 之间", field="tolerance_mm"))
    if any(t is not None and not (math.isfinite(t) and 0 < t <= LARGEST_MM) for t in facts.materials.values()):
        wrong.append(Refusal("machine.thickness", "厚度须为大于 0 的毫米数", field="thickness"))
    return wrong


_PART = re.compile(r"^(?P<word>.+?)\s*[≤<=:：]*\s*(?P<figure>\d+(?:\.\d+)?)\s*(?:mm|毫米)?$", re.IGNORECASE)


def thickness_of(text: str) -> dict[str, float]:
    """Read `碳素钢 20，不锈钢 10` as the greatest thickness by material code. Refuses a part that names no material or no figure."""
    read: dict[str, float] = {}
    for part in filter(None, (p.strip() for p in re.split(r"[,，;；、\n]", text))):
        match = _PART.match(part)
        codes = [f.code for f in vocabulary.find(match["word"], "materials")] if match else []
        if match is None or not codes:
            raise Refusal("machine.thickness_unreadable", "看不懂「%(part)s」，请写成“碳素钢 20，不锈钢 10”", field="thickness", part=part[:30])
        read[codes[0]] = float(match["figure"])
    return read


def envelope_words(kind: str, x: float | None, y: float | None, z: float | None, mass: float | None) -> str:
    """Return the envelope as people write it: 650×520×475 mm, φ320×1500 mm, 3000×1500 mm ≤20 mm, ≤800 kg."""
    form = vocabulary.machine_kind(kind).envelope if vocabulary.known("machine_kinds", kind) else "box"
    sides: list[float | None] = [x, y, z]
    if form == "cylinder":
        words = "×".join(_figure(s) for s in (x, z) if s is not None)
        words = f"φ{words} mm" if words else ""
    elif form == "sheet":
        words = "×".join(_figure(s) for s in (x, y) if s is not None)
        words = " ".join(filter(None, (f"{words} mm" if words else "", f"≤{_figure(z)} mm" if z is not None else "")))
    else:
        words = "×".join(_figure(s) for s in sides if s is not None)
        words = f"{words} mm" if words else ""
    return " ".join(filter(None, (words, f"≤{_figure(mass)} kg" if mass is not None else "")))


def _figure(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def why_not_certificate(code: str, expires_on: date | None, today: date) -> list[Refusal]:
    """Return why a certificate cannot be shown: an unknown code, or one that has run out."""
    wrong = []
    if not vocabulary.known("certificates", code):
        wrong.append(Refusal("certificate.code", "请选择证书种类", field="code"))
    if expires_on is not None and expires_on < today:
        wrong.append(Refusal("certificate.expired", "证书已过有效期，请填写换证后的日期", field="expires_on"))
    if expires_on is not None and expires_on.year > today.year + 50:
        wrong.append(Refusal("certificate.date", "有效期填写有误，请核对年份", field="expires_on"))
    return wrong
