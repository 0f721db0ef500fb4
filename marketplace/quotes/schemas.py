"""Shapes of the API's input and output for quotes."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from gongchuang.api import Instant, Schema

Fen = Annotated[int, Field(ge=0, le=10**14)]
TaxRate = Literal[1300, 900, 600, 300, 100, 0]


class LineIn(Schema):
    """The price of one part; `breaks` as people write them (`100: 42.5；500: 39`, yuan)."""

    part_id: UUID
    unit_price_fen: Annotated[int, Field(gt=0, le=10**14)]
    breaks: Annotated[str, Field(max_length=300)] = ""
    minutes_per_piece: Annotated[float, Field(gt=0, le=200_000)] | None = None


class WindowIn(Schema):
    """Hours on one of several same machines."""

    start: Instant
    end: Instant
    unit: Annotated[int, Field(ge=1, le=99)] = 1


class QuoteIn(Schema):
    """A whole quote. Money in fen, the tax rate in basis points. With a machine its hours are held: the `windows` given, or the first free ones."""

    lines: Annotated[list[LineIn], Field(max_length=50)]
    prices_include_tax: bool = True
    tax_bp: TaxRate = 1300
    invoice: Literal["special", "ordinary"] = "special"
    tooling_fen: Fen = 0
    freight_fen: Fen = 0
    payment: Literal["prepaid", "monthly", "acceptance"] = "prepaid"
    prepaid_percent: Annotated[int, Field(ge=0, le=100)] = 30
    payment_days: Annotated[int, Field(ge=0, le=365)] = 30
    lead_days: Annotated[int, Field(ge=1, le=730)]
    valid_on: date
    note: Annotated[str, Field(max_length=2000)] = ""
    papers: Annotated[list[UUID], Field(max_length=8)] = []
    machine_id: UUID | None = None
    setup_minutes: Annotated[int, Field(ge=0, le=200_000)] | None = None
    windows: Annotated[list[WindowIn], Field(max_length=400)] = []


class LineOut(Schema):
    """A price as it stands; `breaks` are unit prices in fen by the quantity they begin at."""

    part_id: UUID
    quantity: int
    unit_price_fen: int | None
    breaks: dict[str, int]
    minutes_per_piece: float | None


class QuoteOut(Schema):
    """A quote. `landed_fen` is 到厂总价 with tax and freight, `net_fen` what it costs where the tax is deducted."""

    id: UUID
    number: str
    order_id: UUID
    organisation_id: UUID
    buyer_organisation_id: UUID
    status: Literal["draft", "submitted", "withdrawn", "awarded", "lost"]
    submitted_at: datetime | None
    lines: list[LineOut]
    prices_include_tax: bool
    tax_bp: int
    invoice: str
    tooling_fen: int
    freight_fen: int
    currency: str
    landed_fen: int | None
    net_fen: int | None
    payment: str
    prepaid_percent: int
    payment_days: int
    lead_days: int | None
    valid_on: date | None
    note: str
    papers: list[UUID]
    held_minutes: int
    lost_minutes: int
    booked: bool
    abnormally_low: bool
    justification: str | None


class QuotesOut(Schema):
    """Quotes, and the next page's cursor where there is one."""

    items: list[QuoteOut]
    next_cursor: str | None = None


class PreviewOut(Schema):
    """What a quote would cost, in figures and capitals, and the hours that would be held."""

    landed_fen: int | None
    net_fen: int | None
    tax_fen: int | None
    capital: str | None
    machine_minutes: int
    windows: list[WindowIn]


class DeclineIn(Schema):
    """Why a firm will not quote."""

    reason: Literal["busy", "process", "tolerance", "date", "price", "quantity", "other"]
    note: Annotated[str, Field(max_length=500)] = ""


class AwardIn(Schema):
    """Why this one."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class JustifyIn(Schema):
    """Why the price is so low."""

    text: Annotated[str, Field(min_length=10, max_length=2000)]
