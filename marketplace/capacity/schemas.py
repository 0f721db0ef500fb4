"""Machine hours as the API speaks of them."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from gongchuang.api import Instant, Schema
from marketplace.capacity import rules
from marketplace.capacity.spans import Window


class WindowIn(Schema):
    """Hours from `start` up to `end` (with a zone), on one of several same machines."""

    start: Instant
    end: Instant
    unit: int = 1

    def window(self) -> Window:
        return Window(self.start, self.end, self.unit)


class WindowsIn(Schema):
    windows: list[WindowIn] = Field(max_length=rules.MOST_WINDOWS)
    note: str = Field("", max_length=200)


class WindowOut(Schema):
    start: datetime
    end: datetime
    unit: int


class BlockedOut(Schema):
    displaced: int = Field(description="Soft holds of quotes that lost their hours")


class FreedOut(Schema):
    minutes: int


class ProposalIn(Schema):
    """Work of so many minutes, shared by `count` of several same machines, not before an instant."""

    minutes: int = Field(gt=0, le=400 * 24 * 60)
    not_before: Instant
    count: int = Field(1, ge=1, le=99)


class ProposalOut(Schema):
    windows: list[WindowOut] = Field(description="Empty when 26 weeks do not suffice")


class WeekOut(Schema):
    week: int
    starts_on: date
    free_minutes: int


class WeeksOut(Schema):
    weeks: list[WeekOut]


class AllocationOut(Schema):
    """Hours given to something."""

    id: UUID
    unit: int
    start: datetime
    end: datetime
    status: str
    source_kind: str
    source_id: UUID
    until: datetime | None
    note: str


class AllocationsOut(Schema):
    allocations: list[AllocationOut]


class ClosureIn(Schema):
    kind: Literal["holiday", "maintenance"]
    machine_id: UUID | None = None
    first_on: date
    last_on: date
    note: str = Field("", max_length=200)


class ClosureOut(Schema):
    id: UUID
    kind: str
    machine_id: UUID | None
    first_on: date
    last_on: date
    note: str


class ClosuresOut(Schema):
    closures: list[ClosureOut]
