"""Organisations and members in the API: the pages' actions, by the same rights."""

from gongchuang.accounts import queries as people
from gongchuang.api import ApiBlueprint
from gongchuang.organisations import actions, queries
from gongchuang.organisations import membership as belonging
from gongchuang.organisations.models import Invitation, JoinRequest, Membership, Organisation
from gongchuang.organisations.permissions import OrganisationPermission
from gongchuang.organisations.schemas import (
    Created,
    Decision,
    DirectoryQuery,
    Found,
    InvitationOut,
    Invitations,
    JoinRequestIn,
    JoinRequestOut,
    JoinRequests,
    MemberOut,
    Members,
    NewInvitation,
    NewOrganisation,
    OrganisationOut,
    ProfileIn,
    RolesIn,
)
from gongchuang.refusal import NotFound
from gongchuang.rights import allowed, public
from gongchuang.web import Answer, actor, now, repeatable

api = ApiBlueprint("organisations", __name__)


@api.get("/organisations")
@public
@api.input(DirectoryQuery, location="query")
@api.output(Found)
def directory(query_data: DirectoryQuery) -> Answer:
    found = queries.directory(query_data.cursor, words=query_data.q, region=query_data.region, kind=query_data.kind)
    return Found(items=[_out(o) for o in found.items], next_cursor=found.next_cursor)  # type: ignore[return-value]


def _out(organisation: Organisation) -> OrganisationOut:
    out = OrganisationOut.model_validate(organisation)
    return out if organisation.introduction_hidden_at is None else out.model_copy(update={"introduction": ""})


@api.post("/organisations")
@allowed(OrganisationPermission.CREATE)
@repeatable
@api.input(NewOrganisation, location="json")
@api.output(Created, status_code=201)
def create(json_data: NewOrganisation) -> Answer:
    fields = json_data.model_dump(exclude={"kind", "uscc"})
    made = actions.create(actor(), people.me(actor().user_id), actions.Profile(**fields), now(), kind=json_data.kind, uscc=json_data.uscc)
    if isinstance(made, JoinRequest):
        return Created(organisation_id=made.organisation_id, join_request_id=made.id)  # type: ignore[return-value]
    return Created(organisation_id=made.id)  # type: ignore[return-value]


@api.get("/organisations/<uuid:organisation_id>")
@allowed(OrganisationPermission.SEE, queries.organisation)
@api.output(OrganisationOut)
def see(organisation: Organisation) -> Answer:
    return _out(organisation)  # type: ignore[return-value]


@api.put("/organisations/<uuid:organisation_id>")
@allowed(OrganisationPermission.EDIT, queries.organisation)
@api.input(ProfileIn, location="json")
@api.output(OrganisationOut)
def edit(organisation: Organisation, json_data: ProfileIn) -> Answer:
    actions.edit(actor(), organisation, actions.Profile(**json_data.model_dump()))
    return _out(organisation)  # type: ignore[return-value]


def _own() -> Organisation:
    organisation_id = actor().organisation_id
    if organisation_id is None:
        raise NotFound
    return queries.organisation(organisation_id)


@api.get("/members")
@allowed(OrganisationPermission.MEMBERS)
@api.output(Members)
def members() -> Answer:
    found = [
        MemberOut(id=m.row.id, name=m.name, address=m.address, roles=m.row.roles, duties=m.row.duties, status=m.row.status)
        for m in queries.people_of(_own().id)
    ]
    return Members(items=found)  # type: ignore[return-value]


@api.put("/members/<uuid:membership_id>/roles")
@allowed(OrganisationPermission.MANAGE, queries.membership)
@api.input(RolesIn, location="json")
def set_roles(membership: Membership, json_data: RolesIn) -> Answer:
    belonging.set_roles(actor(), membership, now(), roles=json_data.roles, duties=json_data.duties, operator=_own().kind == "operator")
    return "", 204


@api.post("/members/<uuid:membership_id>/suspend")
@allowed(OrganisationPermission.MANAGE, queries.membership)
@repeatable
def suspend_member(membership: Membership) -> Answer:
    belonging.suspend_member(actor(), membership, now())
    return "", 204


@api.post("/members/<uuid:membership_id>/restore")
@allowed(OrganisationPermission.MANAGE, queries.membership)
@repeatable
def restore_member(membership: Membership) -> Answer:
    belonging.restore_member(actor(), membership)
    return "", 204


@api.delete("/members/<uuid:membership_id>")
@allowed(OrganisationPermission.MANAGE, queries.membership)
@repeatable
def remove_member(membership: Membership) -> Answer:
    belonging.remove_member(actor(), membership, now())
    return "", 204


@api.post("/invitations")
@allowed(OrganisationPermission.INVITE)
@api.input(NewInvitation, location="json")
@api.output(InvitationOut, status_code=201)
def invite(json_data: NewInvitation) -> Answer:
    row, path = belonging.invite(actor(), _own(), now(), roles=json_data.roles, duties=json_data.duties, days=json_data.days)
    return InvitationOut.model_validate(row).model_copy(update={"path": path})  # type: ignore[return-value]


@api.delete("/invitations/<uuid:invitation_id>")
@allowed(OrganisationPermission.MANAGE, queries.invitation)
@repeatable
def revoke_invitation(invitation: Invitation) -> Answer:
    belonging.revoke_invitation(actor(), invitation)
    return "", 204


@api.post("/join-requests/<uuid:join_request_id>/decision")
@allowed(OrganisationPermission.MANAGE, queries.join_request)
@repeatable
@api.input(Decision, location="json")
def decide_join(join_request: JoinRequest, json_data: Decision) -> Answer:
    belonging.decide_join(actor(), join_request, now(), accept=json_data.accept, roles=json_data.roles)
    return "", 204


@api.get("/invitations")
@allowed(OrganisationPermission.INVITE)
@api.output(Invitations)
def invitations() -> Answer:
    """List the invitations that can still be used; their links are shown once only, when they are made."""
    found = queries.open_invitations_of(_own().id, now())
    return Invitations(items=[InvitationOut.model_validate(row) for row in found])  # type: ignore[return-value]


@api.get("/join-requests")
@allowed(OrganisationPermission.INVITE)
@api.output(JoinRequests)
def join_requests() -> Answer:
    """List who asks to be let in."""
    found = queries.open_join_requests_of(_own().id)
    return JoinRequests(items=[JoinRequestOut.model_validate(row) for row in found])  # type: ignore[return-value]


@api.post("/join-requests")
@allowed(OrganisationPermission.JOIN)
@api.input(JoinRequestIn, location="json")
@api.output(JoinRequestOut, status_code=201)
def ask_to_join(json_data: JoinRequestIn) -> Answer:
    """Ask an organisation to be let in; asking again returns the request that waits."""
    asked = belonging.ask_to_join(actor(), people.me(actor().user_id), queries.organisation(json_data.organisation_id), json_data.message)
    return JoinRequestOut.model_validate(asked)  # type: ignore[return-value]


@api.delete("/join-requests/<uuid:join_request_id>")
@allowed(OrganisationPermission.WITHDRAW, queries.join_request)
@repeatable
def withdraw_join(join_request: JoinRequest) -> Answer:
    """Take one's own request back."""
    belonging.withdraw_join(actor(), join_request)
    return "", 204
