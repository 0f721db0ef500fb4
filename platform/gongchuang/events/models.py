"""The outbox as stored: one row an event, one delivery row for each of its handlers."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database.model import Base, Policy
from gongchuang.types import Text2000


class OutboxEvent(Base):
    """What happened: ids only. Written by whoever acts, read by the system role alone."""

    __tablename__ = "outbox_events"
    __policies__: ClassVar = (Policy("append", "insert", check="true"),)
    __app_may__: ClassVar = ("insert",)
    __system_writes__: ClassVar = ("*",)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    schema_version: Mapped[int]
    organisation_id: Mapped[UUID | None]
    object_kind: Mapped[str] = mapped_column(String(60))
    object_id: Mapped[UUID]
    object_version: Mapped[int]
    actor_user_id: Mapped[UUID | None]
    occurred_at: Mapped[datetime]


class Delivery(Base):
    """That one handler is to hear one event. `available_at` is also the lease: a claimed delivery may be claimed again when it has passed."""

    __tablename__ = "outbox_deliveries"
    __table_args__ = (
        Index("outbox_deliveries_pending", "queue", "available_at", postgresql_where="status = 'pending'"),
        CheckConstraint("status in ('pending', 'done', 'parked')", name="outbox_deliveries_status"),
    )
    __policies__: ClassVar = (Policy("append", "insert", check="true"),)
    __app_may__: ClassVar = ("insert",)
    __system_writes__: ClassVar = ("*",)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("outbox_events.id", ondelete="cascade"), index=True)
    handler: Mapped[str] = mapped_column(String(120))
    queue: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20), server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    available_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    done_at: Mapped[datetime | None]
    error: Mapped[Text2000 | None]
