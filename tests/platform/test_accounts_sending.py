"""How codes leave: SMS through a signed webhook, mail, nothing outside for the demo's people."""

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from standardwebhooks import Webhook

from gongchuang.accounts import sms
from gongchuang.settings import SettingsError, read_settings
from tests import builders
from tests.platform.test_accounts import Outbox

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Gateway(ThreadingHTTPServer):
    """An SMS gateway that keeps what it gets."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Received)
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.answer = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/sms"


class Received(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))
        self.send_response(self.server.answer)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    server = Gateway()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_webhook_is_signed_and_says_what_to_send(gateway):
    sms.WebhookSender(gateway.url, SECRET).send("+8613800000001", "验证码 123456", code="123456")
    headers, body = gateway.received[0]
    Webhook(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})
    assert json.loads(body)["data"] == {"phone": "+8613800000001", "text": "验证码 123456", "code": "123456"}


@pytest.mark.parametrize(("answer", "kind"), [(302, sms.NotSent), (400, sms.NotSent), (429, sms.GatewayUnavailable), (500, sms.GatewayUnavailable)])
def test_a_gateway_that_refuses_or_redirects_is_an_error(gateway, answer, kind):
    gateway.answer = answer
    with pytest.raises(kind):
        sms.WebhookSender(gateway.url, SECRET).send("+8613800000001", "x")
    assert len(gateway.received) == 1


def test_a_gateway_that_is_down_costs_the_person_nothing_but_the_code(app, visitor):
    before = sms.use_sender(sms.WebhookSender("http://127.0.0.1:9/", SECRET))
    try:
        assert visitor.post("/sign-in", data={"address": "13800000001"}).location == "/sign-in/code"
    finally:
        sms.use_sender(before)


def test_the_webhook_needs_its_address_and_secret():
    with pytest.raises(SettingsError, match="SMS_WEBHOOK_URL"):
        read_settings(sms_sender="webhook")


def test_a_wrong_setting_hides_no_missing_one(monkeypatch):
    for name, value in {"GONGCHUANG_PORT": "abc", "GONGCHUANG_FOO": "1", "DATABASE_URL": "postgresql://h/d", "S3_ENDPOINT": "http://s3"}.items():
        monkeypatch.setenv(name, value)
    for name in ("DATABASE_OWNER_URL", "GONGCHUANG_SECRET_KEY", "S3_ACCESS_KEY", "S3_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError) as refused:
        read_settings()
    said = str(refused.value)
    assert len(refused.value.mistakes) == 5
    for name in ("GONGCHUANG_PORT", "GONGCHUANG_FOO", "DATABASE_OWNER_URL", "GONGCHUANG_SECRET_KEY", "S3_ACCESS_KEY"):
        assert name in said


def test_a_code_by_mail_registers_too(app, visitor, capsys):
    visitor.post("/sign-in", data={"address": "Wang@Example.com"})
    mail = capsys.readouterr().out
    assert "To: wang@example.com" in mail
    code = re.search(r"验证码 (\d{6})", mail)
    assert code
    assert visitor.post("/sign-in/code", data={"code": code[1]}).location == "/sign-in/register"
    assert visitor.post("/sign-in/register", data={"name": "王", "privacy": "y"}).location == "/welcome"


def test_the_demos_people_get_nothing_outside(app, visitor, capsys):
    user = builders.make_user(builders.make_organisation(), demo=True)
    outbox = Outbox()
    before = sms.use_sender(outbox)
    try:
        visitor.post("/sign-in", data={"address": user.phone})
    finally:
        sms.use_sender(before)
    assert outbox.sent == []
    assert "[SMS]" in capsys.readouterr().out
