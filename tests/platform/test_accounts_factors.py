"""What proves a person besides the code, fresh confirmation, tokens, rate limits, one's own data."""

import json
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gongchuang.accounts import actions, checks, factors, sms
from gongchuang.accounts.models import AccessToken, LoginSession, Passkey, User
from gongchuang.database import db, now
from gongchuang.web.app import create_app
from gongchuang.web.limits import limiter
from tests import builders
from tests.platform.authenticator import Authenticator
from tests.platform.test_accounts import Outbox


@pytest.fixture
def phone(app):
    outbox = Outbox()
    before = sms.use_sender(outbox)
    yield outbox
    sms.use_sender(before)


def signed_in(app, user, organisation=None, *, fresh=True) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(builders.COOKIE, builders.make_session(user, organisation, fresh=fresh))
    return client


def totp_code(secret: str) -> str:
    with builders.as_the_system():
        return str(factors._totp().from_source(secret).generate(time=int(now().timestamp())).token)


def enrol(client: FlaskClient, path: str = "/me/authenticator") -> tuple[str, list[str]]:
    """Set an authenticator up through its page; return its stored secret and the recovery codes."""
    client.get(path)
    with client.session_transaction() as kept:
        secret = kept["totp"]
    answer = client.post(path, data={"code": totp_code(secret)})
    assert answer.status_code == 303, answer.text
    page = client.get(answer.location).text
    return secret, re.findall(r">([a-z2-9]{5}-[a-z2-9]{5})<", page)


def code_step(client: FlaskClient, user: User, phone: Outbox) -> str:
    client.post("/sign-in", data={"address": user.phone})
    return client.post("/sign-in/code", data={"code": phone.code}).location


def test_an_authenticator_is_asked_for_at_the_next_sign_in_and_each_code_counts_once(app, phone, shift_clock):
    user = builders.make_user(builders.make_organisation())
    secret, recovery = enrol(signed_in(app, user))
    assert len(recovery) == 10
    shift_clock(timedelta(minutes=2))
    client = app.test_client()
    assert code_step(client, user, phone) == "/sign-in/second"
    assert client.get("/me").status_code == 303
    code = totp_code(secret)
    assert client.post("/sign-in/second", data={"code": "000000" if code != "000000" else "111111"}).status_code == 422
    assert client.post("/sign-in/second", data={"code": code}).location == "/welcome"
    shift_clock(timedelta(minutes=4))
    thief = app.test_client()
    code_step(thief, user, phone)
    assert thief.post("/sign-in/second", data={"code": code}).status_code == 422


def test_the_second_factor_dies_after_five_tries(app, phone, shift_clock):
    user = builders.make_user(builders.make_organisation())
    secret, _ = enrol(signed_in(app, user))
    shift_clock(timedelta(minutes=2))
    client = app.test_client()
    code_step(client, user, phone)
    for _ in range(5):
        assert client.post("/sign-in/second", data={"code": "x"}).status_code == 422
    assert client.post("/sign-in/second", data={"code": totp_code(secret)}).status_code == 422


def test_a_recovery_code_stands_in_once(app, phone, shift_clock):
    user = builders.make_user(builders.make_organisation())
    _, recovery = enrol(signed_in(app, user))
    client = app.test_client()
    code_step(client, user, phone)
    assert client.post("/sign-in/second", data={"code": recovery[0].upper().replace("-", " ")}).location == "/welcome"
    shift_clock(timedelta(minutes=2))
    other = app.test_client()
    code_step(other, user, phone)
    assert other.post("/sign-in/second", data={"code": recovery[0]}).status_code == 422
    assert other.post("/sign-in/second", data={"code": recovery[1]}).status_code == 303


def test_secrets_are_stored_as_ciphertext_and_digests(app, wipe):
    user = builders.make_user(builders.make_organisation())
    _, recovery = enrol(signed_in(app, user))
    stored = str(wipe.execute("select totp_secret from users")) + str(wipe.execute("select * from recovery_codes"))
    assert '"enckey"' in stored
    assert not any(code in stored or code.replace("-", "") in stored for code in recovery)


def test_an_operator_gets_no_session_before_a_second_factor(app, phone):
    operators, user = builders.make_operator("61", "operations")
    client = app.test_client()
    assert code_step(client, user, phone) == "/sign-in/enrol"
    assert client.get("/operator").status_code == 303
    assert client.get("/welcome").status_code == 303
    secret, recovery = enrol(client, "/sign-in/enrol")
    assert secret
    assert len(recovery) == 10
    assert client.get("/operator").status_code == 200
    with builders.as_the_system():
        assert db.session.get(User, user.id).totp_enrolled_at is not None
    client.post("/me/authenticator/remove")
    with builders.as_the_system():
        assert db.session.get(User, user.id).totp_enrolled_at is not None
    assert operators.kind == "operator"


def test_an_operators_session_ends_after_thirty_idle_minutes(app, shift_clock):
    operators, user = builders.make_operator("61", "operations")
    client = signed_in(app, user, operators)
    assert client.get("/operator").status_code == 200
    shift_clock(timedelta(minutes=29))
    assert client.get("/operator").status_code == 200
    shift_clock(timedelta(minutes=58))
    assert client.get("/operator").status_code == 200
    shift_clock(timedelta(minutes=90))
    assert client.get("/operator").location.startswith("/sign-in")


def test_a_password_signs_in_and_the_wrong_one_says_nothing_more(app):
    user = builders.make_user(builders.make_organisation())
    owner = signed_in(app, user)
    assert "太常见" in owner.post("/me/password", data={"password": "1234567890"}).text
    assert owner.post("/me/password", data={"password": "每天走路去车间看看再回家"}).status_code == 303
    client = app.test_client()
    wrong = client.post("/sign-in/password", data={"address": user.phone, "password": "每天走路去车间看看再回"})
    assert wrong.status_code == 422
    assert "账号或密码不正确" in wrong.text
    assert client.post("/sign-in/password", data={"address": user.phone, "password": "每天走路去车间看看再回家"}).location == "/welcome"
    with builders.as_the_system():
        assert db.session.get(User, user.id).password.startswith("$argon2id$")


def add_passkey(client: FlaskClient, device: Authenticator):
    options = client.post("/me/passkeys/options").json
    return client.post("/me/passkeys", data={"credential": json.dumps(device.create(options)), "name": "我的手机"})


def test_a_passkey_is_added_and_signs_in_with_no_other_factor(app):
    operators, user = builders.make_operator("61", "operations")
    device = Authenticator()
    assert add_passkey(signed_in(app, user, operators), device).status_code == 303
    client = app.test_client()
    answer = device.get(client.post("/sign-in/passkey/options").json)
    assert client.post("/sign-in/passkey", data={"credential": json.dumps(answer)}).location == "/welcome"
    assert client.get("/operator").status_code == 200
    replay = app.test_client()
    replay.post("/sign-in/passkey", data={"credential": json.dumps(answer)})
    assert replay.get("/operator").status_code == 303


@pytest.mark.parametrize("device", [Authenticator("https://evil.example"), Authenticator(verifies=False)])
def test_a_passkey_of_another_site_or_without_its_holder_is_refused(app, device):
    user = builders.make_user(builders.make_organisation())
    add_passkey(signed_in(app, user), device)
    with builders.as_the_system():
        assert db.session.scalars(select(Passkey)).all() == []


def test_a_strangers_signature_and_nonsense_are_refused(app):
    user = builders.make_user(builders.make_organisation())
    device, other = Authenticator(), Authenticator()
    add_passkey(signed_in(app, user), device)
    client = app.test_client()
    other.credential_id = device.credential_id
    for credential in (other.get(client.post("/sign-in/passkey/options").json), {}, {"rawId": 5}, {"response": {"clientDataJSON": "%%"}}):
        client.post("/sign-in/passkey", data={"credential": json.dumps(credential)})
        assert client.get("/me").status_code == 303
    client.post("/sign-in/passkey", data={"credential": "[" * 5000})
    assert client.get("/me").status_code == 303


def test_delicate_things_ask_for_a_fresh_proof(app, phone, shift_clock):
    firm = builders.make_organisation()
    user = builders.make_user(firm)
    client = signed_in(app, user, firm, fresh=False)
    assert client.get("/me/tokens").location == "/confirm?next=/me/tokens"
    client.post("/confirm/code", data={"next": "/me/tokens"})
    assert client.post("/confirm", data={"code": "x", "next": "/me/tokens"}).status_code == 422
    assert client.post("/confirm", data={"code": phone.code, "next": "/me/tokens"}).location == "/me/tokens"
    assert client.get("/me/tokens").status_code == 200
    shift_clock(timedelta(minutes=16))
    assert client.get("/me/tokens").status_code == 303


def test_a_code_for_signing_in_does_not_confirm(app, phone):
    firm = builders.make_organisation()
    user = builders.make_user(firm)
    client = signed_in(app, user, firm, fresh=False)
    client.post("/confirm/code")
    code = phone.code
    other = app.test_client()
    other.post("/sign-in", data={"address": user.phone})
    assert other.post("/sign-in/code", data={"code": code}).status_code in (303, 422)
    assert other.get("/me").status_code == 303


def test_a_token_does_its_scopes_for_its_organisation_and_dies_when_revoked(app):
    firm = builders.make_organisation()
    user = builders.make_user(firm)
    owner = signed_in(app, user, firm)
    page = owner.post("/me/tokens", data={"name": "ERP 同步", "scopes": ["account"], "days": "30"}).text
    token = re.search(r"gc_[\w-]{40,}", page)
    assert token
    assert token[0] not in owner.get("/me/tokens").text
    program = app.test_client()
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token[0]}"
    assert program.get("/api/v1/me").json["organisation_id"] == str(firm.id)
    assert program.get("/api/v1/members").json["code"] == "token.scope"
    assert program.put("/api/v1/me", json={"name": "x", "language": "zh", "marketing": False}).status_code == 403
    assert program.post("/api/v1/tokens", json={"name": "更多", "scopes": ["*"]}).status_code == 403
    number = program.get("/api/v1/tokens").json["items"][0]["id"]
    assert signed_in(app, builders.make_user(firm), firm).post(f"/me/tokens/{number}/revoke").status_code == 404
    owner.post(f"/me/tokens/{number}/revoke")
    assert program.get("/api/v1/me").status_code == 401
    with builders.as_the_system():
        assert token[0] not in str([vars(t) for t in db.session.scalars(select(AccessToken))])


def test_a_token_with_an_unknown_or_no_scope_is_not_made(app):
    firm = builders.make_organisation()
    owner = signed_in(app, builders.make_user(firm), firm)
    for scopes in ([], ["*"], ["king"]):
        assert owner.post("/me/tokens", data={"name": "x", "scopes": scopes, "days": "30"}).status_code == 422


def test_an_address_is_changed_by_a_code_and_nobody_elses_is_taken(app, phone, shift_clock):
    firm = builders.make_organisation()
    user, other = builders.make_user(firm), builders.make_user(firm)
    client = signed_in(app, user, firm)
    client.post("/me/address", data={"address": "13899990000"})
    assert client.post("/me/address/code", data={"code": phone.code}).location == "/me/security"
    with builders.as_the_system():
        assert db.session.get(User, user.id).phone == "+8613899990000"
    client.post("/me/address", data={"address": other.phone})
    assert "已用于另一个账号" in client.post("/me/address/code", data={"code": phone.code}).text


def test_ones_data_come_out_as_json_and_are_nobody_elses(app):
    firm = builders.make_organisation()
    user = builders.make_user(firm)
    stranger = builders.make_user(firm)
    client = signed_in(app, user, firm)
    client.post("/me", data={"name": "王新名", "language": "zh"})
    body = json.loads(client.get("/me/data").text)
    assert body["account"]["phone"] == user.phone
    assert body["memberships"][0]["organisation_id"] == str(firm.id)
    assert [entry["action"] for entry in body["trail"]] == ["person:change_profile"]
    assert stranger.phone not in json.dumps(body)
    assert "token_digest" not in json.dumps(body)


def test_erasing_takes_every_trace_of_the_name_and_leaves_the_id(app, wipe, visitor, phone):
    firm = builders.make_organisation()
    admin, user = builders.make_user(firm), builders.make_user(firm, roles=("sales",))
    client = signed_in(app, user, firm)
    other = signed_in(app, user, firm)
    token = builders.make_token(user, firm)
    client.post("/me", data={"name": "张三丰", "language": "zh"})
    assert client.post("/me/erase", data={"word": "不"}).status_code == 422
    assert client.post("/me/erase", data={"word": "注销"}).location == "/sign-in"
    dump = "".join(str(wipe.execute(f"select * from {table}")) for table in ("users", "login_sessions", "memberships", "join_requests", "audit_entries"))
    assert "张三丰" not in dump
    assert user.phone not in dump
    assert str(user.id) in dump
    assert other.get("/me").status_code == 303
    assert app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    visitor.post("/sign-in", data={"address": user.phone})
    assert visitor.post("/sign-in/code", data={"code": phone.code}).location == "/sign-in/register"
    assert admin.id


def test_the_last_administrator_hands_over_before_erasing(app):
    firm = builders.make_organisation()
    admin = builders.make_user(firm)
    builders.make_user(firm, roles=("sales",))
    client = signed_in(app, admin, firm)
    assert "唯一的管理员" in client.post("/me/erase", data={"word": "注销"}).text
    with builders.as_the_system():
        assert db.session.get(User, admin.id).status == "active"


@pytest.fixture
def limited(app, settings, wipe):
    """A program with the limits that tests otherwise go without, and what it sends."""
    program = create_app(settings.model_copy(update={"testing": False}))
    program.config["WTF_CSRF_ENABLED"] = False
    outbox = Outbox()
    sms.use_sender(outbox)
    yield program, outbox
    limiter.enabled = False
    sms.use_sender(sms.ConsoleSender())
    with program.app_context():
        db.engine.dispose()


def test_one_address_is_tried_rarely_from_anywhere_and_anyones_from_one_place(limited):
    program, _ = limited

    def tries(address: str, place: str) -> int:
        data = {"address": address, "password": "x"}
        return program.test_client().post("/sign-in/password", data=data, environ_base={"REMOTE_ADDR": place}).status_code

    assert [tries("13800000001", f"10.0.0.{i}") for i in range(11)] == [422] * 10 + [429]
    assert [tries(f"1380000{i:04d}", "10.9.9.9") for i in range(100, 131)] == [422] * 30 + [429]
    assert tries("13800009999", "10.8.8.8") == 422


def test_a_limited_request_sends_nothing_and_is_told_when_to_come_back(limited):
    program, outbox = limited
    answers = [program.test_client().post("/sign-in", data={"address": f"1381111{i:04d}"}) for i in range(31)]
    assert [a.status_code for a in answers] == [303] * 30 + [429]
    assert answers[-1].headers.get("Retry-After")
    assert "太频繁" in answers[-1].text
    assert len(outbox.sent) == 30


def test_sessions_begun_by_link_are_rows_like_others(app):
    user = builders.make_user(builders.make_organisation())
    with builders.as_the_system():
        path = actions.one_time_link(user, now())
    app.test_client().post(path, headers={"User-Agent": "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0"})
    with builders.as_the_system():
        row = db.session.scalars(select(LoginSession)).one()
        assert (row.device, row.trusted) == ("WeChat · Android", False)


def test_the_checks_find_a_session_of_somebody_suspended_and_a_half_erased_person(app, wipe):
    firm = builders.make_organisation()
    user = builders.make_user(firm)
    builders.make_session(user, firm)
    with builders.as_the_system():
        assert checks.gone_people_are_gone() == []
    wipe.execute("update users set status = 'erased'")
    with builders.as_the_system():
        assert len(checks.gone_people_are_gone()) == 2
