"""Ids beside the path's: in bodies at any depth, in forms, in queries, in cursors. Leaks in the wild came through the second id."""

import ast
import base64
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from werkzeug.routing import Rule

from search.documents.fields import FIELDS
from tests.architecture.isolation.calls import Call, Ground
from tests.architecture.isolation.canary import mark, marks_in
from tests.architecture.isolation.cases import CASES
from tests.architecture.isolation.people import Person
from tests.architecture.isolation.readers import Readers
from tests.architecture.isolation.routes import body_of, ids_in, kind_of, routes, slots, things, words_of
from tests.architecture.source import modules
from tests.rounds import SOAK

IDS_ASKED = {"machine": "machine", "offer": "offer", "copy": "quote", "quote": "quote", "draft_key": "draft", "organisation": "organisation", "id": "machine"}
"""Query fields that take an id, and of what."""

WORDS_ASKED = {"q": "words", "cursor": "a place in a list", "before": "a place in a chain", "next": "a path of this site"}

PLAIN_ASKED = frozenset({"field", "kind", "live", "more", "page", "region", "state", "status", "tab", "tax", "unit", *FIELDS})
"""Query fields that take a word of a list, a figure, or nothing."""

OWNED = frozenset({"machines", "file_revisions", "files"})
"""Another's row of these may stand in nothing of one's own, even where it may be seen."""


def fields_asked() -> set[str]:
    """Return every name by which a view reads the query, off the source and the API's schemas."""
    found: set[str] = set()
    for tree in modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in ("request.args", "request.values"):
                found |= {each.value for each in node.args[:1] if isinstance(each, ast.Constant) and isinstance(each.value, str)}
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("request.args", "request.values") and isinstance(node.slice, ast.Constant):
                found.add(str(node.slice.value))
            elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]) == "request.args" and isinstance(node.left, ast.Constant):
                found.add(str(node.left.value))
    return found


@dataclass
class Second:
    """Swaps every second id for another's and for one of nothing, and compares."""

    ground: Ground
    readers: Readers
    wrong: list[str] = field(default_factory=list)
    asked: int = 0

    def others(self, who: Person, name: str) -> Iterator[UUID]:
        """Yield the ids of a kind that are not `who`'s own organisation's."""
        for found in self.ground.world.of_kind(name.partition(".")[0]).values():
            table = self.readers.table_of(found)
            if table in ("organisations", "outbox_deliveries") or table is None or who.organisation is None:
                continue
            owner = "user_id" if table in ("passkeys", "login_sessions", "access_tokens") else "id" if table == "users" else "organisation_id"
            if self.ground.wipe.execute(f"select 1 from {table} where id = %s and {owner} is distinct from %s", found, who.organisation.id):
                yield found

    # What is sent

    def swap_in_bodies(self) -> None:
        """Swap each id of each body, for the person who may send it."""
        names = {str(found): name for name, found in self.ground.world.ids.items()}
        for rule, method in routes(self.ground.world.app):
            if method == "GET" or CASES[rule.endpoint].unproven:
                continue
            case = CASES[rule.endpoint]
            path, body = things(self.ground.world, rule, case), body_of(self.ground.world, rule, method, {}) or {}
            for place, value in ids_in(body):
                name = names.get(value.removeprefix("org:"), "")
                who = self.ground.world.people[case.who]
                for other in self._chosen(who, list(self.others(who, name))):
                    self._swap(who, Call(rule, method, path, body), place, other)

    def _chosen(self, who: Person, others: list[UUID]) -> list[UUID]:
        """Return all of them in the long form, else one that `who` sees and one that it does not."""
        halves = ([each for each in others if self.readers.sees(who, each) is seen] for seen in (True, False))
        return others if SOAK else [half[0] for half in halves if half]

    def _swap(self, who: Person, call: Call, place: tuple[Any, ...], other: UUID) -> None:
        self.asked += 1
        nothing = uuid4()
        theirs, rows = self._ask(who, call, place, other)
        table = self.readers.table_of(other)
        where = f"{who.name} {call.name} {'.'.join(map(str, place))} of {table}"
        if not self.readers.sees(who, other) and theirs != self._ask(who, call, place, nothing)[0]:
            self.wrong.append(f"{where}: tells another's id from one of nothing: {theirs[0]}")
        if (table in OWNED or not self.readers.sees(who, other)) and any(str(other) in row for row in rows):
            self.wrong.append(f"{where}: took another's id over")

    def _ask(self, who: Person, call: Call, place: tuple[Any, ...], identifier: UUID) -> tuple[Any, list[str]]:
        body: Any = deepcopy(dict(call.body or {}))
        inner = body
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = ("org:" if str(inner[place[-1]]).startswith("org:") else "") + str(identifier)
        answer = self.ground.ask(who, Call(call.rule, call.method, call.path, body))
        rows = [row for rows in self.ground.changed(answer.written - {"audit_entries", "audit_heads", "idempotency_keys"}).values() for row in rows]
        made = {str(found) for row in rows for found in json.loads(row).values() if isinstance(found, str)}
        self.ground.restore(answer.written)
        return answer.said(identifier, *(each for each in sorted(made) if len(each) == 36 and each not in map(str, self.ground.world.ids.values()))), rows

    # What is asked

    def ask_lists(self, people: list[Person], singly: bool) -> None:
        """Ask every reading route with ids, words and places of others in its query, and with those of nothing."""
        for rule, method in routes(self.ground.world.app):
            if method == "GET" and not rule.rule.startswith(("/static", "/store", "/language", "/healthz", "/readyz")):
                for who in people:
                    self._ask_route(rule, who, singly=singly)

    def _ask_route(self, rule: Rule, who: Person, *, singly: bool) -> None:
        own = self._path(rule, who)
        if own is None:
            return
        theirs, nothing = self._questions(who)
        for names in [[name] for name in theirs] if singly else [list(theirs)]:
            self.asked += 1
            answers = []
            for given in (theirs, nothing):
                call = Call(rule, "GET", own, query={name: given[name] for name in names})
                answer = self.ground.ask(who, call)
                self.ground.restore(answer.written)
                leaked = marks_in(answer.response.text) - marks_in(str(given)) - self.readers.of(who, api=call.api)
                if leaked or answer.status >= 500:
                    self.wrong.append(f"{who.name} {call.name} {names}: {answer.status} shows {[sorted(self.readers.places[each]) for each in leaked]}")
                answers.append(answer.said(*given.values(), *(str(value).replace("-", "%2D") for value in given.values())))
            if answers[0] != answers[1]:
                self.wrong.append(f"{who.name} GET {rule.endpoint} {names}: tells another's from nothing")

    def _path(self, rule: Rule, who: Person) -> Mapping[str, Any] | None:
        """Return a path whose ids `who` sees, None where there is none."""
        words: dict[str, Any] = dict(words_of(rule))
        for slot in slots(rule):
            seen = [found for found in self.ground.world.of_kind(kind_of(slot)).values() if self.readers.sees(who, found)]
            if not seen:
                return None
            words[slot] = seen[0]
        return words

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

    def turn_pages(self, people: list[Person]) -> None:
        """Go to places in lists that were another's, or nobody's, by cursors made up from others' ids."""
        for rule, method in routes(self.ground.world.app):
            if method != "GET" or slots(rule) or rule.rule.startswith(("/static", "/store")):
                continue
            for who in people:
                for cursor in self._cursors():
                    self.asked += 1
                    words: dict[str, Any] = dict(words_of(rule))
                    answer = self.ground.ask(who, Call(rule, "GET", words, query={"cursor": cursor, "before": "999", "tab": "notices"}))
                    self.ground.restore(answer.written)
                    leaked = marks_in(answer.response.text) - self.readers.of(who, api=rule.rule.startswith("/api/"))
                    if leaked or answer.status >= 500:
                        self.wrong.append(f"{who.name} {rule.rule} cursor {cursor}: {answer.status} {[sorted(self.readers.places[each]) for each in leaked]}")

    def _cursors(self) -> Iterator[str]:
        last = "ffffffff-ffff-7fff-bfff-ffffffffffff"
        every = ([last], ["2100-01-01T00:00:00+00:00", last], [0, last], ["0" * 8 + last[8:]])
        for values in every if SOAK else every[:2]:
            yield base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
