"""Pages of members: who they are, invitations by link and QR, requests, roles, leaving."""

import segno
from flask import redirect, render_template, request, session, url_for

from gongchuang.accounts import queries as people
from gongchuang.accounts.attempt import signed_out
from gongchuang.accounts.identify import digest
from gongchuang.organisations import forms, queries
from gongchuang.organisations import membership as belonging
from gongchuang.organisations.models import Invitation, JoinRequest, Membership, Organisation
from gongchuang.organisations.permissions import OrganisationPermission
from gongchuang.organisations.views import pages
from gongchuang.rights import allowed
from gongchuang.web import Answer, Form, actor, now, pressed
from gongchuang.web.limits import limit

NEW_LINK = "invitation"


def _own() -> Organisation:
    organisation_id = actor().organisation_id
    assert organisation_id
    return queries.organisation(organisation_id)


def qr_of(address: str) -> str:
    """Return a QR code of an address as a picture in the page itself."""
    picture: str = segno.make(address, error="m").svg_data_uri(scale=5, border=2)
    return picture


def _members_path() -> str:
    return url_for("organisations.members")


@pages.get("/members")
@allowed(OrganisationPermission.MEMBERS)
def members() -> Answer:
    own = _own()
    return render_template(
        "organisations/members.html",
        organisation=own,
        members=queries.people_of(own.id),
        invitations=queries.open_invitations_of(own.id, now()),
        requests=queries.open_join_requests_of(own.id),
        me=actor().user_id,
        roles=forms.ROLES,
    )


@pages.route("/members/invite", methods=["GET", "POST"])
@allowed(OrganisationPermission.INVITE)
def invite() -> Answer:
    form, own = forms.InviteForm(), _own()
    if form.submitted():
        _, path = belonging.invite(actor(), own, now(), **form.chosen(), days=form.days.data)
        session[NEW_LINK] = path
        return redirect(url_for("organisations.invited"), 303)
    return render_template("organisations/invite.html", form=form, organisation=own)


@pages.get("/members/invited")
@allowed(OrganisationPermission.MEMBERS)
def invited() -> Answer:
    """The new link and its QR code, shown once."""
    path = session.pop(NEW_LINK, None)
    if path is None:
        return redirect(_members_path(), 303)
    address = request.host_url.rstrip("/") + path
    return render_template("organisations/invited.html", address=address, qr_picture=qr_of(address), organisation=_own())


@pages.post("/members/invitations/<uuid:invitation_id>/revoke")
@allowed(OrganisationPermission.MANAGE, queries.invitation)
def revoke_invitation(invitation: Invitation) -> Answer:
    belonging.revoke_invitation(actor(), invitation)
    return redirect(_members_path(), 303)


@pages.route("/members/<uuid:membership_id>", methods=["GET", "POST"])
@allowed(OrganisationPermission.MANAGE, queries.membership)
def member(membership: Membership) -> Answer:
    """A member's roles."""
    row, own = membership, _own()
    form = forms.RolesForm(roles=row.roles, duties=row.duties[0] if row.duties else "")
    if form.submitted():
        belonging.set_roles(actor(), row, now(), **form.chosen(), operator=own.kind == "operator")
        return redirect(_members_path(), 303)
    name = next((m.name for m in queries.people_of(own.id) if m.row.id == row.id), "")
    return render_template("organisations/member.html", form=form, organisation=own, row=row, name=name, me=actor().user_id)


@pages.post("/members/<uuid:membership_id>/suspend")
@allowed(OrganisationPermission.MANAGE, queries.membership)
def suspend_member(membership: Membership) -> Answer:
    belonging.suspend_member(actor(), membership, now())
    return redirect(_members_path(), 303)


@pages.post("/members/<uuid:membership_id>/remove")
@allowed(OrganisationPermission.MANAGE, queries.membership)
def remove_member(membership: Membership) -> Answer:
    belonging.remove_member(actor(), membership, now())
    return redirect(_members_path(), 303)


@pages.post("/members/<uuid:membership_id>/restore")
@allowed(OrganisationPermission.MANAGE, queries.membership)
def restore_member(membership: Membership) -> Answer:
    belonging.restore_member(actor(), membership)
    return redirect(_members_path(), 303)


@pages.post("/members/<uuid:membership_id>/leave")
@allowed(OrganisationPermission.LEAVE, queries.membership)
def leave(membership: Membership) -> Answer:
    belonging.leave(actor(), membership, now())
    return redirect(url_for("accounts.me"), 303)


@pages.post("/members/requests/<uuid:join_request_id>")
@allowed(OrganisationPermission.MANAGE, queries.join_request)
def decide_join(join_request: JoinRequest) -> Answer:
    form = forms.RolesForm()
    belonging.decide_join(actor(), join_request, now(), accept=pressed("decision", "accept", "decline") == "accept", roles=form.roles.data or [])
    return redirect(_members_path(), 303)


@pages.post("/join-requests/<uuid:join_request_id>/withdraw")
@allowed(OrganisationPermission.WITHDRAW, queries.join_request)
def withdraw_join(join_request: JoinRequest) -> Answer:
    belonging.withdraw_join(actor(), join_request)
    return redirect(url_for("accounts.me"), 303)


@pages.route("/organisations/<uuid:organisation_id>/join", methods=["GET", "POST"])
@limit("10/hour")
@allowed(OrganisationPermission.JOIN, queries.organisation)
def join_state(organisation: Organisation) -> Answer:
    """Ask an organisation to be let in, or see what became of it."""
    form = forms.JoinForm()
    if form.submitted():
        belonging.ask_to_join(actor(), people.me(actor().user_id), organisation, form.message.data or "")
        return redirect(url_for("organisations.join_state", organisation_id=organisation.id), 303)
    asked = queries.my_join_request(actor().user_id, organisation.id)
    return render_template("organisations/join_state.html", form=form, organisation=organisation, asked=asked)


@pages.route("/join/<token>", methods=["GET", "POST"])
@limit("60/hour")
@allowed(OrganisationPermission.JOIN)
def accept(token: str) -> Answer:
    """An invitation's link: says who invites and in which roles; the button joins."""
    form, invitation = Form(), queries.invited_by(digest(token), now())
    if form.submitted():
        row = belonging.accept(actor(), token, now())
        if row.duties:
            return signed_out(url_for("accounts.sign_in"))
        return redirect(url_for("accounts.arrive"), 303)
    return render_template("organisations/accept.html", form=form, invitation=invitation)


__all__ = ["pages"]
