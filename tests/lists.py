"""Rows for every list page, by the features' own actions, and the statements behind a page: they must not grow with the rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

from flask.testing import FlaskClient

from crowdsourcing.bids import actions as bids
from crowdsourcing.skills import actions as skills
from crowdsourcing.tasks import actions as tasks
from crowdsourcing.tasks import queries as task_queries
from gongchuang.database import Scope, db, now, uuid7
from gongchuang.database.unit import transaction
from gongchuang.web.application import Application
from marketplace.capacity.spans import day_of, weeks_from
from marketplace.machines import actions as machines
from marketplace.machines import rules as machine_rules
from marketplace.offers import actions as offers
from marketplace.offers.rules import Terms
from marketplace.orders import actions as orders
from marketplace.orders import queries as order_queries
from marketplace.quotes import actions as quotes
from services.messages.actions import tell
from tests import builders
from tests.crowdsourcing.making import bid_facts, facts
from tests.marketplace.ordering import order_facts, quote_facts
from tests.statements import statements

PAGES = (
    "/",
    "/offers",
    "/offers/mine",
    "/offers/firms",
    "/orders",
    "/orders/mine",
    "/orders/firms",
    "/quotes/mine",
    "/machines",
    "/tasks",
    "/tasks/mine",
    "/tasks/matched",
    "/bids",
    "/inbox",
    "/organisations",
)


class Crowd:
    """A firm whose every list holds as many rows as were added: it offers, buys, quotes, bids and is told of all that."""

    def __init__(self, app: Application) -> None:
        builders.use(app)
        self.app = app
        self.firm, self.other = builders.make_organisation(), builders.make_organisation()
        self.user = builders.make_user(self.firm)
        self.mine = builders.actor_of(self.user, self.firm)
        self.theirs = builders.actor_of(builders.make_user(self.other), self.other)
        with self._unit(self.mine):
            skills.declare(self.mine, ("lightweighting", "structure-design"), "结构轻量化与强度计算")

    def client(self) -> FlaskClient:
        """A browser signed in for the firm."""
        client = self.app.test_client()
        client.set_cookie(builders.COOKIE, builders.make_session(self.user, self.firm))
        return client

    def add(self, count: int) -> None:
        """Add `count` rows to every list."""
        for _ in range(count):
            builders.make_organisation()
            asked, task = self._other_side()
            with self._unit(self.mine):
                quotes.submit(self.mine, order := order_queries.order(asked), quote_facts(order), now())
                bids.submit(self.mine, task_queries.task(task), bid_facts())
                self._offer()
                self._buy()

    def _other_side(self) -> tuple[UUID, UUID]:
        """Let the other firm put out an order and a task."""
        said = order_facts()
        with self._unit(self.theirs):
            order = orders.save(self.theirs, orders.begin(self.theirs, uuid7(), said, now()), said, now())
            orders.publish(self.theirs, order, now())
            task = tasks.begin(self.theirs, uuid7(), facts(now()), now())
            tasks.publish(self.theirs, task, now())
            return order.id, task.id

    def _offer(self) -> None:
        preset = machine_rules.preset("laser")
        given = {name: getattr(preset, name) for name in preset.__dataclass_fields__}
        machine = machines.add(self.mine, machine_rules.Facts(**given | {"shift": "three", "work_days": 7}))
        db.session.flush()
        weeks = tuple(weeks_from(day_of(datetime.now(UTC)), 3)[1:])
        offers.publish_new(self.mine, Terms(machine_ids=(machine.id,), weeks=weeks, minutes_per_week=2400, price_fen=22_000), now())

    def _buy(self) -> None:
        order = orders.begin(self.mine, uuid7(), order_facts(), now())
        tasks.begin(self.mine, uuid7(), facts(now()), now())
        tell(self.firm.id, "order.matched", url=f"/orders/{order.id}", object_id=order.id, params={"title": order.title})

    @contextmanager
    def _unit(self, actor: object) -> Iterator[None]:
        with self.app.app_context(), transaction(Scope.of(actor)):  # type: ignore[arg-type]
            yield


def counted(crowd: Crowd, drain: Callable[[], None]) -> dict[str, tuple[int, int]]:
    """Return the statements behind each page and its length, once what a first look caches is there."""
    drain()
    client, found = crowd.client(), {}
    for path in PAGES:
        client.get(path)
        with statements() as seen:
            answer = client.get(path)
        assert answer.status_code == 200, path
        found[path] = len(seen), len(answer.data)
    return found
