"""Whoever registers writes nothing but a name and a consent, whatever else is named on the way."""

import json
import re
from uuid import uuid4

from gongchuang.accounts import sms
from tests.architecture.isolation.surplus import columns

TABLES = ("users", "memberships", "organisations", "access_tokens", "passkeys")
NEW_EACH_TIME = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|(?!2031-03-03)\d{4}-\d\d-\d\dT[^\"]*|\+861\d{10}")


class Phone:
    """A sender that keeps the code of the last message."""

    code = ""

    def send(self, phone: str, text: str, **values: str) -> None:
        self.code = values["code"]


def _registered(app, wipe, address: str, more: dict[str, object]) -> list[str]:
    """Register by a code and return the rows that come of it, without what is new each time."""
    kept, client = Phone(), app.test_client()
    before = sms.use_sender(kept)
    meant = {"address", "code", "trusted", "name", "privacy", "marketing"}
    named = {name: value for name, value in more.items() if name not in meant}
    try:
        client.post("/sign-in", data={**named, "address": address})
        assert client.post("/sign-in/code", data={**named, "code": kept.code}).location == "/sign-in/register"
        assert client.post("/sign-in/register", data={**named, "name": "王建国", "privacy": "y"}).location == "/welcome"
    finally:
        sms.use_sender(before)
    rows = [(table, row) for table in TABLES for (row,) in wipe.execute(f"select to_jsonb(t) from {table} t")]
    wipe()
    return [f"{table} {NEW_EACH_TIME.sub('new', json.dumps(row, sort_keys=True))}" for table, row in rows]


def test_no_column_is_written_by_being_named_at_registering(app, wipe):
    plain = _registered(app, wipe, "13800000001", {})
    assert len(plain) == 1
    assert _registered(app, wipe, "13800000002", columns(str(uuid4()))) == plain
