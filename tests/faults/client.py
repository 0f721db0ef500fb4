"""A client as a careful programmer writes it: one key for each intent, patience, and the same request again until there is an answer."""

import http.client
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.faults.history import OK, REFUSED, UNKNOWN, History, Operation
from tests.flows.site import Visitor

PATIENCE = 20.0
"""Seconds for one answer; the site's own time-outs are shorter."""
GIVES_UP = 75.0
AGAIN = frozenset({None, 429, 503})
"""Not answered, asked to come later, or out of order: the same request may be sent again."""
CONTESTED = frozenset({"award quote", "award bid", "quote", "cancel order", "withdraw quote"})
"""What somebody else may have been faster with: a 409 is honest there. Any other refusal means that a right request, a session, a right or a thing was lost."""
TRACES = ("Traceback", "psycopg", "sqlalchemy", "urllib3", "redis.exceptions", "elastic_transport")


class GaveUp(Exception):
    """No answer that means anything came in time."""


@dataclass
class Client:
    """One organisation's program. Every call is written down before it is sent and after it was answered."""

    name: str
    visitor: Visitor
    history: History

    def act(self, flow: str, what: str, path: str, body: Any = None, *, method: str = "POST", **told: Any) -> Operation:
        """Do one thing; return how it ended. What stays unknown was sent until patience ended."""
        operation = self.history.intend(flow, what, who=self.name, method=method, path=path, **told)
        key, began = uuid4().hex, time.monotonic()
        while True:
            status, answer = self.send(operation, method, path, body, key)
            if status not in AGAIN:
                operation.outcome = OK if status is not None and status < 400 else REFUSED
                operation.answer = answer
                break
            if time.monotonic() - began > GIVES_UP:
                operation.outcome = UNKNOWN
                break
            time.sleep(0.4)
        operation.seconds = time.monotonic() - began
        return operation

    def done(self, flow: str, what: str, path: str, body: Any = None, *, method: str = "POST", **told: Any) -> Any:
        """Do one thing whose refusal would end the flow; return the answer."""
        operation = self.act(flow, what, path, body, method=method, **told)
        if operation.outcome != OK:
            raise GaveUp(f"{what}: {operation.status} {operation.answer}")
        return operation.answer

    def must_not(self, flow: str, what: str, path: str, body: Any = None, *, says: int) -> None:
        """Try what nobody may let this organisation do now: `ok` means that it was refused with the status it should be. Any success is a leak."""
        operation = self.history.intend(flow, what, who=self.name, path=path)
        status, text = self._ask("POST", path, body, uuid4().hex)
        self.history.answered(operation, status, _json(text))
        if status == says:
            operation.outcome = OK
        elif (status is not None and status not in AGAIN) or self.history.must_succeed(operation):
            self.history.blame(operation, f"answered {status} instead of {says}: {text[:300]}")

    def read(self, flow: str, path: str) -> Any:
        """Read something through the API."""
        return self.done(flow, f"read {path.split('?', maxsplit=1)[0].rstrip('/').split('/')[1]}", path, method="GET")

    def send(self, operation: Operation, method: str, path: str, body: Any, key: str) -> tuple[int | None, Any]:
        status, text = self._ask(method, path, body, key)
        if method == "DELETE" and status == 404 and operation.unheard:
            status, text = 204, ""  # gone, as was asked for
        self._judge(operation, status, text)
        answer = _json(text)
        self.history.answered(operation, status, answer)
        return status, answer

    def _ask(self, method: str, path: str, body: Any, key: str) -> tuple[int | None, str]:
        headers = {**self._identity(), "Content-Type": "application/json", "Idempotency-Key": key, "Accept-Language": "zh-CN"}
        data = None if method == "GET" else json.dumps(body if body is not None else {}).encode()
        return fetch(urllib.request.Request(f"{self.visitor.site.address}/api/v1{path}", data=data, headers=headers, method=method))

    def _identity(self) -> dict[str, str]:
        """A program shows its token; a page shows its cookies and the word that it is our page."""
        if self.visitor.token:
            return {"Authorization": f"Bearer {self.visitor.token}"}
        return {"X-CSRFToken": self.visitor.csrf(), "Cookie": "; ".join(f"{each.name}={each.value}" for each in self.visitor.jar)}

    def _judge(self, operation: Operation, status: int | None, text: str) -> None:
        """Blame what a client must never see: a 500, a trace, an error that says nothing, an answer that is none, silence where nothing it needs is broken."""
        if status is None:
            if self.history.must_succeed(operation):
                self.history.blame(operation, f"no whole answer within {PATIENCE:.0f} s of what needs nothing that is broken")
            return
        if any(trace in text for trace in TRACES):
            self.history.blame(operation, f"{status} shows a trace: {text[:300]}")
        elif status >= 400 and status not in AGAIN and not (status == 409 and operation.what in CONTESTED):
            self.history.blame(operation, f"answered {status}: {text[:300]}")
        elif status == 503 and self.history.must_succeed(operation):
            self.history.blame(operation, f"503 for what needs nothing that is broken: {text[:300]}")
        elif status >= 400 and not (isinstance(said := _json(text), dict) and said.get("detail")):
            self.history.blame(operation, f"{status} does not say what to do: {text[:300]}")


def fetch(asked: urllib.request.Request, seconds: float = PATIENCE) -> tuple[int | None, str]:
    """Return status and text, or None where no whole answer came in time."""
    try:
        with urllib.request.urlopen(asked, timeout=seconds) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        try:
            return error.code, error.read().decode()
        except (OSError, http.client.HTTPException):
            return None, ""
    except (OSError, http.client.HTTPException):
        return None, ""


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text[:500]
