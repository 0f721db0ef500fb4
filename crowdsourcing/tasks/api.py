"""Tasks by API: everything the pages do, by the same actions."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import request

from crowdsourcing.skills import queries as skills
from crowdsourcing.tasks import actions, document, presentation, queries, rules, words
from crowdsourcing.tasks.models import Task
from crowdsourcing.tasks.permissions import TaskPermission
from crowdsourcing.tasks.schemas import (
    AwardRateOut,
    CardOut,
    DeadlineIn,
    FitOut,
    InvitedOut,
    InviteIn,
    MatchedOut,
    MatchesOut,
    MineOut,
    ReasonIn,
    TaskIn,
    TaskOut,
    TaskSeenOut,
    TasksOut,
)
from crowdsourcing.tasks.views import SHELF
from gongchuang.api import ApiBlueprint, MineQuery
from gongchuang.database import uuid7
from gongchuang.rights import allowed
from gongchuang.web import actor, idempotent, now
from search.listing import listing
from search.listing.asking import query_of, refuse_nonsense
from search.matching import queries as matching
from search.matching.schemas import why_out
from services.messages.schemas import BegunOut
from services.procedures import queries as procedures

api = ApiBlueprint("tasks", __name__)
_PLAIN = [name for name in TaskOut.model_fields if name in Task.__table__.columns or name == "number"]
_CARD = [name for name in CardOut.model_fields if name != "id"]


def said_of(task: Task, counts: Mapping[UUID, int] | None = None) -> dict[str, Any]:
    """Return a task as the reader may know it; `counts` are the bids of several tasks, read at once."""
    shut = task.sealed and presentation.state_of(task, now()) == "open"
    return {name: getattr(task, name) for name in _PLAIN} | {
        "status": presentation.state_of(task, now()),
        "opens_at": task.procedure.opens_at,
        "closes_at": task.procedure.closes_at,
        "files": list(task.file_ids),
        "ip_text": str(words.IP_TEMPLATES[task.ip_terms].text) if task.ip_terms else None,
        "reason": task.procedure.reason,
        "bids": None if shut else queries.bidding_on(task.id) if counts is None else counts.get(task.id, 0),
    }


def out(task: Task) -> TaskOut:
    return TaskOut(**said_of(task))


def card_of(task_id: Any, data: Any) -> CardOut:
    return CardOut(id=task_id, **{name: data[name] for name in _CARD})


def facts_of(said: TaskIn) -> rules.TaskFacts:
    """Return what was said in the room's own terms."""
    plain = said.model_dump(exclude={"files", "skills", "named"})
    return rules.TaskFacts(**plain, files=tuple(said.files), skills=tuple(said.skills), named=tuple(said.named))


@api.get("/tasks")
@allowed(TaskPermission.LIST)
@api.input(query_of(SHELF), location="query")
@api.output(TasksOut)
def index(query_data: Any) -> Any:
    """Look through what is put out: the same filters as the page. What names nothing is refused."""
    refuse_nonsense(SHELF, request.args)
    found = listing(SHELF, request.args, actor(), now())
    items = [card_of(card.object_id, card.data) for card in found.cards]
    return TasksOut(items=items, facets=found.facets, total=found.total, next_page=found.page + 1 if found.next else None)  # type: ignore[arg-type]


@api.get("/tasks/mine")
@allowed(TaskPermission.MINE)
@api.input(MineQuery, location="query")
@api.output(MineOut)
def mine(query_data: MineQuery) -> Any:
    """List one's own tasks, latest first; `status` is draft, open, closed, awarded or ended."""
    page = queries.mine(actor().organisation_id, query_data.status, query_data.cursor, now())
    counts = procedures.counts([task.id for task in page.items])
    return MineOut(items=[TaskOut(**said_of(task, counts)) for task in page.items], next_cursor=page.next_cursor)


@api.get("/tasks/matched")
@allowed(TaskPermission.MINE)
@api.output(MatchesOut)
def matched() -> Any:
    """List the tasks that fit one's declared skills, best first, with why."""
    designer = skills.designer_of(actor().organisation_id)
    found = matching.for_offer("designer", designer.id, limit=200) if designer else []
    return MatchesOut(items=[MatchedOut(task=card_of(m.object_id, m.card), score=m.rank, why=why_out(m)) for m in found])


@api.post("/tasks")
@allowed(TaskPermission.DRAFT)
@idempotent
@api.input(TaskIn, location="json")
@api.output(TaskOut, status_code=201)
def begin(json_data: TaskIn) -> Any:
    """Keep a new draft."""
    return out(actions.begin(actor(), uuid7(), facts_of(json_data), now()))


@api.get("/tasks/<uuid:task_id>")
@allowed(TaskPermission.SEE, queries.task)
@api.output(TaskSeenOut)
def see(task: Task) -> Any:
    """Read a task with its publisher's award rate."""
    rate = queries.award_rate_of(task.organisation_id, now())
    return TaskSeenOut(**said_of(task), award_rate=AwardRateOut(awarded=rate.awarded, closed=rate.closed, percent=rate.percent))


@api.put("/tasks/<uuid:task_id>")
@allowed(TaskPermission.DRAFT, queries.task)
@api.input(TaskIn, location="json")
@api.output(TaskOut)
def save(task: Task, json_data: TaskIn) -> Any:
    """Say a draft anew."""
    return out(actions.save(actor(), task, facts_of(json_data), now()))


@api.get("/tasks/<uuid:task_id>/fit")
@allowed(TaskPermission.DRAFT, queries.task)
@api.output(FitOut)
def fit(task: Task) -> Any:
    """Count the designers that fit it as it stands."""
    return FitOut(organisations=matching.count_fitting(document.of_task(task), now()).organisations)


@api.post("/tasks/<uuid:task_id>/publish")
@allowed(TaskPermission.PUBLISH, queries.task)
@idempotent
@api.output(TaskOut)
def publish(task: Task) -> Any:
    """Put a draft out; refused with everything still missing, each at its field."""
    return out(actions.publish(actor(), task, now()))


@api.post("/tasks/<uuid:task_id>/invitations")
@allowed(TaskPermission.MANAGE, queries.task)
@idempotent
@api.input(InviteIn, location="json")
@api.output(InvitedOut, status_code=201)
def invite(task: Task, json_data: InviteIn) -> Any:
    """Ask more organisations for a bid."""
    return InvitedOut(invited=actions.invite(actor(), task, json_data.organisation_ids, now()))


@api.post("/tasks/<uuid:task_id>/extend")
@allowed(TaskPermission.MANAGE, queries.task)
@idempotent
@api.input(DeadlineIn, location="json")
@api.output(TaskOut)
def extend(task: Task, json_data: DeadlineIn) -> Any:
    """Move the deadline later."""
    return out(actions.extend(actor(), task, json_data.closes_at, now()))


@api.post("/tasks/<uuid:task_id>/cancel")
@allowed(TaskPermission.MANAGE, queries.task)
@idempotent
@api.input(ReasonIn, location="json")
@api.output(TaskOut)
def cancel(task: Task, json_data: ReasonIn) -> Any:
    """Call it off."""
    return out(actions.cancel(actor(), task, json_data.reason, now()))


@api.post("/tasks/<uuid:task_id>/fail")
@allowed(TaskPermission.MANAGE, queries.task)
@idempotent
@api.input(ReasonIn, location="json")
@api.output(TaskOut)
def fail(task: Task, json_data: ReasonIn) -> Any:
    """End it with nobody chosen."""
    return out(actions.fail(actor(), task, json_data.reason, now()))


@api.post("/tasks/<uuid:task_id>/clone")
@allowed(TaskPermission.DRAFT, queries.task)
@idempotent
@api.output(TaskOut, status_code=201)
def clone(task: Task) -> Any:
    """Begin a new draft with everything it said."""
    return out(actions.clone(actor(), task, now()))


@api.post("/tasks/<uuid:task_id>/conversation")
@allowed(TaskPermission.ASK, queries.task)
@api.output(BegunOut, status_code=201)
def ask(task: Task) -> Any:
    """Open one's conversation with the publisher about a task; the same one again when it was opened before."""
    return BegunOut(id=actions.ask(actor(), task).id)
