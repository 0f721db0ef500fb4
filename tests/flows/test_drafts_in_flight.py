"""A form that is sent while its draft is still being saved: both are done, in turn, whether the draft is the first or one that stands."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from crowdsourcing.tasks import actions as tasks
from crowdsourcing.tasks import queries as task_queries
from gongchuang.actor import Actor
from gongchuang.database import Scope, now
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Organisation
from gongchuang.web.application import Application
from marketplace.orders import actions as orders
from marketplace.orders import queries as order_queries
from marketplace.quotes import actions as quotes
from tests.builders import make_organisation
from tests.crowdsourcing.making import facts as task_facts
from tests.marketplace.ordering import make_order, order_facts, quote_facts, quote_row, someone

Call = Callable[[Actor], object]
SLOW = 0.4
"""How long the draft's transaction lasts after it has written."""


def overtaken(app: Application, organisation: Organisation, draft: Call, send: Call) -> None:
    """Let `send` begin when `draft` has written and not yet committed."""
    written = threading.Event()

    def slowly(actor: Actor) -> None:
        draft(actor)
        written.set()
        time.sleep(SLOW)

    def at_once(actor: Actor) -> None:
        assert written.wait(20)
        send(actor)

    def run(call: Call) -> None:
        with app.app_context(), transaction(Scope.of(actor)):
            call(actor)

    actor = someone(organisation)
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(run, call) for call in (slowly, at_once)]:
            done.result()


@pytest.mark.parametrize("again", [False, True], ids=["first draft", "draft that stands"])
def test_a_quote(app: Application, again: bool) -> None:
    supplier = make_organisation()
    order_id = make_order(make_organisation())
    made = []

    def keep(actor: Actor) -> None:
        order = order_queries.order(order_id)
        quotes.keep(actor, order, quote_facts(order, 100_000, lead_days=20), now())

    def send(actor: Actor) -> None:
        order = order_queries.order(order_id)
        made.append(quotes.submit(actor, order, quote_facts(order, 120_000), now()).id)

    if again:
        overtaken(app, supplier, keep, lambda _: None)
    overtaken(app, supplier, keep, send)
    assert quote_row(made[0]).submission.status == "submitted"
    assert quote_row(made[0]).lines[0].unit_price_fen == 120_000


@pytest.mark.parametrize("again", [False, True], ids=["first draft", "draft that stands"])
def test_an_order(app: Application, again: bool) -> None:
    buyer, key = make_organisation(), uuid4()

    def keep(actor: Actor) -> None:
        orders.keep(actor, key, order_facts(title="键盘上的"), now())

    def send(actor: Actor) -> None:
        order = orders.draft_of(actor, key)
        assert order is not None
        orders.publish(actor, orders.save(actor, order, order_facts(title="写完的"), now()), now())

    def edit(actor: Actor) -> None:
        order = order_queries.draft_of(actor.organisation_id, key)
        assert order is not None
        orders.save(actor, order, order_facts(title="改过的"), now())

    if again:
        overtaken(app, buyer, keep, lambda _: None)
        overtaken(app, buyer, keep, edit)
    overtaken(app, buyer, keep, send)
    with app.app_context(), transaction(Scope.of(someone(buyer))):
        order = order_queries.draft_of(buyer.id, key)
        assert order is not None
        assert (order.title, order.procedure.status) == ("写完的", "open")


@pytest.mark.parametrize("again", [False, True], ids=["first draft", "draft that stands"])
def test_a_task(app: Application, again: bool) -> None:
    publisher, key = make_organisation(), uuid4()

    def keep(actor: Actor) -> None:
        tasks.keep(actor, key, task_facts(now(), title="键盘上的"), now())

    def send(actor: Actor) -> None:
        task = tasks.draft_of(actor, key)
        assert task is not None
        tasks.publish(actor, tasks.save(actor, task, task_facts(now(), title="写完的任务"), now()), now())

    if again:
        overtaken(app, publisher, keep, lambda _: None)
    overtaken(app, publisher, keep, send)
    with app.app_context(), transaction(Scope.of(someone(publisher))):
        task = task_queries.draft_of(publisher.id, key)
        assert task is not None
        assert (task.title, task.procedure.status) == ("写完的任务", "open")
