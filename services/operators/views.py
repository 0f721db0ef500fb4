"""The operators' board and what hangs on it."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from gongchuang.accounts.queries import names_of
from gongchuang.accounts.rules import address_of
from gongchuang.audit import record
from gongchuang.organisations import actions as organisations
from gongchuang.organisations.models import Organisation
from gongchuang.organisations.queries import organisation
from gongchuang.rights import allowed
from gongchuang.web import Answer, actor, now
from services.certification import queries as certification
from services.moderation import queries as moderation

from . import actions, forms, presentation, queries
from .permissions import OperatorPermission

pages = Blueprint("operators", __name__, template_folder="templates")


@pages.get("/operator")
@allowed(OperatorPermission.BOARD)
def board() -> Answer:
    """What waits, by duty, and how many organisations the place has."""
    who, duties = actor(), actor().operator_duties
    counts: dict[str, Callable[[], object]] = {}
    if "operations" in duties:
        counts |= {
            "cases": lambda: certification.queue_of(who, now()),
            "reports": lambda: moderation.open_count(who),
            "parked": lambda: queries.parked_count_of(who),
        }
    if "security" in duties:
        counts |= {"appeals": lambda: moderation.appeals_count(who)}
    return render_template(
        "operators/board.html", figures_of={name: count() for name, count in counts.items()}, firms=queries.firms_of(who), duties=duties,
        place=presentation.place_words(who.operator_region), now=now(),
    )  # fmt: skip


@pages.get("/operator/deliveries")
@allowed(OperatorPermission.DELIVERIES)
def deliveries() -> Answer:
    return render_template("operators/deliveries.html", parked=queries.parked_of(actor()), now=now())


@pages.post("/operator/deliveries/retry")
@allowed(OperatorPermission.DELIVERIES)
def retry() -> Answer:
    ids = [UUID(value) for value in request.form.getlist("id") if presentation.is_uuid(value)]
    count = actions.retry(actor(), ids)
    flash(gettext("已重新投递 %(count)s 件", count=count))
    return redirect(url_for("operators.deliveries"), 303)


@pages.get("/operator/organisations")
@allowed(OperatorPermission.PLACE)
def place() -> Answer:
    """The organisations of the place, for suspending and restoring."""
    words, status = request.args.get("q", ""), request.args.get("status", "")
    found = queries.organisations_of(actor(), request.args.get("cursor"), words=words, status=status)
    return render_template("operators/place.html", found=found, words=words, status=status)


@pages.route("/operator/organisations/<uuid:organisation_id>", methods=["GET", "POST"])
@allowed(OperatorPermission.SUSPEND, organisation)
def suspend(organisation: Organisation) -> Answer:
    form = forms.SuspendForm()
    if form.submitted():
        organisations.suspend(actor(), organisation, form.reason.data or "")
        flash(gettext("已暂停 %(name)s", name=organisation.name))
        return redirect(url_for("operators.place"), 303)
    return render_template("operators/suspend.html", form=form, organisation=organisation)


@pages.post("/operator/organisations/<uuid:organisation_id>/restore")
@allowed(OperatorPermission.SUSPEND, organisation)
def restore(organisation: Organisation) -> Answer:
    organisations.restore(actor(), organisation)
    flash(gettext("已恢复 %(name)s", name=organisation.name))
    return redirect(url_for("operators.place"), 303)


@pages.route("/operator/people", methods=["GET", "POST"])
@allowed(OperatorPermission.PLACE)
def people() -> Answer:
    """Look somebody up by a whole address. Every look-up is noted."""
    form = forms.FindPersonForm()
    if form.submitted():
        found = queries.person_at(actor(), address_of(form.address.data or ""))
        record(actor(), "person:look_up", user_id=found.id)
        return redirect(url_for("operators.person", user_id=found.id), 303)
    return render_template("operators/people.html", form=form)


@pages.route("/operator/people/<uuid:user_id>", methods=["GET", "POST"])
@allowed(OperatorPermission.PLACE)
def person(user_id: UUID) -> Answer:
    form, found = forms.SuspendForm(), queries.person(actor(), user_id)
    if form.submitted():
        actions.suspend_person(actor(), found, now(), reason=form.reason.data or "")
        return redirect(url_for("operators.person", user_id=user_id), 303)
    return render_template("operators/person.html", form=form, person=found)


@pages.post("/operator/people/<uuid:user_id>/restore")
@allowed(OperatorPermission.PLACE)
def restore_person(user_id: UUID) -> Answer:
    actions.restore_person(actor(), queries.person(actor(), user_id))
    return redirect(url_for("operators.person", user_id=user_id), 303)


@pages.get("/operator/audit")
@allowed(OperatorPermission.AUDIT)
def audit() -> Answer:
    chains, following = queries.chains_of(actor(), request.args.get("cursor"))
    return render_template("operators/audit.html", chains=chains, following=following)


@pages.get("/operator/audit/<uuid:organisation_id>")
@allowed(OperatorPermission.READ_CHAIN, organisation)
def chain(organisation: Organisation) -> Answer:
    """An organisation's chain, recomputed. The look itself becomes an entry of it."""
    entries, following = queries.entries_of(organisation.id, presentation.whole_number(request.args.get("before")))
    presentation.note_look(actor(), organisation, "audit:read")
    return render_template(
        "operators/chain.html", organisation=organisation, entries=entries, following=following, breaks=queries.breaks(organisation.id),
        names=names_of({e.user_id for e in entries if e.user_id}),
    )  # fmt: skip


@pages.get("/operator/audit/<uuid:organisation_id>/export")
@allowed(OperatorPermission.READ_CHAIN, organisation)
def export(organisation: Organisation) -> Answer:
    """The whole chain as JSON lines: anyone can recompute its hashes."""
    presentation.note_look(actor(), organisation, "audit:export")
    answer = Response("".join(presentation.chain_lines(organisation.id)), mimetype="application/x-ndjson")
    answer.headers["Content-Disposition"] = f'attachment; filename="audit-{organisation.id}.jsonl"'
    return answer
