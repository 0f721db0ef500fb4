"""Who may do what with organisations and their members."""

from typing import Any

from gongchuang.accounts.permissions import in_person
from gongchuang.actor import Actor, OrganisationKind, Role
from gongchuang.organisations.queries import active_membership
from gongchuang.refusal import Refusal
from gongchuang.rights import Permission, Predicate, acting, anyone, fresh, has_role, of_own_organisation, signed_in


def _member(actor: Actor, obj: Any) -> Refusal | None:
    if not actor.signed_in:
        return Refusal("auth.required", "请先登录", status=401)
    if active_membership(actor.user_id, obj.organisation_id) is None or obj.user_id != actor.user_id:
        return Refusal("right.not_yours", "只能处理自己的成员身份", status=403)
    return None


def _asker(actor: Actor, obj: Any) -> Refusal | None:
    return None if obj.user_id == actor.user_id else Refusal("right.not_yours", "只有申请人可以撤回", status=403)


def _of_several(actor: Actor, _: Any) -> Refusal | None:
    return Refusal("organisation.of_one", "个人账户只属于本人，不能邀请成员；请登记企业", status=403) if actor.kind == OrganisationKind.PERSON else None


own_membership = Predicate("own_membership", _member)
asker = Predicate("asker", _asker)
of_several = Predicate("of_several", _of_several)
_admin = of_own_organisation & has_role(Role.ADMIN)


class OrganisationPermission(Permission):
    SEE = "organisation:see"
    """Everyone sees the public profile of an organisation."""
    CREATE = "organisation:create"
    """Whoever is signed in may register an organisation."""
    SWITCH = "organisation:switch"
    """People choose for which of their organisations they act."""
    EDIT = "organisation:edit"
    """Administrators keep the profile."""
    MEMBERS = "organisation:members"
    """Members see who their colleagues are."""
    INVITE = "organisation:invite"
    """Administrators invite by link, confirmed minutes ago."""
    MANAGE = "organisation:manage"
    """Administrators give roles, suspend and remove members, and decide requests, confirmed minutes ago."""
    LEAVE = "organisation:leave"
    """A member leaves."""
    JOIN = "organisation:join"
    """Whoever is signed in may accept an invitation or ask to join."""
    WITHDRAW = "organisation:withdraw"
    """Who asked to join takes it back."""


POLICY = {
    OrganisationPermission.SEE: [anyone],
    OrganisationPermission.CREATE: [signed_in],
    OrganisationPermission.SWITCH: [signed_in & in_person],
    OrganisationPermission.EDIT: [_admin],
    OrganisationPermission.MEMBERS: [acting],
    OrganisationPermission.INVITE: [_admin & of_several & fresh],
    OrganisationPermission.MANAGE: [_admin & fresh],
    OrganisationPermission.LEAVE: [own_membership & in_person],
    OrganisationPermission.JOIN: [signed_in],
    OrganisationPermission.WITHDRAW: [signed_in & asker],
}
