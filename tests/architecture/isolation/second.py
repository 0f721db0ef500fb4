"""Ids beside the first one of the path: the path's second, those of bodies at any depth and of forms. Leaks in the wild came through the second id."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from tests.architecture.isolation.calls import Answer, Call, Ground
from tests.architecture.isolation.cases import CASES
from tests.architecture.isolation.people import Person
from tests.architecture.isolation.readers import Readers
from tests.architecture.isolation.routes import body_of, ids_in, kind_of, routes, slots, things
from tests.rounds import SOAK

UNSEEN = frozenset({"audit_entries", "audit_heads", "idempotency_keys"})
"""Rows that hold digests of the request itself."""

OWNED = frozenset({"machines", "file_revisions", "files"})
"""Another's row of these may stand in nothing of one's own, even where it may be seen."""


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

    # In paths

    def swap_in_paths(self) -> None:
        """Keep the object that somebody rightly asks for, and swap each further id of its path for one that does not belong to it."""
        for rule, method in routes(self.ground.world.app):
            if len(slots(rule)) < 2:
                continue
            case, (first, *others) = CASES[rule.endpoint], slots(rule)
            who, path, body = self.ground.world.people[case.who], things(self.ground.world, rule, case), body_of(self.ground.world, rule, method, {})
            right = self._rows(who, Call(rule, method, path, body))[0]
            if right.status not in (200, 303):
                self.wrong.append(f"{who.name} {method} {rule.rule}: not even its own is answered: {right.status}")
            for slot in others:
                self._foreign(who, Call(rule, method, path, body), first, slot)

    def _foreign(self, who: Person, call: Call, first: str, slot: str) -> None:
        """Ask for each other's id under one's own object: whether it is seen elsewhere or not, it stands for nothing here."""
        hidden, none = 0, uuid4()
        nothing = self._rows(who, Call(call.rule, call.method, {**call.path, slot: none}, call.body))[0].said(none)
        for name, other in self.ground.world.of_kind(kind_of(slot)).items():
            table = self.readers.table_of(other)
            if self.ground.wipe.execute(f"select 1 from {table} where id = %s and {first} = %s", other, call.path[first]):
                continue
            self.asked += 1
            hidden += not self.readers.sees(who, other)
            answer, rows = self._rows(who, Call(call.rule, call.method, {**call.path, slot: other}, call.body))
            if answer.said(other) != nothing or answer.status != 404 or rows:
                self.wrong.append(f"{who.name} {call.name} {name} under {first}: {answer.status}, wrote {len(rows)}")
        if not hidden:
            self.wrong.append(f"{call.name}: no {slot} is hidden from {who.name}, so nothing is proven")

    def _rows(self, who: Person, call: Call) -> tuple[Answer, list[str]]:
        """Make a call; return what it answered and the rows that it made other than they were, and put them back."""
        answer = self.ground.ask(who, call)
        rows = [row for found in self.ground.changed(answer.written - UNSEEN).values() for row in found]
        self.ground.restore(answer.written)
        return answer, rows

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
        answer, rows = self._rows(who, Call(call.rule, call.method, call.path, body))
        made = {str(found) for row in rows for found in json.loads(row).values() if isinstance(found, str)}
        return answer.said(identifier, *(each for each in sorted(made) if len(each) == 36 and each not in map(str, self.ground.world.ids.values()))), rows
