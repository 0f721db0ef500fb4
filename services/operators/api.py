"""The operators' work in the API."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from gongchuang.api import ApiBlueprint, Schema
from gongchuang.organisations import actions as organisations
from gongchuang.organisations.models import Organisation
from gongchuang.organisations.queries import organisation
from gongchuang.rights import allowed
from gongchuang.web import Answer, actor, repeatable

from . import actions, presentation, queries
from .permissions import OperatorPermission

api = ApiBlueprint("operators", __name__)


class ParkedOut(Schema):
    """A parked delivery."""

    id: UUID
    event: str
    handler: str
    attempts: int
    error: str
    occurred_at: datetime
    organisation: str | None


class ParkedList(Schema):
    """The parked deliveries of the place."""

    items: list[ParkedOut]


class RetryIn(Schema):
    """Which deliveries are tried again."""

    ids: list[UUID] = Field(min_length=1, max_length=200)


class Retried(Schema):
    """How many were put back into their queues."""

    count: int


class SuspendIn(Schema):
    """Why an organisation is suspended."""

    reason: str = Field(min_length=1, max_length=200)


class EntryOut(Schema):
    """One entry of a chain."""

    sequence: int
    at: datetime
    user_id: UUID | None
    action: str
    object_kind: str | None
    object_id: UUID | None
    hash: str


class ChainOut(Schema):
    """A page of a chain, latest first, and what is wrong with the whole of it."""

    items: list[EntryOut]
    next_before: int | None
    breaks: list[str]


class ChainQuery(Schema):
    """Before which entry the page begins."""

    before: int | None = Field(default=None, ge=1, le=10**15)


@api.get("/operator/deliveries")
@allowed(OperatorPermission.DELIVERIES)
@api.output(ParkedList)
def deliveries() -> Answer:
    return ParkedList(items=[ParkedOut.model_validate(p) for p in queries.parked_of(actor())])  # type: ignore[return-value]


@api.post("/operator/deliveries/retry")
@allowed(OperatorPermission.DELIVERIES)
@api.input(RetryIn, location="json")
@api.output(Retried)
def retry(json_data: RetryIn) -> Answer:
    return Retried(count=actions.retry(actor(), json_data.ids))  # type: ignore[return-value]


@api.post("/operator/organisations/<uuid:organisation_id>/suspend")
@allowed(OperatorPermission.SUSPEND, organisation)
@repeatable
@api.input(SuspendIn, location="json")
def suspend(organisation: Organisation, json_data: SuspendIn) -> Answer:
    organisations.suspend(actor(), organisation, json_data.reason)
    return "", 204


@api.post("/operator/organisations/<uuid:organisation_id>/restore")
@allowed(OperatorPermission.SUSPEND, organisation)
@repeatable
def restore(organisation: Organisation) -> Answer:
    organisations.restore(actor(), organisation)
    return "", 204


@api.get("/operator/audit/<uuid:organisation_id>")
@allowed(OperatorPermission.READ_CHAIN, organisation)
@api.input(ChainQuery, location="query")
@api.output(ChainOut)
def chain(organisation: Organisation, query_data: ChainQuery) -> Answer:
    entries, following = queries.entries_of(organisation.id, query_data.before)
    presentation.note_look(actor(), organisation, "audit:read")
    found = [EntryOut.model_validate(e) for e in entries]
    return ChainOut(items=found, next_before=following, breaks=queries.breaks(organisation.id))  # type: ignore[return-value]
