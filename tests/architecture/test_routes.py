"""Every route is decided, every permission has its sentence and its predicates, and an id that is nobody's answers alike everywhere."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from gongchuang import rights
from gongchuang.api import PREFIX
from gongchuang.web.application import Application
from tests import builders

from .source import modules

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WITHOUT_KEY = {
    "/bids/<uuid:bid_id>/conversation": "the one that stands is found",
    "/offers/<uuid:offer_id>/conversation": "the one that stands is found",
    "/orders/<uuid:order_id>/conversation": "the one that stands is found",
    "/tasks/<uuid:task_id>/conversation": "the one that stands is found",
    "/join-requests": "the one that waits is found",
    "/machines/<uuid:machine_id>/proposals": "changes nothing",
    "/orders/<uuid:order_id>/quotes/preview": "changes nothing",
    "/skills/pause": "says a state",
    "/offers/<uuid:offer_id>/confirm": "says a state",
    "/messages/<uuid:message_id>/read": "says a state",
    "/machines/<uuid:machine_id>/blocks/remove": "what is free stays free",
    "/files/<uuid:revision_id>/confirm": "what has arrived has arrived",
    "/files/<uuid:revision_id>/grants": "the second takes the place of the first",
    "/files/<uuid:revision_id>/nda": "bound once",
    "/files/<uuid:revision_id>/revocations": "what is closed stays closed",
    "/files": "an upload that never comes is removed within the hour",
    "/files/<uuid:revision_id>/links": "signed anew each time, and for minutes",
    "/operator/deliveries/retry": "what waits already is not parked",
    "/tokens": "its answer is a secret that is kept nowhere",
    "/invitations": "its answer is a secret that is kept nowhere",
}
"""POSTs of the API that need no key, because the second changes nothing more, or that must not keep their answer."""
NOT_ALLOWED = 405


def permission_of(app: Application, rule: Rule) -> str | None:
    """Return what the decorator of a route's view decided by: a permission, `public`, or nothing."""
    decided = getattr(app.view_functions[rule.endpoint], "permission", None)
    return None if decided is None else str(decided)


def test_every_route_is_decided(whole_app: Application) -> None:
    assert not [rule.rule for rule in whole_app.url_map.iter_rules() if permission_of(whole_app, rule) is None]


def test_every_request_of_the_api_may_be_repeated_under_its_key(whole_app: Application) -> None:
    """Whoever lost the answer sends the same again, and must not hear that somebody else was faster."""
    posts = {
        rule.rule.removeprefix(PREFIX): rule.endpoint
        for rule in whole_app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and "POST" in (rule.methods or ())
    }
    without = {path for path, endpoint in posts.items() if not hasattr(whole_app.view_functions[endpoint], "key_required")}
    assert without == set(WITHOUT_KEY)
    assert len(posts) - len(without) > 40


def test_every_permission_of_a_route_has_its_predicates(whole_app: Application) -> None:
    asked = {permission_of(whole_app, rule) for rule in whole_app.url_map.iter_rules()}
    assert asked - {"public"} <= set(rights.policy())
    assert len(asked) > 10


def test_every_permission_has_its_sentence() -> None:
    assert not list(_without_sentence())


def _without_sentence() -> Iterator[str]:
    for file, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Permission") for base in node.bases):
                for member, following in zip(node.body, [*node.body[1:], None], strict=True):
                    said = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant) and str(following.value.value).endswith(".")
                    if isinstance(member, ast.Assign) and not said:
                        yield f"{file}:{member.lineno} {ast.unparse(member.targets[0])}"


def test_a_permission_is_named_after_its_thing_and_verb() -> None:
    for name in rights.policy():
        thing, _, verb = name.partition(":")
        assert thing.isidentifier(), name
        assert verb.isidentifier(), name


def with_ids(app: Application) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if any(type(converter).__name__ == "UUIDConverter" for converter in rule._converters.values()):
            yield from ((rule, method) for method in METHODS if method in (rule.methods or ()))


def test_an_id_of_nothing_is_a_404_or_a_refusal_everywhere(
    app: Application, client_of: Callable[..., FlaskClient], visitor: FlaskClient, some_id: object
) -> None:
    """Whoever asks, by whichever method, with whatever id: never a success, never a failure of ours."""
    firm = builders.make_organisation()
    asked = 0
    for client in (visitor, client_of(firm), client_of(firm, "sales"), client_of(None)):
        for rule, method in with_ids(app):
            values = {name: some_id if type(converter).__name__ == "UUIDConverter" else "1" for name, converter in rule._converters.items()}
            with app.test_request_context():
                built = rule.build({**values}, append_unknown=False)
            assert built is not None
            answer = client.open(built[1], method=method)
            assert 300 <= answer.status_code < 500, f"{method} {rule.rule}: {answer.status_code}"
            assert answer.status_code != NOT_ALLOWED, f"{method} {rule.rule}"
            asked += 1
    assert asked > 40


def test_the_templates_ask_for_no_role_themselves() -> None:
    """A page asks `may("thing:verb", object)`; a role in a template would be a second policy."""
    root = Path(__file__).parents[2]
    asking = [
        str(file.relative_to(root))
        for room in ("platform/gongchuang", "search", "services", "marketplace", "crowdsourcing")
        for file in (root / room).rglob("*.html")
        if "actor().roles" in file.read_text("utf-8") or "has_role" in file.read_text("utf-8")
    ]
    assert not asking


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_the_watchers_pages_need_no_sign_in(visitor: FlaskClient, path: str) -> None:
    assert visitor.get(path).status_code == 200


@pytest.mark.parametrize("kind", ["orders", "tasks"])
def test_a_button_whose_change_is_refused_says_so_and_breaks_nothing(
    kind: str, app: Application, client_of: Callable[..., FlaskClient], api_of: Callable[..., FlaskClient]
) -> None:
    """Its refusal has no page of its own to stand on: it is said where the button was pressed."""
    firm = builders.make_organisation()
    made = api_of(firm).post(f"/api/v1/{kind}", json={"title": "算了"}, headers={"Idempotency-Key": str(uuid4())})
    client, path = client_of(firm), f"/{kind}/{(made.json or {})['id']}"
    assert client.post(f"{path}/cancel", data={"reason": "不做了", "idempotency_key": str(uuid4())}).status_code == 303
    for button, sent in (
        ("cancel", {"reason": "再来一次"}),
        ("fail", {"reason": "再来一次"}),
        ("extend", {"closes_at": "2030-01-01T17:00"}),
        ("extend", {"closes_at": "once"}),
        ("invite", {"firms": str(builders.make_organisation().id)}),
        ("publish", {}),
    ):
        answer = client.post(f"{path}/{button}", data={**sent, "idempotency_key": str(uuid4())}, headers={"Referer": f"http://localhost{path}"})
        assert (button, answer.status_code, answer.headers.get("Location")) == (button, 303, path)
