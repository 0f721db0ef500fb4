"""Signing in, registering, sessions: through the pages, against the real database, with an SMS sender that keeps what it is given."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from gongchuang.accounts import actions, codes, queries, rules, sms
from gongchuang.accounts.sessions import COOKIE
from gongchuang.database import now
from gongchuang.refusal import Refusal
from tests import builders

CHANGING = r"1[38]\d{9}|value=\"[\w.-]{36,}\"|nonce=\"[\w-]+\"|\d+ 秒"
"""What differs between any two answers: the address, tokens, seconds."""


class Outbox:
    """A sender that keeps messages instead of sending them."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, phone: str, text: str, **values: str) -> None:
        self.sent.append((phone, values["code"]))

    @property
    def code(self) -> str:
        return self.sent[-1][1]


@pytest.fixture
def phone(app) -> Iterator[Outbox]:
    outbox = Outbox()
    before = sms.use_sender(outbox)
    yield outbox
    sms.use_sender(before)


def ask(client: FlaskClient, address: str = "138 0000 0001") -> None:
    assert client.post("/sign-in", data={"address": address}).location == "/sign-in/code"


def register(client: FlaskClient, outbox: Outbox, address: str = "13800000001") -> None:
    ask(client, address)
    assert client.post("/sign-in/code", data={"code": outbox.code}).location == "/sign-in/register"
    assert client.post("/sign-in/register", data={"name": "王建国", "privacy": "y"}).location == "/welcome"


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie(COOKIE)
    assert found
    return found.value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("138 0000 0001", "+8613800000001"),
        ("+86-139-0000-0001", "+8613900000001"),
        ("008615800000001", "+8615800000001"),
        ("１３８０００００００１", "+8613800000001"),
        (" Zhang@Example.COM ", "zhang@example.com"),
    ],
)
def test_an_address_is_understood_as_people_type_it(typed, value):
    assert rules.address_of(typed).value == value


@pytest.mark.parametrize("typed", ["", "12800000001", "1380000000", "138000000011", "abc", "a@", "@b.cn", "+1 212 555 0100", "1380000000x", "1380000000１x"])
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(Refusal, match=r"address\.invalid"):
        rules.address_of(typed)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("短密码", "password.short"),
        ("1234567890", "password.common"),
        ("password2024!", "password.common"),
        ("qwertyuiop", "password.common"),
        ("abababababab", "password.common"),
        ("aaaaaaaaaaaa", "password.common"),
        ("13800000001 mine", "password.common"),
        ("x" * 129, "password.long"),
        ("每天走路去车间看看", "password.short"),
        ("每天走路去车间看看再回家", None),
        ("correct horse battery", None),
    ],
)
def test_a_password_is_judged_by_length_and_by_how_often_it_is_tried(password, code):
    refusal = rules.why_not_password(password, own=["13800000001"])
    assert (refusal and refusal.code) == code


def test_a_code_registers_and_the_next_one_signs_in(visitor, phone, shift_clock):
    register(visitor, phone)
    assert "王建国" in visitor.get("/me").text
    visitor.post("/sign-out")
    shift_clock(timedelta(minutes=2))
    ask(visitor)
    assert visitor.post("/sign-in/code", data={"code": phone.code}).location == "/welcome"
    assert visitor.get("/me").status_code == 200


def test_without_consent_there_is_no_account_and_marketing_is_a_choice_of_its_own(visitor, phone, app):
    ask(visitor)
    visitor.post("/sign-in/code", data={"code": phone.code})
    page = visitor.get("/sign-in/register").text
    assert not re.search(r'name="(privacy|marketing)"[^>]*checked', page)
    refused = visitor.post("/sign-in/register", data={"name": "王建国", "marketing": "y"})
    assert refused.status_code in (200, 422)
    assert "请先阅读并同意" in refused.text
    assert 'value="王建国"' in refused.text
    with builders.as_the_system():
        assert queries.user_at(rules.address_of("13800000001")) is None
    visitor.post("/sign-in/register", data={"name": "王建国", "privacy": "y"})
    with builders.as_the_system():
        user = queries.user_at(rules.address_of("13800000001"))
        assert user is not None
        assert user.privacy_consented_at is not None
        assert user.marketing_consented_at is None


def test_a_known_and_an_unknown_address_get_the_same_answers(app, phone):
    user = builders.make_user()
    answers = []
    for address in (user.phone, "13811112222"):
        client = app.test_client()
        first = client.post("/sign-in", data={"address": address})
        wrong = client.post("/sign-in/code", data={"code": "000000" if phone.code != "000000" else "111111"})
        again = client.post("/sign-in", data={"address": address})
        secret = client.post("/sign-in/password", data={"address": address, "password": "nobody knows this"})
        tidy = [re.sub(CHANGING, "", a.text.replace(str(address), "")) for a in (first, wrong, again, secret)]
        answers.append(([a.status_code for a in (first, wrong, again, secret)], tidy))
    assert answers[0] == answers[1]
    assert "账号或密码不正确" in answers[0][1][3]
    assert len(phone.sent) == 2


def test_a_code_dies_after_five_tries_ten_minutes_and_one_use(app, phone, shift_clock):
    client = app.test_client()
    ask(client)
    right = phone.code
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(rules.CODE_TRIES):
        assert client.post("/sign-in/code", data={"code": wrong}).status_code == 422
    assert "已失效" in client.post("/sign-in/code", data={"code": right}).text
    shift_clock(timedelta(minutes=2))
    client.post("/sign-in/again")
    shift_clock(timedelta(minutes=13))
    assert client.post("/sign-in/code", data={"code": phone.code}).status_code == 422


def test_a_proven_attempt_makes_one_session_only(app, phone):
    user = builders.make_user()
    with builders.as_the_system():
        address = rules.address_of(user.phone or "")
        code = codes.proven(user, now(), address)
        actions.begin_session(user, code.id, now(), actions.Browser())
    with builders.as_the_system(), pytest.raises(Refusal, match=r"code\.wrong"):
        actions.begin_session(user, code.id, now(), actions.Browser())


def test_codes_are_limited_for_each_address(visitor, phone, shift_clock):
    ask(visitor)
    soon = visitor.post("/sign-in", data={"address": "13800000001"})
    assert soon.status_code == 422
    assert "秒后再获取" in soon.text
    for minute in range(1, rules.CODES_AN_HOUR):
        shift_clock(timedelta(minutes=2 * minute))
        ask(visitor)
    shift_clock(timedelta(minutes=20))
    assert "太频繁" in visitor.post("/sign-in", data={"address": "13800000001"}).text
    assert len(phone.sent) == rules.CODES_AN_HOUR


def test_the_database_holds_no_code_and_no_address_of_an_attempt(visitor, phone, wipe):
    ask(visitor)
    row = str(wipe.execute("select * from sign_in_codes"))
    assert phone.code not in row
    assert "13800000001" not in row


def test_a_copied_cookie_is_refused_right_after_sign_out(app, phone):
    owner, thief = app.test_client(), app.test_client()
    register(owner, phone)
    thief.set_cookie(COOKIE, cookie(owner))
    assert thief.get("/me").status_code == 200
    owner.post("/sign-out")
    assert thief.get("/me").location.startswith("/sign-in")


def test_a_copied_cookie_is_refused_right_after_a_password_change(app, phone):
    owner, thief = app.test_client(), app.test_client()
    register(owner, phone)
    thief.set_cookie(COOKIE, cookie(owner))
    before = cookie(owner)
    assert owner.post("/me/password", data={"password": "每天走路去车间看看再回家"}).status_code == 303
    assert cookie(owner) != before
    assert owner.get("/me").status_code == 200
    assert thief.get("/me").location.startswith("/sign-in")


def test_the_session_gets_a_new_token_at_every_sign_in_and_the_old_one_ends(app, phone, shift_clock):
    client, other = app.test_client(), app.test_client()
    register(client, phone)
    first = cookie(client)
    shift_clock(timedelta(minutes=2))
    client.post("/sign-in", data={"address": "13800000001"})
    client.post("/sign-in/code", data={"code": phone.code})
    assert cookie(client) != first
    other.set_cookie(COOKIE, first)
    assert other.get("/me").location.startswith("/sign-in")


def test_the_cookie_is_kept_from_scripts_and_secure_over_tls(app, phone, shift_clock):
    client = app.test_client()
    ask(client)
    client.post("/sign-in/code", data={"code": phone.code})
    header = client.post("/sign-in/register", data={"name": "王", "privacy": "y"}).headers.get_all("Set-Cookie")
    plain = next(h for h in header if h.startswith(COOKIE))
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    shift_clock(timedelta(minutes=2))
    tls = app.test_client()
    tls.post("/sign-in", data={"address": "13800000001"}, base_url="https://localhost")
    header = tls.post("/sign-in/code", data={"code": phone.code, "trusted": "y"}, base_url="https://localhost").headers.get_all("Set-Cookie")
    secure = next(h for h in header if h.startswith(COOKIE))
    assert "Secure" in secure
    assert "Max-Age=2592000" in secure


def test_a_trusted_device_lasts_thirty_days_and_another_half_a_day(app, phone, shift_clock):
    plain = app.test_client()
    register(plain, phone)
    shift_clock(timedelta(minutes=2))
    trusted = app.test_client()
    ask(trusted)
    trusted.post("/sign-in/code", data={"code": phone.code, "trusted": "y"})
    shift_clock(timedelta(days=1))
    assert plain.get("/me").status_code == 303
    assert trusted.get("/me").status_code == 200
    shift_clock(timedelta(days=31))
    assert trusted.get("/me").status_code == 303


def test_people_see_and_end_their_sessions_and_nobody_elses(app, phone, client_of):
    owner, second = app.test_client(), app.test_client()
    register(owner, phone)
    with builders.as_the_system():
        user = queries.user_at(rules.address_of("13800000001"))
    assert user
    second.set_cookie(COOKIE, builders.make_session(user, None))
    page = owner.get("/me/security").text
    other = re.search(r"/me/sessions/([0-9a-f-]{36})/end", page)
    assert other
    stranger = client_of(builders.make_organisation())
    assert stranger.post(f"/me/sessions/{other[1]}/end").status_code == 404
    assert second.get("/me").status_code == 200
    assert owner.post(f"/me/sessions/{other[1]}/end").status_code == 303
    assert second.get("/me").status_code == 303
    assert owner.get("/me").status_code == 200


def test_signing_in_leads_back_to_the_page_asked_for_but_never_off_the_site(app, phone, shift_clock):
    client = app.test_client()
    assert client.get("/me/security").location == "/sign-in?next=/me/security?"
    user = builders.make_user()
    for minute, (wanted, end) in enumerate((("/me/security", "/me/security"), ("https://evil.example/x", "/welcome"), ("//evil.example", "/welcome"))):
        shift_clock(timedelta(minutes=2 * minute))
        visitor = app.test_client()
        visitor.post("/sign-in", data={"address": user.phone, "next": wanted})
        assert visitor.post("/sign-in/code", data={"code": phone.code}).location == end


def test_a_suspended_person_is_out_at_once(app, phone):
    client = app.test_client()
    register(client, phone)
    with builders.as_the_system():
        user = queries.user_at(rules.address_of("13800000001"))
        assert user
        user.status = "suspended"
    assert client.get("/me").status_code == 303


def test_a_one_time_link_signs_in_once_and_only_by_its_button(app):
    organisation = builders.make_organisation()
    user = builders.make_user(organisation)
    with builders.as_the_system():
        path = actions.one_time_link(user, now())
    client = app.test_client()
    assert client.get(path).status_code == 200
    assert client.get(path).status_code == 200
    assert client.post(path).location == "/welcome"
    assert client.get("/me").status_code == 200
    assert app.test_client().post(path).status_code in (303, 410)
    again = app.test_client()
    again.post(path)
    assert again.get("/me").status_code == 303


def test_a_one_time_link_expires(app, shift_clock):
    user = builders.make_user(builders.make_organisation())
    with builders.as_the_system():
        path = actions.one_time_link(user, now())
    shift_clock(timedelta(hours=1))
    client = app.test_client()
    assert "已使用或已过期" in client.get(path).text
    client.post(path)
    assert client.get("/me").status_code == 303


def test_a_wrong_step_starts_again_without_going_round(app, visitor):
    for path in ("/sign-in/code", "/sign-in/register", "/sign-in/second", "/sign-in/enrol", "/sign-in/consent"):
        answer = visitor.get(path, follow_redirects=True)
        assert answer.status_code == 200
        assert "登录或注册" in answer.text
