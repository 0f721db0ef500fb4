"""One's own account in the API. What proves a person (password, passkeys, tokens, erasure) is left to the pages: a token cannot lengthen its own life."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from gongchuang.accounts import actions, queries, tokens
from gongchuang.accounts.models import AccessToken, User
from gongchuang.accounts.permissions import AccountPermission
from gongchuang.api import ApiBlueprint, Schema
from gongchuang.organisations.queries import memberships_of
from gongchuang.rights import allowed
from gongchuang.web import Answer, actor, now

api = ApiBlueprint("accounts", __name__)


class MembershipOut(Schema):
    """One of the person's organisations."""

    organisation_id: UUID
    organisation: str
    roles: list[str]
    duties: list[str]
    status: str


class MeOut(Schema):
    """The person behind the request, and the organisation acted for."""

    id: UUID
    name: str
    phone: str | None
    email: str | None
    language: str
    marketing: bool
    organisation_id: UUID | None
    memberships: list[MembershipOut]


class MeIn(Schema):
    """What a person may change of themselves."""

    name: str = Field(min_length=1, max_length=60)
    language: Literal["zh", "en"]
    marketing: bool


class TokenOut(Schema):
    """A live token, without its secret."""

    id: UUID
    name: str
    organisation_id: UUID
    scopes: list[str]
    expires_at: datetime
    last_used_at: datetime | None


class Tokens(Schema):
    """The person's live tokens."""

    items: list[TokenOut]


class NewToken(Schema):
    """A token for the organisation acted for."""

    name: str = Field(max_length=60)
    scopes: list[str] = Field(min_length=1, max_length=50)
    days: int = Field(default=90, ge=1, le=365)


class MadeToken(Schema):
    """The new token: shown once."""

    id: UUID
    token: str
    expires_at: datetime


def _out(user: User) -> MeOut:
    mine = [
        MembershipOut(organisation_id=m.organisation.id, organisation=m.organisation.name, roles=m.row.roles, duties=m.row.duties, status=m.row.status)
        for m in memberships_of(user.id)
    ]
    return MeOut(
        id=user.id,
        name=user.name,
        phone=user.phone,
        email=user.email,
        language=user.language,
        marketing=user.marketing_consented_at is not None,
        organisation_id=actor().organisation_id,
        memberships=mine,
    )


@api.get("/me")
@allowed(AccountPermission.SEE)
@api.output(MeOut)
def me() -> Answer:
    return _out(queries.me(actor().user_id))  # type: ignore[return-value]


@api.put("/me")
@allowed(AccountPermission.CHANGE)
@api.input(MeIn, location="json")
@api.output(MeOut)
def change(json_data: MeIn) -> Answer:
    user = queries.me(actor().user_id)
    actions.change_profile(actor(), user, **json_data.model_dump(), now=now())
    return _out(user)  # type: ignore[return-value]


@api.get("/tokens")
@allowed(AccountPermission.SEE)
@api.output(Tokens)
def live_tokens() -> Answer:
    found = [
        TokenOut(
            id=t.row.id, name=t.row.name, organisation_id=t.row.organisation_id_acting, scopes=t.row.scopes.split(), expires_at=t.row.expires_at,
            last_used_at=t.row.last_used_at,
        )
        for t in queries.live_tokens_of(queries.me(actor().user_id).id, now())
    ]  # fmt: skip
    return Tokens(items=found)  # type: ignore[return-value]


@api.post("/tokens")
@allowed(AccountPermission.TOKENS)
@api.input(NewToken, location="json")
@api.output(MadeToken, status_code=201)
def make_token(json_data: NewToken) -> Answer:
    known = {code for code, _ in tokens.known_scopes()}
    row, token = tokens.create(actor(), name=json_data.name, scopes=json_data.scopes, days=json_data.days, known=known, now=now())
    return MadeToken(id=row.id, token=token, expires_at=row.expires_at)  # type: ignore[return-value]


@api.delete("/tokens/<uuid:access_token_id>")
@allowed(AccountPermission.CHANGE, queries.access_token)
def revoke_token(access_token: AccessToken) -> Answer:
    tokens.revoke(actor(), access_token, now())
    return "", 204
