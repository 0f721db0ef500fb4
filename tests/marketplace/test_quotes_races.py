"""Many at once on the real database: one decision, no hour sold twice, nothing half done."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from sqlalchemy import select

from gongchuang.actor import Actor
from gongchuang.database import Scope, db, now
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Organisation
from gongchuang.refusal import Refusal
from gongchuang.web.application import Application
from marketplace.capacity import checks as capacity_checks
from marketplace.capacity.models import Allocation
from marketplace.orders import actions as orders
from marketplace.orders import queries as order_queries
from marketplace.quotes import actions, checks, queries
from services.procedures import checks as procedure_checks
from tests.builders import as_the_system, make_organisation
from tests.marketplace.making import make_machine
from tests.marketplace.ordering import make_order, make_quote, quote_row, someone

Call = Callable[[Actor], object]


def at_once(app: Application, calls: list[tuple[Organisation, Call]]) -> list[str]:
    """Run all calls at once, each in a transaction of its own; return `ok` or the refusal's code for each."""
    barrier = threading.Barrier(len(calls))
    actors = [someone(organisation) for organisation, _ in calls]

    def run(index: int) -> str:
        barrier.wait()
        try:
            with app.app_context(), transaction(Scope.of(actors[index])):
                calls[index][1](actors[index])
        except Refusal as refusal:
            return refusal.code
        return "ok"

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, range(len(calls))))


def award(order_id: UUID, quote_id: UUID) -> Call:
    return lambda actor: actions.award(actor, order_queries.order(order_id), queries.quote(quote_id), "价格合适", now())


def whole() -> list[str]:
    """Every invariant at once."""
    with as_the_system():
        proofs: list[Any] = [checks.quotes_hold, procedure_checks.procedures_hold, capacity_checks.hours_never_overlap, capacity_checks.holds_end]
        return [problem for proof in proofs for problem in proof()]


def test_of_eight_awards_at_once_one_succeeds_and_only_its_hours_are_booked(app: Application) -> None:
    buyer = make_organisation()
    for _ in range(3):
        suppliers = [make_organisation() for _ in range(4)]
        order_id = make_order(buyer)
        quotes = [make_quote(supplier, order_id, 150_000 + n, machine=make_machine(supplier)) for n, supplier in enumerate(suppliers)]
        answers = at_once(app, [(buyer, award(order_id, quotes[n % 4])) for n in range(8)])
        assert answers.count("ok") == 1
        assert sorted(quote_row(i).submission.status for i in quotes) == ["awarded", "lost", "lost", "lost"]
        with as_the_system():
            booked = db.session.scalars(select(Allocation.source_id).where(Allocation.status == "booked", Allocation.source_id.in_(quotes))).all()
        assert {quote_row(i).submission.status for i in booked} == {"awarded"}
    assert whole() == []


def test_two_buyers_wanting_the_same_hours_get_them_once(app: Application) -> None:
    """Soft holds may overlap; of the awards over them one books, the other hears that the hours are taken and nothing of it happens."""
    for _ in range(4):
        buyers, supplier = [make_organisation() for _ in range(4)], make_organisation()
        machine = make_machine(supplier, quantity=1)
        placed = [make_order(buyer) for buyer in buyers]
        first = make_quote(supplier, placed[0], machine=machine)
        with as_the_system():
            windows = [(row.during.lower, row.during.upper, row.unit) for row in db.session.scalars(select(Allocation).where(Allocation.source_id == first))]
        same = tuple(actions.Window(*w) for w in windows)
        quotes = [first, *(make_quote(supplier, order_id, machine=machine, windows=same) for order_id in placed[1:])]
        answers = at_once(app, [(buyer, award(order_id, quote_id)) for buyer, order_id, quote_id in zip(buyers, placed, quotes, strict=True)])
        assert sorted(answers) == ["capacity.taken"] * 3 + ["ok"]
        assert sorted(quote_row(i).submission.status for i in quotes) == ["awarded", "submitted", "submitted", "submitted"]
    assert whole() == []


def test_handing_in_awarding_withdrawing_and_cancelling_at_once_stay_whole(app: Application) -> None:
    """Locks are taken in one order, so none of these waits for ever for another."""
    buyer = make_organisation()
    for _ in range(5):
        suppliers = [make_organisation() for _ in range(3)]
        order_id = make_order(buyer)
        machines = [make_machine(supplier) for supplier in suppliers]
        quotes = [make_quote(suppliers[n], order_id, 150_000 + n, machine=machines[n]) for n in range(2)]
        calls: list[tuple[Organisation, Call]] = [
            (buyer, award(order_id, quotes[0])),
            (buyer, award(order_id, quotes[1])),
            (suppliers[0], lambda actor, i=quotes[0]: actions.withdraw(actor, queries.quote(i))),  # type: ignore[misc]
            (buyer, lambda actor, i=order_id: orders.cancel(actor, order_queries.order(i), "计划有变", now())),  # type: ignore[misc]
        ]
        answers = at_once(app, calls)
        assert sum(answer == "ok" for answer in (answers[0], answers[1], answers[3])) == 1
        assert {"ok"} >= {answers[2]} or quote_row(quotes[0]).submission.status in ("awarded", "lost")
    assert whole() == []
