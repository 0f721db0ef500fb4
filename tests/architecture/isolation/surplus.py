"""Every column's name sent to every route that writes: none of them reaches a row by being named."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ARRAY, Boolean, Date, DateTime, Float, Integer, Uuid
from werkzeug.routing import Rule
from wtforms import FieldList, FormField

from gongchuang.database import ddl
from gongchuang.web.forms import Form
from tests.architecture.isolation.calls import Answer, Call, Ground
from tests.architecture.isolation.cases import CASES, NOBODY
from tests.architecture.isolation.routes import body_of, filled, routes, things

UNPROVEN: dict[str, dict[str, Any]] = {
    "accounts.sign_in": {"address": "@phone"},
    "accounts.password": {"address": "@phone", "password": "correct-horse-9-battery"},
    "accounts_api.change": {"name": "新名字", "language": "zh", "marketing": True},
    "accounts_api.make_token": {"name": "报表", "scopes": ["order:see"], "days": 30},
}
"""What is sent where no success is asked for elsewhere: as far as one gets without a code from somebody's device, nothing is written by being named."""
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
    return found | {"status": "suspended", "roles": ["admin"], "duties": ["security"], "verified": True}


NUMBERED = re.compile(r"\w+?_\d+_")
"""How a form names the fields of its rows: `parts_0_name`."""


def objects(body: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """Yield every object of a body with its place, the body itself first; of a list of objects the first."""
    if isinstance(body, Mapping):
        yield place, body
        for name, inner in body.items():
            yield from objects(inner, (*place, name))
    elif isinstance(body, list):
        yield from objects(body[0] if body else None, (*place, 0))


def with_more(body: Mapping[str, Any], place: tuple[str | int, ...], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a body with more fields in the object at one place of it."""
    copied: Any = deepcopy(dict(body))
    inner = copied
    for step in place:
        inner = inner[step]
    inner.update(more)
    return dict(copied)


def _leaves(form: Any) -> Iterator[Any]:
    """Yield every field of a form, those of its rows in place of the rows."""
    for each in form:
        if isinstance(each, FieldList | FormField):
            yield from _leaves(each)
        else:
            yield each


@dataclass
class Fields:
    """What an API route takes, as its document says."""

    schemas: dict[str, Any]
    schema: dict[str, Any]

    @classmethod
    def of(cls, document: dict[str, Any], rule: Rule, method: str) -> "Fields | None":
        """Return the fields of a route's body, None where it takes none."""
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        operation = document["paths"].get(path, {}).get(method.lower(), {})
        if "requestBody" not in operation:
            return None
        return cls(document["components"]["schemas"], operation["requestBody"]["content"]["application/json"]["schema"])

    def at(self, place: tuple[str | int, ...]) -> set[str] | None:
        """Return the names that the object at a place may have, None where its names are codes of a list and no fields."""
        schema = self._plain(self.schema)
        for step in place:
            schema = self._plain(schema["items"] if isinstance(step, int) else schema["properties"][step])
        return set(schema["properties"]) if "properties" in schema else None

    def _plain(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return what a schema refers to, or the one of several that is not nothing."""
        if "$ref" in schema:
            return self._plain(self.schemas[schema["$ref"].rsplit("/", 1)[1]])
        if "anyOf" in schema:
            return self._plain(next(each for each in schema["anyOf"] if each.get("type") != "null"))
        return schema


@dataclass
class Surplus:
    """Sends each change as it is meant, and again with everything else one could name, and compares the rows."""

    ground: Ground
    wrong: list[str] = field(default_factory=list)
    asked: int = 0
    places: int = 0
    """How many objects inside what is sent were given more fields."""
    _fields: set[str] = field(default_factory=set)

    @contextmanager
    def forms_noted(self) -> Iterator[None]:
        """Note the fields of every form that a view makes: they are meant to be sent."""
        before = Form.__init__

        def noting(form: Form, *args: Any, **values: Any) -> None:
            before(form, *args, **values)
            self._fields.update(each.name for each in _leaves(form))

        Form.__init__ = noting  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            Form.__init__ = before  # type: ignore[method-assign]

    def run(self) -> None:
        document = self.ground.world.app.test_client().get("/api/openapi.json").json
        assert document is not None
        with self.forms_noted():
            for rule, method in routes(self.ground.world.app):
                if method != "GET":
                    self._route(rule, method, Fields.of(document, rule, method))

    def _route(self, rule: Rule, method: str, taken: "Fields | None") -> None:
        self.asked += 1
        case, world = CASES[rule.endpoint], self.ground.world
        path, body = things(world, rule, case), filled(world, UNPROVEN.get(rule.endpoint)) or body_of(world, rule, method, {}) or {}
        every = columns(str(world.ids["organisation.stranger"]))
        if taken is not None:
            for place, inner in objects(body):
                if (may := taken.at(place)) is None:
                    continue
                more = {name: value for name, value in every.items() if name not in inner and name not in may}
                self.places += bool(place)
                self._refused(Call(rule, method, path, with_more(body, place, more)), {".".join(map(str, (*place, name))) for name in more})
            return
        self._fields.clear()
        plain = self._rows(Call(rule, method, path, body))
        meant = set(body) | (set() if rule.rule.startswith("/api/") else self._fields)
        fronts = {"", *(front[0] for name in meant if (front := NUMBERED.match(name)))}
        self.places += len(fronts) - 1
        more = {front + name: value for front in fronts for name, value in every.items() if front + name not in meant}
        self._compare(f"{method} {rule.rule}", plain, self._rows(Call(rule, method, path, {**body, **more})))

    def _ask(self, call: Call) -> Answer:
        """Ask as whom the route is meant for: nobody where one signs in, and by a session what no token may do."""
        case = CASES[call.rule.endpoint]
        return self.ground.ask(self.ground.world.people["anonymous" if case.unproven == NOBODY else case.who], replace(call, in_person=bool(case.unproven)))

    def _rows(self, call: Call) -> Counter[str]:
        """Return what a call leaves in the tables, what is made anew each time left out."""
        answer = self._ask(call)
        rows = [f"{table} {row}" for table, found in self.ground.changed(answer.written - UNSEEN).items() for row in found]
        self.ground.restore(answer.written)
        known = {str(each) for each in self.ground.world.ids.values()}
        return Counter(_tidy(row, known) for row in rows)

    def _compare(self, name: str, plain: Counter[str], more: Counter[str]) -> None:
        for row in [*(plain - more), *(more - plain)]:
            self.wrong.append(f"{name}: {row[:600]}")

    def _refused(self, call: Call, more: set[str]) -> None:
        answer = self._ask(call)
        named = {error["field"] for error in (answer.response.json or {}).get("errors", ())}
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
