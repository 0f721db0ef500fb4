"""Mail through a real SMTP server: whom it refuses holds nobody up, and one that is away is waited for without writing anybody twice."""

import socket
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import text

from gongchuang.accounts import mail, sms
from gongchuang.actor import Actor
from gongchuang.database import Scope, db, now
from gongchuang.database.unit import transaction
from gongchuang.organisations import membership
from services.messages import actions
from tests.builders import as_the_system, make_organisation, make_user

pytestmark = pytest.mark.usefixtures("app")


class Mailbox:
    """Takes mail, and says no to the addresses it is told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.replies: dict[str, str] = {}

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        assert session.ssl, "not encrypted"
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        subject = str(make_header(decode_header(message_from_bytes(envelope.content)["Subject"])))
        self.taken.extend((address, subject) for address in envelope.rcpt_tos)
        return "250 OK"

    @property
    def addresses(self) -> list[str]:
        return sorted(address for address, _ in self.taken)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The server's, of an authority that this program trusts."""
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return context


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def mailbox(app: Any, free_port: int, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Mailbox, Controller]]:
    """The program told to send by a server of ours, which is started by the test."""
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port, tls_context=certificate, require_starttls=True)
    for name, value in {"backend": "gongchuang.accounts.smtp", "server": "127.0.0.1", "port": free_port, "use_tls": True}.items():
        monkeypatch.setattr(app.extensions["mailman"], name, value)
    yield box, server
    if server.loop.is_running():
        server.stop()


def told(acting_for: Any) -> list[str]:
    """Tell a firm something; return the mail addresses of its two members whom it concerns, in the order in which they are written to."""
    firm = make_organisation()
    members = [make_user(firm, roles=("sales",), email=f"{name}@factory.example") for name in ("jia", "yi")]
    with acting_for(firm):
        actions.tell(firm.id, "conversation.line", url="/", params={"firm": "甲厂", "subject": "轴承座"}, todo=True, roles=("sales",))
    return [str(member.email) for member in sorted(members, key=lambda member: member.id)]


def deliveries(handler: str) -> list[tuple[str, int, str]]:
    query = text("select status, attempts, coalesce(error, '') from outbox_deliveries where handler like :name")
    with as_the_system():
        return [tuple(row) for row in db.session.execute(query, {"name": f"%{handler}"}).all()]


def make_due() -> None:
    with as_the_system():
        db.session.execute(text("update outbox_deliveries set available_at = now() - interval '1 second' where status = 'pending'"))


def test_members_get_mail_over_tls_in_words(acting_for, run_outbox, mailbox):
    box, server = mailbox
    server.start()
    addresses = told(acting_for)
    run_outbox()
    assert box.addresses == sorted(addresses)
    assert {subject for _, subject in box.taken} == {"甲厂 发来消息：轴承座"}


def test_whom_the_server_refuses_holds_nobody_up(acting_for, run_outbox, mailbox):
    box, server = mailbox
    server.start()
    refused, taken = told(acting_for)
    box.replies[refused] = "550 no such person"
    run_outbox()
    assert box.addresses == [taken]
    assert deliveries("write_to_people") == [("done", 1, "")]


def test_a_server_that_is_away_is_waited_for_as_long_as_it_takes(acting_for, run_outbox, mailbox):
    box, server = mailbox
    addresses = told(acting_for)
    for _ in range(10):
        run_outbox()
        make_due()
    ((status, attempts, error),) = deliveries("write_to_people")
    assert (status, attempts) == ("pending", 0)
    assert "ConnectionRefusedError" in error
    server.start()
    run_outbox()
    assert box.addresses == sorted(addresses)


def test_a_server_that_goes_away_half_way_repeats_a_few_times_only(acting_for, run_outbox, mailbox):
    box, server = mailbox
    server.start()
    first, second = told(acting_for)
    box.replies[second] = "451 come back later"
    for _ in range(10):
        run_outbox()
        make_due()
    assert box.addresses == [first] * 8
    ((status, attempts, _),) = deliveries("write_to_people")
    assert (status, attempts) == ("parked", 8)


def test_an_sms_gateway_that_is_away_repeats_no_mail(acting_for, run_outbox, mailbox):
    box, server = mailbox
    server.start()
    before = sms.use_sender(sms.WebhookSender("http://127.0.0.1:9/", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    try:
        addresses = told(acting_for)
        for _ in range(3):
            run_outbox()
            make_due()
    finally:
        sms.use_sender(before)
    assert box.addresses == sorted(addresses)
    assert [row[:2] for row in deliveries("text_people")] == [("pending", 0)]


def test_who_asked_to_join_reads_the_answer_in_their_language(app, acting_for, run_outbox, mailbox):
    box, server = mailbox
    firm, person = make_organisation(verified=True), make_user(email="jia@factory.example", language="en")
    with app.app_context(), transaction(Scope(user_id=person.id)):
        request = membership.ask_to_join(Actor(user_id=person.id), person, firm, "")
    with acting_for(firm) as administrator:
        membership.decide_join(administrator, db.session.merge(request), now(), accept=False)
    run_outbox()
    assert [row[:2] for row in deliveries("write_to_requester")] == [("pending", 0)]
    server.start()
    make_due()
    run_outbox()
    assert box.taken == [("jia@factory.example", f"{firm.name} declined your request to join. You can talk to its administrator and ask again.")]


@pytest.mark.parametrize(("reply", "kind"), [("550 no", sms.NotSent), ("451 later", sms.GatewayUnavailable)])
def test_a_refusal_for_good_is_told_from_one_for_now(app, mailbox, reply, kind):
    box, server = mailbox
    server.start()
    box.replies["jia@factory.example"] = reply
    with app.app_context(), pytest.raises(kind):
        mail.send("jia@factory.example", "标题", "正文")


@pytest.mark.parametrize(("host", "authority"), [("localhost", "the server's"), ("127.0.0.1", "another")])
def test_a_server_that_is_another_gets_no_mail(app, mailbox, monkeypatch, tmp_path, host, authority):
    box, server = mailbox
    server.start()
    if authority == "another":
        trustme.CA().cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setattr(app.extensions["mailman"], "server", host)
    with app.app_context(), pytest.raises(sms.GatewayUnavailable, match="SSLCertVerificationError"):
        mail.send("jia@factory.example", "标题", "正文")
    assert not box.taken
