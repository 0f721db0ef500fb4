"""What follows from tasks and matches: telling people, taking closed tasks out of search."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from crowdsourcing.tasks import queries
from crowdsourcing.tasks.events import DesignersInvited, TaskCancelled, TaskExtended, TaskFailed, TaskPublished
from crowdsourcing.tasks.models import Task
from gongchuang.database import db
from gongchuang.events import Delivered, handles
from gongchuang.money import short_yuan
from search.documents import actions as documents
from search.documents import queries as read_documents
from search.matching import queries as matches
from search.matching.events import MatchesFound, MatchFound
from search.matching.models import Match
from services.messages.actions import done, tell
from services.procedures import queries as procedures
from services.procedures.events import ProcedureClosed

MESSAGES = {
    "task.matched": "新任务「%(title)s」需要的 %(asked)s 项技能您有 %(fits)s 项（%(firm)s，预算 %(budget)s）",
    "task.fitting": "有 %(count)s 个任务符合您登记的技能",
    "task.matches": "您的任务「%(title)s」已通知 %(count)s 家技能符合的设计方",
    "task.new_designer": "%(firm)s 新登记的技能符合您的任务「%(title)s」",
    "task.new_designer_for_many": "%(firm)s 新登记的技能符合您的 %(count)s 个任务，最合适的是「%(title)s」",
    "task.invited": "%(firm)s 邀请您投标：%(title)s",
    "task.decide": "「%(title)s」投标已截止，收到 %(count)s 份投标，请比较并选定",
    "task.nobody": "「%(title)s」投标已截止，没有收到投标，可以调整后再次发布",
    "task.extended": "「%(title)s」的投标截止时间延后了",
}


def url_of(task_id: UUID) -> str:
    return f"/tasks/{task_id}"


@handles(TaskPublished, DesignersInvited)
def tell_invited(event: Delivered) -> None:
    """Everybody invited is told, once."""
    task = queries.task(event.object_id)
    params = {"title": task.title, "firm": queries.firm(task.organisation_id).short_name}
    for organisation_id in procedures.invited_to(task.id):
        key = f"invited:{task.id}:{organisation_id}"
        due = task.procedure.closes_at
        tell(organisation_id, "task.invited", url=url_of(task.id), params=params, roles=("sales",), object_id=task.id, due_at=due, key=key)


@handles(ProcedureClosed, about=("task",))
def close_task(event: Delivered) -> None:
    """Past its deadline a task is found no more, and its publisher has to decide."""
    task = queries.task(event.object_id)
    documents.remove("task", task.id)
    count = procedures.counts([task.id]).get(task.id, 0)
    code, url = ("task.decide", f"/tasks/{task.id}/bids") if count else ("task.nobody", url_of(task.id))
    params = {"title": task.title, "count": count}
    tell(task.organisation_id, code, url=url, params=params, roles=("buyer", "engineer"), todo=bool(count), object_id=task.id, key=f"{code}:{task.id}")


@handles(TaskExtended)
def tell_extended(event: Delivered) -> None:
    """Who was invited or has bid knows of the later deadline."""
    task = queries.task(event.object_id)
    for organisation_id in {*procedures.invited_to(task.id), *(s.organisation_id for s in procedures.submissions_of(task.id))}:
        key = f"extended:{task.id}:{task.procedure.extensions}:{organisation_id}"
        due = task.procedure.closes_at
        tell(organisation_id, "task.extended", url=url_of(task.id), params={"title": task.title}, object_id=task.id, due_at=due, key=key)


@handles(TaskCancelled, TaskFailed)
def settle(event: Delivered) -> None:
    """The publisher has nothing left to decide."""
    if event.organisation_id:
        done(event.organisation_id, "task.decide", event.object_id)


@handles(MatchFound, about=("task",))
def tell_of_match(event: Delivered) -> None:
    """The side that was already there hears of the other: a designer of a task that fits its skills, a publisher of a new designer."""
    match = db.session.get(Match, event.object_id)
    task = db.session.get(Task, match.need_id) if match is not None else None
    if match is None or task is None:
        return
    if event.organisation_id == match.need_organisation_id:
        count = matches.needs_met(match)
        code = "task.new_designer_for_many" if count > 1 else "task.new_designer"
        params = {"title": task.title, "firm": queries.firm(match.offer_organisation_id).short_name, "count": count}
        key = f"designer:{task.id}:{match.offer_organisation_id}"
        roles = ("buyer", "engineer")
        tell(match.need_organisation_id, code, url=f"{url_of(task.id)}#matches", params=params, roles=roles, object_id=task.id, key=key)
        return
    params = _said_to_designer(task, match)
    key = f"matched:{task.id}:{match.offer_organisation_id}"
    tell(match.offer_organisation_id, "task.matched", url=f"{url_of(task.id)}#why", params=params, roles=("sales", "engineer"), object_id=task.id, key=key)


def _said_to_designer(task: Task, match: Match) -> dict[str, Any]:
    """Return how many of the asked skills the designer has, as the match's explanation says it."""
    judged = next((each for each in match.explanation["criteria"] if each["code"] == "skill"), None)
    open_ = len(judged["params"]["needed"]) if judged and judged["state"] != "satisfied" else 0
    budget = short_yuan(task.budget_max_fen)
    firm = queries.firm(task.organisation_id).short_name
    return {"title": task.title, "firm": firm, "asked": len(task.skills), "fits": len(task.skills) - open_, "budget": budget}


@handles(MatchesFound, about=("task", "designer"))
def tell_of_matches(event: Delivered) -> None:
    """Who has just published hears how many fit: a publisher how many designers, a designer how many tasks."""
    row = next(iter(read_documents.rows([event.object_id])), None)
    if row is None:
        return
    own, other = (Match.need_document_id, Match.offer_organisation_id) if row.kind == "task" else (Match.offer_document_id, Match.need_id)
    count = db.session.scalar(select(func.count(other.distinct())).where(own == row.id, Match.gate)) or 0
    if row.kind == "task":
        params = {"title": row.title, "count": count}
        url, roles = f"{url_of(row.object_id)}#matches", ("buyer", "engineer")
        tell(row.organisation_id, "task.matches", url=url, params=params, roles=roles, object_id=row.object_id, key=f"matches:{row.object_id}")
    else:
        key = f"fitting:{row.object_id}:{row.object_version}"
        tell(row.organisation_id, "task.fitting", url="/tasks/matched", params={"count": count}, roles=("sales", "engineer"), object_id=row.object_id, key=key)
