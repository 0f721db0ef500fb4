"""Booking held hours by our action, with its lock, its clock, its audit entry and its event, beside the bare statement: at least 0.15 of its rate."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from bench.measuring import ROUNDS, beside, ratio
from bench.site import empty
from gongchuang.actor import Actor
from gongchuang.database import Scope
from gongchuang.database.embedded import DATABASE
from gongchuang.database.unit import transaction
from gongchuang.web.application import Application
from marketplace.capacity import actions
from marketplace.capacity.spans import Window
from marketplace.machines.models import Machine
from tests import builders
from tests.marketplace.making import make_machine

CALLS = 10
_BARE = "update allocations set status = 'booked', until = null, hardened_at = now() where source_kind = 'quote' and source_id = %s"


def measure(data: Path, rounds: int = ROUNDS, calls: int = CALLS) -> None:
    folder = data.parent / "hours"
    with empty(folder) as app:
        builders.use(app)
        firm = builders.make_organisation()
        actor = builders.actor_of(builders.make_user(firm), firm)
        ours, bare = (iter(_hold(app, actor, make_machine(firm), (rounds + 1) * calls)) for _ in range(2))
        with psycopg.connect(host=str(folder / "postgres"), user="postgres", dbname=DATABASE, autocommit=True) as connection, app.app_context():
            sides = beside(_booking(actor, ours), lambda: connection.execute(_BARE, [next(bare)]), calls=calls, rounds=rounds)
    print(ratio("P8", "booking by our action / bare statement", "0.15", sides, rate=True), flush=True)


def _booking(actor: Actor, held: Iterator[UUID]) -> Callable[[], None]:
    def book() -> None:
        with transaction(Scope.of(actor)):
            assert actions.book("quote", next(held)) == 1

    return book


def _hold(app: Application, actor: Actor, machine: Machine, count: int) -> list[UUID]:
    """Hold an hour for every booking that will be measured."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    quotes = [uuid4() for _ in range(count)]
    with app.app_context(), transaction(Scope.of(actor)):
        for hour, quote in enumerate(quotes):
            window = Window(start + timedelta(hours=hour), start + timedelta(hours=hour + 1), 1)
            actions.hold_softly(actor, machine, [window], source_kind="quote", source_id=quote, until=start)
    return quotes
