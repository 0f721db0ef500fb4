"""Organisations and their members, as stored."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database import Model, Policy, Tenant
from gongchuang.types import Code, Codes, Digest, Status, Text20, Text60, Text200, Text2000


class Organisation(Model):
    """A firm 企业, provider 服务机构, operator 园区运营 or person 个人: whoever acts on the platform acts for one. What is stored here is public.

    Verified only by services.certification. Emits OrganisationCreated, OrganisationChanged, OrganisationVerified.
    """

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint("kind in ('firm', 'provider', 'operator', 'person')", name="organisations_kind"),
        CheckConstraint("status in ('unverified', 'verified', 'suspended')", name="organisations_status"),
        CheckConstraint("size is null or size in ('large', 'medium', 'small', 'micro')", name="organisations_size"),
        Index("organisations_verified_uscc", "uscc", unique=True, postgresql_where="status = 'verified'"),
        Index("organisations_region", "region"),
    )
    __policies__: ClassVar = (
        Policy("public", "select", using="true"),
        Policy("own", "update", using="id = org()", check="id = org()"),
    )
    __app_may__: ClassVar = ("select", "update")
    __system_writes__: ClassVar = ("*",)

    name: Mapped[Text60]
    short_name: Mapped[Text20]
    kind: Mapped[Status]
    status: Mapped[Status] = mapped_column(default="unverified")
    uscc: Mapped[str | None] = mapped_column(String(18))
    region: Mapped[Code] = mapped_column(default="")
    park: Mapped[Code | None]
    industry: Mapped[Code | None]
    size: Mapped[Status | None]
    introduction: Mapped[Text2000] = mapped_column(default="")
    initials: Mapped[Text60] = mapped_column(default="")
    demo: Mapped[bool] = mapped_column(default=False)
    verified_at: Mapped[datetime | None]
    introduction_hidden_at: Mapped[datetime | None]
    operator_region: Mapped[Code | None]

    @property
    def verified(self) -> bool:
        return self.status == "verified"


class Membership(Tenant, Model):
    """That a person acts for an organisation, in roles. A left member keeps the row, so that what was done stays attributable."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("organisation_id", "user_id", name="memberships_once"),
        CheckConstraint("status in ('active', 'left', 'suspended')", name="memberships_status"),
        Index("memberships_of_user", "user_id"),
    )
    __policies__: ClassVar = (Policy("mine", "select", using="user_id = user_id()"), Policy("leave", "update", using="user_id = user_id()"))
    __system_writes__: ClassVar = ("*",)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    roles: Mapped[Codes]
    duties: Mapped[Codes]
    status: Mapped[Status] = mapped_column(default="active")
    title: Mapped[Text20] = mapped_column(default="")


class Invitation(Tenant, Model):
    """A link (and QR) that makes whoever opens it a member in `roles`. Only the token's digest is kept."""

    __tablename__ = "invitations"
    __table_args__ = (CheckConstraint("status in ('open', 'used', 'revoked')", name="invitations_status"),)
    __system_writes__: ClassVar = ("status", "used_by", "used_at")

    token_digest: Mapped[Digest] = mapped_column(unique=True)
    roles: Mapped[Codes]
    duties: Mapped[Codes]
    status: Mapped[Status] = mapped_column(default="open")
    expires_at: Mapped[datetime]
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    used_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    used_at: Mapped[datetime | None]


class JoinRequest(Tenant, Model):
    """A person asks to become a member. `organisation_id` is whom it asks, whose administrators decide. Emits JoinRequested, JoinDecided, JoinWithdrawn."""

    __tablename__ = "join_requests"
    __table_args__ = (
        CheckConstraint("status in ('open', 'accepted', 'declined', 'withdrawn')", name="join_requests_status"),
        Index("join_requests_once", "organisation_id", "user_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("join_requests_of_user", "user_id"),
    )
    __policies__: ClassVar = (
        Policy("mine", "select", using="user_id = user_id()"),
        Policy("ask", "insert", check="user_id = user_id()"),
        Policy("withdraw", "update", using="user_id = user_id()", check="user_id = user_id()"),
    )
    __system_writes__: ClassVar = ("person", "contact")

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    person: Mapped[Text60]
    contact: Mapped[Text60]
    message: Mapped[Text200] = mapped_column(default="")
    status: Mapped[Status] = mapped_column(default="open")
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]


JOIN_TRANSITIONS = {"open": {"accepted", "declined", "withdrawn"}, "accepted": set(), "declined": set(), "withdrawn": set()}
INVITATION_TRANSITIONS = {"open": {"used", "revoked"}, "used": set(), "revoked": set()}
MEMBERSHIP_TRANSITIONS = {"active": {"left", "suspended"}, "suspended": {"active", "left"}, "left": {"active"}}
