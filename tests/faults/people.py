"""The flows of people: somebody registers by phone and code on the pages, founds a firm, hands in its licence, and is let in by the operator."""

import http.client
import time
from pathlib import Path
from typing import Any

from tests.builders import some_uscc
from tests.faults.client import TRACES, Client, GaveUp
from tests.faults.files import send_file, wait_until_examined
from tests.faults.history import OK, UNKNOWN, History, Operation
from tests.faults.play import Play, mark
from tests.flows.site import Visitor
from tests.flows.story import SCOPES

PATIENCE = 150.0
"""Seconds a person tries to get in: a code may be asked for once a minute."""


class Person(Visitor):
    """Somebody at an address of their own, who notices what no page may show."""

    history: History
    operation: Operation
    address: str

    def open(
        self, path: str, form: dict[str, Any] | None = None, *, headers: dict[str, str] | None = None, body: bytes | None = None, method: str | None = None
    ) -> tuple[int, str]:
        status, text = super().open(path, form, headers={"X-Forwarded-For": self.address, **(headers or {})}, body=body, method=method)
        self.history.answered(self.operation, status, None)
        if any(trace in text for trace in TRACES) or (status >= 500 and status != 503):
            self.history.blame(self.operation, f"{path} answered {status}: {text[:300]}")
        return status, text


def people(play: Play) -> None:
    """Register, found a firm, be certified, and be on the public list."""
    person = _registered(play)
    client, name = Client("newcomer", person, play.history), f"{mark()}机械厂"
    reading = person.operation = play.history.intend("people", "read me")
    said = {"name": name, "region": "610113", "kind": "firm", "uscc": some_uscc(), "industry": "C34", "size": "small"}
    try:
        person.open("/me")
        founded = client.done("people", "found firm", "/organisations", said, mark=name)
        reading.outcome = OK if person.open("/me")[0] == 200 else UNKNOWN
        client.visitor.token = client.done("people", "token", "/tokens", {"name": "流程", "scopes": SCOPES})["token"]
    except (OSError, http.client.HTTPException, AssertionError) as error:
        raise GaveUp(str(error)[:200]) from None
    _certified(play, client, founded["organisation_id"], said)


def _registered(play: Play) -> Person:
    """Register on the pages, from the beginning again where something broke, as a person does."""
    phone = f"13{play.random.randrange(10**8, 10**9)}"
    operation = play.history.intend("people", "register", who=phone, path="/sign-in", mark=f"+86{phone}")
    began = time.monotonic()
    while True:
        person = Person(play.cast.buyer.site)
        person.history, person.operation = play.history, operation
        person.address = f"10.{play.random.randrange(256)}.{play.random.randrange(256)}.{play.random.randrange(1, 255)}"
        try:
            person.sign_in(phone)
            status, _ = person.open("/me")
            if status == 200 and person.last.endswith("/me"):
                operation.outcome, operation.answer = OK, {}
                return person
        except (OSError, http.client.HTTPException, AssertionError):
            pass
        if (waited := time.monotonic() - began) > PATIENCE:
            operation.seconds = waited
            raise GaveUp(f"{phone} did not get in")
        time.sleep(15)


def _certified(play: Play, client: Client, organisation: str, said: dict[str, Any]) -> None:
    sent = send_file(client, "people", licence(play), "licence", "image/png")
    if sent is None:
        return
    if not wait_until_examined(client, "people", sent):
        raise GaveUp("the licence is not looked at yet")
    case = {"legal_name": said["name"], "uscc": said["uscc"], "representative": "示例代表", "contact": "示例联系人", "licence": [sent]}
    operator = play.client("operator")
    first = client.done("people", "hand in blurred licence", "/certification/firm", case)["id"]
    operator.done("people", "give back", f"/operator/certification/{first}/return", {"reason": "blurred", "note": "看不清"}, id=first)
    handed_in = client.done("people", "hand in licence", "/certification/firm", case, mark=organisation)
    operator.done("people", "approve", f"/operator/certification/{handed_in['id']}/approve", {}, id=organisation)
    _joined(play, client)
    guard = play.client("guard")
    guard.done("people", "suspend", f"/operator/organisations/{organisation}/suspend", {"reason": "地址待核实"}, id=organisation)
    client.must_not("people", "act while suspended", "/closures", {"kind": "holiday", "first_on": "2030-10-01", "last_on": "2030-10-02"}, says=403)
    guard.act("people", "restore", f"/operator/organisations/{organisation}/restore", {}, id=organisation)


def _joined(play: Play, client: Client) -> None:
    """Ask a factory to be let in, be let in, get other roles, and be shown out again; ask another firm, and take it back."""
    factory, note = play.client("factory"), mark()
    asked = client.done("people", "ask to join", "/join-requests", {"organisation_id": play.organisations["factory"], "message": note}, mark=note)
    before = _members(factory)
    let_in = {"accept": True, "roles": ["sales"]}
    factory.done("people", "let in", f"/join-requests/{asked['id']}/decision", let_in, id=asked["id"])
    for member in _members(factory) - before:
        factory.act("people", "change roles", f"/members/{member}/roles", {"roles": ["buyer"]}, method="PUT")
        factory.act("people", "suspend member", f"/members/{member}/suspend")
        factory.act("people", "restore member", f"/members/{member}/restore")
        factory.act("people", "show out", f"/members/{member}", method="DELETE", id=member)
    again = client.done("people", "ask once more", "/join-requests", {"organisation_id": play.organisations["buyer"], "message": "请让我加入"})["id"]
    client.act("people", "withdraw request", f"/join-requests/{again}", method="DELETE", id=again)


def _members(factory: Client) -> set[str]:
    return {member["id"] for member in factory.read("people", "/members")["items"]}


def licence(play: Play) -> Path:
    """Return the picture that stands for a licence."""
    return Path(play.folder, "pictures", "licence.png")
