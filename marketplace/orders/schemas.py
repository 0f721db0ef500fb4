"""Shapes of the API's input and output for orders."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from gongchuang.api import Instant, Schema
from search.listing.schemas import FacetOut

Mm = Annotated[float, Field(gt=0, le=100_000)]
Short = Annotated[str, Field(max_length=200)]


class PartIn(Schema):
    """One part: the ids of uploaded files, codes of the vocabulary, sizes in mm where no file tells them, the tolerance as people write it."""

    name: Annotated[str, Field(max_length=60)] = ""
    files: Annotated[list[UUID], Field(max_length=8)] = []
    process: Annotated[str, Field(max_length=40)] | None = None
    material: Annotated[str, Field(max_length=40)] | None = None
    quantity: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    tolerance: Annotated[str, Field(max_length=20)] = ""
    surface: Annotated[str, Field(max_length=40)] | None = None
    x_mm: Mm | None = None
    y_mm: Mm | None = None
    z_mm: Mm | None = None
    note: Short = ""


class OrderIn(Schema):
    """What a buyer says about an order; nothing is required before it is published."""

    title: Annotated[str, Field(max_length=60)] = ""
    parts: Annotated[list[PartIn], Field(max_length=50)] = []
    stage: Literal["prototype", "small", "series"] = "small"
    supply: Literal["all_in", "own_material"] = "all_in"
    governs: Literal["model", "drawing"] = "model"
    delivery_on: date | None = None
    closes_at: Instant | None = None
    region: Annotated[str, Field(max_length=40)] = ""
    made_in: Literal["anywhere", "province", "city"] = "anywhere"
    certificates: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20)] = []
    budget_fen: Annotated[int, Field(gt=0, le=10**14)] | None = None
    budget_shown: bool = False
    invoice: Literal["special", "ordinary", "none"] = "special"
    reach: Literal["public", "park", "named"] = "public"
    named: Annotated[list[UUID], Field(max_length=20)] = []
    file_tier: Literal["facts", "preview", "nda", "full"] = "nda"
    note: Annotated[str, Field(max_length=2000)] = ""


class PartOut(Schema):
    """A part as it stands, with what its file told."""

    id: UUID
    name: str
    files: list[UUID]
    process: str | None
    material: str | None
    quantity: int | None
    tolerance: str
    tolerance_mm: float | None
    surface: str | None
    x_mm: float | None
    y_mm: float | None
    z_mm: float | None
    size_source: Literal["file", "typed"] | None
    volume_mm3: float | None
    watertight: bool | None
    weight_kg: float | None
    note: str


class OrderOut(Schema):
    """An order with its state. `budget_fen` is empty for others unless the buyer shows it, `named` always."""

    id: UUID
    number: str
    organisation_id: UUID
    status: Literal["draft", "open", "due", "closed", "awarded", "cancelled", "failed"]
    title: str
    stage: str
    supply: str
    governs: str
    delivery_on: date | None
    opens_at: datetime | None
    closes_at: datetime | None
    region: str
    made_in: str
    certificates: list[str]
    budget_fen: int | None
    invoice: str
    reach: str
    named: list[UUID] | None
    file_tier: str
    note: str
    reason: str
    parts: list[PartOut]


class CardOut(Schema):
    """An order as a list shows it."""

    id: UUID
    title: str
    firm: str
    region: str
    processes: list[str]
    materials: list[str]
    quantity: int
    parts: int
    closes_at: datetime
    delivery_on: date | None


class OrdersOut(Schema):
    """A page of the list, the counts of its filters, and the next page's number."""

    items: list[CardOut]
    facets: list[FacetOut]
    total: int
    next_page: int | None


class MineOut(Schema):
    """A page of one's own orders."""

    items: list[OrderOut]
    next_cursor: str | None


class FitOut(Schema):
    """How many firms an order fits, how many nearly, and the one change that adds most."""

    organisations: int
    near: int
    change: str | None
    adds: int | None


class ResponseOut(Schema):
    """How an order is answered: firms told of it, firms that read it, quotes being written, quotes that came, and the change that adds most firms."""

    told: int
    read: int
    writing: int
    quoted: int
    change: str | None
    adds: int | None


class DeadlineIn(Schema):
    """A later deadline."""

    closes_at: Instant


class ReasonIn(Schema):
    """Why it is called off, or ends without a choice."""

    reason: Annotated[str, Field(max_length=2000)] = ""


class InviteIn(Schema):
    """Firms to ask for a quote."""

    organisation_ids: Annotated[list[UUID], Field(min_length=1, max_length=20)]


class InvitedOut(Schema):
    """Those that were not asked before."""

    invited: list[UUID]
