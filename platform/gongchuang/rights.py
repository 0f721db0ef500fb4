"""Rights as data: an enum of permissions with a sentence each, one map from permission to named predicates, asked by route, template and API alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import url_for

from gongchuang import audit
from gongchuang.actor import NOBODY, Actor, Role
from gongchuang.database import afterwards, current_scope, is_participant
from gongchuang.refusal import Refusal
from gongchuang.web.current import actor as current_actor

P = ParamSpec("P")
R = TypeVar("R")

ROLE_LABELS = {
    Role.ADMIN: "管理员",
    Role.SALES: "销售",
    Role.BUYER: "采购",
    Role.ENGINEER: "技术",
    Role.PRODUCTION: "生产",
    Role.QUALITY: "质检",
    Role.FINANCE: "财务",
}
DUTY_LABELS = {"operations": "运营", "security": "安全", "audit": "审计"}


class Permission(StrEnum):
    """Base of every feature's permissions: `Thing.VERB = "thing:verb"`, with a sentence as docstring under it."""


@dataclass(frozen=True)
class Predicate:
    """A named condition on actor and object. `why` answers None when it holds, else the reason for people."""

    name: str
    why: Callable[[Actor, Any], Refusal | None]

    def __and__(self, other: "Predicate") -> "Predicate":
        return Predicate(f"{self.name} & {other.name}", lambda a, o: self.why(a, o) or other.why(a, o))


def _signed_in(actor: Actor, _: Any) -> Refusal | None:
    return None if actor.signed_in else Refusal("auth.required", "请先登录", status=401)


def _acting(actor: Actor, _: Any) -> Refusal | None:
    if not actor.signed_in:
        return _signed_in(actor, None)
    if actor.organisation_id is None:
        return Refusal("organisation.none", "请先登记或加入一家企业，再进行这项操作", status=403, remedy=_path("organisations.create"))
    if actor.suspended:
        return Refusal("organisation.suspended", "所在企业已被暂停，请联系园区运营", status=403)
    return None


def _path(endpoint: str) -> str | None:
    """Return a page's path, None outside a request."""
    try:
        return url_for(endpoint)
    except (RuntimeError, LookupError):
        return None


anyone = Predicate("anyone", lambda a, o: None)
signed_in = Predicate("signed_in", _signed_in)
acting = Predicate("acting", _acting)
"""Signed in and acting for an organisation that is not suspended."""


def _of_own(actor: Actor, obj: Any) -> Refusal | None:
    refused = _acting(actor, obj)
    if refused or obj is None:
        return refused
    owner = getattr(obj, "organisation_id", None) or getattr(obj, "id", None)
    return None if owner == actor.organisation_id else Refusal("right.not_yours", "只有所属企业可以进行这项操作", status=403)


of_own_organisation = Predicate("of_own_organisation", _of_own)


def _verified(actor: Actor, obj: Any) -> Refusal | None:
    if _acting(actor, obj):
        return _acting(actor, obj)
    if actor.verified:
        return None
    remedy = _path("certification.start")
    return Refusal("organisation.unverified", "通过企业核验后才能进行这项操作，核验通常在 24 小时内完成", status=403, remedy=remedy)


verified = Predicate("verified", _verified)


def _fresh(actor: Actor, _: Any) -> Refusal | None:
    if actor.fresh or actor.token_scopes is not None:
        return None
    return Refusal("auth.stale", "为保护您的企业，请再次验证身份", status=403, remedy=_path("accounts.confirm"))


fresh = Predicate("fresh", _fresh)
"""Confirmed by a code or passkey minutes ago. A token with the scope stands for it in the API."""


def has_role(*roles: Role) -> Predicate:
    """The actor holds one of `roles` in the organisation acted for; an administrator holds every one."""

    def why(actor: Actor, obj: Any) -> Refusal | None:
        refused = _acting(actor, obj)
        if refused:
            return refused
        if actor.roles & {*roles, Role.ADMIN}:
            return None
        return Refusal("right.role", "需要 %(roles)s 角色，请联系本企业管理员", status=403, roles=tuple(ROLE_LABELS[r] for r in roles))

    return Predicate(f"has_role({', '.join(roles)})", why)


def _party(actor: Actor, obj: Any) -> Refusal | None:
    refused = _acting(actor, obj)
    if refused:
        return refused
    own = {getattr(obj, name, None) for name in ("organisation_id", "buyer_organisation_id", "counterparty_id")}
    if actor.organisation_id in own or is_participant(obj.id, actor.organisation_id):
        return None
    return Refusal("right.not_party", "只有参与方可以查看", status=403)


party_to = Predicate("party_to", _party)


def operator(duty: str) -> Predicate:
    """The actor is an operator with `duty` (operations, security, audit)."""

    def why(actor: Actor, obj: Any) -> Refusal | None:
        refused = _acting(actor, obj)
        if refused or duty in actor.operator_duties:
            return refused
        if actor.operator_duties:
            return Refusal("right.operator", "需要 %(duty)s 职责，请由担此职责的同事处理", status=403, duty=(DUTY_LABELS[duty],))
        return Refusal("right.operator", "只有平台运营人员可以进行这项操作", status=403)

    return Predicate(f"operator({duty})", why)


def _of_region(actor: Actor, obj: Any) -> Refusal | None:
    region = getattr(obj, "region", "") or ""
    if actor.operator_region is not None and region.startswith(actor.operator_region):
        return None
    return Refusal("right.region", "不在您负责的地区", status=403)


of_own_region = Predicate("of_own_region", _of_region)
"""The object's region lies in the operator's own (the empty code is the whole country)."""

_policy: dict[str, Sequence[Predicate]] = {}


def register(policy: Mapping[Any, Sequence[Predicate]]) -> None:
    """Take a feature's map in. A permission is decided in one place only."""
    for permission, predicates in policy.items():
        if str(permission) in _policy and _policy[str(permission)] != predicates:
            raise ValueError(f"{permission} is decided twice")
        _policy[str(permission)] = predicates


def policy() -> Mapping[str, Sequence[Predicate]]:
    return _policy


def _scope_allows(actor: Actor, permission: str) -> bool:
    scopes = actor.token_scopes
    return scopes is None or "*" in scopes or permission in scopes or permission.partition(":")[0] in scopes


def why_not_for(actor: Actor, permission: str, obj: Any = None) -> Refusal | None:
    """Return why `actor` may not use `permission` on `obj`, or None. Any one of the permission's predicates suffices."""
    if not _scope_allows(actor, permission):
        return Refusal("token.scope", "此令牌没有 %(scope)s 权限范围", status=403, scope=str(permission))
    refused: Refusal | None = Refusal("right.undecided", "没有权限", status=403)
    for predicate in _policy[str(permission)]:
        refused = predicate.why(actor, obj)
        if refused is None:
            return None
    return refused


def _turns_away(predicate: Predicate) -> Refusal | None:
    """Return what a predicate says to whoever is not signed in, if it sends them to the door without a look at the object."""
    try:
        refused = predicate.why(NOBODY, None)
    except AttributeError:
        return None  # it looks at the object first: what is published is anybody's
    return refused if refused is not None and refused.status == 401 else None


def at_the_door(permission: str) -> Refusal | None:
    """Return why nobody gets any further with `permission` without signing in, whatever it is asked of; None where that depends on the object."""
    if permission == "public":
        return None
    found = [_turns_away(predicate) for predicate in _policy[permission]]
    return found[-1] if found and all(found) else None


def why_not(permission: str, obj: Any = None) -> Refusal | None:
    """The same for who is behind the request: what a disabled button says. That a proof is too old is said when the button is pressed, not before."""
    refused = why_not_for(current_actor(), permission, obj)
    return None if refused is not None and refused.code == "auth.stale" else refused


def may(permission: str, obj: Any = None) -> bool:
    return why_not(permission, obj) is None


def require(permission: str, obj: Any = None) -> None:
    """Raise the refusal if the request's actor may not; a denial is noted in the audit trail."""
    actor = current_actor()
    refused = why_not_for(actor, permission, obj)
    if refused is None:
        return
    if actor.signed_in:
        afterwards(lambda: audit.record(actor, "denied", obj if hasattr(obj, "__tablename__") else None, permission=str(permission), code=refused.code))
    raise refused


def _for_the_known(permission: str, load: Callable[..., Any]) -> Callable[..., Any]:
    """Return a query that refuses those who must sign in first."""

    @wraps(load)
    def query(object_id: Any) -> Any:
        refused = at_the_door(permission) if current_scope().user_id is None else None
        if refused is not None:
            raise refused
        return load(object_id)

    return query


def allowed(permission: Permission, load: Callable[..., Any] | None = None) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Decide a route. With `load` (a query named after the thing), the object of the URL's `<uuid:thing_id>` is loaded under the reader's rights,
    judged, and handed to the view under that name. Nobody's look-up ends at the door: whether there is such an object is no answer before signing in."""
    load = None if load is None else _for_the_known(str(permission), load)

    def decorate(view: Callable[..., R]) -> Callable[..., R]:
        @wraps(view)
        def wrapper(**values: Any) -> R:
            obj = None
            if load is not None:
                name = load.__name__
                obj = load(values.pop(f"{name}_id"))
                values[name] = obj
            require(permission, obj)
            return view(**values)

        wrapper.permission, wrapper.load = permission, load  # type: ignore[attr-defined]
        return wrapper

    return decorate


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Decide a route for everyone: it shows nothing that belongs to anybody."""
    view.permission = "public"  # type: ignore[attr-defined]
    return view
