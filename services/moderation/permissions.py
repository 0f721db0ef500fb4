"""Who reports, who decides, who answers appeals."""

from typing import Any

from gongchuang.actor import Actor, Role
from gongchuang.refusal import NotFound, Refusal
from gongchuang.rights import Permission, Predicate, acting, has_role, of_own_organisation, operator, signed_in

from .queries import reach_of


def before_duty(duty: str) -> Predicate:
    """The thing was put before the operators on `duty` of the actor's place."""

    def why(actor: Actor, row: Any) -> Refusal | None:
        return None if set(reach_of(actor, duty)) & set(row.audience) else NotFound()

    return Predicate(f"before_duty({duty})", why)


class ModerationPermission(Permission):
    REPORT = "moderation:report"
    """Whoever is signed in may report what is published."""
    OWN = "moderation:own"
    """Members see what was taken down of their organisation's, and why."""
    SEE = "moderation:see"
    """Members see one take-down of their organisation's."""
    APPEAL = "moderation:appeal"
    """Administrators appeal a take-down, once."""
    QUEUE = "moderation:queue"
    """Operators on operations duty see the reports of their place."""
    DECIDE = "moderation:decide"
    """Operators on operations duty dismiss a report or take its thing down."""
    APPEALS = "moderation:appeals"
    """Operators on security duty see the appeals of their place."""
    ANSWER = "moderation:answer"
    """Operators on security duty answer an appeal, never one against themselves."""


POLICY = {
    ModerationPermission.REPORT: [signed_in],
    ModerationPermission.OWN: [acting],
    ModerationPermission.SEE: [of_own_organisation],
    ModerationPermission.APPEAL: [of_own_organisation & has_role(Role.ADMIN)],
    ModerationPermission.QUEUE: [operator("operations")],
    ModerationPermission.DECIDE: [operator("operations") & before_duty("operations")],
    ModerationPermission.APPEALS: [operator("security")],
    ModerationPermission.ANSWER: [operator("security") & before_duty("security")],
}
