"""Who may do what with an account: everyone with their own, and only in person."""

from typing import Any

from gongchuang.actor import Actor
from gongchuang.refusal import Refusal
from gongchuang.rights import Permission, Predicate, acting, fresh, signed_in


def _in_person(actor: Actor, _: Any) -> Refusal | None:
    return Refusal("right.in_person", "这项操作须本人在网页上登录后进行，令牌不能代办", status=403) if actor.token_scopes is not None else None


in_person = Predicate("in_person", _in_person)
"""Behind a browser's session: a leaked token can neither lengthen its own life nor change what proves its owner."""


class AccountPermission(Permission):
    SEE = "account:see"
    """People see their own account."""
    CHANGE = "account:change"
    """People change their name, language and consents, and end their own sessions."""
    SECURE = "account:secure"
    """People change what proves them, export and erase their data: in person, confirmed minutes ago."""
    CONFIRM = "account:confirm"
    """People show again who they are."""
    TOKENS = "account:tokens"
    """People make personal tokens for the organisation they act for: in person, confirmed minutes ago."""


POLICY = {
    AccountPermission.SEE: [signed_in],
    AccountPermission.CHANGE: [signed_in & in_person],
    AccountPermission.SECURE: [signed_in & in_person & fresh],
    AccountPermission.CONFIRM: [signed_in & in_person],
    AccountPermission.TOKENS: [acting & in_person & fresh],
}
