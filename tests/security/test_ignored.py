"""Ignored authentication: whatever is sent with no token or a wrong one to what is not public is answered 401, before a word of it is looked at."""

from collections.abc import Iterator
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.routing import Rule

from gongchuang.accounts.sessions import COOKIE
from tests.architecture.isolation.calls import Call, Ground
from tests.architecture.isolation.cases import CASES
from tests.architecture.isolation.routes import asked_for, body_of, routes, slots
from tests.rounds import SOAK, rounds

pytestmark = pytest.mark.xdist_group("isolation")
PUBLIC = frozenset(
    {
        "api_docs.docs",
        "openapi.spec",
        "files_api.show",
        "offers_api.search",
        "offers_api.see",
        "orders_api.index",
        "orders_api.see",
        "organisations_api.directory",
        "organisations_api.see",
        "skills_api.see",
        "tasks_api.index",
        "tasks_api.see",
        "vocabulary_api.schemes",
        "vocabulary_api.terms",
    }
)
"""What the API says to everybody, written down by hand: all of it reads, and shows what is published."""
NOBODY: dict[str, dict[str, str]] = {
    "nothing": {},
    "a wrong token": {"Authorization": f"Bearer gc_{'0' * 32}"},
    "no token": {"Authorization": "Bearer "},
    "a password": {"Authorization": "Basic YTpi"},
    "another scheme": {"Authorization": "Digest username=a"},
    "a wrong cookie": {"Cookie": f"{COOKIE}={'0' * 43}"},
}


def closed(ground: Ground) -> Iterator[tuple[Rule, str]]:
    for rule, method in routes(ground.world.app):
        if rule.rule.startswith("/api/") and rule.endpoint not in PUBLIC:
            yield rule, method


def addresses(ground: Ground, rule: Rule) -> Iterator[str]:
    """Yield a route's address with every object there is, and with ids of nothing: whether a thing is there is no answer to nobody."""
    paths = list(asked_for(ground.world, rule))
    for path in [*paths, {name: uuid4() if name in slots(rule) else word for name, word in paths[0].items()}][-rounds(2, 8) :]:
        yield Call(rule, "GET", path).address()


def bodies(ground: Ground, rule: Rule, method: str) -> list[dict[str, Any]]:
    """Return what is sent: what is right, what is none, what is wrong in every way."""
    if method == "GET":
        return [{}, {"query_string": {"limit": "many", "surprise": "1"}}]
    right = body_of(ground.world, rule, method, {}) if rule.endpoint in CASES else {}
    wrong: list[dict[str, Any]] = [{"json": {"surprise": 1}}, {"data": "{", "content_type": "application/json"}, {"data": "a=1"}, {"data": b"\xff"}]
    return [{"json": right, "headers": {"Idempotency-Key": str(uuid4())}}, *wrong, {"data": '{"a":1,"a":2}', "content_type": "application/json"}]


def test_what_is_not_public_is_closed_to_whoever_is_not_signed_in(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the site runs, with its guard against forged requests: that one, too, speaks only to those who are known."""
    monkeypatch.setitem(ground.world.app.config, "WTF_CSRF_ENABLED", True)
    client, asked, wrong = ground.world.app.test_client(use_cookies=False), 0, []
    for rule, method in closed(ground):
        sent = bodies(ground, rule, method)
        for address in addresses(ground, rule):
            for given, name in product(sent, NOBODY) if SOAK else [*product(sent, ["nothing"]), *product(sent[:1], NOBODY)]:
                asked += 1
                with ground.put_back():
                    answer = client.open(address, method=method, **{**given, "headers": {**given.get("headers", {}), **NOBODY[name]}})
                code = (answer.json or {}).get("code") if answer.mimetype == "application/problem+json" else answer.mimetype
                if (answer.status_code, code) != (401, "auth.required"):
                    wrong.append(f"{method} {rule.endpoint} {address} with {name} {given}: {answer.status_code} {code}")
    assert not wrong, f"{len(wrong)} of {asked}\n" + "\n".join(wrong[:: len(wrong) // 40 + 1])
    assert asked > 1000


def test_what_is_public_is_there(ground: Ground) -> None:
    """The list names no route that is gone, and none that changes anything."""
    found = {rule.endpoint: method for rule, method in routes(ground.world.app) if rule.endpoint in PUBLIC}
    assert found == dict.fromkeys(PUBLIC, "GET")
