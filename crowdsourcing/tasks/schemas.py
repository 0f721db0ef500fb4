"""Shapes of the API's input and output for tasks."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from gongchuang.api import Instant, Schema
from gongchuang.money import LARGEST_FEN
from search.listing.schemas import FacetOut
from search.matching.schemas import WhyOut

Fen = Annotated[int, Field(gt=0, le=LARGEST_FEN)]
IpTerms = Literal["publisher", "designer", "shared", "staged"]


class TaskIn(Schema):
    """What a publisher says about a task; nothing is required before it is published. Budgets in fen, tax included; a fixed one needs the most alone."""

    title: Annotated[str, Field(max_length=60)] = ""
    brief: Annotated[str, Field(max_length=10_000)] = ""
    deliverables: Annotated[str, Field(max_length=2000)] = ""
    files: Annotated[list[UUID], Field(max_length=8)] = []
    budget_min_fen: Fen | None = None
    budget_max_fen: Fen | None = None
    skills: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=8)] = []
    closes_at: Instant | None = None
    delivery_on: date | None = None
    ip_terms: IpTerms | None = None
    reach: Literal["public", "park", "named"] = "public"
    named: Annotated[list[UUID], Field(max_length=20)] = []
    sealed: bool = False
    file_tier: Literal["preview", "nda", "full"] = "nda"


class AwardRateOut(Schema):
    """选定率: of the publisher's tasks that came to an end, how many with somebody chosen."""

    awarded: int
    closed: int
    percent: int | None


class TaskOut(Schema):
    """A task with its state. `bids` is how many stand; None while they are sealed."""

    id: UUID
    number: str
    organisation_id: UUID
    status: Literal["draft", "open", "due", "closed", "awarded", "cancelled", "failed"]
    title: str
    brief: str
    deliverables: str
    files: list[UUID]
    budget_min_fen: int | None
    budget_max_fen: int | None
    skills: list[str]
    opens_at: datetime | None
    closes_at: datetime | None
    delivery_on: date | None
    ip_terms: str | None
    ip_text: str | None
    reach: str
    sealed: bool
    file_tier: str
    funds_held: Literal[False] = False
    reason: str
    bids: int | None


class TaskSeenOut(TaskOut):
    """A task with its publisher's award rate."""

    award_rate: AwardRateOut


class CardOut(Schema):
    """A task as a list shows it."""

    id: UUID
    title: str
    firm: str
    region: str
    skills: list[str]
    budget_min_fen: int | None
    budget_max_fen: int | None
    closes_at: datetime
    delivery_on: date | None
    ip_terms: str
    sealed: bool


class TasksOut(Schema):
    """A page of the list, the counts of its filters, and the next page's number."""

    items: list[CardOut]
    facets: list[FacetOut]
    total: int
    next_page: int | None


class MatchedOut(Schema):
    """A task that fits, with the score of 100 and why."""

    task: CardOut
    score: float
    why: WhyOut


class MatchesOut(Schema):
    items: list[MatchedOut]


class MineOut(Schema):
    """A page of one's own tasks."""

    items: list[TaskOut]
    next_cursor: str | None


class FitOut(Schema):
    """How many designers a task fits as it stands."""

    organisations: int


class DeadlineIn(Schema):
    """A later deadline."""

    closes_at: Instant


class ReasonIn(Schema):
    """Why it is called off, or ends without a choice."""

    reason: Annotated[str, Field(max_length=2000)] = ""


class InviteIn(Schema):
    """Whom to ask for a bid."""

    organisation_ids: Annotated[list[UUID], Field(min_length=1, max_length=20)]


class InvitedOut(Schema):
    """Those that were not asked before."""

    invited: list[UUID]
