"""What a task may say, when it may be put out, and what its publisher's award rate is. Pure: values in, reasons out."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from crowdsourcing.skills.rules import choosable
from gongchuang.money import LARGEST_FEN
from gongchuang.refusal import Refusal

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONGEST_TITLE = 60
SHORTEST_BRIEF, LONGEST_BRIEF = 20, 10_000
LONGEST_DELIVERABLES = 2000
MOST_SKILLS = 8
MOST_FILES = 8
MOST_NAMED = 20
FARTHEST = timedelta(days=730)
GRACE = timedelta(days=14)
"""A publisher who has not decided this long after the deadline has not awarded."""

IP_TERMS = ("publisher", "designer", "shared", "staged")
REACHES = ("public", "park", "named")
FILE_TIERS = ("preview", "nda", "full")


@dataclass(frozen=True, kw_only=True)
class TaskFacts:
    """What the publisher says about a task. A fixed budget has the same figure twice, or no least one."""

    title: str = ""
    brief: str = ""
    deliverables: str = ""
    files: tuple[UUID, ...] = ()
    budget_min_fen: int | None = None
    budget_max_fen: int | None = None
    skills: tuple[str, ...] = ()
    closes_at: datetime | None = None
    delivery_on: date | None = None
    ip_terms: str | None = None
    reach: str = "public"
    named: tuple[UUID, ...] = ()
    sealed: bool = False
    file_tier: str = "nda"


@dataclass
class _Wrong:
    """Refusals gathered with the field they stand at."""

    found: list[Refusal] = field(default_factory=list)

    def add(self, code: str, message: str, at: str, **params: Any) -> None:
        self.found.append(Refusal(code, message, field=at, **params))


def why_not_say(facts: TaskFacts, *, today: date) -> list[Refusal]:
    """Return everything that cannot be true of a task, each at its field. What is missing is no mistake in a draft."""
    wrong = _Wrong()
    for name, longest in (("title", LONGEST_TITLE), ("brief", LONGEST_BRIEF), ("deliverables", LONGEST_DELIVERABLES)):
        length = len(getattr(facts, name))
        if length > longest:
            wrong.add("text.too_long", "最多 %(longest)s 个字，当前 %(length)s 个", name, longest=longest, length=length)
    for name, allowed in (("ip_terms", (None, *IP_TERMS)), ("reach", REACHES), ("file_tier", FILE_TIERS)):
        if getattr(facts, name) not in allowed:
            wrong.add("choice.unknown", "请从列表中选择", name)
    if any(not choosable(code) for code in facts.skills):
        wrong.add("task.skill", "请从列表中选择技能", "skills")
    if facts.delivery_on is not None and facts.delivery_on <= today:
        wrong.add("task.delivery_past", "交付日期须在今天之后", "delivery_on")
    elif facts.delivery_on is not None and facts.delivery_on > today + FARTHEST:
        wrong.add("task.delivery_far", "交付日期最多在两年之内", "delivery_on")
    for name, most, sentence in (
        ("skills", MOST_SKILLS, "最多选 %(most)s 项技能"),
        ("files", MOST_FILES, "最多 %(most)s 个文件"),
        ("named", MOST_NAMED, "最多指定 %(most)s 家"),
    ):
        if len(set(getattr(facts, name))) > most:
            wrong.add(f"task.many_{name}", sentence, name, most=most)
    _budget(wrong, facts)
    return wrong.found


def _budget(wrong: _Wrong, facts: TaskFacts) -> None:
    for name in ("budget_min_fen", "budget_max_fen"):
        value = getattr(facts, name)
        if value is not None and not 0 < value <= LARGEST_FEN:
            wrong.add("task.budget", "预算须大于 0 元，不超过 1 万亿元", name)
    least, most = facts.budget_min_fen, facts.budget_max_fen
    if least is not None and most is not None and least > most:
        wrong.add("task.budget_reversed", "最低预算不能高于最高预算", "budget_min_fen")


def believable(facts: TaskFacts, wrong: Sequence[Refusal]) -> TaskFacts:
    """Return the facts without what is wrong: what a draft keeps while its writer is still typing. Too long text is cut, not lost."""
    longest = {"title": LONGEST_TITLE, "brief": LONGEST_BRIEF, "deliverables": LONGEST_DELIVERABLES}
    plain = TaskFacts()
    changes: dict[str, Any] = {}
    for refusal in wrong:
        name = refusal.field or ""
        changes[name] = getattr(facts, name)[: longest[name]] if name in longest else getattr(plain, name)
    return replace(facts, **changes)


_FILE_WRONG = {
    "uploading": ("task.file_uploading", "文件还没有传完，请等它传完或删除后再发布"),
    "received": ("task.file_checking", "文件正在检查，通常几秒钟完成，请稍候再发布"),
    "refused": ("task.file_refused", "文件没有通过检查，请更换文件"),
}


def why_not_publish(facts: TaskFacts, *, file_states: Sequence[str], today: date, park: str | None) -> list[Refusal]:
    """Return everything that still keeps a task from being put out, each at its field. The deadline itself is the procedure's to judge."""
    wrong = _Wrong(why_not_say(facts, today=today))
    if not facts.title.strip():
        wrong.add("task.no_title", "请填写任务名称，例如：甘蔗收割机刀盘罩减重", "title")
    if len(facts.brief.strip()) < SHORTEST_BRIEF:
        wrong.add("task.no_brief", "请写清现状、目标和限制条件（至少 %(least)s 个字），设计方才能估价", "brief", least=SHORTEST_BRIEF)
    if facts.budget_max_fen is None:
        wrong.add("task.no_budget", "请填写预算", "budget_max_fen")
    if not facts.skills:
        wrong.add("task.no_skill", "请至少选择一项需要的技能", "skills")
    if facts.ip_terms is None:
        wrong.add("task.no_ip", "请选择成果知识产权的归属", "ip_terms")
    closes_on = day_of(facts.closes_at)
    if facts.delivery_on is None:
        wrong.add("task.no_delivery", "请选择交付日期", "delivery_on")
    elif closes_on is not None and facts.delivery_on <= closes_on:
        wrong.add("task.delivery_before", "交付日期须晚于投标截止日期", "delivery_on")
    for status in dict.fromkeys(file_states):
        if status in _FILE_WRONG:
            wrong.add(*_FILE_WRONG[status], "files")
    if facts.reach == "park" and not park:
        wrong.add("task.no_park", "贵企业没有登记所在园区，请改选公开或指定", "reach")
    if facts.reach == "named" and not facts.named:
        wrong.add("task.no_named", "请至少指定一家", "named")
    return wrong.found


def audience_of(reach: str, park: str | None) -> tuple[str, ...]:
    """Return the audience tokens of a reach; the named are invited one by one."""
    return {"public": ("public",), "park": (f"park:{park}",) if park else (), "named": ()}[reach]


def day_of(moment: datetime | None) -> date | None:
    """Return the day in Shanghai."""
    return moment.astimezone(SHANGHAI).date() if moment else None


@dataclass(frozen=True)
class AwardRate:
    """How many of a publisher's tasks came to an end, and how many of those with somebody chosen 选定率."""

    awarded: int
    closed: int

    @property
    def percent(self) -> int | None:
        """Whole percent, None before anything has come to an end."""
        return None if not self.closed else round(100 * self.awarded / self.closed)


def award_rate(*, awarded: int, failed: int, cancelled: int, overdue: int) -> AwardRate:
    """Return the rate: whatever ended otherwise, and what stayed undecided for GRACE after its deadline, counts against it."""
    return AwardRate(awarded, awarded + failed + cancelled + overdue)
