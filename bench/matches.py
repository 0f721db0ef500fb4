"""From the answer to a published order to the moment the first matched factory is told, at fifty writes a second: promised within 2 s at p95.

Only copies of orders are published that fit an offer now: whose factory is not told is a loss, and counts as the whole patience.
"""

import http.client
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text

from bench.measuring import waits_of
from bench.site import beside, demonstration, quantile, running
from bench.writes import writing
from gongchuang.database import Scope, db
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Organisation
from gongchuang.web.application import Application
from marketplace.orders.models import Order
from search.documents.document import Side
from search.matching.queries import counts
from tests import builders

ORDERS = 20
PATIENCE = 20.0
TOLD = text("select exists (select 1 from messages where object_id = :id and organisation_id <> :own and code = 'order.matched')")


def measure(data: Path, orders: int = ORDERS) -> None:
    with demonstration(data):
        pass
    with running(data) as port:
        app = beside(data)
        builders.use(app)
        chosen = _fitting_orders(app, orders)
        with writing(app) as written:
            told = [_publish_again(app, port, order_id, buyer_id) for order_id, buyer_id in chosen]
            rate = written()
    if len(told) < orders:
        raise SystemExit(f"only {len(told)} open orders of the demo fit an offer, {orders} are to be measured")
    print(line_of(told, rate), flush=True)


def line_of(told: Sequence[float | None], rate: float) -> str:
    """Return the figure's line from the seconds after which a factory was told of each order, None where none was, and the writes a second beside."""
    waits, lost = waits_of(told, PATIENCE), sum(each is None for each in told)
    what = f"P4 {len(told)} published orders that fit an offer, {lost} of which no factory was told within {PATIENCE:.0f} s, beside {rate:.0f} writes a second"
    return f"{what}: published → told, median {quantile(waits, 0.5):.2f} s; p95, gate 2.00 s: {quantile(waits, 0.95):.2f}"


def _fitting_orders(app: Application, most: int) -> list[tuple[UUID, UUID]]:
    """Return the first open orders with a standing match, each with its buyer."""
    with app.app_context(), transaction(Scope(system=True)):
        open_ = select(Order.id, Order.organisation_id).where(Order.procedure.has(status="open")).order_by(Order.id)
        found = [(order_id, buyer_id) for order_id, buyer_id in db.session.execute(open_)]
        fitting = counts(Side.NEED, "order", [order_id for order_id, _ in found])
    return [(order_id, buyer_id) for order_id, buyer_id in found if order_id in fitting][:most]


def _publish_again(app: Application, port: int, order_id: UUID, buyer_id: UUID) -> float | None:
    """Publish a copy through the API as its buyer; return seconds until the first factory was told, None if none was."""
    with app.app_context(), transaction(Scope(system=True)):
        buyer = db.session.scalars(select(Organisation).where(Organisation.id == buyer_id)).one()
    token = builders.make_token(builders.make_user(buyer), buyer)
    copy = _post(port, token, f"/api/v1/orders/{order_id}/clone")["id"]
    _post(port, token, f"/api/v1/orders/{copy}/publish")
    answered = time.monotonic()
    while time.monotonic() - answered < PATIENCE:
        with app.app_context(), transaction(Scope(system=True)):
            if db.session.execute(TOLD, {"id": copy, "own": buyer_id}).scalar_one():
                return time.monotonic() - answered
        time.sleep(0.01)
    return None


def _post(port: int, token: str, path: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": uuid4().hex}
    try:
        connection.request("POST", path, "{}", headers)
        answer = connection.getresponse()
        body: dict[str, Any] = json.loads(answer.read())
    finally:
        connection.close()
    if answer.status >= 400:
        raise SystemExit(f"POST {path}: {answer.status} {body}")
    return body
