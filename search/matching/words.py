"""Explanations in words: 满足 行程余量 120 mm, 不满足 公差 ±0.05 达不到 ±0.01, 待确认 …. Stored are codes and figures; the reader's language decides here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from search import labels
from search.documents.document import Side
from search.matching.criteria import State

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Why:
    """An explanation as pages show it (the macro `explanation` of parts.html)."""

    satisfied: list[str] = field(default_factory=list)
    unsatisfied: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    counterfactuals: list[str] = field(default_factory=list)
    contributions: list[tuple[str, float]] = field(default_factory=list)
    """What each criterion contributed to the reader's side's score, in points; they add up to it."""


def why(explanation: Mapping[str, Any], side: Side) -> Why:
    """Return a stored explanation in the reader's language, with the contributions of `side`."""
    said: dict[str, list[str]] = {state.value: [] for state in State}
    for criterion in explanation.get("criteria", ()):
        said[criterion["state"]].append(sentence(criterion["code"], State(criterion["state"]), criterion["params"], side))
    changes = [change(each["code"], each["params"], side) for each in explanation.get("changes", ())]
    parts = [(name_of(code), points / 100) for code, points in explanation.get(side.value, ())]
    return Why(said["satisfied"], said["unsatisfied"], said["unknown"], changes, parts)


def name_of(code: str) -> str:
    """Return what a scored criterion is called."""
    more = {
        "window": _("空闲时间"),
        "distance": _("距离"),
        "price": _("价格"),
        "reputation": _("信誉"),
        "text": _("说明相符"),
        "audience": _("可见范围"),
    }
    return str(more.get(code) or labels.field(code))


def sentence(code: str, state: State, params: Params, side: Side) -> str:
    """Return one criterion as a short text."""
    if state is State.UNKNOWN:
        return _question(code, params, side)
    told = _TOLD.get((code, state))
    return told(params) if told else name_of(code)


def _question(code: str, params: Params, side: Side) -> str:
    """Return what is open: what one side has not said, or what of the need the offer does not name."""
    if code in ("process", "material", "skill") and params.get("needed") and params.get("offered"):
        needed, offered = labels.codes(code, params["needed"]), labels.codes(code, params["offered"])
        return str(_("%(field)s：能否承接 %(needed)s（已登记 %(offered)s）", field=name_of(code), needed=needed, offered=offered))
    if params.get("asked") == side.value:
        return str(_("我方未填写%(field)s", field=name_of(code)))
    return str(_("对方未说明%(field)s", field=name_of(code)))


def _coded_ok(code: str) -> Callable[[Params], str]:
    return lambda p: str(_("%(field)s %(codes)s", field=name_of(code), codes=labels.codes(code, p["needed"])))


def _coded_no(code: str) -> Callable[[Params], str]:
    def told(p: Params) -> str:
        needed, offered = labels.codes(code, p["needed"]), labels.codes(code, p["offered"])
        return str(_("%(field)s不符：需要 %(needed)s，可做 %(offered)s", field=name_of(code), needed=needed, offered=offered))

    return told


def _envelope_ok(p: Params) -> str:
    return str(_("行程刚好")) if p["spare"] == 0 else str(_("行程余量 %(spare)s mm", spare=labels.figure(p["spare"])))


def _envelope_no(p: Params) -> str:
    return str(_("尺寸 %(part)s 超出行程 %(over)s mm", part=labels.sizes(p["part"]), over=labels.figure(p["over"])))


def _tolerance_ok(p: Params) -> str:
    if p["grades"] < 1:
        return str(_("公差刚好 %(offered)s", offered=labels.plus_minus(p["offered"])))
    return str(_("公差余量 %(grades)s 级", grades=p["grades"]))


def _tolerance_no(p: Params) -> str:
    return str(_("公差 %(offered)s 达不到 %(needed)s", offered=labels.plus_minus(p["offered"]), needed=labels.plus_minus(p["needed"])))


def _window_ok(p: Params) -> str:
    return str(_("%(week)s起共有 %(hours)s 小时", week=labels.week(p["first"]), hours=labels.hours(p["minutes"])))


def _window_no(p: Params) -> str:
    if not p["minutes"]:
        return str(_("所需时间内没有空闲"))
    return str(_("所需时间内只有 %(hours)s 小时，需要 %(needed)s 小时", hours=labels.hours(p["minutes"]), needed=labels.hours(p["needed"] or 0)))


def _quantity_ok(p: Params) -> str:
    return str(_("数量 %(asked)s 件可接", asked=_range(p["asked"])))


def _quantity_no(p: Params) -> str:
    if p["least"] is not None and p["asked"][1] < p["least"]:
        return str(_("数量 %(asked)s 件少于起订量 %(least)s 件", asked=_range(p["asked"]), least=p["least"]))
    return str(_("数量 %(asked)s 件超过可接 %(most)s 件", asked=_range(p["asked"]), most=p["most"]))


def _range(asked: Sequence[int]) -> str:
    return str(asked[0]) if asked[0] == asked[1] else f"{asked[0]}–{asked[1]}"


_TOLD: Mapping[tuple[str, State], Callable[[Params], str]] = {
    ("process", State.SATISFIED): _coded_ok("process"),
    ("process", State.UNSATISFIED): _coded_no("process"),
    ("material", State.SATISFIED): _coded_ok("material"),
    ("material", State.UNSATISFIED): _coded_no("material"),
    ("skill", State.SATISFIED): _coded_ok("skill"),
    ("skill", State.UNSATISFIED): _coded_no("skill"),
    ("envelope", State.SATISFIED): _envelope_ok,
    ("envelope", State.UNSATISFIED): _envelope_no,
    ("tolerance", State.SATISFIED): _tolerance_ok,
    ("tolerance", State.UNSATISFIED): _tolerance_no,
    ("window", State.SATISFIED): _window_ok,
    ("window", State.UNSATISFIED): _window_no,
    ("quantity", State.SATISFIED): _quantity_ok,
    ("quantity", State.UNSATISFIED): _quantity_no,
    ("certificate", State.SATISFIED): lambda p: str(_("持有 %(codes)s", codes=labels.codes("certificate", p["needed"]))),
    ("certificate", State.UNSATISFIED): lambda p: str(_("缺少 %(codes)s", codes=labels.codes("certificate", p["needed"]))),
    ("region", State.SATISFIED): lambda p: str(_("在所需地区 %(codes)s", codes=labels.codes("region", p["wanted"]))),
    ("region", State.UNSATISFIED): lambda p: str(_("在 %(region)s，不在所需地区", region=labels.code("region", p["region"]))),
    ("audience", State.UNSATISFIED): lambda p: str(_("未对对方公开")),
}


def change(code: str, params: Params, side: Side) -> str:
    """Return the smallest change that would make it fit; the offering side reads what it would have to reach."""
    told = _CHANGES.get((code, side)) or _CHANGES.get((code, Side.NEED))
    return told(params) if told else code


def _waiting(p: Params) -> str:
    if p["days"] > 0:
        return str(_("再等 %(days)s 天（%(week)s起）即可", days=p["days"], week=labels.week(p["week"])))
    return str(_("改在%(week)s制造即可", week=labels.week(p["week"])))


_CHANGES: Mapping[tuple[str, Side], Callable[[Params], str]] = {
    ("tolerance.relax", Side.NEED): lambda p: str(_("公差放宽到 %(to)s 即可", to=labels.plus_minus(p["to"]))),
    ("tolerance.relax", Side.OFFER): lambda p: str(_("公差做到 %(to)s 即可", to=labels.plus_minus(p["from"]))),
    ("envelope.shrink", Side.NEED): lambda p: str(_("外形缩到 %(sides)s 以内即可，或拆分零件", sides=labels.sizes(p["sides"]))),
    ("envelope.shrink", Side.OFFER): lambda p: str(_("行程再大 %(over)s mm 即可", over=labels.figure(p["over"]))),
    ("window.wait", Side.NEED): _waiting,
    ("window.wait", Side.OFFER): lambda p: str(_("提前到所需时间内空出机时即可")),
    ("window.less", Side.NEED): lambda p: str(_("工时减到 %(hours)s 小时以内即可，或分给多家", hours=labels.hours(p["minutes"]))),
    ("window.less", Side.OFFER): lambda p: str(_("空闲增加到 %(hours)s 小时即可", hours=labels.hours(p["needed"]))),
    ("quantity.more", Side.NEED): lambda p: str(_("数量增加到 %(to)s 件即可", to=p["to"])),
    ("quantity.more", Side.OFFER): lambda p: str(_("降低起订量即可")),
    ("quantity.fewer", Side.NEED): lambda p: str(_("数量减到 %(to)s 件以内即可，或分给多家", to=p["to"])),
    ("quantity.fewer", Side.OFFER): lambda p: str(_("提高可接数量即可")),
    ("certificate.waive", Side.NEED): lambda p: str(_("不要求 %(codes)s 即可", codes=labels.codes("certificate", p["codes"]))),
    ("certificate.waive", Side.OFFER): lambda p: str(_("取得 %(codes)s 即可", codes=labels.codes("certificate", p["codes"]))),
    ("region.widen", Side.NEED): lambda p: str(_("地区放宽到 %(to)s 即可", to=labels.code("region", p["to"]))),
    ("region.add", Side.NEED): lambda p: str(_("地区增加 %(to)s 即可", to=labels.code("region", p["to"]))),
    ("region.widen", Side.OFFER): lambda p: str(_("对方只在指定地区寻找")),
    ("region.add", Side.OFFER): lambda p: str(_("对方只在指定地区寻找")),
}
