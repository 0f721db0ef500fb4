"""What the map of rights says should come back: its own predicates, asked about the very actor and object in the made world."""

from collections.abc import Callable
from typing import Any

from gongchuang import rights
from gongchuang.actor import Actor
from gongchuang.database import Scope, db
from gongchuang.database.unit import transaction
from gongchuang.refusal import Refusal
from gongchuang.web.application import Application
from tests.architecture.isolation.calls import Call

Load = Callable[[Any], Any]


def decided(app: Application, endpoint: str) -> tuple[str, Load | None]:
    """Return a route's permission and the query that loads what it is asked for."""
    view: Any = app.view_functions[endpoint]
    return str(view.permission), getattr(view, "load", None)


def judged_slot(app: Application, endpoint: str) -> str | None:
    """Return the name of the id by which a route is judged."""
    load: Any = decided(app, endpoint)[1]
    return None if load is None else f"{load.__name__}_id"


def expected(app: Application, actor: Actor, call: Call) -> str:
    """Return the outcome (see Answer.outcome) that the map gives; `public` where there is nothing to decide."""
    permission, load = decided(app, call.rule.endpoint)
    if permission == "public":
        return "public"
    with app.test_request_context(), transaction(Scope.of(actor, read_only=True)):
        try:
            thing = load(call.path[judged_slot(app, call.rule.endpoint) or ""]) if load else None
            refused = rights.why_not_for(actor, permission, thing)
        except Refusal as refusal:
            refused = refusal
        db.session.rollback()
    return "through" if refused is None else _outcome(refused, api=call.api)


def _outcome(refused: Refusal, *, api: bool) -> str:
    if refused.status == 401:
        return "sign in"
    if refused.code == "auth.stale" and not api:
        return "confirm"
    return str(refused.status) if refused.status in (403, 404) else "through"
