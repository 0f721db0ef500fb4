"""Messages: told once, to whom they concern; conversations between two and nobody else; robots called as their vendors say."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, select, text

from gongchuang import outgoing
from gongchuang.accounts import sms
from gongchuang.database import db, is_participant
from gongchuang.refusal import Refusal
from services.messages import actions, rules
from services.messages.models import Conversation, Message
from tests.answers import said
from tests.builders import as_the_system, make_organisation, make_user


@dataclass
class Gateway:
    """A real HTTP server that keeps what it is sent and answers like a robot."""

    port: int = 0
    taken: list[tuple[str, Any]] = field(default_factory=list)
    answer: tuple[int, bytes] = (200, b'{"errcode": 0}')


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    kept = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.taken.append((self.path, json.loads(body)))
            self.send_response(kept.answer[0])
            self.end_headers()
            self.wfile.write(kept.answer[1])

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_port
    Thread(target=server.serve_forever, daemon=True).start()
    yield kept
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("wanted", "held", "answer"),
    [
        ((), ("sales",), True),
        (("sales",), ("sales",), True),
        (("sales",), ("buyer",), False),
        (("sales",), ("admin",), True),
        (("security",), ("admin", "operations"), False),
        (("operations",), ("admin", "operations"), True),
    ],
)
def test_a_message_concerns_its_roles_and_administrators(wanted, held, answer):
    assert rules.concerns(wanted, held) is answer


def test_a_message_with_a_key_is_told_once(app, acting_for):
    firm = make_organisation()
    for _ in range(2):
        with acting_for(firm):
            actions.tell(firm.id, "conversation.line", url="/inbox", params={"firm": "甲厂", "subject": "轴承座"}, key="once")
    with acting_for(firm):
        assert len(db.session.scalars(select(Message)).all()) == 1


def test_the_inbox_shows_own_messages_only(client_of, acting_for):
    firm, rival = make_organisation(), make_organisation()
    with acting_for(firm):
        actions.tell(firm.id, "conversation.line", url="/", params={"firm": "甲厂", "subject": "绝密零件"}, todo=True)
    assert "绝密零件" in client_of(firm).get("/inbox").text
    assert "绝密零件" not in client_of(rival).get("/inbox").text


def test_a_message_leads_to_its_page_in_one_tap_and_counts_as_read(client_of, acting_for, app):
    firm = make_organisation()
    with acting_for(firm):
        actions.tell(firm.id, "conversation.line", url="/inbox/settings", params={"firm": "甲", "subject": "乙"})
        message = db.session.scalars(select(Message)).one()
    client = client_of(firm)
    assert client.get("/api/v1/messages?tab=notices").json["items"][0]["read"] is False
    assert client.get(f"/inbox/{message.id}").headers["Location"] == "/inbox/settings"
    assert client.get("/api/v1/messages?tab=notices").json["items"][0]["read"] is True


def test_two_talk_and_a_third_gets_the_404_of_nothing(client_of, acting_for, run_outbox, some_id):
    buyer, supplier, stranger = make_organisation(), make_organisation(), make_organisation()
    with acting_for(buyer) as actor:
        conversation = actions.converse(actor, supplier.id, "orders", some_id, subject="轴承座 24 件", url="/orders")
        assert actions.converse(actor, supplier.id, "orders", some_id, subject="轴承座 24 件", url="/orders").id == conversation.id
    path = f"/conversations/{conversation.id}"
    assert client_of(buyer).post(path, data={"text": "公差能到 H7 吗？"}).status_code == 303
    assert "公差能到 H7 吗？" in client_of(supplier).get(path).text
    outsider = client_of(stranger)
    assert said(outsider.get(path)) == said(outsider.get(f"/conversations/{some_id}"))
    assert outsider.post(path, data={"text": "偷听"}).status_code == 404
    assert run_outbox() > 0
    assert "发来消息" in client_of(supplier).get("/inbox?tab=notices").text


@pytest.mark.parametrize("shown_first", [False, True])
def test_two_who_begin_at_once_have_one_conversation(app, acting_for, some_id, shown_first):
    designer, publisher = make_organisation(), make_organisation()
    about = ("task", some_id)

    def ask() -> None:
        with acting_for(designer) as actor:
            actions.converse(actor, publisher.id, *about, subject="支架", url="/tasks")

    def show() -> None:
        with as_the_system():
            actions.show_contacts(publisher.id, designer.id, *about, subject="支架", url="/tasks")

    with ThreadPoolExecutor(1) as pool:
        if shown_first:
            with as_the_system():
                actions.show_contacts(publisher.id, designer.id, *about, subject="支架", url="/tasks")
                other = pool.submit(ask)
                assert waits_or_ended(other)
        else:
            with acting_for(designer) as actor:
                actions.converse(actor, publisher.id, *about, subject="支架", url="/tasks")
                other = pool.submit(show)
                assert waits_or_ended(other)
        other.result(timeout=10)
    for one, another in ((designer, publisher), (publisher, designer)):
        with acting_for(one) as actor:
            conversation = actions.converse(actor, another.id, *about, subject="支架", url="/tasks")
            assert conversation.contacts_shown
            assert is_participant(conversation.id, one.id)
            assert db.session.scalar(select(func.count()).select_from(Conversation)) == 1


def waits_or_ended(other: "Future[None]") -> bool:
    """Wait until the other transaction waits for ours; one that need not has ended, and what it left is looked at afterwards."""
    locked = text("select count(*) from pg_locks where not granted")
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if other.done() or db.session.scalar(locked):
            return True
        time.sleep(0.01)
    return False


def test_what_is_typed_stays_when_it_is_refused(client_of, acting_for, some_id):
    buyer, supplier = make_organisation(), make_organisation()
    with acting_for(buyer) as actor:
        conversation = actions.converse(actor, supplier.id, "orders", some_id, subject="甲", url="/orders")
    answer = client_of(buyer).post(f"/conversations/{conversation.id}", data={"text": "坏\u202e字"})
    assert answer.status_code == 422 or "控制字符" in answer.text


def test_members_get_mail_and_sms_as_they_chose_and_demo_firms_none(app, acting_for, run_outbox):
    sent: list[str] = []

    class Kept:
        def send(self, phone: str, text: str, **values: str) -> None:
            sent.append(phone)

    before = sms.use_sender(Kept())
    try:
        for demo in (False, True):
            firm = make_organisation(demo=demo)
            make_user(firm, roles=("sales",))
            with acting_for(firm):
                actions.tell(firm.id, "conversation.line", url="/", params={"firm": "甲", "subject": "乙"}, todo=True, roles=("sales",))
            run_outbox()
            assert len(sent) == 2  # the sales person and the administrator of the first firm
    finally:
        sms.use_sender(before)


def test_a_robot_repeats_messages_and_its_refusal_is_shown(app, acting_for, client_of, run_outbox, gateway):
    firm = make_organisation()
    allow = frozenset({f"127.0.0.1:{gateway.port}"})
    app.config["SETTINGS"].__dict__["outgoing_allow"] = f"127.0.0.1:{gateway.port}"
    with acting_for(firm) as actor:
        actions.add_robot(actor, kind="dingtalk", url=f"http://127.0.0.1:{gateway.port}/send?key=1", secret="s", todo_only=False, allow=allow)
        actions.tell(firm.id, "conversation.line", url="/", params={"firm": "甲厂", "subject": "乙件"})
    run_outbox()
    path, body = gateway.taken[0]
    assert "timestamp=" in path
    assert "sign=" in path
    assert "甲厂" in body["markdown"]["text"]
    gateway.answer = (200, b'{"errcode": 310000, "errmsg": "sign not match"}')
    with acting_for(firm):
        actions.tell(firm.id, "conversation.line", url="/", params={"firm": "甲厂", "subject": "丙件"})
    run_outbox()
    app.config["SETTINGS"].__dict__["outgoing_allow"] = ""
    assert "sign not match" in client_of(firm).get("/inbox/settings").text


@pytest.mark.parametrize("secret", ["密钥", "SEC é", "SEC 1", "SEC\n1", "\u202eSEC"])
def test_what_no_vendor_makes_is_no_secret(acting_for, client_of, secret):
    firm = make_organisation()
    with acting_for(firm) as actor, pytest.raises(Refusal, match=r"robot\.secret"):
        actions.add_robot(actor, kind="dingtalk", url="https://oapi.dingtalk.com/robot/send", secret=secret, todo_only=False, allow=frozenset())
    page = client_of(firm).post("/inbox/robots/new", data={"kind": "dingtalk", "url": "https://oapi.dingtalk.com/robot/send", "secret": secret})
    assert page.status_code == 422
    assert "field-error" in page.text


@pytest.mark.parametrize(
    "url", ["http://example.com/x", "https://127.0.0.1/x", "https://localhost/x", "https://user@example.com/", "ftp://example.com/", "https://10.0.0.1/"]
)
def test_a_typed_address_inside_our_network_is_refused(url):
    with pytest.raises(Refusal, match=r"address\.refused"):
        outgoing.post(url, b"{}", {})
