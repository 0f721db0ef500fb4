"""Comparing answers: what a page says, without what is random in every answer."""

import re
from uuid import uuid4

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

RANDOM = re.compile(r'nonce="[^"]*"|name="csrf_token" value="[^"]*"|name="idempotency_key" value="[^"]*"|[0-9a-f]{32}|<p class="demo-ribbon">.*?</p>')
"""Also the line that says whether the demo stands: it is asked once a minute, so it may come or go between two answers."""


def said(answer: TestResponse) -> tuple[int, str]:
    """Status and text of an answer, nonces, tokens and request ids left out."""
    return answer.status_code, RANDOM.sub("", answer.text)


def report_and_take_down(stranger: FlaskClient, operator: FlaskClient, path: str) -> None:
    """A stranger reports something published on its page; an operator of the place takes it down with a reason."""
    assert "举报" in stranger.get(path).text
    kind, object_id = path.strip("/").split("/")
    form = {"reason": "false", "note": "与实物不符", "idempotency_key": str(uuid4())}
    reported = stranger.post(f"/report/{kind.removesuffix('s')}/{object_id}", data=form)
    assert reported.status_code == 303, reported.text
    found = re.search(r"/operator/reports/([0-9a-f-]{36})", operator.get("/operator/reports").text)
    assert found
    decided = operator.post(f"/operator/reports/{found[1]}/take-down", data={"reason": "false", "note": "照片与实地核查不符"})
    assert decided.status_code == 303, decided.text
