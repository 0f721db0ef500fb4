"""Who may ask for verification, and who decides."""

from typing import Any

from gongchuang.actor import Actor, OrganisationKind, Role
from gongchuang.refusal import NotFound, Refusal
from gongchuang.rights import Permission, Predicate, acting, has_role, of_own_organisation, operator

from .queries import is_before


def _not_operator(actor: Actor, _: Any) -> Refusal | None:
    return Refusal("certification.operator", "运营机构由平台设立，不需要核验", status=403) if actor.kind == OrganisationKind.OPERATOR else None


def _of_place(actor: Actor, row: Any) -> Refusal | None:
    return None if is_before(actor, row) else NotFound()


not_operator = Predicate("not_operator", _not_operator)
of_place = Predicate("of_place", _of_place)
"""The case was put before the operators of the actor's province, city or park."""


class CertificationPermission(Permission):
    START = "certification:start"
    """Members see how far the verification of their organisation is."""
    SUBMIT = "certification:submit"
    """Administrators submit the organisation's evidence."""
    WITHDRAW = "certification:withdraw"
    """Administrators take an undecided case back."""
    QUEUE = "certification:queue"
    """Operators on operations duty see the cases of their place."""
    REVIEW = "certification:review"
    """Operators on operations duty decide the cases of their place, never their own."""


POLICY = {
    CertificationPermission.START: [acting & not_operator],
    CertificationPermission.SUBMIT: [acting & not_operator & has_role(Role.ADMIN)],
    CertificationPermission.WITHDRAW: [of_own_organisation & has_role(Role.ADMIN)],
    CertificationPermission.QUEUE: [operator("operations")],
    CertificationPermission.REVIEW: [operator("operations") & of_place],
}
