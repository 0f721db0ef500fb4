"""Shapes of the API's input and output for bids."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from gongchuang.api import Schema
from gongchuang.money import LARGEST_FEN


class BidIn(Schema):
    """A bid: the price in fen with tax included, the tax rate in hundredths of a percent (null: a person without an invoice), the days it takes."""

    price_fen: Annotated[int, Field(gt=0, le=LARGEST_FEN)]
    tax_bp: Literal[1300, 900, 600, 300, 100, 0] | None = None
    days: Annotated[int, Field(ge=1, le=730)]
    proposal: Annotated[str, Field(max_length=10_000)]
    file: UUID | None = None


class BidOut(Schema):
    """A version of a bid."""

    id: UUID
    task_id: UUID
    organisation_id: UUID
    status: Literal["draft", "submitted", "withdrawn", "awarded", "lost"]
    number: int
    price_fen: int
    net_fen: int
    tax_bp: int | None
    days: int
    proposal: str
    file: UUID | None
    submitted_at: datetime | None


class BidsOut(Schema):
    """The bids that stand on a task, cheapest first; none before the deadline where they are sealed."""

    items: list[BidOut]
    sealed: bool


class MineOut(Schema):
    """A page of one's own bids, the newest version of each."""

    items: list[BidOut]
    next_cursor: str | None


class AwardIn(Schema):
    """Which bid, and why."""

    bid_id: UUID
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
