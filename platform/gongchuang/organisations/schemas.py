"""What the API says of organisations and their members."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from gongchuang.api import Schema

RoleCode = Literal["admin", "sales", "buyer", "engineer", "production", "quality", "finance"]
DutyCode = Literal["operations", "security", "audit"]


class OrganisationOut(Schema):
    """A public profile."""

    id: UUID
    name: str
    kind: str
    status: str
    verified: bool
    uscc: str | None
    region: str
    park: str | None
    industry: str | None
    size: str | None
    introduction: str


class ProfileIn(Schema):
    """What an organisation says of itself; codes are the vocabulary's."""

    name: str = Field(max_length=60)
    region: str = Field(max_length=6)
    park: str | None = None
    industry: str | None = None
    size: str | None = None
    introduction: str = Field(default="", max_length=2000)


class NewOrganisation(ProfileIn):
    """A new organisation, unverified."""

    kind: Literal["firm", "provider", "person"] = "firm"
    uscc: str | None = Field(default=None, max_length=40)


class Created(Schema):
    """Either the new organisation's id, or that of the request to join the verified one that holds the USCC."""

    organisation_id: UUID
    join_request_id: UUID | None = None


class Found(Schema):
    """A page of organisations."""

    items: list[OrganisationOut]
    next_cursor: str | None


class DirectoryQuery(Schema):
    """What narrows the directory."""

    q: str = Field(default="", max_length=60)
    region: str = Field(default="", max_length=6)
    kind: Literal["", "firm", "provider", "person", "operator"] = ""
    cursor: str | None = None


class MemberOut(Schema):
    """A colleague: the address is masked."""

    id: UUID
    name: str
    address: str
    roles: list[str]
    duties: list[str]
    status: str


class Members(Schema):
    """The members of the organisation acted for."""

    items: list[MemberOut]


class RolesIn(Schema):
    """Roles, and for operators at most one duty."""

    roles: list[RoleCode] = Field(max_length=7)
    duties: list[DutyCode] = Field(default=[], max_length=3)


class NewInvitation(RolesIn):
    """An invitation in roles, for some days."""

    days: int = Field(default=7, ge=1, le=30)


class InvitationOut(Schema):
    """An invitation; its path is given once, when it is made."""

    id: UUID
    roles: list[str]
    duties: list[str]
    status: str
    expires_at: datetime
    path: str | None = None


class Invitations(Schema):
    """The invitations that still stand."""

    items: list[InvitationOut]


class JoinRequestIn(Schema):
    """Which organisation somebody asks to be let into, and what they say."""

    organisation_id: UUID
    message: str = Field(default="", max_length=200)


class JoinRequestOut(Schema):
    """A request to join."""

    id: UUID
    organisation_id: UUID
    person: str
    message: str
    status: str
    created_at: datetime


class JoinRequests(Schema):
    """The requests that wait for the administrators' answer."""

    items: list[JoinRequestOut]


class Decision(Schema):
    """Whether somebody is let in, and in which roles."""

    accept: bool
    roles: list[RoleCode] = Field(default=[], max_length=7)
