"""The database may go away before any statement of a request: the answer is then a 503, nothing is half done, and asking again works."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from gongchuang.database import db
from gongchuang.web.application import Application
from tests.builders import as_the_system, make_organisation
from tests.marketplace.making import make_machine
from tests.marketplace.ordering import make_draft, make_order, make_quote
from tests.rounds import rounds

Ask = Callable[[], Any]


@contextmanager
def ended_before(app: Application, number: int) -> Iterator[list[str]]:
    """End the connection of the statement of this number just before it is sent; yields a list that then holds the statement."""
    met: list[str] = []
    seen = 0

    def count(connection: Any, _: Any, statement: str, *__: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            pid = connection.connection.dbapi_connection.info.backend_pid
            with db.engine.connect() as other:
                other.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            met.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        yield met
    finally:
        event.remove(engine, "before_cursor_execute", count)


def at_every_statement(app: Application, ask: Ask, most: int = 400) -> Any:
    """Ask again and again, losing the connection a statement later each time (three in the reduced form), until the request came through; return its answer."""
    for number in range(1, most, rounds(3, 1)):
        with ended_before(app, number) as met:
            answer = ask()
        if not met:
            return answer
        assert answer.status_code < 500 or answer.status_code == 503, f"{answer.status_code} when the connection was lost before: {met[0][:200]}"
    raise AssertionError("the request never came through")


def keyed(client: FlaskClient, path: str, body: dict[str, Any]) -> Ask:
    """A change that is asked for again under the same key."""
    key = uuid4().hex
    return lambda: client.post(path, json=body, headers={"Idempotency-Key": key})


def test_a_list_is_read(app: Application, visitor: FlaskClient) -> None:
    make_order(make_organisation())
    assert at_every_statement(app, lambda: visitor.get("/?q=轴承座")).status_code == 200


def test_a_page_of_one_s_own_is_read(app: Application, client_of: Any) -> None:
    client = client_of(make_organisation())
    assert at_every_statement(app, lambda: client.get("/inbox")).status_code == 200


def test_an_order_is_published_once(app: Application, client_of: Any) -> None:
    buyer = make_organisation()
    client, draft = client_of(buyer), make_draft(buyer)
    answer = at_every_statement(app, keyed(client, f"/api/v1/orders/{draft}/publish", {}))
    assert answer.status_code in {200, 201}, answer.json


def test_a_quote_is_chosen_once(app: Application, client_of: Any) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    order = make_order(buyer)
    quote = make_quote(supplier, order, machine=make_machine(supplier))
    answer = at_every_statement(app, keyed(client_of(buyer), f"/api/v1/quotes/{quote}/award", {"reason": "价格合适"}))
    assert (answer.status_code, answer.json["status"]) == (200, "awarded"), answer.json


def _told(app: Application) -> tuple[int, int]:
    """Return how many deliveries are not done, and how many messages were told."""
    with as_the_system():
        left = db.session.scalar(text("select count(*) from outbox_deliveries where status <> 'done'"))
        return int(left or 0), int(db.session.scalar(text("select count(*) from messages")) or 0)


def test_a_relay_that_loses_its_connection_goes_on_where_it_was(app: Application, run_outbox: Callable[[], int]) -> None:
    """Whatever statement meets it: nothing waits for its lease, nothing is parked, nobody is told twice."""
    buyer, supplier = make_organisation(), make_organisation()
    make_quote(supplier, make_order(buyer))
    run_outbox()
    before = _told(app)[1]
    make_quote(supplier, make_order(buyer))
    run_outbox()
    each, before = _told(app)[1] - before, _told(app)[1]
    assert each > 0
    for number in range(1, 400, rounds(29, 1)):
        make_quote(supplier, make_order(buyer))
        with ended_before(app, number) as met, suppress(DBAPIError):
            run_outbox()
        run_outbox()
        left, told = _told(app)
        assert (left, told - before) == (0, each), (number, met)
        before = told
        if not met:
            return
    raise AssertionError("the relay never came through")


@pytest.mark.parametrize("path", ["/sign-in", "/"])
def test_a_page_for_nobody_is_read(app: Application, visitor: FlaskClient, path: str) -> None:
    assert at_every_statement(app, lambda: visitor.get(path)).status_code == 200
