"""Every answer of every route that reads, for everybody: what its headers must say to a browser, and what its cookies must not allow."""

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from gongchuang import assets
from gongchuang.accounts.sessions import COOKIE
from tests.architecture.isolation.calls import Call, Ground
from tests.architecture.isolation.people import Person
from tests.architecture.isolation.routes import asked_for, routes
from tests.rounds import SOAK
from tests.security.answers import inline_in, open_as, policy_of, wrong_with

pytestmark = pytest.mark.xdist_group("isolation")
ASKERS = ["anonymous", "own/admin", "operator/operations"]
BEYOND = ["/nowhere", "/api/v1/nowhere", "/static/nowhere.css", "/static/../pyproject.toml", "/store/object/x/y/original", "/sign-in/link/x", "/invitations/x"]


def asked(ground: Ground, who: Person) -> Iterator[tuple[str, TestResponse]]:
    """Yield every route that reads with an answer over HTTPS: of each kind of thing the first objects (in the long form all), and what is not there."""
    for rule, method in routes(ground.world.app):
        if method != "GET":
            continue
        if rule.endpoint == "static":
            paths = [f"/static/{path.relative_to(assets.STATIC)}" for path in sorted(assets.STATIC.rglob("*.*")) if path.is_file()][:: 1 if SOAK else 9]
        else:
            found = [Call(rule, "GET", path).address() for path in asked_for(ground.world, rule)]
            paths = found if SOAK else found[:2]
        for path in paths:
            yield f"{rule.endpoint} {path}", open_as(who, path)
    for path in BEYOND:
        yield path, open_as(who, path)


@pytest.mark.parametrize("name", ASKERS)
def test_every_answer_protects_its_reader(ground: Ground, name: str) -> None:
    who, wrong, count, kinds = ground.world.people[name], [], 0, set()
    with ground.put_back():
        for what, answer in asked(ground, who):
            count += 1
            kinds.add(answer.mimetype)
            static = what.startswith("static ") and answer.status_code == 200
            wrong += [f"{what} {answer.status_code}: {each}" for each in wrong_with(answer, personal=name != "anonymous", static=static)]
            if answer.mimetype == "text/html":
                wrong += [f"{what}: {each}" for each in inline_in(answer)]
    assert not wrong, "\n".join(wrong)
    assert count > 120
    assert {"text/html", "application/json", "application/problem+json"} <= kinds


def test_every_nonce_is_used_once(ground: Ground) -> None:
    who = ground.world.people["anonymous"]
    nonces = {policy_of(open_as(who, "/"))["script-src"][1] for _ in range(5)}
    assert len(nonces) == 5


def test_plain_loopback_promises_no_https(ground: Ground) -> None:
    answer = ground.world.people["anonymous"].browser.get("/")
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_session_is_kept_from_scripts_and_from_other_sites(ground: Ground, scheme: str) -> None:
    """`Secure` follows the address that is open: off only on plain HTTP."""
    client = ground.world.app.test_client()
    answers = [client.get("/sign-in", base_url=f"{scheme}://localhost"), client.get("/language/en", base_url=f"{scheme}://localhost")]
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    assert cookies
    for cookie in cookies:
        assert "; HttpOnly" in cookie
        assert "; SameSite=Lax" in cookie
        assert ("; Secure" in cookie) == (scheme == "https"), cookie
        assert not cookie.startswith(f"{COOKIE}=") or "; Path=/" in cookie


def test_what_was_uploaded_is_never_a_page_of_this_site(ground: Ground) -> None:
    """A stored object comes as an attachment of no active type, in a sandbox, whatever it was called."""
    store, count = ground.world.app.extensions["store"], 0
    with ground.world.app.test_request_context():
        links = [store.signed_get(stored.key, name, 60) for stored in store.list() for name in ("evil.html", 'a"b\r\nX: y.svg', "图纸.step")]
    for link in links:
        answer = open_as(ground.world.people["anonymous"], link)
        assert answer.status_code == 200
        count += 1
        said = answer.headers
        assert said["Content-Disposition"].startswith("attachment"), link
        assert "\n" not in said["Content-Disposition"]
        assert answer.mimetype not in ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/xml"), link
        assert "sandbox" in policy_of(answer)
        assert said["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in said["Cache-Control"]
    assert count > 20


@pytest.mark.parametrize("between", ["\n", "\r\n", "\t"])
def test_the_name_of_a_file_is_one_line(ground: Ground, between: str) -> None:
    """It goes into a header when the file is downloaded, which broke with a 500."""
    said = {"name": f"a{between}Set-Cookie: b=c.step", "size": 10, "purpose": "order_part"}
    answer = ground.world.people["own/admin"].program.post("/api/v1/files", json=said)
    assert answer.status_code == 422
    assert answer.json is not None
    assert [each["field"] for each in answer.json["errors"]] == ["name"]
