"""Offers as the API speaks of them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from gongchuang.api import Schema
from marketplace.offers import rules
from marketplace.offers.importing import MOST_ROWS
from marketplace.offers.rules import Terms
from search.listing.schemas import FacetOut


class OfferIn(Schema):
    """Idle hours of machines of one kind. Weeks are ISO weeks such as 202648; money is whole fen, untaxed; no price means 面议."""

    machine_ids: list[UUID] = Field(min_length=1, max_length=rules.MOST_MACHINES)
    weeks: list[int] = Field(max_length=rules.AHEAD)
    minutes_per_week: int
    price_fen: int | None = None
    price_unit: Literal["hour", "piece", "kg", "gram", "stroke", "kilopoint"] = "hour"
    tax_rate: Literal[1300, 900, 600, 300, 100, 0] = Field(1300, description="Basis points")
    lead_time_days: int = 7
    quantity_min: int | None = None
    reach: Literal["public", "park", "named"] = "public"
    named: list[UUID] = Field([], max_length=rules.MOST_NAMED)
    note: str = Field("", max_length=2000)

    def terms(self) -> Terms:
        given = self.model_dump()
        lists = {"machine_ids": tuple(self.machine_ids), "weeks": tuple(self.weeks), "named": tuple(self.named)}
        return Terms(**{**given, **lists})


class NewOffer(OfferIn):
    publish: bool = Field(False, description="Publish at once; else it stays a draft")


class OfferOut(Schema):
    """An offer. `free_minutes` stands beside `weeks`: what is left of the advertised hours."""

    id: UUID
    version: int
    organisation_id: UUID
    title: str
    status: str
    machine_ids: list[UUID]
    weeks: list[int]
    minutes_per_week: int
    free_minutes: list[int]
    price_fen: int | None
    currency: str
    price_unit: str
    tax_rate: int
    lead_time_days: int
    quantity_min: int | None
    reach: str
    note: str
    published_at: datetime | None
    confirmed_at: datetime | None
    ends_at: datetime | None


class OffersIn(Schema):
    offers: list[OfferIn] = Field(min_length=1, max_length=MOST_ROWS)


class PublishedOut(Schema):
    offers: list[OfferOut]


class OffersOut(Schema):
    offers: list[OfferOut]
    next_cursor: str | None


class FoundOut(Schema):
    """A search's result: the card of each hit as lists show it."""

    id: UUID
    organisation_id: UUID
    card: dict[str, Any]
    kilometres: float | None


class SearchOut(Schema):
    total: int
    page: int
    pages: int
    degraded: bool = Field(description="The table answered instead of the search engine")
    loosened: bool = Field(description="Nothing held every word; these hold some")
    offers: list[FoundOut]
    facets: list[FacetOut]
