"""Shapes of the messages API."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from gongchuang.api import Schema


class MessageOut(Schema):
    """A message in the reader's language, and the page where it can be acted on."""

    id: UUID
    code: str
    text: str
    url: str
    todo: bool
    read: bool
    due_at: datetime | None
    done_at: datetime | None
    created_at: datetime


class MessagesOut(Schema):
    items: list[MessageOut]
    next_cursor: str | None


class MessagesQuery(Schema):
    tab: Literal["todo", "notices"] = "todo"
    cursor: str | None = None


class PreferenceIn(Schema):
    """How the acting person is told."""

    mail: Literal["all", "todo", "none"]
    sms: Literal["all", "todo", "none"]


class LineIn(Schema):
    text: Annotated[str, Field(min_length=1, max_length=2000)]


class LineOut(Schema):
    id: UUID
    firm: str
    own: bool
    text: str
    created_at: datetime


class LinesOut(Schema):
    items: list[LineOut]
