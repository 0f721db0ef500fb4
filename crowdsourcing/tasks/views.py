"""Pages of tasks: the list, the form with its draft, the task as its publisher and as a bidder sees it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext

from crowdsourcing.skills import queries as skills
from crowdsourcing.tasks import actions, document, presentation, queries, words
from crowdsourcing.tasks.forms import InviteForm, TaskForm
from crowdsourcing.tasks.models import Task
from crowdsourcing.tasks.permissions import TaskPermission
from gongchuang.database import uuid7
from gongchuang.organisations.queries import named
from gongchuang.refusal import Refusal
from gongchuang.rights import allowed, require, why_not
from gongchuang.web import Answer, Form, actor, idempotent, now, pressed
from gongchuang.web.filters import SHANGHAI
from search.documents.document import Side
from search.engines.port import Sort
from search.listing import Shelf, listing
from search.matching import queries as matching
from services.procedures import queries as procedures
from services.procedures.forms import DeadlineForm, ReasonForm

pages = Blueprint("tasks", __name__, template_folder="templates")
SHELF = Shelf("task", Side.NEED, fields=("skill", "region", "budget"), facets=("skill", "region", "budget"), sorts=(Sort.MATCH, Sort.FRESHNESS, Sort.DISTANCE))


def _home() -> str | None:
    who = actor()
    return (queries.firm(who.organisation_id).region or None) if who.organisation_id else None


def _own_matches() -> dict[UUID, matching.Matched]:
    """Return the reader's matches by task: one statement for a whole list."""
    designer = skills.designer_of(actor().organisation_id)
    return {each.object_id: each for each in matching.for_offer("designer", designer.id, limit=200)} if designer else {}


@pages.get("/tasks")
@allowed(TaskPermission.LIST)
def index() -> Answer:
    found = listing(SHELF, request.args, actor(), now(), path=request.path, home=_home())
    matches = _own_matches()
    cards = [presentation.card(each, now(), matches=matches) for each in found.cards]
    return render_template("tasks/list.html", found=found, cards=cards, fitting=len(matches))


@pages.get("/tasks/matched")
@allowed(TaskPermission.MINE)
def matched() -> Answer:
    """The tasks that fit the skills the reader's organisation declared, best first, with why."""
    designer = skills.designer_of(actor().organisation_id)
    found = _own_matches()
    cards = [presentation.of_data(task_id, match.card, now(), match) for task_id, match in found.items()]
    return render_template("tasks/matched.html", designer=designer, cards=cards)


@pages.get("/tasks/mine")
@allowed(TaskPermission.MINE)
def mine() -> Answer:
    status = request.args.get("status")
    page = queries.mine(actor().organisation_id, status, request.args.get("cursor"), now())
    counts = procedures.counts([task.id for task in page.items])
    return render_template("tasks/mine.html", page=page, status=status, counts=counts, words=words, now=now())


@pages.route("/tasks/new", methods=["GET", "POST"])
@allowed(TaskPermission.DRAFT)
@idempotent
def create() -> Answer:
    form = TaskForm(data=None if request.method == "POST" else _fresh())
    task = actions.draft_of(actor(), form.key()) if request.method == "POST" else None
    return _written(form, task)


@pages.route("/tasks/<uuid:task_id>/edit", methods=["GET", "POST"])
@allowed(TaskPermission.DRAFT, queries.task)
@idempotent
def edit(task: Task) -> Answer:
    if task.procedure.status != "draft":
        return redirect(url_for(".see", task_id=task.id), 303)
    return _written(TaskForm(data=None if request.method == "POST" else _said(task)), task)


def _written(form: TaskForm, task: Task | None) -> Answer:
    """Keep the draft, or put it out; when something is missing, nothing typed is lost."""
    if form.submitted():
        chosen = pressed("do", "publish", "save")
        task = actions.begin(actor(), form.key(), form.facts(), now()) if task is None else actions.save(actor(), task, form.facts(), now())
        if chosen == "save":
            flash(gettext("草稿已保存"))
            return redirect(url_for(".edit", task_id=task.id), 303)
        require(TaskPermission.PUBLISH, task)
        actions.publish(actor(), task, now())
        flash(gettext("任务已发布，正在通知技能符合的设计方"))
        return redirect(url_for(".see", task_id=task.id), 303)
    own = actor().organisation_id
    held = queries.own_files(form.files.data or (), own) if own else []
    shown = {"held": held, "firms": queries.firms(form.named.data or ()), "templates": words.IP_TEMPLATES}
    refusal = why_not(TaskPermission.PUBLISH, task)
    status = 422 if request.method == "POST" else 200
    return render_template("tasks/form.html", form=form, task=task, refusal=refusal, words=words, **shown), status


def _fresh() -> dict[str, Any]:
    """Return what a new form begins with: the deadline a week from now at 17:00, delivery three weeks later."""
    day = now().astimezone(SHANGHAI).date() + timedelta(days=7)
    return {"draft_key": uuid7(), "closes_at": datetime.combine(day, time(17), SHANGHAI), "delivery_on": day + timedelta(days=21)}


def _said(task: Task) -> dict[str, Any]:
    facts = actions.facts_of(task)
    said: dict[str, Any] = {name: getattr(facts, name) for name in facts.__dataclass_fields__}
    return said | {"draft_key": task.draft_key, "budget_min_fen": None if task.fixed else task.budget_min_fen}


@pages.post("/tasks/draft")
@allowed(TaskPermission.DRAFT)
def draft() -> Answer:
    """Keep what is believable of the form while it is being filled in."""
    form = TaskForm()
    form.validate()
    task = actions.keep(actor(), form.key(), form.facts(), now())
    return jsonify(id=str(task.id), saved=True)


@pages.get("/tasks/fit")
@allowed(TaskPermission.DRAFT)
def fit() -> Answer:
    """Say how many designers the draft fits as it stands: refreshed while it is being filled in."""
    try:
        task = queries.draft_of(actor().organisation_id, UUID(request.args.get("draft_key", "")))
    except ValueError:
        task = None
    found = matching.count_fitting(document.of_task(task), now()) if task and task.skills else None
    return render_template("tasks/_fit.html", fit=found)


@pages.get("/tasks/designers")
@allowed(TaskPermission.MINE)
def designers() -> Answer:
    """Offer organisations and persons by name or pinyin initials."""
    found = [each for each in named(request.args.get("q", ""), ("firm", "provider", "person")) if each.verified and each.id != actor().organisation_id]
    return jsonify([{"value": str(each.id), "text": each.name} for each in found])


@pages.get("/tasks/<uuid:task_id>")
@allowed(TaskPermission.SEE, queries.task)
def see(task: Task) -> Answer:
    who = actor()
    shown = {"task": task, "state": presentation.state_of(task, now()), "now": now(), "words": words, "files": queries.files_of(task)}
    if task.organisation_id == who.organisation_id:
        return redirect(url_for(".edit", task_id=task.id), 303) if task.procedure.status == "draft" else _publishers(task, shown)
    designer = skills.designer_of(who.organisation_id)
    match = matching.between("designer", designer.id, "task", task.id, Side.OFFER) if designer else None
    bidding = None if task.sealed else queries.bidding_on(task.id)
    shown |= {"match": match, "designer": designer, "bidding": bidding, "form": Form()}
    return render_template("tasks/see.html", publisher=queries.firm(task.organisation_id), **shown)


def _publishers(task: Task, shown: dict[str, Any]) -> Answer:
    invited = procedures.invited_to(task.id)
    matches = matching.for_need("task", task.id)
    return render_template(
        "tasks/manage.html",
        count=procedures.counts([task.id]).get(task.id, 0),
        matches=matches,
        invited=set(invited),
        firms=queries.firms(invited),
        award=procedures.award_of(task.id),
        form=Form(),
        deadline_form=DeadlineForm(),
        reason_form=ReasonForm(),
        **shown,
    )


@pages.post("/tasks/<uuid:task_id>/publish")
@allowed(TaskPermission.PUBLISH, queries.task)
@idempotent
def publish(task: Task) -> Answer:
    actions.publish(actor(), task, now())
    return redirect(url_for(".see", task_id=task.id), 303)


@pages.post("/tasks/<uuid:task_id>/invite")
@allowed(TaskPermission.MANAGE, queries.task)
@idempotent
def invite(task: Task) -> Answer:
    form = InviteForm()
    new = actions.invite(actor(), task, form.firms.data or (), now()) if form.submitted() else []
    flash(gettext("已邀请 %(count)s 家投标", count=len(new)) if new else gettext("请选择还没有邀请过的设计方"))
    return redirect(url_for(".see", task_id=task.id), 303)


@pages.post("/tasks/<uuid:task_id>/extend")
@allowed(TaskPermission.MANAGE, queries.task)
@idempotent
def extend(task: Task) -> Answer:
    form = DeadlineForm()
    if not form.submitted():
        raise Refusal("procedure.no_deadline", "请选择新的截止时间")
    actions.extend(actor(), task, form.closes_at.data.astimezone(UTC), now())
    flash(gettext("截止时间已延长"))
    return redirect(url_for(".see", task_id=task.id), 303)


@pages.post("/tasks/<uuid:task_id>/cancel")
@allowed(TaskPermission.MANAGE, queries.task)
@idempotent
def cancel(task: Task) -> Answer:
    actions.cancel(actor(), task, ReasonForm().reason.data or "", now())
    flash(gettext("任务已取消"))
    return redirect(url_for(".mine"), 303)


@pages.post("/tasks/<uuid:task_id>/fail")
@allowed(TaskPermission.MANAGE, queries.task)
@idempotent
def fail(task: Task) -> Answer:
    actions.fail(actor(), task, ReasonForm().reason.data or "", now())
    flash(gettext("任务已结束，未选定投标"))
    return redirect(url_for(".see", task_id=task.id), 303)


@pages.post("/tasks/<uuid:task_id>/clone")
@allowed(TaskPermission.DRAFT, queries.task)
@idempotent
def clone(task: Task) -> Answer:
    new = actions.clone(actor(), task, now())
    flash(gettext("已复制为新草稿，请核对日期后发布"))
    return redirect(url_for(".edit", task_id=new.id), 303)


@pages.post("/tasks/<uuid:task_id>/ask")
@allowed(TaskPermission.ASK, queries.task)
def ask(task: Task) -> Answer:
    """Talk with the publisher about the task."""
    return redirect(url_for("messages.conversation", conversation_id=actions.ask(actor(), task).id), 303)
