"""Pages of a firm's machines and certificates."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from gongchuang import vocabulary
from gongchuang.rights import allowed
from gongchuang.web import Answer, actor, idempotent, now
from gongchuang.web.filters import local
from gongchuang.web.languages import language
from marketplace.machines import actions, queries, rules
from marketplace.machines.forms import CertificateForm, MachineForm, RenewalForm, typed
from marketplace.machines.models import Certificate, Machine
from marketplace.machines.permissions import MachinePermission
from services.files import queries as files
from services.files.models import FileRevision

pages = Blueprint("machines", __name__, template_folder="templates")


@pages.get("/machines")
@allowed(MachinePermission.LIST)
def index() -> Answer:
    """A firm's machines with their free weeks."""
    machines = queries.owned_by(actor().organisation_id, retired=True)
    return render_template("machines/index.html", machines=machines)


@pages.route("/machines/new", methods=["GET", "POST"])
@allowed(MachinePermission.ADD)
@idempotent
def new() -> Answer:
    """First the kind, by its drawing; then the record, filled in from it."""
    kind = request.args.get("kind", "")
    if request.method == "GET" and not vocabulary.known("machine_kinds", kind):
        return render_template("machines/kinds.html", kinds=[(k.code, k.label(language())) for k in vocabulary.terms("machine_kinds")])
    form = MachineForm(data=typed(rules.preset(kind)))
    if form.submitted():
        machine = actions.add(actor(), form.facts())
        flash(_("设备已登记，可以发布空闲产能了"))
        return redirect(url_for(".see", machine_id=machine.id), 303)
    return render_template("machines/record.html", form=form, machine=None, photos=_photos(form))


def _photos(form: MachineForm) -> list[FileRevision]:
    """Return the picture already uploaded, to stand in the form again."""
    photo_id = form.photo_id()
    return files.revisions([photo_id]) if photo_id else []


@pages.get("/machines/<uuid:machine_id>")
@allowed(MachinePermission.SEE, queries.machine)
def see(machine: Machine) -> Answer:
    return render_template("machines/see.html", machine=machine)


@pages.route("/machines/<uuid:machine_id>/edit", methods=["GET", "POST"])
@allowed(MachinePermission.EDIT, queries.machine)
@idempotent
def edit(machine: Machine) -> Answer:
    form = MachineForm(data=typed(actions.facts_of(machine)))
    if form.submitted():
        actions.edit(actor(), machine, form.facts())
        flash(_("已保存"))
        return redirect(url_for(".see", machine_id=machine.id), 303)
    return render_template("machines/record.html", form=form, machine=machine, photos=_photos(form))


@pages.post("/machines/<uuid:machine_id>/retire")
@allowed(MachinePermission.EDIT, queries.machine)
def retire(machine: Machine) -> Answer:
    actions.retire(actor(), machine)
    flash(_("设备已停用，不再对外发布；已锁定的机时不受影响"))
    return redirect(url_for(".index"), 303)


@pages.post("/machines/<uuid:machine_id>/restore")
@allowed(MachinePermission.EDIT, queries.machine)
def restore(machine: Machine) -> Answer:
    actions.restore(actor(), machine)
    flash(_("设备已恢复使用"))
    return redirect(url_for(".see", machine_id=machine.id), 303)


@pages.route("/certificates", methods=["GET", "POST"])
@allowed(MachinePermission.CERTIFY)
@idempotent
def certificates() -> Answer:
    form = CertificateForm()
    today = local(now()).date()
    if form.submitted():
        actions.add_certificate(actor(), form.code.data, form.expires_on.data, today, form.number.data or "")
        flash(_("证书已登记"))
        return redirect(url_for(".certificates"), 303)
    return render_template("machines/certificates.html", form=form, certificates=queries.certificates_of(actor().organisation_id), today=today)


@pages.route("/certificates/<uuid:certificate_id>/renew", methods=["GET", "POST"])
@allowed(MachinePermission.CERTIFY, queries.certificate)
@idempotent
def renew(certificate: Certificate) -> Answer:
    form = RenewalForm(obj=certificate)
    if form.submitted():
        actions.renew_certificate(actor(), certificate, form.expires_on.data, local(now()).date(), form.number.data or "")
        flash(_("证书已更新"))
        return redirect(url_for(".certificates"), 303)
    return render_template("machines/renew.html", form=form, certificate=certificate)


@pages.post("/certificates/<uuid:certificate_id>/remove")
@allowed(MachinePermission.CERTIFY, queries.certificate)
def remove(certificate: Certificate) -> Answer:
    actions.remove_certificate(actor(), certificate)
    flash(_("证书已移除"))
    return redirect(url_for(".certificates"), 303)
