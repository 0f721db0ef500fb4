"""Calling the program as somebody, noting what each call wrote, and putting the world back as it was."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import Engine, event
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from gongchuang.web.application import Application
from tests import builders
from tests.answers import RANDOM
from tests.architecture.isolation.logged import logged
from tests.architecture.isolation.making import World
from tests.architecture.isolation.people import Person
from tests.architecture.isolation.world import make_world
from tests.schema import Wipe

WRITTEN = re.compile(r"\b(?:insert\s+into|update|delete\s+from)\s+(\w+)", re.IGNORECASE)
BYSTANDERS = frozenset({"audit_entries", "audit_heads", "login_sessions", "access_tokens"})
"""What a refused call may write: that it was refused, and that the session was seen."""
UUIDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Forms carry keys that are made anew each time; what else an id would tell is words, and those are compared."""
PASSING = re.compile(
    r"\d+(\.\d+)? ?(ms|毫秒|秒)|\d\d:\d\d(:\d\d(\.\d+)?)?|data-(csrf|now)=\"[^\"]*\"|(RW|XJ|BJ)\d{6}-[0-9A-F]{5}|data:image/[^\"]*|(?:\b[A-Z2-7]{4}[ -]?){4,}"
)
"""What differs between two looks at the same page: times, keys of forms, numbers and secrets made anew."""
READ = frozenset({200, 302, 303, 304})
"""How a page or a list answers whom the rights let pass."""
HEARD = READ | {201, 202, 204, 409, 422}
"""How a change does: it is done, or refused for what was sent or for the state of things, never for who asks."""
OF_THE_MOMENT = frozenset({"Date", "Content-Length"})
"""Headers that name the call or its moment alone; the length must be that of what came, which is compared."""
NONCES = re.compile(r"'nonce-[^']*'|(?<==)[^=;]+(?=; )")
"""What a header has that is new each time: the policy's nonces, a cookie's value."""


@dataclass(frozen=True)
class Call:
    """One request: a route's rule and method, the ids in its path, what goes with it."""

    rule: Rule
    method: str
    path: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    in_person: bool = False
    """Asked of the API with a browser's session, for what no token may do."""

    @property
    def api(self) -> bool:
        return self.rule.rule.startswith("/api/")

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule.endpoint}"

    def address(self) -> str:
        built = self.rule.build({**self.path}, append_unknown=False)
        assert built is not None, self.rule.rule
        return str(built[1])


@dataclass(frozen=True)
class Answer:
    """What came back, and which tables statements tried to write."""

    response: TestResponse
    written: frozenset[str]

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        """What came back, pictures and models too: a canary is found inside them as it stands there."""
        return self.response.get_data().decode(errors="replace")

    @property
    def outcome(self) -> str:
        """`sign in`, `confirm` (prove yourself again), `403`, `404`, or `through`: the rights let it pass, whatever was said about its body."""
        place = self.response.headers.get("Location", "") if self.status in (302, 303) else ""
        if self.status == 401 or place.partition("?")[0] == "/sign-in":
            return "sign in"
        if place.partition("?")[0] == "/confirm":
            return "confirm"
        let = READ if self.response.request.method == "GET" else HEARD
        return "through" if self.status in let else str(self.status)

    def said(self, *ids: object) -> tuple[int, str, tuple[tuple[str, str], ...], int]:
        """Status, text and headers of the answer without what is random in every answer and the ids that were asked for; by how much its length lies."""
        headers = {name: _tidy(NONCES.sub("", value), ids) for name, value in self.response.headers if name not in OF_THE_MOMENT}
        length = self.response.headers.get("Content-Length", type=int, default=len(self.response.data)) - len(self.response.data)
        return self.status, _tidy(self.text, ids), tuple(sorted(headers.items())), length


def _tidy(words: str, ids: tuple[object, ...]) -> str:
    """Return what was said without what two looks at the same thing differ in."""
    words = RANDOM.sub("", words)
    for each in ids:
        words = words.replace(str(each), "the id")
    return PASSING.sub("", UUIDS.sub("the id", words))


class Ground:
    """The world's rows as they were made, and what was written since."""

    def __init__(self, world: World, wipe: Wipe, log: StringIO) -> None:
        self.world, self.wipe, self.log = world, wipe, log
        self.calls = 0
        self._written: set[str] = set()
        self._touched: set[str] = set()
        self.tables = [str(name) for (name,) in wipe.execute("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")]
        wipe.execute("create schema kept")
        for table in self.tables:
            wipe.execute(f"create table kept.{table} as select * from public.{table}")

    @classmethod
    @contextmanager
    def of(cls, app: Application, wipe: Wipe) -> Iterator[Self]:
        """Make the world, and note its log lines and the tables of every writing statement until the block ends; nothing of it is left."""
        builders.use(app)
        with logged() as log:
            made = cls(make_world(app, wipe), wipe, log)
            event.listen(Engine, "before_cursor_execute", made._note)
            try:
                yield made
            finally:
                event.remove(Engine, "before_cursor_execute", made._note)
                wipe.execute("drop schema kept cascade")
                wipe()

    def _note(self, connection: object, cursor: object, statement: str, *rest: object) -> None:
        names = {name.lower() for name in WRITTEN.findall(statement)}
        self._written |= names
        self._touched |= names

    def ask(self, who: Person, call: Call) -> Answer:
        """Make a call. Its rows stay until `restore`."""
        self.calls += 1
        self._written.clear()
        given: dict[str, Any] = {"method": call.method, "query_string": dict(call.query)}
        if call.api and call.method != "GET":
            given |= {"json": call.body or {}, "headers": {"Idempotency-Key": str(uuid4())}}
        elif call.method != "GET":
            given["data"] = {**(call.body or {}), "idempotency_key": str(uuid4())}
        response = who.client(api=call.api and not call.in_person).open(call.address(), **given)
        response.get_data()
        return Answer(response, frozenset(self._written & set(self.tables)))

    @contextmanager
    def put_back(self) -> Iterator[None]:
        """Let a block write; afterwards everything is as it was made."""
        self._touched.clear()
        try:
            yield
        finally:
            self.restore(frozenset(self._touched & set(self.tables)))

    def restore(self, tables: frozenset[str]) -> None:
        """Put the rows of these tables back."""
        for table in tables:
            self.wipe.execute(f"delete from public.{table}; insert into public.{table} select * from kept.{table}")

    def changed(self, tables: frozenset[str]) -> dict[str, list[str]]:
        """Return the rows of these tables that are other than they were made: those gone and those come, as JSON."""
        found = {}
        for table in sorted(tables):
            halves = (f"select * from {one}.{table} except all select * from {other}.{table}" for one, other in (("public", "kept"), ("kept", "public")))
            rows = [str(row) for (row,) in self.wipe.execute(" union all ".join(f"select to_jsonb(t)::text from ({half}) t" for half in halves))]
            if rows:
                found[table] = rows
        return found
