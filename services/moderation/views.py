"""Pages of reports: who reports, whose thing it is, who decides."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from gongchuang.organisations.queries import organisation
from gongchuang.rights import allowed
from gongchuang.web import Answer, actor, idempotent, now, pressed
from gongchuang.web.limits import limit

from . import actions, forms, queries, rules
from .models import Report, TakeDown
from .permissions import ModerationPermission
from .subjects import kinds, moderated

pages = Blueprint("moderation", __name__, template_folder="templates")


@pages.route("/report/<kind>/<uuid:object_id>", methods=["GET", "POST"])
@limit("20/hour")
@allowed(ModerationPermission.REPORT)
@idempotent
def report(kind: str, object_id: UUID) -> Answer:
    form, subject = forms.ReportForm(), moderated(kind).find(object_id)
    if form.submitted():
        actions.report(actor(), kind, object_id, **form.values())
        flash(gettext("已收到举报，运营人员会核实。不会向对方透露举报人。"))
        return redirect(subject.url, 303)
    return render_template("moderation/report.html", form=form, subject=subject, label=moderated(kind).label)


@pages.get("/take-downs")
@allowed(ModerationPermission.OWN)
def own() -> Answer:
    organisation_id = actor().organisation_id
    assert organisation_id
    found = queries.of_organisation(organisation_id, request.args.get("cursor"))
    return render_template("moderation/own.html", found=found, reasons=rules.REASONS, kinds=kinds())


@pages.get("/take-downs/<uuid:take_down_id>")
@allowed(ModerationPermission.SEE, queries.take_down)
def see(take_down: TakeDown) -> Answer:
    return _see(take_down, forms.AppealForm())


def _see(row: TakeDown, form: forms.AppealForm) -> Answer:
    return render_template("moderation/see.html", row=row, form=form, reasons=rules.REASONS)


@pages.route("/take-downs/<uuid:take_down_id>/appeal", methods=["POST"])
@allowed(ModerationPermission.APPEAL, queries.take_down)
def appeal(take_down: TakeDown) -> Answer:
    form = forms.AppealForm()
    if form.submitted():
        actions.appeal(actor(), take_down, now(), words=form.words.data or "")
        return redirect(url_for("moderation.see", take_down_id=take_down.id), 303)
    return _see(take_down, form)


@pages.get("/operator/reports")
@allowed(ModerationPermission.QUEUE)
def queue() -> Answer:
    found = queries.open_before(actor(), request.args.get("cursor"))
    return render_template("moderation/queue.html", found=found, reasons=rules.REASONS, kinds=kinds(), now=now())


@pages.get("/operator/reports/<uuid:report_id>")
@allowed(ModerationPermission.DECIDE, queries.report)
def review(report: Report) -> Answer:
    return _review(report, forms.TakeDownForm(reason=report.reason))


def _review(row: Report, form: forms.TakeDownForm) -> Answer:
    owner = organisation(row.owner_id)
    return render_template(
        "moderation/review.html", row=row, form=form, alike=queries.others_about(row), owner=owner, reasons=rules.REASONS, kinds=kinds(), now=now()
    )


@pages.route("/operator/reports/<uuid:report_id>/take-down", methods=["POST"])
@allowed(ModerationPermission.DECIDE, queries.report)
def take_down(report: Report) -> Answer:
    form = forms.TakeDownForm()
    if form.submitted():
        actions.take_down(actor(), report, now(), reason=form.reason.data or "", note=form.note.data or "")
        flash(gettext("已下架，并告知对方原因和申诉办法"))
        return redirect(url_for("moderation.queue"), 303)
    return _review(report, form)


@pages.post("/operator/reports/<uuid:report_id>/dismiss")
@allowed(ModerationPermission.DECIDE, queries.report)
def dismiss(report: Report) -> Answer:
    actions.dismiss(actor(), report, now())
    flash(gettext("已作不成立处理"))
    return redirect(url_for("moderation.queue"), 303)


@pages.get("/operator/appeals")
@allowed(ModerationPermission.APPEALS)
def appeals() -> Answer:
    found = queries.appeals_before(actor(), request.args.get("cursor"))
    return render_template("moderation/appeals.html", found=found, reasons=rules.REASONS, now=now())


@pages.get("/operator/appeals/<uuid:take_down_id>")
@allowed(ModerationPermission.ANSWER, queries.take_down)
def see_appeal(take_down: TakeDown) -> Answer:
    return _see_appeal(take_down, forms.AnswerForm())


def _see_appeal(row: TakeDown, form: forms.AnswerForm) -> Answer:
    return render_template("moderation/appeal.html", row=row, form=form, owner=organisation(row.organisation_id), reasons=rules.REASONS)


@pages.route("/operator/appeals/<uuid:take_down_id>/answer", methods=["POST"])
@allowed(ModerationPermission.ANSWER, queries.take_down)
def answer_appeal(take_down: TakeDown) -> Answer:
    form = forms.AnswerForm()
    if form.submitted():
        actions.answer_appeal(actor(), take_down, now(), restore=pressed("decision", "restore", "uphold") == "restore", answer=form.answer.data or "")
        return redirect(url_for("moderation.appeals"), 303)
    return _see_appeal(take_down, form)
