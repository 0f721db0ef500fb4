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


class BegunOut(Schema):
    """The conversation that was opened, or had been before."""

    id: UUID


class ConversationOut(Schema):
    """A conversation: what it is about and with whom."""

    id: UUID
    object_kind: str
    object_id: UUID
    subject: str
    url: str
    firm: str
    last_line_at: datetime


class ConversationsOut(Schema):
    """The organisation's conversations, latest first."""

    items: list[ConversationOut]


class RobotIn(Schema):
    """A group robot to connect. Its secret is never shown again."""

    kind: Literal["wecom", "dingtalk", "feishu"]
    url: Annotated[str, Field(min_length=1, max_length=500)]
    secret: Annotated[str, Field(max_length=200)] = ""
    todo_only: bool = False


class RobotOut(Schema):
    """A connected robot; the address is the group's own secret and stays here."""

    id: UUID
    kind: str
    todo_only: bool
    status: str
    last_error: str


class RobotsOut(Schema):
    items: list[RobotOut]


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
