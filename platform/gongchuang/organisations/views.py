"""Pages of organisations: register, profile, switch, directory."""

from uuid import UUID

from flask import Blueprint, jsonify, redirect, render_template, request, url_for

from gongchuang.accounts import queries as people
from gongchuang.organisations import actions, forms, queries, regions
from gongchuang.organisations.models import JoinRequest, Organisation
from gongchuang.organisations.permissions import OrganisationPermission
from gongchuang.refusal import NotFound
from gongchuang.rights import allowed, public
from gongchuang.web import Answer, actor, now
from gongchuang.web.safety import safe_path

pages = Blueprint("organisations", __name__, template_folder="templates")


@pages.get("/organisations/begin")
@allowed(OrganisationPermission.CREATE)
def begin() -> Answer:
    """What somebody without an organisation can do: register one, act as a person, or use an invitation."""
    return render_template("organisations/begin.html", mine=queries.memberships_of(people.me(actor().user_id).id))


@pages.route("/organisations/new", methods=["GET", "POST"])
@allowed(OrganisationPermission.CREATE)
def create() -> Answer:
    asked = request.args.get("kind", "")
    form = forms.CreateForm(kind=asked if asked in forms.KINDS else "firm")
    if form.submitted():
        profile = actions.Profile(name=form.name.data or "", region=form.region.data or "")
        made = actions.create(actor(), people.me(actor().user_id), profile, now(), kind=form.kind.data, uscc=form.uscc.data)
        if isinstance(made, JoinRequest):
            return redirect(url_for("organisations.join_state", organisation_id=made.organisation_id), 303)
        return redirect(url_for("organisations.created"), 303)
    return render_template("organisations/create.html", form=form)


@pages.get("/organisations/created")
@allowed(OrganisationPermission.MEMBERS)
def created() -> Answer:
    """Registered: what now? Certification first, for without it nothing can be published."""
    return render_template("organisations/created.html", organisation=_own())


def _own() -> Organisation:
    organisation_id = actor().organisation_id
    if organisation_id is None:
        raise NotFound
    return queries.organisation(organisation_id)


@pages.get("/organisations/<uuid:organisation_id>")
@allowed(OrganisationPermission.SEE, queries.organisation)
def see(organisation: Organisation) -> Answer:
    return render_template("organisations/see.html", organisation=organisation)


@pages.route("/organisations/<uuid:organisation_id>/edit", methods=["GET", "POST"])
@allowed(OrganisationPermission.EDIT, queries.organisation)
def edit(organisation: Organisation) -> Answer:
    form = forms.ProfileForm(obj=organisation)
    if form.submitted():
        actions.edit(actor(), organisation, form.profile())
        return redirect(url_for("organisations.see", organisation_id=organisation.id), 303)
    return render_template("organisations/edit.html", form=form, organisation=organisation)


@pages.post("/organisations/switch")
@allowed(OrganisationPermission.SWITCH)
def switch() -> Answer:
    try:
        organisation_id = UUID(request.form.get("organisation_id", ""))
    except ValueError:
        raise NotFound from None
    actions.switch(actor(), organisation_id)
    return redirect(safe_path(request.form.get("next")) or "/", 303)


@pages.get("/organisations")
@public
def directory() -> Answer:
    """Verified organisations, found by name or pinyin initials."""
    words, kind, region = request.args.get("q", ""), request.args.get("kind", ""), request.args.get("region", "")
    found = queries.directory(request.args.get("cursor"), words=words, region=region, kind=kind)
    return render_template("organisations/directory.html", found=found, words=words, kind=kind, region=region, kinds=forms.KINDS)


@pages.get("/organisations/choices")
@allowed(OrganisationPermission.MEMBERS)
def choices() -> Answer:
    """Companies for a searchable select: [{value, text}]."""
    found = queries.named(request.args.get("q", ""))
    return jsonify([{"value": str(o.id), "text": o.name} for o in found if o.id != actor().organisation_id])


@pages.get("/regions")
@public
def region_levels() -> Answer:
    """The three selects again, narrowed by what was chosen (htmx)."""
    name = request.args.get("field", "region")[:40]
    codes = [code for key in request.args if key == name for code in request.args.getlist(key)]
    return render_template("organisations/regions.html", name=name, levels=regions.levels(regions.chosen(codes)))
