"""People and their sessions, as stored."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database import Model, Policy, Row
from gongchuang.types import Digest, Status, Text60, Text200


class User(Model):
    """A person who signs in, by phone and code, e-mail and code, password or passkey. Belongs to no tenant; seen by itself alone."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("phone is not null or email is not null or erased_at is not null", name="users_reachable"),
        CheckConstraint("status in ('active', 'suspended', 'erased')", name="users_status"),
    )
    __policies__: ClassVar = (Policy("self", "all", using="id = user_id()", check="id = user_id()"),)
    __app_may__: ClassVar = ("select", "update")
    __system_writes__: ClassVar = ("*",)

    phone: Mapped[str | None] = mapped_column(String(20), unique=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    name: Mapped[Text60] = mapped_column(default="")
    status: Mapped[Status] = mapped_column(default="active")
    password: Mapped[str | None] = mapped_column(String(255))
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(8), default="zh")
    organisation_id_last: Mapped[UUID | None]
    privacy_consented_at: Mapped[datetime | None]
    marketing_consented_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(default=False)


class LoginSession(Row):
    """One signed-in browser. The cookie holds a random token, this row its SHA-256: ending the row ends the session at once, wherever the cookie was copied to."""

    __tablename__ = "login_sessions"
    __table_args__ = (Index("login_sessions_of_user", "user_id"),)
    __policies__: ClassVar = (Policy("mine", "all", using="user_id = user_id()", check="user_id = user_id()"),)
    __system_writes__: ClassVar = ("*",)

    token_digest: Mapped[Digest] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    organisation_id_acting: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    fresh_until: Mapped[datetime | None]
    trusted: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str] = mapped_column(String(45), default="")
    device: Mapped[Text200] = mapped_column(default="")
    ended_at: Mapped[datetime | None]


class AccessToken(Row):
    """A personal token for the API: for one organisation, with scopes. Only its digest is kept."""

    __tablename__ = "access_tokens"
    __table_args__ = (Index("access_tokens_of_user", "user_id"),)
    __policies__: ClassVar = (Policy("mine", "all", using="user_id = user_id()", check="user_id = user_id()"),)
    __system_writes__: ClassVar = ("*",)

    token_digest: Mapped[Digest] = mapped_column(unique=True)
    name: Mapped[Text60]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    organisation_id_acting: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    scopes: Mapped[str] = mapped_column(String(1000))
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
