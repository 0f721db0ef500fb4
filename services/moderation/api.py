"""Reports and appeals in the API."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from gongchuang.api import ApiBlueprint, PageQuery, Schema
from gongchuang.rights import allowed
from gongchuang.web import Answer, actor, now, repeatable

from . import actions, queries
from .models import Report, TakeDown
from .permissions import ModerationPermission

api = ApiBlueprint("moderation", __name__)

ReasonCode = Literal["false", "fraud", "infringement", "illegal", "privacy", "identity", "other"]


class ReportIn(Schema):
    """What is wrong with a published thing."""

    kind: str = Field(max_length=40)
    object_id: UUID
    reason: ReasonCode
    note: str = Field(default="", max_length=2000)


class ReportOut(Schema):
    """A report as its reporter and the operators see it."""

    id: UUID
    kind: str
    object_id: UUID
    title: str
    reason: str
    note: str
    status: str
    created_at: datetime


class Reports(Schema):
    """A page of reports."""

    items: list[ReportOut]
    next_cursor: str | None


class TakeDownOut(Schema):
    """A take-down as its owner and the operators see it."""

    id: UUID
    kind: str
    object_id: UUID
    title: str
    reason: str
    note: str
    status: str
    taken_at: datetime
    appeal: str | None
    answer: str | None


class TakeDowns(Schema):
    """A page of take-downs."""

    items: list[TakeDownOut]
    next_cursor: str | None


class TakeDownIn(Schema):
    """Why a thing is taken down."""

    reason: ReasonCode
    note: str = Field(max_length=2000)


class AppealIn(Schema):
    """Why a take-down is wrong."""

    words: str = Field(max_length=2000)


class AnswerIn(Schema):
    """The answer to an appeal."""

    restore: bool
    answer: str = Field(max_length=2000)


@api.post("/reports")
@allowed(ModerationPermission.REPORT)
@repeatable
@api.input(ReportIn, location="json")
@api.output(ReportOut, status_code=201)
def report(json_data: ReportIn) -> Answer:
    made = actions.report(actor(), json_data.kind, json_data.object_id, reason=json_data.reason, note=json_data.note)
    return ReportOut.model_validate(made)  # type: ignore[return-value]


@api.get("/operator/reports")
@allowed(ModerationPermission.QUEUE)
@api.input(PageQuery, location="query")
@api.output(Reports)
def queue(query_data: PageQuery) -> Answer:
    found = queries.open_before(actor(), query_data.cursor)
    return Reports(items=[ReportOut.model_validate(r) for r in found.items], next_cursor=found.next_cursor)  # type: ignore[return-value]


@api.post("/operator/reports/<uuid:report_id>/take-down")
@allowed(ModerationPermission.DECIDE, queries.report)
@repeatable
@api.input(TakeDownIn, location="json")
@api.output(TakeDownOut, status_code=201)
def take_down(report: Report, json_data: TakeDownIn) -> Answer:
    made = actions.take_down(actor(), report, now(), reason=json_data.reason, note=json_data.note)
    return TakeDownOut.model_validate(made)  # type: ignore[return-value]


@api.post("/operator/reports/<uuid:report_id>/dismiss")
@allowed(ModerationPermission.DECIDE, queries.report)
@repeatable
def dismiss(report: Report) -> Answer:
    actions.dismiss(actor(), report, now())
    return "", 204


@api.get("/take-downs")
@allowed(ModerationPermission.OWN)
@api.input(PageQuery, location="query")
@api.output(TakeDowns)
def own(query_data: PageQuery) -> Answer:
    organisation_id = actor().organisation_id
    assert organisation_id
    found = queries.of_organisation(organisation_id, query_data.cursor)
    return TakeDowns(items=[TakeDownOut.model_validate(r) for r in found.items], next_cursor=found.next_cursor)  # type: ignore[return-value]


@api.post("/take-downs/<uuid:take_down_id>/appeal")
@allowed(ModerationPermission.APPEAL, queries.take_down)
@repeatable
@api.input(AppealIn, location="json")
@api.output(TakeDownOut)
def appeal(take_down: TakeDown, json_data: AppealIn) -> Answer:
    actions.appeal(actor(), take_down, now(), words=json_data.words)
    return TakeDownOut.model_validate(take_down)  # type: ignore[return-value]


@api.post("/operator/appeals/<uuid:take_down_id>/answer")
@allowed(ModerationPermission.ANSWER, queries.take_down)
@repeatable
@api.input(AnswerIn, location="json")
@api.output(TakeDownOut)
def answer_appeal(take_down: TakeDown, json_data: AnswerIn) -> Answer:
    actions.answer_appeal(actor(), take_down, now(), restore=json_data.restore, answer=json_data.answer)
    return TakeDownOut.model_validate(take_down)  # type: ignore[return-value]
