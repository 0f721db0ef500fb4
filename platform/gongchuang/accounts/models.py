"""People and their sessions, as stored."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database import Model, Policy, Row
from gongchuang.types import Codes, Digest, Status, Text60, Text200


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
    totp_secret: Mapped[str | None] = mapped_column(String(500))
    totp_counter: Mapped[int | None]
    totp_enrolled_at: Mapped[datetime | None]
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(8), default="zh")
    organisation_id_last: Mapped[UUID | None]
    privacy_consented_at: Mapped[datetime | None]
    marketing_consented_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(default=False)


class LoginSession(Row):
    """One signed-in browser. The cookie holds a random token, this row its SHA-256: ending the row ends the session at once, wherever it was copied to."""

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


NOBODYS = Policy("nobody", "select", using="false")
"""For tables that only the system role touches: nobody is known yet when they are needed."""


class SignInCode(Row):
    """One attempt to prove an address, to confirm oneself, or to use a passkey: what was sent is kept as a keyed digest and lives ten minutes.

    `proven_at`: the code was right. `used_at`: the attempt has led to a session, a confirmation or an account, and leads to no second one.
    """

    __tablename__ = "sign_in_codes"
    __table_args__ = (
        CheckConstraint("purpose in ('sign_in', 'confirm', 'address', 'passkey')", name="sign_in_codes_purpose"),
        Index("sign_in_codes_of_address", "address_digest", "sent_at"),
        Index("sign_in_codes_age", "expires_at"),
    )
    __policies__: ClassVar = (NOBODYS,)
    __app_may__: ClassVar = ("select",)
    __system_writes__: ClassVar = ("*",)

    purpose: Mapped[Status]
    address_digest: Mapped[Digest]
    code_digest: Mapped[Digest]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    proven_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class SignInLink(Row):
    """A link that signs one person in, once, for a short time. Only its digest is kept."""

    __tablename__ = "sign_in_links"
    __policies__: ClassVar = (NOBODYS,)
    __app_may__: ClassVar = ("select",)
    __system_writes__: ClassVar = ("*",)

    token_digest: Mapped[Digest] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(Row):
    """A WebAuthn credential: its public key, never a secret. `sign_count` only grows where the device counts at all."""

    __tablename__ = "passkeys"
    __table_args__ = (Index("passkeys_of_user", "user_id"),)
    __policies__: ClassVar = (Policy("mine", "all", using="user_id = user_id()", check="user_id = user_id()"),)
    __system_writes__: ClassVar = ("sign_count", "last_used_at", "delete")

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    transports: Mapped[Codes]
    name: Mapped[Text60]
    last_used_at: Mapped[datetime | None]


class RecoveryCode(Row):
    """One of ten codes that stand in for a lost second factor, each once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("recovery_codes_of_user", "user_id"),)
    __policies__: ClassVar = (Policy("mine", "all", using="user_id = user_id()", check="user_id = user_id()"),)
    __system_writes__: ClassVar = ("used_at", "insert", "delete")

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    code_digest: Mapped[Digest]
    used_at: Mapped[datetime | None]
