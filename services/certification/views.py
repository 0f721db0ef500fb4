"""Pages of verification: the organisation's side, and the operators'."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from gongchuang.actor import OrganisationKind
from gongchuang.organisations import queries as organisations
from gongchuang.organisations.models import Organisation
from gongchuang.rights import allowed
from gongchuang.web import Answer, actor, idempotent, now
from services.files import queries as files

from . import actions, forms, queries, rules
from .models import CertificationCase
from .permissions import CertificationPermission

pages = Blueprint("certification", __name__, template_folder="templates")


def _own() -> Organisation:
    organisation_id = actor().organisation_id
    assert organisation_id
    return organisations.organisation(organisation_id)


@pages.get("/certification")
@allowed(CertificationPermission.START)
def start() -> Answer:
    """Where the verification stands, and the way on."""
    own = _own()
    return render_template("certification/start.html", organisation=own, cases=queries.history_of(own.id), reasons=rules.REASONS, now=now())


@pages.route("/certification/new", methods=["GET", "POST"])
@allowed(CertificationPermission.SUBMIT)
@idempotent
def submit() -> Answer:
    own = _own()
    return _submit_person(own) if own.kind == OrganisationKind.PERSON else _submit_firm(own)


def _submit_firm(own: Organisation) -> Answer:
    before = queries.latest_of(own.id)
    form = forms.FirmForm(
        legal_name=own.name, uscc=own.uscc, representative=before.representative if before else "", contact=before.contact if before else "",
        valid_until=before.valid_until if before else None, licence=[e.revision_id for e in before.evidence] if before else [],
    )  # fmt: skip
    if form.submitted():
        actions.submit_firm(actor(), own, now(), **form.values())
        return redirect(url_for("certification.start"), 303)
    return render_template("certification/firm.html", form=form, organisation=own, pictures=files.revisions(form.licence.data or []))


def _submit_person(own: Organisation) -> Answer:
    form = forms.PersonForm()
    if form.submitted():
        actions.submit_person(actor(), own, now(), **form.values())
        return redirect(url_for("certification.start"), 303)
    return render_template("certification/person.html", form=form, organisation=own, pictures=files.revisions(form.identity.data or []))


@pages.post("/certification/<uuid:case_id>/withdraw")
@allowed(CertificationPermission.WITHDRAW, queries.case)
def withdraw(case: CertificationCase) -> Answer:
    actions.withdraw(actor(), case)
    return redirect(url_for("certification.start"), 303)


@pages.get("/operator/certification")
@allowed(CertificationPermission.QUEUE)
def queue() -> Answer:
    """The operator's queue, longest waiting first, with the 24-hour clock."""
    done = request.args.get("state") == "decided"
    found = (queries.decided_by if done else queries.waiting_before)(actor(), request.args.get("cursor"))
    return render_template("certification/queue.html", found=found, done=done, figures_now=queries.queue_of(actor(), now()), now=now())


@pages.get("/operator/certification/<uuid:case_id>")
@allowed(CertificationPermission.REVIEW, queries.case)
def review(case: CertificationCase) -> Answer:
    return _review(case, forms.ApproveForm(prefix=""), forms.ReturnForm())


def _review(case: CertificationCase, approving: forms.ApproveForm, returning: forms.ReturnForm) -> Answer:
    own = rules.why_not_review(same_person=case.submitted_by == actor().user_id, member=queries.is_member(actor().user_id, case.organisation_id))
    return render_template(
        "certification/review.html", case=case, approving=approving, returning=returning, pictures=queries.pictures_of(case), own=own,
        submitter=queries.submitter_of(case), reasons=rules.REASONS, organisation=organisations.organisation(case.organisation_id), now=now(),
    )  # fmt: skip


@pages.route("/operator/certification/<uuid:case_id>/approve", methods=["POST"])
@allowed(CertificationPermission.REVIEW, queries.case)
def approve(case: CertificationCase) -> Answer:
    form = forms.ApproveForm()
    if form.submitted():
        actions.approve(actor(), case, now(), id_number=form.id_number.data or "")
        flash(gettext("%(name)s 已通过核验", name=case.legal_name))
        return redirect(url_for("certification.queue"), 303)
    return _review(case, form, forms.ReturnForm(formdata=None))


@pages.route("/operator/certification/<uuid:case_id>/return", methods=["POST"])
@allowed(CertificationPermission.REVIEW, queries.case)
def give_back(case: CertificationCase) -> Answer:
    form = forms.ReturnForm()
    if form.submitted():
        actions.give_back(actor(), case, now(), reason=form.reason.data or "", note=form.note.data or "")
        flash(gettext("已退回 %(name)s", name=case.legal_name))
        return redirect(url_for("certification.queue"), 303)
    return _review(case, forms.ApproveForm(formdata=None), form)
