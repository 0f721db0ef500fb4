"""Verification in the API."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from gongchuang.api import ApiBlueprint, PageQuery, Schema
from gongchuang.organisations import queries as organisations
from gongchuang.organisations.models import Organisation
from gongchuang.rights import allowed
from gongchuang.web import Answer, actor, idempotent, now, repeatable

from . import actions, queries
from .models import CertificationCase
from .permissions import CertificationPermission

api = ApiBlueprint("certification", __name__)


class CaseOut(Schema):
    """A case as its organisation and the operators of its place see it."""

    id: UUID
    organisation_id: UUID
    kind: str
    legal_name: str
    uscc: str | None
    representative: str
    contact: str
    valid_until: date | None
    region: str
    status: str
    submitted_at: datetime
    due_at: datetime
    decided_at: datetime | None
    reason: str | None
    note: str | None


class Cases(Schema):
    """A page of cases."""

    items: list[CaseOut]
    next_cursor: str | None = None


class FirmIn(Schema):
    """A firm's or provider's evidence: ids of own, checked file revisions."""

    legal_name: str = Field(max_length=60)
    uscc: str = Field(max_length=40)
    representative: str = Field(max_length=60)
    contact: str = Field(max_length=60)
    licence: list[UUID] = Field(max_length=3)
    valid_until: date | None = None


class PersonIn(Schema):
    """A person's real name. The number is kept as a digest alone."""

    legal_name: str = Field(max_length=60)
    id_number: str = Field(max_length=40)
    identity: list[UUID] = Field(max_length=3)


class Approval(Schema):
    """Approving; of a person with the number read from the picture."""

    id_number: str = Field(default="", max_length=40)


class Return(Schema):
    """Sending back."""

    reason: Literal["blurred", "name", "number", "representative", "expired", "person", "other"]
    note: str = Field(default="", max_length=200)


def _own() -> Organisation:
    organisation_id = actor().organisation_id
    assert organisation_id
    return organisations.organisation(organisation_id)


@api.get("/certification/cases")
@allowed(CertificationPermission.START)
@api.output(Cases)
def cases() -> Answer:
    return Cases(items=[CaseOut.model_validate(row) for row in queries.history_of(_own().id)])  # type: ignore[return-value]


@api.post("/certification/firm")
@allowed(CertificationPermission.SUBMIT)
@idempotent
@api.input(FirmIn, location="json")
@api.output(CaseOut, status_code=201)
def submit_firm(json_data: FirmIn) -> Answer:
    return CaseOut.model_validate(actions.submit_firm(actor(), _own(), now(), **dict(json_data)))  # type: ignore[return-value]


@api.post("/certification/person")
@allowed(CertificationPermission.SUBMIT)
@idempotent
@api.input(PersonIn, location="json")
@api.output(CaseOut, status_code=201)
def submit_person(json_data: PersonIn) -> Answer:
    return CaseOut.model_validate(actions.submit_person(actor(), _own(), now(), **dict(json_data)))  # type: ignore[return-value]


@api.post("/certification/cases/<uuid:case_id>/withdraw")
@allowed(CertificationPermission.WITHDRAW, queries.case)
@repeatable
def withdraw(case: CertificationCase) -> Answer:
    actions.withdraw(actor(), case)
    return "", 204


@api.get("/operator/certification")
@allowed(CertificationPermission.QUEUE)
@api.input(PageQuery, location="query")
@api.output(Cases)
def queue(query_data: PageQuery) -> Answer:
    found = queries.waiting_before(actor(), query_data.cursor)
    return Cases(items=[CaseOut.model_validate(row) for row in found.items], next_cursor=found.next_cursor)  # type: ignore[return-value]


@api.post("/operator/certification/<uuid:case_id>/approve")
@allowed(CertificationPermission.REVIEW, queries.case)
@repeatable
@api.input(Approval, location="json")
@api.output(CaseOut)
def approve(case: CertificationCase, json_data: Approval) -> Answer:
    actions.approve(actor(), case, now(), id_number=json_data.id_number)
    return CaseOut.model_validate(case)  # type: ignore[return-value]


@api.post("/operator/certification/<uuid:case_id>/return")
@allowed(CertificationPermission.REVIEW, queries.case)
@repeatable
@api.input(Return, location="json")
@api.output(CaseOut)
def give_back(case: CertificationCase, json_data: Return) -> Answer:
    actions.give_back(actor(), case, now(), reason=json_data.reason, note=json_data.note)
    return CaseOut.model_validate(case)  # type: ignore[return-value]
