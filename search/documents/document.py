"""What a room says about one of its objects so that it can be found and matched. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Side(StrEnum):
    """Whether somebody can (offer) or wants (need)."""

    OFFER = "offer"
    NEED = "need"

    @property
    def opposite(self) -> "Side":
        return Side.NEED if self is Side.OFFER else Side.OFFER


@dataclass(frozen=True, slots=True)
class Place:
    """A point in WGS 84 degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class FreeWeek:
    """An ISO week such as 202648. On an offer: the minutes still free in it. On a need: a week in which it may be made (minutes 0).

    An offer names its booked-out weeks too, with 0 minutes: an offer without any week has not said when, which is a question, not a no.
    """

    week: int
    minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What an offer, order, task, challenge, service or organisation looks like to a searcher.

    Codes are those of the vocabulary, without prefix. What is unknown stays empty: it becomes a question to the other side, never a failure.
    """

    kind: str
    """`offer`, `order`, `task`, `challenge`, `service`, `organisation`… : what a list page lists."""
    object_id: UUID
    object_version: int
    side: Side
    organisation_id: UUID
    title: str
    text: str = ""
    market: str | None = None
    """Offers and needs of one market are matched (`production`, `design`). None: found, but never matched."""
    audience: tuple[str, ...] = ("public",)
    """Tokens of who may see it, beside its own organisation."""

    processes: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    """On an offer those in force, on a need those demanded."""
    industries: tuple[str, ...] = ()
    region: str | None = None
    """Where it is: code of two, four or six digits."""
    park: str | None = None
    wanted_regions: tuple[str, ...] = ()
    """On a need: where it must be made; empty for anywhere."""

    envelope: tuple[float, ...] | None = None
    """Sides in mm, in any order: what a machine takes, what a part measures. Of several parts the greatest of each sorted side."""
    tolerance_mm: float | None = None
    """± mm: the finest an offer reaches, the finest a need asks."""
    quantity_min: int | None = None
    quantity_max: int | None = None
    price_fen: int | None = None
    price_unit: str | None = None
    """`hour`, `piece` or `total`; prices of different units are not compared, save hours against a total where the minutes are known."""
    minutes: int | None = None
    """On a need: machine minutes it takes."""
    weeks: tuple[FreeWeek, ...] = ()
    lead_time_days: int | None = None
    place: Place | None = None
    rating: float | None = None
    """Mean of the organisation's reviews, 1 to 5, and how many there are."""
    ratings: int = 0
    confirmed_at: datetime | None = None
    open_until: datetime | None = None
    private: frozenset[str] = frozenset()
    """Criteria (such as `price`) that must be neither shown to nor inferred by the other side: they are not scored."""
    card: Mapping[str, Any] = field(default_factory=dict)
    """Everything a list shows of it, so that a list needs nothing else."""

    @property
    def sides(self) -> tuple[float, ...]:
        """The envelope's sides, longest first, so that any orientation compares."""
        return tuple(sorted(self.envelope or (), reverse=True))

    @property
    def readers(self) -> tuple[str, ...]:
        """Who may see it: its audience and its own organisation."""
        return tuple(sorted({*self.audience, f"org:{self.organisation_id}"}))

    @property
    def holder(self) -> frozenset[str]:
        """The audience tokens its organisation holds: what it may itself see."""
        return frozenset({"public", f"org:{self.organisation_id}"} | ({f"park:{self.park}"} if self.park else set()))
