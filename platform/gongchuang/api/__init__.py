"""The API: `/api/v1` by APIFlask and pydantic. Everything the pages do, it does, by the same actions."""

from datetime import UTC, datetime
from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

PREFIX = "/api/v1"

Instant = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
"""A moment with its zone. Those at either end of the calendar leave it when they are put into another zone."""


class Schema(BaseModel):
    """Base of every body: a field outside it is refused, a number is finite, text is cut at neither end."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, allow_inf_nan=False, hide_input_in_errors=True, ser_json_timedelta="iso8601")


class PageQuery(Schema):
    """Which page of a long list: the cursor that the page before named, nothing for the first."""

    cursor: str | None = Field(None, max_length=1000, description="The `next_cursor` of the page before.")


class MineQuery(PageQuery):
    """Which of one's own, and which page of them."""

    status: str | None = Field(None, max_length=40, description="One of the states that the operation names; any other asks for all.")


class Problem(BaseModel):
    """What a refusal looks like (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[dict[str, Any]] = []
    remedy: str | None = None


class ApiBlueprint(APIBlueprint):
    """A feature's part of the API: mounted under /api/v1, one table of URLs. What its routes have in common, `document` documents."""

    def __init__(self, name: str, import_name: str) -> None:
        super().__init__(f"{name}_api", import_name, url_prefix=PREFIX, tag=name)


__all__ = ["ApiBlueprint", "Instant", "MineQuery", "PageQuery", "Problem", "Schema"]
