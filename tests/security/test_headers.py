"""Every answer of every route that reads, for everybody: what its headers must say to a browser, and what its cookies must not allow."""

import re
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from gongchuang import assets
from gongchuang.accounts.sessions import COOKIE
from tests.architecture.isolation.calls import Call, Ground
from tests.architecture.isolation.people import Person
from tests.architecture.isolation.routes import asked_for, routes
from tests.rounds import SOAK

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


def open_as(who: Person, path: str, **given: object) -> TestResponse:
    with who.client(api=path.startswith("/api/")).open(path, base_url="https://localhost", **given) as answer:  # type: ignore[arg-type]
        answer.get_data()
        return answer


def policy_of(answer: TestResponse) -> dict[str, list[str]]:
    """Return a content policy by its directives."""
    parts = [part.split() for part in answer.headers.get("Content-Security-Policy", "").split(";") if part.strip()]
    return {part[0]: part[1:] for part in parts}


def wrong_with(answer: TestResponse, *, personal: bool, static: bool) -> Iterator[str]:
    """Yield what an answer says too little, or too much."""
    said, policy = answer.headers, policy_of(answer)
    everything = [source for sources in policy.values() for source in sources]
    if policy.get("default-src") != ["'none'"] or {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"} & set(everything):
        yield f"policy {policy}"
    if "sandbox" not in policy and (policy.get("frame-ancestors") != ["'none'"] or policy.get("base-uri") != ["'none'"] or "form-action" not in policy):
        yield f"frames, base or forms {policy}"
    fixed = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    yield from (f"{name}: {said.get(name)}" for name, value in fixed.items() if said.get(name) != value)
    if "max-age=31536000" not in said.get("Strict-Transport-Security", ""):
        yield "no HSTS"
    if not {"geolocation=()", "microphone=()"} <= {each.strip() for each in said.get("Permissions-Policy", "").split(",")}:
        yield "Permissions-Policy"
    kept = {each.strip() for each in said.get("Cache-Control", "").split(",")}
    if personal and not static and not ({"no-store"} <= kept or {"private", "no-cache"} <= kept):
        yield f"Cache-Control {kept}"
    if "Server" in said or "X-Powered-By" in said:
        yield "says what it is made of"
    for cookie in said.getlist("Set-Cookie"):
        if not all(flag in cookie for flag in ("; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/")):
            yield f"cookie {cookie}"


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


SCRIPTS, STYLES = re.compile(r"<script\b([^>]*)>"), re.compile(r"<style\b([^>]*)>")
HANDLERS = re.compile(r"<[a-z][^<>]*\s(?:on[a-z]+|style)=", re.IGNORECASE)


def inline_in(answer: TestResponse) -> Iterator[str]:
    """Yield scripts and styles of a page that its own policy would refuse, and any that it lets in without a nonce of this answer."""
    nonce = next((source[7:-1] for source in policy_of(answer).get("script-src", ()) if source.startswith("'nonce-")), "")
    for found in (*SCRIPTS.findall(answer.text), *STYLES.findall(answer.text)):
        if "src=" not in found and 'type="application/json"' not in found and f'nonce="{nonce}"' not in found:
            yield f"without nonce: {found}"
    if "javascript:" in answer.text.lower():
        yield "a javascript: address"
    yield from (f"inline: {found[:120]}" for found in HANDLERS.findall(answer.text))


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
