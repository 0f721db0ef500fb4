"""Pages of orders: the list, the form with its draft, the check page, the order as its buyer and as a supplier sees it."""

from dataclasses import replace
from datetime import UTC
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, session, url_for
from flask_babel import gettext

from gongchuang.database import afterwards
from gongchuang.refusal import Refusal
from gongchuang.rights import allowed, require
from gongchuang.web import Answer, Form, actor, idempotent, now
from marketplace.orders import actions, document, measuring, presentation, queries, rules, starting, words
from marketplace.orders.forms import InviteForm, OrderForm
from marketplace.orders.models import Order
from marketplace.orders.permissions import OrderPermission
from search.documents.document import Side
from search.engines.port import Sort
from search.listing import Shelf, listing
from search.matching import queries as matching
from services.procedures import queries as procedures
from services.procedures.forms import DeadlineForm, ReasonForm

pages = Blueprint("orders", __name__, template_folder="templates")
SHELF = Shelf(
    "order",
    Side.NEED,
    fields=("process", "material", "region", "envelope", "tolerance", "certificate", "quantity"),
    facets=("process", "material", "region"),
    sorts=(Sort.MATCH, Sort.FRESHNESS, Sort.DISTANCE),
)


@pages.get("/orders")
@allowed(OrderPermission.LIST)
def index() -> Answer:
    found = listing(SHELF, request.args, actor(), now(), path=request.path, home=starting.home() or None)
    mine = actor().organisation_id
    fits = queries.fitting(mine, [each.object_id for each in found.cards])
    cards = [presentation.card(each, now(), own=each.organisation_id == mine, fit=fits.get(each.object_id)) for each in found.cards]
    return render_template("orders/list.html", found=found, cards=cards)


@pages.get("/orders/mine")
@allowed(OrderPermission.DRAFT)
def mine() -> Answer:
    status = request.args.get("status")
    page = queries.mine(actor().organisation_id, status, request.args.get("cursor"), now())
    counts = procedures.counts([order.id for order in page.items])
    return render_template("orders/mine.html", page=page, status=status, counts=counts, words=words, state_of=presentation.state_of, now=now())


@pages.route("/orders/new", methods=["GET", "POST"])
@allowed(OrderPermission.BEGIN)
def create() -> Answer:
    if request.method == "GET":
        return _wizard(OrderForm(home=starting.home(), data=starting.fresh()), None)
    form = OrderForm(home=starting.home())
    if not actor().signed_in:
        return starting.sign_in_first(form)
    require(OrderPermission.DRAFT)
    return _wizard(form, actions.draft_of(actor(), form.key()))


@pages.route("/orders/<uuid:order_id>/edit", methods=["GET", "POST"])
@allowed(OrderPermission.DRAFT, queries.order)
def edit(order: Order) -> Answer:
    if order.procedure.status != "draft":
        return redirect(url_for(".see", order_id=order.id), 303)
    form = OrderForm(home=starting.home(), data=None if request.method == "POST" else starting.said_of(order))
    if request.method == "GET" and "more" in request.args:
        form.parts.append_entry()
        form.choose()
    return _wizard(form, order)


def _wizard(form: OrderForm, order: Order | None) -> Answer:
    """Take the step a button asked for: another part, one less, the first part's choices for all, or on to the check page."""
    step = request.form.get("do", "check")
    if request.method == "POST" and step != "check" and "refused" not in g:
        return _step(form, step)
    if form.submitted():
        facts = form.facts()
        if order is None:
            order = actions.begin(actor(), form.key(), rules.OrderFacts(), now(), offer_id=starting.offer_id())
        actions.save(actor(), order, facts, now())
        return redirect(url_for(".check", order_id=order.id), 303)
    files = measuring.revisions_of((i for part in form.parts for i in part.form.files.data), actor().organisation_id) if actor().organisation_id else {}
    firms = queries.firms(form.named.data)
    status = 422 if request.method == "POST" else 200
    return render_template("orders/form.html", form=form, order=order, files=files, firms=firms, words=words, offer_id=starting.offer_id()), status


def _step(form: OrderForm, step: str) -> Answer:
    form.validate()
    facts = form.facts()
    parts = list(facts.parts)
    if step == "spread" and parts:
        first = parts[0]
        parts = [replace(p, process=first.process, material=first.material, tolerance=first.tolerance, surface=first.surface) for p in parts]
    elif step.startswith("remove_") and step[7:].isdecimal():
        entries = [entry.form.facts() for entry in form.parts]
        parts = [part for i, part in enumerate(entries) if i != int(step[7:]) and part.said]
    order = actions.keep(actor(), form.key(), replace(facts, parts=tuple(parts)), now())
    return redirect(url_for(".edit", order_id=order.id, more=1 if step == "add_part" else None, _anchor="parts"), 303)


@pages.post("/orders/draft")
@allowed(OrderPermission.DRAFT)
def draft() -> Answer:
    """Keep what is believable of the form while it is being filled in."""
    form = OrderForm(home="")
    form.validate()
    order = actions.keep(actor(), form.key(), form.facts(), now())
    session.pop(starting.GUEST, None)
    return jsonify(id=str(order.id), saved=True)


@pages.get("/orders/fit")
@allowed(OrderPermission.DRAFT)
def fit() -> Answer:
    """Say how many firms the draft fits as it stands: refreshed while it is being filled in."""
    try:
        order = queries.draft_of(actor().organisation_id, UUID(request.args.get("draft_key", "")))
    except ValueError:
        order = None
    found = matching.count_fitting(document.of_order(order), now()) if order and any(p.process for p in order.parts) else None
    return render_template("orders/_fit.html", fit=found)


@pages.get("/orders/firms")
@allowed(OrderPermission.DRAFT)
def firms() -> Answer:
    """Offer firms by name or pinyin initials."""
    found = queries.firms_called(request.args.get("q", "")[:30], except_for=actor().organisation_id)
    return jsonify([{"value": str(firm.id), "text": firm.name} for firm in found])


@pages.get("/orders/<uuid:order_id>/check")
@allowed(OrderPermission.DRAFT, queries.order)
def check(order: Order) -> Answer:
    if order.procedure.status != "draft":
        return redirect(url_for(".see", order_id=order.id), 303)
    missing = actions.why_not_publish(actor(), order, now())
    found = matching.count_fitting(document.of_order(order), now())
    shown = {"files": measuring.files_of(order), "firms": queries.firms([UUID(i) for i in order.named])}
    return render_template("orders/check.html", order=order, missing=missing, fit=found, form=Form(), now=now(), words=words, **shown)


@pages.post("/orders/<uuid:order_id>/publish")
@allowed(OrderPermission.PUBLISH, queries.order)
@idempotent
def publish(order: Order) -> Answer:
    actions.publish(actor(), order, now())
    flash(gettext("询价单已发布，正在通知匹配的企业"))
    return redirect(url_for(".see", order_id=order.id), 303)


@pages.get("/orders/<uuid:order_id>")
@allowed(OrderPermission.SEE, queries.order)
def see(order: Order) -> Answer:
    who = actor()
    shown = {"order": order, "state": presentation.state_of(order, now()), "now": now(), "words": words, "files": measuring.files_of(order)}
    if order.organisation_id == who.organisation_id:
        if order.procedure.status == "draft":
            return redirect(url_for(".edit", order_id=order.id), 303)
        return _buyers(order, shown)
    order_id, buyer_id = order.id, order.organisation_id
    if who.organisation_id:
        afterwards(lambda: actions.note_view(who, order_id, buyer_id))
    fitting = [m for i in queries.fitting_offers(who.organisation_id, order.id) if (m := matching.one(i, Side.OFFER))] if who.organisation_id else []
    return render_template("orders/supplier.html", buyer=queries.firm(order.organisation_id), fitting=fitting, button=Form(), **shown)


def _buyers(order: Order, shown: dict[str, Any]) -> Answer:
    response = queries.response_to(order)
    change = None
    if shown["state"] == "open" and rules.is_quiet(opens_at=order.procedure.opens_at, quotes=response.quoted, now=now()):
        change = matching.one_change_that_adds_most(document.of_order(order), now())
    invited = set(procedures.invited_to(order.id))
    answered = {submission.organisation_id for submission in procedures.submissions_of(order.id)}
    matched = [firm for firm in queries.matched_firms(order.id) if firm not in invited | answered]
    forms = {"deadline": DeadlineForm(), "reason": ReasonForm(), "button": Form()}
    firms = queries.firms([*invited, *matched])
    return render_template(
        "orders/buyer.html",
        response=response,
        change=change,
        matched=matched,
        invited=invited,
        firms=firms,
        forms=forms,
        award=procedures.award_of(order.id),
        **shown,
    )


@pages.post("/orders/<uuid:order_id>/invite")
@allowed(OrderPermission.MANAGE, queries.order)
@idempotent
def invite(order: Order) -> Answer:
    new = actions.invite(actor(), order, InviteForm().firms.data, now())
    flash(gettext("已邀请 %(count)s 家企业报价", count=len(new)) if new else gettext("这些企业已经邀请过"))
    return redirect(url_for(".see", order_id=order.id), 303)


@pages.post("/orders/<uuid:order_id>/extend")
@allowed(OrderPermission.MANAGE, queries.order)
@idempotent
def extend(order: Order) -> Answer:
    form = DeadlineForm()
    if not form.submitted():
        raise Refusal("procedure.no_deadline", "请选择新的截止时间")
    actions.extend(actor(), order, form.closes_at.data.astimezone(UTC), now())
    flash(gettext("截止时间已延长"))
    return redirect(url_for(".see", order_id=order.id), 303)


@pages.post("/orders/<uuid:order_id>/cancel")
@allowed(OrderPermission.MANAGE, queries.order)
@idempotent
def cancel(order: Order) -> Answer:
    actions.cancel(actor(), order, ReasonForm().reason.data or "", now())
    flash(gettext("询价单已撤销"))
    return redirect(url_for(".mine"), 303)


@pages.post("/orders/<uuid:order_id>/fail")
@allowed(OrderPermission.MANAGE, queries.order)
@idempotent
def fail(order: Order) -> Answer:
    actions.fail(actor(), order, ReasonForm().reason.data or "", now())
    flash(gettext("询价已结束，未选定供应商"))
    return redirect(url_for(".see", order_id=order.id), 303)


@pages.post("/orders/<uuid:order_id>/clone")
@allowed(OrderPermission.MANAGE, queries.order)
@idempotent
def clone(order: Order) -> Answer:
    new = actions.clone(actor(), order, now())
    flash(gettext("已复制为新草稿，请核对日期后发布"))
    return redirect(url_for(".edit", order_id=new.id), 303)
