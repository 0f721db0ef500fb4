"""Every column's name sent to every route that writes: none of them reaches a row by being named."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ARRAY, Boolean, Date, DateTime, Float, Integer, Uuid
from werkzeug.routing import Rule

from gongchuang.database import ddl
from gongchuang.web.forms import Form
from tests.architecture.isolation.calls import Call, Ground
from tests.architecture.isolation.cases import CASES
from tests.architecture.isolation.routes import body_of, routes, things

UNSEEN = frozenset({"audit_entries", "audit_heads", "idempotency_keys"})
"""Rows that hold digests of the request itself."""
POISON = "2031-03-03"
MADE = re.compile(rf"(?!{POISON})\d{{4}}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\"]*|[0-9a-f]{{64}}|[0-9a-f]{{32}}|\$argon2id[^\"]*")
"""Moments, digests and salted hashes, which differ from one call to the next."""


def poison(column: Any) -> Any:
    """Return a value of a column's own type that stands nowhere."""
    kind = column.type
    if isinstance(kind, ARRAY):
        return ["poison"]
    for types, value in (((Boolean,), True), ((Integer, Float), 7_777_777), ((Date,), POISON), ((DateTime,), f"{POISON}T03:03:03Z")):
        if isinstance(kind, types):
            return value
    return "poison"


def columns(owner: str) -> dict[str, Any]:
    """Return every column's name of every table with a value for it; ids are those of a real organisation, another's."""
    found: dict[str, Any] = {}
    for model in ddl.models().values():
        for column in model.__table__.columns:
            found[column.name] = owner if isinstance(column.type, Uuid) else poison(column)
    return found | {"status": "verified", "roles": ["admin"], "duties": ["security"], "verified": True}


@dataclass
class Surplus:
    """Sends each change as it is meant, and again with everything else one could name, and compares the rows."""

    ground: Ground
    wrong: list[str] = field(default_factory=list)
    asked: int = 0
    _fields: set[str] = field(default_factory=set)

    @contextmanager
    def forms_noted(self) -> Iterator[None]:
        """Note the fields of every form that a view makes: they are meant to be sent."""
        before = Form.__init__

        def noting(form: Form, *args: Any, **values: Any) -> None:
            before(form, *args, **values)
            self._fields.update(form._fields)

        Form.__init__ = noting  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            Form.__init__ = before  # type: ignore[method-assign]

    def run(self) -> None:
        schemas = self.ground.world.app.test_client().get("/api/openapi.json").json
        assert schemas is not None
        with self.forms_noted():
            for rule, method in routes(self.ground.world.app):
                if method != "GET" and not CASES[rule.endpoint].unproven:
                    self._route(rule, method, self._schema(schemas, rule, method))

    @staticmethod
    def _schema(documented: dict[str, Any], rule: Rule, method: str) -> set[str] | None:
        """Return the fields that an API route takes, None where it takes no body."""
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        operation = documented["paths"].get(path, {}).get(method.lower(), {})
        if "requestBody" not in operation:
            return None
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        return set(documented["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]["properties"])

    def _route(self, rule: Rule, method: str, taken: set[str] | None) -> None:
        self.asked += 1
        case, world = CASES[rule.endpoint], self.ground.world
        path, body = things(world, rule, case), body_of(world, rule, method, {}) or {}
        self._fields.clear()
        plain = self._rows(Call(rule, method, path, body))
        meant = set(body) | (taken or set()) | (set() if rule.rule.startswith("/api/") else self._fields)
        more = {name: value for name, value in columns(str(world.ids["organisation.stranger"])).items() if name not in meant}
        if taken is None:
            self._compare(f"{method} {rule.rule}", plain, self._rows(Call(rule, method, path, {**body, **more})))
        else:
            self._refused(Call(rule, method, path, {**body, **more}), set(more))

    def _rows(self, call: Call) -> Counter[str]:
        """Return what a call leaves in the tables, what is made anew each time left out."""
        answer = self.ground.ask(self.ground.world.people[CASES[call.rule.endpoint].who], call)
        rows = [f"{table} {row}" for table, found in self.ground.changed(answer.written - UNSEEN).items() for row in found]
        self.ground.restore(answer.written)
        known = {str(each) for each in self.ground.world.ids.values()}
        return Counter(_tidy(row, known) for row in rows)

    def _compare(self, name: str, plain: Counter[str], more: Counter[str]) -> None:
        for row in [*(plain - more), *(more - plain)]:
            self.wrong.append(f"{name}: {row[:600]}")

    def _refused(self, call: Call, more: set[str]) -> None:
        who = self.ground.world.people[CASES[call.rule.endpoint].who]
        answer = self.ground.ask(who, call)
        named = {error["field"].split(".")[-1] for error in (answer.response.json or {}).get("errors", ())}
        if answer.status != 422 or more - named:
            self.wrong.append(f"{call.name}: {answer.status}, says nothing of {sorted(more - named)[:10]}")
        if self.ground.changed(answer.written - UNSEEN):
            self.wrong.append(f"{call.name}: wrote {sorted(answer.written)}")
        self.ground.restore(answer.written)


UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _tidy(row: str, known: set[str]) -> str:
    """Return a row without moments, digests and new ids."""
    table, _, values = row.partition(" ")
    kept = {name: value for name, value in json.loads(values).items() if name not in ("sequence", "token_digest", "code_digest")}
    return f"{table} " + UUIDS.sub(
        lambda found: found[0] if found[0] in known else "new", MADE.sub("then", json.dumps(kept, ensure_ascii=False, sort_keys=True))
    )


__all__ = ["Surplus", "columns"]
