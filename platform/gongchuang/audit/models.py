"""The chain as stored: entries, and one head per organisation (so that a cut tail shows)."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database.model import Base, Policy
from gongchuang.types import Digest, Json

PLATFORM = UUID(int=0)
"""The chain of what belongs to no organisation: sign-in attempts, the platform's own jobs."""


class AuditHead(Base):
    """Where an organisation's chain ends."""

    __tablename__ = "audit_heads"
    __policies__: ClassVar = (Policy("own", "select", using="organisation_id = org()"),)
    __app_may__: ClassVar = ("select",)
    __system_writes__: ClassVar = ("insert", "update")

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[Digest]


class AuditEntry(Base):
    """One thing that happened. Never updated, never deleted: no role but the owner could."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("audit_entries_of_object", "object_id"),)
    __policies__: ClassVar = (Policy("own", "select", using="organisation_id = org()"),)
    __app_may__: ClassVar = ("select",)
    __system_writes__: ClassVar = ("insert",)

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(String(60))
    object_kind: Mapped[str | None] = mapped_column(String(60))
    object_id: Mapped[UUID | None]
    details: Mapped[Json]
    previous: Mapped[Digest]
    hash: Mapped[Digest]
