"""What a bid may say, when it may be taken back or chosen, and which bids stand out. Pure: values in, reasons out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from uuid import UUID

from gongchuang.money import LARGEST_FEN
from gongchuang.refusal import Refusal

TAX_BP = (1300, 900, 600, 300, 100, 0)
MOST_DAYS = 730
SHORTEST_PROPOSAL, LONGEST_PROPOSAL = 10, 10_000
ABNORMAL_SHARE = 0.30
ABNORMAL_FROM = 4
"""A price more than 30 % under the median of at least four bids is abnormally low: the publisher is told to ask before choosing."""


@dataclass(frozen=True, kw_only=True)
class BidFacts:
    """What a bidder says. `price_fen` is what is paid in all, tax included; `tax_bp` in hundredths of a percent, None without an invoice."""

    price_fen: int | None = None
    tax_bp: int | None = None
    days: int | None = None
    proposal: str = ""
    file: UUID | None = None


def why_not_bid(facts: BidFacts, *, person: bool, file_status: str | None) -> list[Refusal]:
    """Return everything wrong with a bid, each at its field. Only a person may go without an invoice. `file_status` None: no such file."""
    found = []
    if facts.price_fen is None or not 0 < facts.price_fen <= LARGEST_FEN:
        found.append(Refusal("bid.price", "请填写报价，须大于 0 元", field="price_fen"))
    if facts.tax_bp is None and not person:
        found.append(Refusal("bid.tax", "企业投标须选择发票税率", field="tax_bp"))
    if facts.tax_bp is not None and facts.tax_bp not in TAX_BP:
        found.append(Refusal("bid.tax_unknown", "请从列表中选择税率", field="tax_bp"))
    if facts.days is None or not 1 <= facts.days <= MOST_DAYS:
        found.append(Refusal("bid.days", "请填写完成天数，1–%(most)s 天", field="days", most=MOST_DAYS))
    length = len(facts.proposal.strip())
    if length < SHORTEST_PROPOSAL:
        found.append(Refusal("bid.proposal", "请写明设计思路和交付内容（至少 %(least)s 个字）", field="proposal", least=SHORTEST_PROPOSAL))
    elif length > LONGEST_PROPOSAL:
        found.append(Refusal("text.too_long", "最多 %(longest)s 个字，当前 %(length)s 个", field="proposal", longest=LONGEST_PROPOSAL, length=length))
    if facts.file is not None and file_status != "checked":
        found.append(_file(file_status))
    return found


def _file(status: str | None) -> Refusal:
    if status in ("uploading", "received"):
        return Refusal("bid.file_checking", "文件正在上传或检查，通常几秒钟完成，请稍候再提交", field="file")
    return Refusal("bid.file", "文件没有通过检查或已不存在，请重新上传", field="file")


def why_not_take_back(*, closes_at: datetime | None, now: datetime) -> Refusal | None:
    """Return why a bid may no longer be withdrawn or replaced: from the deadline on, it binds."""
    if closes_at is None or now >= closes_at:
        return Refusal("bid.past_deadline", "投标已截止，不能再修改或撤回", status=409)
    return None


def why_not_choose(*, sealed: bool, closes_at: datetime | None, now: datetime) -> Refusal | None:
    """Return why no bid may be chosen yet: sealed ones are opened by the deadline alone."""
    if sealed and (closes_at is None or now < closes_at):
        return Refusal("bid.still_sealed", "密封投标须到截止时间才能开启和选定", status=409)
    return None


def net_fen(price_fen: int, tax_bp: int | None) -> int:
    """Return the price without tax, rounded half up to a fen; without an invoice the price itself."""
    divisor = 10_000 + (tax_bp or 0)
    return (price_fen * 10_000 * 2 + divisor) // (2 * divisor)


def abnormally_low(prices: Sequence[int]) -> frozenset[int]:
    """Return which of these prices lie more than 30 % under the median of at least four."""
    if len(prices) < ABNORMAL_FROM:
        return frozenset()
    limit = median(prices) * (1 - ABNORMAL_SHARE)
    return frozenset(price for price in prices if price < limit)
