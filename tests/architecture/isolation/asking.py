"""What is asked in a query: ids, words and places in lists, by the names that a route reads and by no others, for a strict list refuses those."""

import ast
import base64
import html
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule

from gongchuang.pages import page_of
from gongchuang.web.application import Application
from search.documents.fields import FIELDS
from services.operators.queries import chains_of, entries_of
from tests.architecture.isolation.calls import Answer, Call, Ground
from tests.architecture.isolation.canary import mark, marks_in
from tests.architecture.isolation.expected import expected
from tests.architecture.isolation.people import Person
from tests.architecture.isolation.readers import Readers
from tests.architecture.isolation.routes import asked_for, routes
from tests.architecture.source import modules
from tests.rounds import rounds

IDS_ASKED = {"machine": "machine", "offer": "offer", "copy": "quote", "quote": "quote", "draft_key": "draft"}
"""Query fields that take an id, and of what."""

WORDS_ASKED = {"q": "words", "cursor": "a place in a list", "before": "a place in a chain", "next": "a path of this site"}

PLAIN_ASKED = frozenset({"envelope", "field", "kind", "live", "more", "page", "quantity", "region", "sort", "state", "status", "tab", "tax", "unit", *FIELDS})
"""Query fields that take a word of a list, a figure, or nothing."""

OPENERS = {"tab": "notices", "state": "decided"}
"""What is asked of a page so that it reads the rest of its query too."""

PLACES = ("cursor", "before")
"""Query fields that name a place in a list."""
PROBERS = ("own/admin", "stranger/admin", "operator/operations", "operator/security", "operator/audit")
GIVERS = ("own/admin", "counterparty/admin", "stranger/admin", "operator/operations", "operator/security", "operator/audit")
"""Whose places in their own lists are handed on."""
NEXT = re.compile(r"[?&](?:cursor|before)=([^\"&#]+)")


def fields_asked(app: Application) -> set[str]:
    """Return every name by which a view reads the query, off the source and the API's document."""
    found: set[str] = {name for names in documented(app).values() for name in names}
    for tree in modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in ("request.args", "request.values"):
                found |= {each.value for each in node.args[:1] if isinstance(each, ast.Constant) and isinstance(each.value, str)}
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("request.args", "request.values") and isinstance(node.slice, ast.Constant):
                found.add(str(node.slice.value))
            elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]) == "request.args" and isinstance(node.left, ast.Constant):
                found.add(str(node.left.value))
    return found


def documented(app: Application) -> dict[str, frozenset[str]]:
    """Return the query fields that the API's document gives each path; those of a list may stand nowhere else."""
    document = app.test_client().get("/api/openapi.json").json or {}
    return {
        path: frozenset(each["name"] for each in operations["get"].get("parameters", ()) if each["in"] == "query")
        for path, operations in document["paths"].items()
        if "get" in operations
    }


@contextmanager
def noted(app: Application) -> Iterator[set[str]]:
    """Note every name by which a view reads its query, helpers it calls included."""
    names: set[str] = set()

    class Noted(ImmutableMultiDict[str, str]):
        def __getitem__(self, key: str) -> str:
            names.add(key)
            return super().__getitem__(key)

        def __contains__(self, key: object) -> bool:
            names.add(str(key))
            return super().__contains__(key)

        def getlist(self, key: str, *given: Any, **named: Any) -> list[Any]:
            names.add(key)
            found: list[Any] = super().getlist(key, *given, **named)
            return found

    before = app.request_class.parameter_storage_class
    app.request_class.parameter_storage_class = Noted
    try:
        yield names
    finally:
        app.request_class.parameter_storage_class = before


@contextmanager
def one_row_a_page() -> Iterator[None]:
    """Lists of one row a page, so that the few rows of the world have places between them."""
    functions: tuple[Any, ...] = (page_of, entries_of, chains_of)
    before = [each.__defaults__ for each in functions]
    for each in functions:
        each.__defaults__ = (*each.__defaults__[:-1], 1)
    try:
        yield
    finally:
        for each, values in zip(functions, before, strict=True):
            each.__defaults__ = values


@dataclass
class Asking:
    """Asks every reading route for others' things in its query, and for nothing's, and compares."""

    ground: Ground
    readers: Readers
    wrong: list[str] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)
    """How often each query field was sent."""
    given: dict[str, int] = field(default_factory=dict)
    """How many real places each list gave out."""

    @cached_property
    def reads(self) -> list[tuple[Rule, frozenset[str]]]:
        """The query fields of each reading route: what the API documents, and what a page was seen to read."""
        app, found = self.ground.world.app, list[tuple[Rule, frozenset[str]]]()
        written = documented(app)
        for rule, method in routes(app):
            if method != "GET" or rule.rule.startswith(("/static", "/store", "/language", "/healthz", "/readyz")):
                continue
            names: set[str] = set()
            for who in (self.ground.world.people[name] for name in PROBERS):
                path = self._path(rule, who)
                if path is not None:
                    with noted(app) as seen:
                        self._ask(who, Call(rule, "GET", path, query={} if rule.rule.startswith("/api/") else OPENERS))
                    names |= seen
            if rule.rule.startswith("/api/"):
                allowed = written.get(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), frozenset())
                if names - allowed:
                    self.wrong.append(f"{rule.rule} reads {sorted(names - allowed)}, which its document does not name")
                names = set(allowed)
            found.append((rule, frozenset(names)))
        return found

    def _path(self, rule: Rule, who: Person) -> dict[str, Any] | None:
        """Return the first path at which the map lets somebody through, None where there is none."""
        actor, app = who.actor(api=rule.rule.startswith("/api/")), self.ground.world.app
        return next((path for path in asked_for(self.ground.world, rule) if expected(app, actor, Call(rule, "GET", path)) in ("through", "public")), None)

    def _ask(self, who: Person, call: Call) -> Answer:
        answer = self.ground.ask(who, call)
        self.ground.restore(answer.written)
        for name in call.query:
            self.asked[name] = self.asked.get(name, 0) + 1
        return answer

    # Ids and words

    def ask_lists(self, people: list[Person]) -> None:
        """Ask each route by each id and word that it reads, one by one."""
        for who in people:
            theirs, nothing = self._questions(who)
            for rule, names in self.reads:
                path = self._path(rule, who)
                for name in sorted(names & set(theirs)) if path is not None else ():
                    self._compare(who, rule, path or {}, name, [theirs[name], nothing[name]])

    def _compare(self, who: Person, rule: Rule, path: dict[str, Any], name: str, values: list[Any]) -> None:
        answers = []
        for value in values:
            call = Call(rule, "GET", path, query={name: value})
            answer = self._ask(who, call)
            leaked = marks_in(answer.text) - marks_in(str(value)) - self.readers.of(who, api=call.api)
            if leaked or answer.status >= 500:
                self.wrong.append(f"{who.name} {call.name} {name}: {answer.status} shows {[sorted(self.readers.places[each]) for each in leaked]}")
            answers.append(answer.said(value, str(value).replace("-", "%2D")))
        if answers[0] != answers[1]:
            self.wrong.append(f"{who.name} GET {rule.endpoint} {name}: tells another's from nothing")

    def _questions(self, who: Person) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what is asked about others, and the same about nothing."""
        theirs: dict[str, Any] = {}
        for name, kind in IDS_ASKED.items():
            hidden = [found for found in self.ground.world.of_kind(kind).values() if self.readers.table_of(found) and not self.readers.sees(who, found)]
            if kind == "draft":
                not_own = who.organisation.id if who.organisation else uuid4()
                theirs[name] = next(iter(self.ground.wipe.execute("select draft_key from orders where organisation_id <> %s", not_own)), (uuid4(),))[0]
            elif hidden:
                theirs[name] = hidden[0]
        unseen = sorted(set(self.readers.places) - self.readers.of(who, api=False) - self.readers.never)
        theirs["q"] = unseen[len(unseen) // 2]
        return theirs, {name: mark() if name == "q" else uuid4() for name in theirs}

    # Places in lists

    def turn_pages(self, people: list[Person]) -> None:
        """Go to the places that others' lists gave them, and to places made up of ids of nobody."""
        for rule, name in [(rule, name) for rule, names in self.reads for name in PLACES if name in names]:
            with one_row_a_page():
                places = {place for giver in GIVERS for place in self._places_of(self.ground.world.people[giver], rule, name)}
            self.given[rule.rule] = len(places)
            for who in people:
                self._go(who, rule, name, sorted(places))

    def _places_of(self, giver: Person, rule: Rule, name: str) -> Iterator[str]:
        """Yield the places between the rows of somebody's own list, read off its answers."""
        path = self._path(rule, giver)
        place: str | None = ""
        for _ in range(rounds(2, 30) if path is not None else 0):
            answer = self._ask(giver, Call(rule, "GET", path or {}, query=self._query(rule, name, place) if place else self._query(rule)))
            place = _next(answer)
            if not place:
                return
            yield place

    @staticmethod
    def _query(rule: Rule, name: str = "", place: str | None = None) -> dict[str, Any]:
        opened = {"tab": "notices"} if "messages" in rule.rule or "inbox" in rule.rule else {}
        return {**opened, name: place} if name else {**opened}

    def _go(self, who: Person, rule: Rule, name: str, places: list[str]) -> None:
        path = self._path(rule, who)
        if path is None:
            return
        first = self._ask(who, Call(rule, "GET", path, query=self._query(rule)))
        for place in [*places, *([] if name == "before" else made_up())]:
            answer = self._ask(who, Call(rule, "GET", path, query=self._query(rule, name, place)))
            leaked = marks_in(answer.text) - self.readers.of(who, api=rule.rule.startswith("/api/"))
            if leaked or answer.status >= 500:
                self.wrong.append(f"{who.name} {rule.rule} {name} {place}: {answer.status} {[sorted(self.readers.places[each]) for each in leaked]}")
            if place in places and answer.status != first.status:
                self.wrong.append(f"{who.name} {rule.rule} {name}: a real place answers {answer.status}, the list {first.status}")


def _next(answer: Answer) -> str | None:
    """Return the place of the next page as the answer names it."""
    said = answer.response.json if answer.response.is_json else None
    if isinstance(said, dict):
        following = said.get("next_cursor") or said.get("next_before")
        return None if following is None else str(following)
    linked = NEXT.search(html.unescape(answer.text))
    return unquote(linked[1]) if linked else None


def made_up() -> Iterator[str]:
    """Yield places that no list gave: before everything, after everything, and with a moment or a figure in front."""
    last = "ffffffff-ffff-7fff-bfff-ffffffffffff"
    every = ([last], ["2100-01-01T00:00:00+00:00", last], [0, last], ["0" * 8 + last[8:]])
    for values in every[: rounds(2, 4)]:
        yield base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


__all__ = ["Asking", "documented"]
