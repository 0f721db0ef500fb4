"""Every page as its own reader sees it, every change as it answers, and the pages of trouble: the headers are on all of them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from gongchuang.accounts import sms
from gongchuang.accounts.sessions import COOKIE
from tests.architecture.isolation.calls import Call, Ground
from tests.architecture.isolation.cases import CASES
from tests.architecture.isolation.people import Person
from tests.architecture.isolation.routes import asked_for, body_of, routes, things
from tests.platform.test_accounts import Outbox
from tests.schema import Wipe
from tests.security.answers import inline_in, open_as, wrong_with

pytestmark = pytest.mark.xdist_group("isolation")
READERS = (
    "own/admin",
    "own/buyer",
    "counterparty/admin",
    "invited/admin",
    "provider/admin",
    "maker/admin",
    "unverified/admin",
    "stranger/admin",
    "homeless",
    "operator/operations",
    "operator/security",
    "operator/audit",
    "anonymous",
)
STEP = "a step of signing in, which is walked below"
SENDS_ON = "sends its reader on"
NOT_SEEN = {
    "accounts.arrive": SENDS_ON,
    "accounts.code": STEP,
    "accounts.consent": "the page of accounts.register, for an account made from the terminal",
    "accounts.enrol": STEP,
    "accounts.prove_address": STEP,
    "accounts.register": STEP,
    "accounts.second": "the page of accounts.prove_address, for who has an authenticator",
    "files.download": "sends its reader on to a signed link, whose answer test_headers holds",
    "files.store_object": "the signature decides: test_headers opens what is stored",
    "languages.switch": SENDS_ON,
    "messages.open_message": SENDS_ON,
    "organisations.invited": "shows a link once, right after it was made, which is walked below",
}
"""Addresses that read and show nothing at 200 here, each with its reason."""


def complaints(what: str, answer: TestResponse, *, personal: bool) -> list[str]:
    wrong = list(wrong_with(answer, personal=personal, static=False))
    wrong += inline_in(answer) if answer.mimetype == "text/html" else []
    return [f"{what} {answer.status_code}: {each}" for each in wrong]


def looks(ground: Ground, rule: Rule) -> Iterator[tuple[Person, str]]:
    """Yield who might be shown a route, and what of it: first whom its case is meant for."""
    people, case = ground.world.people, CASES.get(rule.endpoint)
    if case and not case.unproven:
        yield people[case.who], Call(rule, "GET", things(ground.world, rule, case)).address()
    paths = [Call(rule, "GET", path).address() for path in asked_for(ground.world, rule)]
    if "designer_id" in rule.arguments:  # the world knows designers by their organisations
        paths = [Call(rule, "GET", {"designer_id": found}).address() for (found,) in ground.wipe.execute("select id from designers")]
    yield from ((people[name], path) for name in READERS for path in paths)


def test_every_page_is_seen_by_somebody_and_protects_that_reader(ground: Ground) -> None:
    unseen, wrong, seen = [], [], 0
    for rule, method in routes(ground.world.app):
        if method != "GET" or rule.endpoint == "static":
            continue
        with ground.put_back():
            for who, path in looks(ground, rule):
                answer = open_as(who, path)
                if answer.status_code == 200:
                    seen += 1
                    wrong += complaints(f"{rule.endpoint} {path} as {who.name}", answer, personal=who.name != "anonymous")
                    break
            else:
                unseen.append(rule.endpoint)
    assert not wrong, "\n".join(wrong)
    assert sorted(unseen) == sorted(NOT_SEEN)
    assert seen > 100


class Browser:
    """A browser over HTTPS that keeps its cookies, and what was wrong with the pages it was shown."""

    def __init__(self, ground: Ground, who: Person) -> None:
        self.client = ground.world.app.test_client()
        self.wrong: list[str] = []
        if who.cookie:
            self.client.set_cookie(COOKIE, who.cookie)

    def open(self, path: str, form: dict[str, str | list[str]] | None = None) -> TestResponse:
        """Open a page, or send its form; hold the answer against what protects its reader."""
        answer = self.client.open(path, method="GET" if form is None else "POST", data=form, base_url="https://localhost")
        self.wrong += complaints(path, answer, personal=True)
        assert answer.status_code == (200 if form is None else 303), f"{path} {answer.status_code} {answer.location} {answer.text[-600:]}"
        return answer


@pytest.fixture
def phone() -> Iterator[Outbox]:
    outbox = Outbox()
    before = sms.use_sender(outbox)
    yield outbox
    sms.use_sender(before)


def test_the_steps_of_signing_in_protect_whoever_takes_them(ground: Ground, phone: Outbox) -> None:
    """One who is new here, and an operator, who needs a second factor."""
    people = ground.world.people
    operator = people["operator/operations"].user
    assert operator is not None
    with ground.put_back():
        for address, then in (("13800009999", "/sign-in/register"), (operator.phone or "", "/sign-in/enrol")):
            browser = Browser(ground, people["anonymous"])
            assert browser.open("/sign-in", {"address": address}).location == "/sign-in/code"
            browser.open("/sign-in/code")
            assert browser.open("/sign-in/code", {"code": phone.code}).location == then
            browser.open(then)
            assert not browser.wrong, "\n".join(browser.wrong)


def test_a_new_address_and_a_new_link_are_shown_to_one_reader_alone(ground: Ground, phone: Outbox) -> None:
    browser = Browser(ground, ground.world.people["own/admin"])
    with ground.put_back():
        for path, form in (("/me/address", {"address": "13800009998"}), ("/members/invite", {"roles": ["sales"], "days": "7"})):
            browser.open(browser.open(path, form | {"idempotency_key": "a-key-of-" + path[-6:]}).location)
    assert not browser.wrong, "\n".join(browser.wrong)


def test_every_change_answers_with_what_protects_its_reader(ground: Ground) -> None:
    """Done, and refused for what was sent."""
    wrong, kinds, cookies = [], set(), 0
    for rule, method in routes(ground.world.app):
        if method == "GET" or (case := CASES[rule.endpoint]).unproven:
            continue
        who, path = ground.world.people[case.who], Call(rule, method, things(ground.world, rule, case)).address()
        api = path.startswith("/api/")
        right = body_of(ground.world, rule, method, {}) or {}
        for name, body in (("right", right), ("nothing", {}), ("hostile", dict.fromkeys(right, "\x00<script>"))):
            given = {"json": body} if api else {"data": {**body, "idempotency_key": f"a key of {name}"}}
            with ground.put_back():
                answer = open_as(who, path, method=method, headers={"Idempotency-Key": f"a-key-of-{name}"}, **given)
            kinds.add((api, answer.status_code))
            cookies += len(answer.headers.getlist("Set-Cookie"))
            wrong += complaints(f"{method} {rule.endpoint} {name} as {who.name}", answer, personal=True)
    assert not wrong, "\n".join(wrong)
    assert kinds >= {(False, 303), (False, 422), (True, 200), (True, 201), (True, 204), (True, 422)}
    assert cookies


@contextmanager
def without(wipe: Wipe, what: str) -> Iterator[None]:
    """Take a table, or a column of one, away."""
    table, _, column = what.partition(".")
    name = f"column {column} " if column else ""
    wipe.execute(f"alter table public.{table} rename {name}to away")
    try:
        yield
    finally:
        wipe.execute(f"alter table public.{table if column else 'away'} rename {'column away ' if column else ''}to {column or table}")


@contextmanager
def holding(wipe: Wipe, table: str) -> Iterator[None]:
    """Let nobody else read a table."""
    wipe.execute("begin")
    wipe.execute(f"lock table public.{table} in access exclusive mode")
    try:
        yield
    finally:
        wipe.execute("rollback")


@pytest.mark.parametrize(("path", "what", "mimetype"), [
    ("/machines", "machines", "text/html"),
    ("/api/v1/machines", "machines", "application/problem+json"),
    ("/machines", "users.name", "text/html"),
])  # fmt: skip
def test_a_page_that_breaks_protects_its_reader(ground: Ground, wipe: Wipe, path: str, what: str, mimetype: str) -> None:
    """The third breaks in what every page says of its reader."""
    with ground.put_back(), without(wipe, what):
        answer = open_as(ground.world.people["own/admin"], path)
    assert (answer.status_code, answer.mimetype) == (500, mimetype)
    assert "Traceback" not in answer.text
    assert "relation" not in answer.text
    assert not complaints(path, answer, personal=True)


def test_the_last_word_protects_its_reader(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where even the page of the error cannot be shown."""
    monkeypatch.delitem(ground.world.app.jinja_env.globals, "asset")
    with ground.put_back():
        answer = open_as(ground.world.people["own/admin"], "/machines")
    assert (answer.status_code, answer.mimetype) == (500, "text/plain")
    assert not complaints("/machines", answer, personal=True)


@pytest.mark.parametrize(("path", "mimetype"), [("/machines", "text/html"), ("/api/v1/machines", "application/problem+json")])
def test_a_part_that_does_not_answer_protects_its_reader(ground: Ground, wipe: Wipe, path: str, mimetype: str) -> None:
    """Somebody holds what the page reads, until the page gives up."""
    with ground.put_back(), holding(wipe, "machines"):
        answer = open_as(ground.world.people["own/admin"], path)
    assert (answer.status_code, answer.mimetype) == (503, mimetype)
    assert answer.headers["Retry-After"]
    assert not complaints(path, answer, personal=True)
