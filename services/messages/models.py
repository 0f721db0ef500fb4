"""Messages to organisations, who has read them, how people want them; conversations between two organisations about one thing."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database import Model, Policy, Row, Tenant
from gongchuang.database.model import Base
from gongchuang.types import Codes, Json, Status, Text200, Text2000


class Message(Tenant, Row):
    """Something an organisation is told: a code with parameters, put into words when read, and the page where it can act.

    `todo` is what only it can do now; it is settled when done. Written by the platform alone. Emits MessageTold.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("messages_of_organisation", "organisation_id", "todo", "created_at"),
        Index("messages_once", "organisation_id", "key", unique=True),
        Index("messages_of_object", "organisation_id", "object_id"),
    )
    __app_may__: ClassVar = ("select", "update")
    __system_writes__: ClassVar = ("*",)

    code: Mapped[str] = mapped_column(String(60))
    params: Mapped[Json]
    url: Mapped[Text200]
    roles: Mapped[Codes]
    todo: Mapped[bool] = mapped_column(default=False)
    object_id: Mapped[UUID | None]
    due_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    key: Mapped[str | None] = mapped_column(String(160))


class MessageRead(Base):
    """That a person has opened a message."""

    __tablename__ = "message_reads"
    __policies__: ClassVar = (Policy("mine", "all", using="user_id = user_id()", check="user_id = user_id()"),)
    __system_writes__: ClassVar = ("delete",)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="cascade"), primary_key=True, index=True)
    read_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MessagePreference(Base):
    """How one person wants to be told, in one organisation. Absent: mail yes, SMS for what must be done only."""

    __tablename__ = "message_preferences"
    __policies__: ClassVar = (Policy("mine", "all", using="user_id = user_id()", check="user_id = user_id()"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    mail: Mapped[str] = mapped_column(String(8), default="all")
    sms: Mapped[str] = mapped_column(String(8), default="todo")


class Robot(Tenant, Model):
    """A group robot of 企业微信, 钉钉 or 飞书 that repeats an organisation's messages into its chat."""

    __tablename__ = "message_robots"
    __table_args__ = (
        CheckConstraint("kind in ('wecom', 'dingtalk', 'feishu')", name="message_robots_kind"),
        CheckConstraint("status in ('active', 'failing')", name="message_robots_status"),
    )
    __system_writes__: ClassVar = ("status", "last_error")

    kind: Mapped[Status]
    url: Mapped[str] = mapped_column(String(500))
    secret: Mapped[str] = mapped_column(String(200), default="")
    todo_only: Mapped[bool] = mapped_column(default=False)
    status: Mapped[Status] = mapped_column(default="active")
    last_error: Mapped[Text200] = mapped_column(default="")


ONCE = (text("least(organisation_id, counterparty_id)"), text("greatest(organisation_id, counterparty_id)"), text("object_kind"), text("object_id"))
"""What there is one conversation of: two organisations, whichever of them began, and a thing."""
_PARTY = "organisation_id = org() or counterparty_id = org()"


class Conversation(Model):
    """What two organisations say to each other about one thing. Begun by `organisation_id`, with `counterparty_id`.

    There is one for each pair and thing, whoever begins: both may, in the same moment.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        Index("conversations_once", *ONCE, unique=True),
        CheckConstraint("organisation_id <> counterparty_id", name="conversations_of_two"),
        Index("conversations_of_organisation", "organisation_id"),
        Index("conversations_of_counterparty", "counterparty_id"),
    )
    __policies__: ClassVar = (
        Policy("party", "select", using=_PARTY),
        Policy("begin", "insert", check="organisation_id = org()"),
        Policy("talk", "update", using=_PARTY, check=_PARTY),
    )
    __system_writes__: ClassVar = ("*",)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    counterparty_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    object_kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[UUID]
    subject: Mapped[Text200]
    url: Mapped[Text200]
    last_line_at: Mapped[datetime | None]
    contacts_shown: Mapped[bool] = mapped_column(default=False)


class ConversationLine(Row):
    """One thing said. Nobody changes or deletes it."""

    __tablename__ = "conversation_lines"
    __table_args__ = (Index("conversation_lines_of_conversation", "conversation_id", "id"),)
    __policies__: ClassVar = (
        Policy("party", "select", using="exists (select 1 from participants p where p.object_id = conversation_id and p.organisation_id = org())"),
        Policy(
            "say",
            "insert",
            check="author_organisation_id = org() and exists (select 1 from participants p where p.object_id = conversation_id and p.organisation_id = org())",
        ),
    )
    __app_may__: ClassVar = ("select", "insert")
    __system_writes__: ClassVar = ("delete",)

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    author_organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    author_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    text: Mapped[Text2000]
