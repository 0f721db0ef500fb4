"""What a change tells others: after each that succeeds, what waits is delivered, and every message that came of it is read with its receiver's eyes."""

import json
from dataclasses import dataclass, field
from uuid import UUID

from tests.architecture.isolation.calls import Call, Ground
from tests.architecture.isolation.canary import marks_in
from tests.architecture.isolation.cases import CASES
from tests.architecture.isolation.outside import drain
from tests.architecture.isolation.people import Person
from tests.architecture.isolation.readers import Readers
from tests.architecture.isolation.routes import body_of, routes, things
from tests.schema import Wipe

MESSAGES = frozenset({"messages"})
CLOCK, MATCH, RETURNED, PERSON = (
    "said by the clock",
    "nothing fits anything in this world",
    "a certificate is given back for another reason",
    "told a person by mail or SMS",
)
UNTOLD = {
    **dict.fromkeys(("certification.lapsed", "certification.lapsing", "offer.expired", "offer.hidden", "offer.unconfirmed", "quote.hours_lost"), CLOCK),
    **dict.fromkeys(("order.decide", "order.nobody", "task.decide", "task.nobody"), CLOCK),
    **dict.fromkeys(("order.fitting", "order.matched", "order.matches", "order.new_supply", "order.new_supply_for_many"), MATCH),
    **dict.fromkeys(("task.fitting", "task.new_designer", "task.new_designer_for_many"), MATCH),
    **{f"certification.returned.{why}": RETURNED for why in ("expired", "name", "number", "other", "person", "representative")},
    **dict.fromkeys(("join.accepted", "join.declined"), PERSON),
    "quote.outrun_validity": "the quotes of this world are valid for longer",
    "quote.won_unheld": "the quote that is chosen holds hours",
}
"""Messages that no change of this world brings about, each with its reason."""


@dataclass
class Telling:
    """Makes every change as whoever it is meant for, and gathers what others were told."""

    ground: Ground
    wipe: Wipe
    wrong: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)

    def run(self, every: int = 1) -> None:
        """Make every change, or every few of them."""
        for rule, method in routes(self.ground.world.app)[::every]:
            if method != "GET" and not (case := CASES[rule.endpoint]).unproven:
                world = self.ground.world
                call = Call(rule, method, things(world, rule, case), body_of(world, rule, method, {}))
                with self.ground.put_back():
                    self.ground.ask(world.people[case.who], call)
                    drain(world)
                    self._read(call)

    def _read(self, call: Call) -> None:
        before = {str(key) for (key,) in self.wipe.execute("select id from kept.messages")}
        changed = [json.loads(row) for row in self.ground.changed(MESSAGES).get("messages", ())]
        told = [message for message in changed if message["id"] not in before]
        readers = Readers(self.ground.world, self.wipe) if told else None  # what may be seen has changed too
        for message in told:
            self.codes.add(message["code"])
            who = self._reader(UUID(message["organisation_id"]))
            assert readers is not None
            hidden = marks_in(json.dumps(message, ensure_ascii=False)) - readers.of(who, api=False)
            if hidden:
                self.wrong.append(f"{call.name} tells {who.name} {message['code']}: {sorted(str(readers.places[each]) for each in hidden)}")

    def _reader(self, organisation: UUID) -> Person:
        people = [who for who in self.ground.world.people.everyone.values() if who.organisation is not None and who.organisation.id == organisation]
        return max(people, key=lambda who: who.name.endswith("/admin"))
