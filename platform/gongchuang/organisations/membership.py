"""Who belongs to an organisation: invitations, requests, roles, suspension, leaving.

Losing a role, being suspended and leaving end the person's sessions everywhere: a copied cookie is worth nothing afterwards.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from gongchuang import audit
from gongchuang.accounts import sessions
from gongchuang.accounts.identify import digest
from gongchuang.accounts.models import LoginSession, User
from gongchuang.actor import Actor, Duty, OrganisationKind, Role
from gongchuang.database import as_system, db, move, refuse_if_excluded
from gongchuang.events import emit
from gongchuang.organisations import queries, rules
from gongchuang.organisations.events import JoinDecided, JoinRequested, JoinWithdrawn, MemberChanged, MemberJoined
from gongchuang.organisations.models import INVITATION_TRANSITIONS, JOIN_TRANSITIONS, MEMBERSHIP_TRANSITIONS, Invitation, JoinRequest, Membership, Organisation
from gongchuang.refusal import Refusal, refuse_if


def act_for(actor: Actor, user_id: UUID, organisation_id: UUID | None) -> None:
    """Let the session act for an organisation, and remember it for the next sign-in."""
    if actor.session_id is not None:
        db.session.execute(update(LoginSession).where(LoginSession.id == actor.session_id).values(organisation_id_acting=organisation_id))
    with as_system():
        db.session.execute(update(User).where(User.id == user_id).values(organisation_id_last=organisation_id))


def _checked(roles: Collection[str], duties: Collection[str], *, operator: bool) -> tuple[list[str], list[str]]:
    known = [r.value for r in Role if r.value in roles], [d.value for d in Duty if d.value in duties]
    refuse_if(rules.why_not_roles(roles=known[0], duties=known[1], operator=operator))
    return known


def invite(
    actor: Actor, organisation: Organisation, now: datetime, *, roles: Collection[str], duties: Collection[str] = (), days: int = rules.INVITATION_LASTS.days
) -> tuple[Invitation, str]:
    """Make a link that lets one person join in `roles`; return its row and the path, which is shown once and stored as a digest."""
    assert actor.user_id
    if organisation.kind == OrganisationKind.PERSON:
        raise Refusal("organisation.of_one", "个人账户只属于本人，不能邀请成员；请登记企业")
    checked_roles, checked_duties = _checked(roles, duties, operator=organisation.kind == OrganisationKind.OPERATOR)
    if len(queries.open_invitations_of(organisation.id, now)) >= rules.OPEN_INVITATIONS_AT_MOST:
        raise Refusal("invitation.too_many", "有效邀请已达 %(most)s 个，请先撤销不用的", most=rules.OPEN_INVITATIONS_AT_MOST)
    token = secrets.token_urlsafe(24)
    row = Invitation(
        organisation_id=organisation.id,
        token_digest=digest(token),
        roles=checked_roles,
        duties=checked_duties,
        expires_at=now + timedelta(days=max(1, min(days, rules.LONGEST_INVITATION))),
        invited_by=actor.user_id,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "invitation:create", row, roles=checked_roles, duties=checked_duties)
    return row, f"/join/{token}"


def revoke_invitation(actor: Actor, invitation: Invitation) -> None:
    """Make an open link worthless."""
    move(invitation, INVITATION_TRANSITIONS, to="revoked")
    audit.record(actor, "invitation:revoke", invitation)


def accept(actor: Actor, token: str, now: datetime) -> Membership:
    """Join by a link, once. The person acts for the organisation from now on; an operator's duty asks for signing in anew, with a second factor."""
    assert actor.user_id
    invited = queries.invited_by(digest(token), now)
    with as_system():
        taken = update(Invitation).where(Invitation.id == invited.id, Invitation.status == "open", Invitation.expires_at > now)
        used = taken.values(status="used", used_by=actor.user_id, used_at=now).returning(Invitation.id)
        if db.session.scalar(used) is None:
            raise Refusal("invitation.used", "这个邀请刚被使用，请向邀请人再要一个", status=409)
        row = _join(invited.organisation_id, actor.user_id, invited.roles, invited.duties)
    audit.record(actor, "membership:join", row, organisation_id=invited.organisation_id, invitation=invited.id)
    emit(MemberJoined(row))
    act_for(actor, actor.user_id, invited.organisation_id)
    if invited.duties:
        sessions.end_all_of(actor.user_id, now)
    return row


def _join(organisation_id: UUID, user_id: UUID, roles: Collection[str], duties: Collection[str]) -> Membership:
    """Make or wake the membership. Runs as the system role: the person is no member yet."""
    row = db.session.scalar(select(Membership).where(Membership.organisation_id == organisation_id, Membership.user_id == user_id).with_for_update())
    if row is None:
        row = Membership(organisation_id=organisation_id, user_id=user_id, roles=list(roles), duties=list(duties))
        db.session.add(row)
    elif row.status == "left":
        move(row, MEMBERSHIP_TRANSITIONS, to="active", roles=list(roles), duties=list(duties))
    elif row.status == "suspended":
        raise Refusal("member.suspended", "您在这家企业已被停用，请联系其管理员")
    else:
        row.roles = sorted({*row.roles, *roles})
        row.duties = list(duties) or row.duties
    db.session.flush()
    return row


def ask_to_join(actor: Actor, user: User, organisation: Organisation, message: str) -> JoinRequest:
    """Ask an organisation's administrators to be let in. One open request at a time; asking again returns it."""
    before = queries.my_join_request(user.id, organisation.id)
    if before is not None and before.status == "open":
        return before
    if queries.active_membership(user.id, organisation.id) is not None:
        raise Refusal("member.already", "您已是这家企业的成员，可在右上角切换")
    if organisation.kind in (OrganisationKind.PERSON, OrganisationKind.OPERATOR) or not organisation.verified:
        raise Refusal("join.closed", "这家机构不接受加入申请，请向其管理员索取邀请链接")
    row = JoinRequest(organisation_id=organisation.id, user_id=user.id, person=user.name, contact=user.phone or user.email or "", message=message.strip())
    with refuse_if_excluded("join_requests_once", Refusal("join.open", "申请已发出，请等待对方管理员处理", status=409)):
        db.session.add(row)
    audit.record(actor, "join:ask", row, organisation_id=organisation.id)
    emit(JoinRequested(row))
    return row


def decide_join(actor: Actor, request: JoinRequest, now: datetime, *, accept: bool, roles: Collection[str] = ()) -> None:
    """Let somebody in with roles, or decline. Only the first decision counts."""
    checked = _checked(roles, (), operator=False)[0] if accept else []
    move(request, JOIN_TRANSITIONS, to="accepted" if accept else "declined", decided_by=actor.user_id, decided_at=now)
    if accept:
        with as_system():
            _join(request.organisation_id, request.user_id, checked, ())
    audit.record(actor, "join:accept" if accept else "join:decline", request, roles=checked)
    emit(JoinDecided(request))


def withdraw_join(actor: Actor, request: JoinRequest) -> None:
    """Take one's request back."""
    move(request, JOIN_TRANSITIONS, to="withdrawn")
    audit.record(actor, "join:withdraw", request, organisation_id=request.organisation_id)
    emit(JoinWithdrawn(request))


def _locked_members(organisation_id: UUID) -> list[Membership]:
    """Lock the active members in one order, so that two administrators cannot both leave as the one before the last."""
    query = select(Membership).where(Membership.organisation_id == organisation_id, Membership.status == "active").order_by(Membership.id)
    with as_system():
        return list(db.session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def _keep_an_admin(row: Membership) -> None:
    members = _locked_members(row.organisation_id)
    admins = {m.id for m in members if Role.ADMIN in m.roles}
    refuse_if(rules.why_not_without_admin(admins=admins, losing=row.id, others=len(members) - 1))


def set_roles(actor: Actor, row: Membership, now: datetime, *, roles: Collection[str], duties: Collection[str], operator: bool) -> None:
    """Give a member other roles. Whoever loses one, or gains a duty, has to sign in anew."""
    checked_roles, checked_duties = _checked(roles, duties, operator=operator)
    if Role.ADMIN in row.roles and Role.ADMIN not in checked_roles:
        _keep_an_admin(row)
    lost = set(row.roles) - set(checked_roles) or set(row.duties) != set(checked_duties)
    row.roles, row.duties = checked_roles, checked_duties
    db.session.flush()
    if lost:
        sessions.end_all_of(row.user_id, now, but=actor.session_id if row.user_id == actor.user_id else None)
    audit.record(actor, "membership:set_roles", row, roles=checked_roles, duties=checked_duties)
    emit(MemberChanged(row))


def suspend_member(actor: Actor, row: Membership, now: datetime) -> None:
    """Shut a member out at once: every session ends."""
    if row.user_id == actor.user_id:
        raise Refusal("member.self", "不能停用自己；如要离开请用“退出企业”")
    _keep_an_admin(row)
    move(row, MEMBERSHIP_TRANSITIONS, to="suspended")
    sessions.end_all_of(row.user_id, now)
    audit.record(actor, "membership:suspend", row)
    emit(MemberChanged(row))


def restore_member(actor: Actor, row: Membership) -> None:
    """Let a suspended member in again, in the same roles."""
    move(row, MEMBERSHIP_TRANSITIONS, to="active")
    audit.record(actor, "membership:restore", row)
    emit(MemberChanged(row))


def remove_member(actor: Actor, row: Membership, now: datetime) -> None:
    """End somebody's membership: every session of theirs ends."""
    if row.user_id == actor.user_id:
        raise Refusal("member.self", "不能移除自己；如要离开请用“退出企业”")
    _keep_an_admin(row)
    move(row, MEMBERSHIP_TRANSITIONS, to="left")
    sessions.end_all_of(row.user_id, now)
    audit.record(actor, "membership:remove", row)
    emit(MemberChanged(row))


def leave(actor: Actor, row: Membership, now: datetime) -> None:
    """Leave an organisation. The last administrator of others may not. Other sessions end; this one goes on for another organisation or none."""
    _keep_an_admin(row)
    with as_system():
        move(row, MEMBERSHIP_TRANSITIONS, to="left")
    sessions.end_all_of(row.user_id, now, but=actor.session_id)
    if actor.organisation_id == row.organisation_id:
        rest = [mine for mine in queries.memberships_of(row.user_id) if mine.row.status == "active"]
        act_for(actor, row.user_id, rest[0].row.organisation_id if rest else None)
    audit.record(actor, "membership:leave", row, organisation_id=row.organisation_id)
    emit(MemberChanged(row))


def leave_all(actor: Actor, user_id: UUID, now: datetime) -> None:
    """Leave every organisation: what erasing an account begins with."""
    for mine in queries.memberships_of(user_id):
        leave(actor, mine.row, now)


def forget_requests(user_id: UUID) -> None:
    """Take a person's name and address out of their requests to join. Runs as the system role."""
    db.session.execute(update(JoinRequest).where(JoinRequest.user_id == user_id).values(person="", contact=""))
