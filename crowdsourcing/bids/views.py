"""Pages of bids: making one, reading it, comparing and choosing."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from crowdsourcing.bids import actions, presentation, queries
from crowdsourcing.bids.forms import AwardForm, BidForm
from crowdsourcing.bids.models import Bid
from crowdsourcing.bids.permissions import BidPermission
from crowdsourcing.skills import queries as skills
from crowdsourcing.tasks import presentation as task_presentation
from crowdsourcing.tasks import queries as task_queries
from crowdsourcing.tasks import words as task_words
from crowdsourcing.tasks.models import Task
from crowdsourcing.tasks.permissions import TaskPermission
from gongchuang.actor import OrganisationKind
from gongchuang.refusal import refuse_if
from gongchuang.rights import allowed
from gongchuang.web import Answer, Form, actor, idempotent, now
from services.procedures import rules as procedure_rules

pages = Blueprint("bids", __name__, template_folder="templates")


@pages.get("/bids")
@allowed(BidPermission.MINE)
def mine() -> Answer:
    page = queries.mine(actor().organisation_id, request.args.get("cursor"))
    return render_template("bids/mine.html", page=page, tasks=queries.tasks_of(page.items), now=now())


@pages.route("/tasks/<uuid:task_id>/bid", methods=["GET", "POST"])
@allowed(BidPermission.SUBMIT, task_queries.task)
@idempotent
def make(task: Task) -> Answer:
    """Bid, or replace one's bid by a new version."""
    own = actor().organisation_id == task.organisation_id
    if request.method == "GET":
        refuse_if(procedure_rules.why_not_submit(status=task.procedure.status, closes_at=task.procedure.closes_at, own=own, now=now()))
    before = queries.own_on(task.id, actor().organisation_id)
    form = BidForm(person=actor().kind is OrganisationKind.PERSON, data=_said(before, task) if request.method == "GET" else None)
    if form.submitted():
        bid = actions.submit(actor(), task, form.facts())
        flash(gettext("已更新投标，发布方看到的是新版本") if before else gettext("投标已提交，截止前可以修改或撤回"))
        return redirect(url_for(".see", bid_id=bid.id), 303)
    held = [file for file in (queries.own_file(next(iter(form.file.data or ()), None), actor().organisation_id),) if file]
    shown = {"files": task_queries.files_of(task), "publisher": task_queries.firm(task.organisation_id), "words": task_words}
    status = 422 if request.method == "POST" else 200
    return render_template("bids/make.html", task=task, form=form, before=before, held=held, now=now(), **shown), status


def _said(bid: Bid | None, task: Task) -> dict[str, Any]:
    if bid is None:
        days = (task.delivery_on - now().date()).days if task.delivery_on else None
        person = actor().kind is OrganisationKind.PERSON
        return {"days": days if days and days > 0 else None, "tax_bp": "" if person else "600"}
    tax = "" if bid.tax_bp is None else str(bid.tax_bp)
    return {
        "price_fen": bid.price_fen,
        "tax_bp": tax,
        "days": bid.days,
        "proposal": bid.proposal,
        "file": (bid.revision_id,) if bid.revision_id else (),
    }


@pages.get("/bids/<uuid:bid_id>")
@allowed(BidPermission.SEE, queries.bid)
def see(bid: Bid) -> Answer:
    task = task_queries.task(bid.task_id)
    shown: dict[str, Any] = {"bidder": task_queries.firm(bid.organisation_id), "publisher": task_queries.firm(task.organisation_id)}
    shown |= {"designer": skills.designer_of(bid.organisation_id), "state": task_presentation.state_of(task, now()), "now": now()}
    file = queries.files_of([bid]).get(bid.revision_id) if bid.revision_id else None
    return render_template("bids/see.html", bid=bid, task=task, file=file, words=task_words, form=Form(), **shown)


@pages.post("/bids/<uuid:bid_id>/withdraw")
@allowed(BidPermission.WITHDRAW, queries.bid)
@idempotent
def withdraw(bid: Bid) -> Answer:
    actions.withdraw(actor(), bid)
    flash(gettext("投标已撤回，截止前可以重新投标"))
    return redirect(url_for("tasks.see", task_id=bid.task_id), 303)


@pages.post("/bids/<uuid:bid_id>/talk")
@allowed(BidPermission.SEE, queries.bid)
def talk(bid: Bid) -> Answer:
    """Talk with the other side about the task."""
    begun = actions.talk(actor(), bid, task_queries.task(bid.task_id))
    return redirect(url_for("messages.conversation", conversation_id=begun.id), 303)


@pages.get("/tasks/<uuid:task_id>/bids")
@allowed(BidPermission.COMPARE, task_queries.task)
def compare(task: Task) -> Answer:
    """All that was bid, side by side, cheapest first."""
    every = queries.of_task(task)
    page = _page(len(every))
    bids = every[(page - 1) * presentation.SIDE_BY_SIDE : page * presentation.SIDE_BY_SIDE]
    organisations = [bid.organisation_id for bid in bids]
    firms, designers = task_queries.firms(organisations), skills.designers_of(organisations)
    shown = {"columns": presentation.columns(bids, firms), "page": page, "count": len(every)}
    rows = presentation.rows(task, bids, every, firms=firms, designers=designers, now=now()) if bids else []
    state = task_presentation.state_of(task, now())
    more = page * presentation.SIDE_BY_SIDE < len(every)
    return render_template("bids/compare.html", task=task, bids=bids, rows=rows, state=state, more=more, words=task_words, now=now(), **shown)


def _page(count: int) -> int:
    asked = request.args.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
    return max(1, min(number, -(-count // presentation.SIDE_BY_SIDE) or 1))


@pages.route("/tasks/<uuid:task_id>/bids/<uuid:bid_id>/award", methods=["GET", "POST"])
@allowed(TaskPermission.AWARD, task_queries.task)
@idempotent
def award(task: Task, bid_id: UUID) -> Answer:
    """Choose one: what it costs, why, and one button."""
    bid = queries.bid_on(task, bid_id)
    form = AwardForm(data={"reason": gettext("方案、价格和工期综合最合适")} if request.method == "GET" else None)
    if form.submitted():
        actions.award(actor(), task, bid, form.reason.data or "", now())
        flash(gettext("已选定。中标方和其他投标方都会收到通知"))
        return redirect(url_for("tasks.see", task_id=task.id), 303)
    bidder = task_queries.firm(bid.organisation_id)
    status = 422 if request.method == "POST" else 200
    return render_template("bids/award.html", task=task, bid=bid, form=form, bidder=bidder, words=task_words), status
