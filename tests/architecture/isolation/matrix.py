"""The product of routes, people and objects, a seeded part of it or all of it; each call held against the map, its twin and the canaries."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID, uuid4

from werkzeug.routing import Rule

from tests.architecture.isolation.calls import BYSTANDERS, Answer, Call, Ground
from tests.architecture.isolation.canary import marks_in
from tests.architecture.isolation.expected import expected, judged_slot
from tests.architecture.isolation.market import BUDGET_WORDS
from tests.architecture.isolation.people import Person
from tests.architecture.isolation.readers import Readers
from tests.architecture.isolation.routes import asked_for, body_of, ids_in, routes, slots
from tests.architecture.isolation.within import NOT_OWN, PUBLIC, WITHIN

ALWAYS = ("anonymous", "stranger/admin")


@dataclass
class Matrix:
    """Makes the calls and gathers what is wrong about their answers."""

    ground: Ground
    readers: Readers
    wrong: list[str] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    _bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    _twins: dict[tuple[str, str], Any] = field(default_factory=dict)

    def run(self, random: Random, others: int | None, part: int = 0, parts: int = 1) -> None:
        """Ask every route (or every `parts`th) by everybody, or by `others` people of each route besides those always asked."""
        for rule, method in routes(self.ground.world.app)[part::parts]:
            for who, path in self._asked(rule, random, others):
                self.check(who, Call(rule, method, path, body_of(self.ground.world, rule, method, self._bodies)))

    def _asked(self, rule: Rule, random: Random, others: int | None) -> Iterator[tuple[Person, dict[str, Any]]]:
        people, paths = self.ground.world.people.everyone, list(asked_for(self.ground.world, rule))
        if others is None:
            yield from ((who, path) for who in people.values() for path in paths)
            return
        names = [*ALWAYS, *random.sample([name for name in people if name not in ALWAYS], others)]
        yield from ((people[name], random.choice(paths)) for name in names)

    def check(self, who: Person, call: Call) -> None:
        """Make one call, note everything wrong about it, and put the world back."""
        actor = who.actor(api=call.api)
        wanted = expected(self.ground.world.app, actor, call)
        unseen = self._unseen(who, call)
        answer = self.ground.ask(who, call)
        self.outcomes[wanted] = self.outcomes.get(wanted, 0) + 1
        for complaint in self._complaints(who, call, wanted, answer, unseen=unseen):
            self.wrong.append(f"{who.name} {call.name} {self._named(call)}: {complaint}")
        self.ground.restore(answer.written)

    def _unseen(self, who: Person, call: Call) -> bool:
        """Whether the object is not shown to somebody, before anything is done to it."""
        judged = call.path.get(judged_slot(self.ground.world.app, call.rule.endpoint) or "")
        return judged is not None and not self.readers.sees(who, judged, api=call.api)

    def _complaints(self, who: Person, call: Call, wanted: str, answer: Answer, *, unseen: bool) -> Iterator[str]:
        if wanted == "through" and self._of_another_place(who, call):
            wanted = "404"
        own_no = answer.outcome in WITHIN.get(call.rule.endpoint, ((), ""))[0]
        within = wanted == "through" and (own_no or (answer.outcome == "404" and self._names_anothers(who, call)))
        public = wanted == "public" and answer.outcome in ("through", *PUBLIC.get(call.rule.endpoint, ("", ""))[0])
        if answer.outcome != wanted and not within and not public:
            yield f"{answer.outcome} ({answer.status}), by the map {wanted}"
        if wanted not in ("through", "public") and answer.written - BYSTANDERS:
            yield f"refused, but wrote {sorted(answer.written - BYSTANDERS)}"
        headers = " ".join(value for _, value in answer.response.headers)
        if BUDGET_WORDS.search(answer.text) and who.organisation != self.ground.world.firm("own"):
            yield "shows a budget that its buyer keeps back"
        leaked = marks_in(answer.text + headers) - self.readers.of(who, api=call.api)
        if leaked:
            yield f"shows {sorted((each, sorted(self.readers.places[each])) for each in leaked)}"
        kept = answer.response.headers.get("Cache-Control", "")
        if marks_in(answer.text) - self.readers.of(self.ground.world.people["anonymous"], api=False) and "private" not in kept:
            yield f"may be kept by others on the way: {kept}"
        if slots(call.rule) and (answer.outcome == "404" or unseen) and answer.said(*call.path.values()) != self._twin(who, call):
            yield "tells another's id from one of nothing"

    def _of_another_place(self, who: Person, call: Call) -> bool:
        """Whether an operator names somebody, or something that is stuck, beyond its own place: there is no such thing for it."""
        return who.name.startswith("elsewhere/") and call.rule.endpoint.startswith("operators") and self._names_anothers(who, call)

    def _names_anothers(self, who: Person, call: Call) -> bool:
        """Whether the view itself looks up an id that is not of the asker's own: only then a 404 of its own is an answer, and only where that is said."""
        judged = judged_slot(self.ground.world.app, call.rule.endpoint)
        free = [*(call.path[name] for name in slots(call.rule) if name != judged), *(UUID(value.removeprefix("org:")) for _, value in ids_in(call.body))]
        return call.rule.endpoint in NOT_OWN and not all(self.readers.owns(who, each) for each in free)

    def _twin(self, who: Person, call: Call) -> Any:
        """Return what the same person hears about an id of nothing."""
        key = (who.name, f"{call.name}{call.rule.rule}")
        if key not in self._twins:
            nothing = Call(call.rule, call.method, {name: uuid4() if name in slots(call.rule) else word for name, word in call.path.items()}, call.body)
            answer = self.ground.ask(who, nothing)
            self._twins[key] = answer.said(*nothing.path.values())
            self.ground.restore(answer.written)
        return self._twins[key]

    def _named(self, call: Call) -> str:
        names = {found: name for name, found in self.ground.world.ids.items()}
        return " ".join(names.get(each, str(each)) for each in call.path.values())
