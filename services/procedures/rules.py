"""What may happen to a procedure and its submissions, and when. Pure: values and `now` in, a reason or None out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gongchuang.refusal import Refusal

SHORTEST = timedelta(hours=1)
LONGEST = timedelta(days=90)
DEFAULT = timedelta(days=7)
ENDED = frozenset({"awarded", "cancelled", "failed"})
ENDED_WORDS = {"awarded": "已选定供应商，不能再更改", "cancelled": "已取消，不能再更改", "failed": "已结束且未选定，不能再更改"}
SUBMISSION_WORDS = {
    "draft": "对方还没有提交",
    "withdrawn": "对方刚撤回了这份报价，请从其余报价中选择",
    "awarded": "已选定过这份报价",
    "lost": "这份报价已落选",
}


def _ended(status: str) -> Refusal | None:
    return Refusal(f"procedure.{status}", ENDED_WORDS[status], status=409) if status in ENDED else None


def why_not_close_at(closes_at: datetime | None, now: datetime, *, field: str = "closes_at") -> Refusal | None:
    """Return why a procedure that opens at `now` may not close at `closes_at`."""
    if closes_at is None:
        return Refusal("procedure.no_deadline", "请选择截止时间", field=field)
    if closes_at <= now:
        return Refusal("procedure.deadline_past", "截止时间已过，请选择现在之后的时间", field=field)
    if closes_at - now < SHORTEST:
        return Refusal("procedure.deadline_near", "截止时间至少要在 1 小时之后，供应商才来得及报价", field=field)
    if closes_at - now > LONGEST:
        return Refusal("procedure.deadline_far", "截止时间最多在 90 天之后", field=field)
    return None


def why_not_open(*, status: str, closes_at: datetime | None, audience: Sequence[str], invited: int, now: datetime) -> Refusal | None:
    """Return why a draft may not be put out. `invited` counts the organisations named."""
    if status in ENDED:
        return _ended(status)
    if status != "draft":
        return Refusal("procedure.already_open", "已经发布过，无需再次发布", status=409)
    if not audience and not invited:
        return Refusal("procedure.no_audience", "请选择公开范围，或至少指定一家企业", field="audience")
    return why_not_close_at(closes_at, now)


def why_not_extend(*, status: str, closes_at: datetime | None, to: datetime | None, now: datetime) -> Refusal | None:
    """Return why the deadline may not move to `to`: it only ever moves later, and only before it has passed."""
    if status in ENDED:
        return _ended(status)
    if status != "open" or closes_at is None or closes_at <= now:
        return Refusal("procedure.not_open", "已截止，不能再延长；可以再次发布", status=409)
    if to is not None and to <= closes_at:
        return Refusal("procedure.deadline_earlier", "新的截止时间须晚于原截止时间", field="closes_at")
    return why_not_close_at(to, now)


def why_not_invite(*, status: str, closes_at: datetime | None, now: datetime) -> Refusal | None:
    """Return why nobody may be invited any more."""
    if status == "draft":
        return None
    if status != "open" or closes_at is None or closes_at <= now:
        return _ended(status) or Refusal("procedure.not_open", "已截止，不能再邀请", status=409)
    return None


def why_not_submit(*, status: str, closes_at: datetime | None, own: bool, now: datetime) -> Refusal | None:
    """Return why nothing may be submitted at `now`: the deadline itself is already too late."""
    if own:
        return Refusal("procedure.own", "不能给本企业发布的需求报价", status=403)
    if status in ENDED:
        return Refusal("procedure.over", "对方已结束这项需求，不再接受报价", status=409)
    if status == "draft":
        return Refusal("procedure.not_open", "对方尚未发布这项需求", status=409)
    if status == "closed" or closes_at is None or now >= closes_at:
        return Refusal("procedure.past_deadline", "已过截止时间，不再接受报价", status=409)
    return None


def why_not_withdraw(*, submission_status: str) -> Refusal | None:
    """Return why a submission may not be taken back: until a decision, it may."""
    if submission_status == "withdrawn":
        return Refusal("submission.withdrawn", "已经撤回", status=409)
    if submission_status == "awarded":
        return Refusal("submission.awarded", "对方已选定您的报价，不能再撤回，请与对方联系", status=409)
    if submission_status == "lost":
        return Refusal("submission.lost", "对方已作出决定，无需撤回", status=409)
    return None


def why_not_award(*, status: str, submission_status: str, reason: str) -> Refusal | None:
    """Return why this submission may not win. An open procedure may be decided before its deadline: its owner sees offers as they come."""
    if status in ENDED:
        return _ended(status)
    if status == "draft":
        return Refusal("procedure.not_open", "尚未发布", status=409)
    if submission_status != "submitted":
        return Refusal(f"submission.{submission_status}", SUBMISSION_WORDS[submission_status], status=409)
    if not reason.strip():
        return Refusal("award.no_reason", "请写明选定的理由", field="reason")
    return None


def why_not_cancel(*, status: str, reason: str) -> Refusal | None:
    """Return why the owner may not call it off. A draft needs no reason, what others have seen does."""
    if status in ENDED:
        return _ended(status)
    if status != "draft" and not reason.strip():
        return Refusal("procedure.no_reason", "请写明取消的原因，已报价的企业会看到", field="reason")
    return None


def why_not_fail(*, status: str, reason: str) -> Refusal | None:
    """Return why it may not end without a winner."""
    if status in ENDED:
        return _ended(status)
    if status == "draft":
        return Refusal("procedure.not_open", "尚未发布", status=409)
    if not reason.strip():
        return Refusal("procedure.no_reason", "请写明未选定的原因，已报价的企业会看到", field="reason")
    return None
