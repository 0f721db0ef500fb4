"""From the answer to a published order to the moment the first matched factory is told: promised within 2 s at p95."""

import http.client
import json
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text

from bench.site import beside, demonstration, quantile, running
from gongchuang.database import Scope, db
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Organisation
from gongchuang.web.application import Application
from marketplace.orders.models import Order
from tests import builders

ORDERS = 20
PATIENCE = 20.0
TOLD = text("select count(*) from messages where object_id = :id and organisation_id <> :own")


def measure(data: Path, orders: int = ORDERS) -> None:
    with demonstration(data):
        pass
    with running(data) as port:
        app = beside(data)
        builders.use(app)
        outcomes = [_publish_again(app, port, order_id, buyer_id) for order_id, buyer_id in _open_orders(app, orders)]
    waits = [wait for wait, told in outcomes if told]
    if not waits:
        raise SystemExit("no order of the demo matched any factory: nothing was measured")
    print(f"P4 {len(waits)} of {len(outcomes)} orders found a factory; published → told, median {quantile(waits, 0.5):.2f} s", end="; ")
    print(f"p95, gate 2.00 s: {quantile(waits, 0.95):.2f}", flush=True)


def _open_orders(app: Application, most: int) -> list[tuple[UUID, UUID]]:
    with app.app_context(), transaction(Scope(system=True)):
        found = select(Order.id, Order.organisation_id).where(Order.procedure.has(status="open")).order_by(Order.id).limit(most)
        return [(order_id, buyer_id) for order_id, buyer_id in db.session.execute(found)]


def _publish_again(app: Application, port: int, order_id: UUID, buyer_id: UUID) -> tuple[float, int]:
    """Publish a copy through the API as its buyer; return seconds until the first factory was told, and how many were when we looked."""
    with app.app_context(), transaction(Scope(system=True)):
        buyer = db.session.scalars(select(Organisation).where(Organisation.id == buyer_id)).one()
    token = builders.make_token(builders.make_user(buyer), buyer)
    copy = _post(port, token, f"/api/v1/orders/{order_id}/clone")["id"]
    _post(port, token, f"/api/v1/orders/{copy}/publish")
    answered = time.monotonic()
    while time.monotonic() - answered < PATIENCE:
        with app.app_context(), transaction(Scope(system=True)):
            if count := db.session.execute(TOLD, {"id": copy, "own": buyer_id}).scalar_one():
                return time.monotonic() - answered, int(count)
        time.sleep(0.01)
    return PATIENCE, 0


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
