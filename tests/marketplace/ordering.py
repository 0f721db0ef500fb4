"""What the tests of orders and quotes make: orders put out and quotes handed in by the features' own actions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gongchuang.actor import Actor
from gongchuang.database import Scope, db, now, uuid7
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Organisation
from marketplace.machines.models import Machine
from marketplace.orders import actions as orders
from marketplace.orders import queries as order_queries
from marketplace.orders import rules as order_rules
from marketplace.orders.models import Order
from marketplace.quotes import actions as quotes
from marketplace.quotes.models import Quote
from marketplace.quotes.rules import LineFacts, QuoteFacts
from services.files.models import File, FileRevision
from tests import builders

PART = order_rules.PartFacts(name="轴承座", process="milling-5", material="steel-45", quantity=24, tolerance="φ220H7", x_mm=320.0, y_mm=180.0, z_mm=46.0)


def someone(organisation: Organisation, *roles: str) -> Actor:
    return builders.actor_of(builders.make_user(organisation, roles=roles or ("admin",)), organisation, roles or ("admin",))


@contextmanager
def unit(actor: Actor) -> Iterator[Actor]:
    """One transaction as `actor`."""
    with builders._current["app"].app_context(), transaction(Scope.of(actor)):
        yield actor


def clock() -> datetime:
    """The database's time, asked by itself."""
    with builders.as_the_system():
        return now()


def order_facts(**said: Any) -> order_rules.OrderFacts:
    """A whole order: closes in a week, delivered five weeks later."""
    moment = clock()
    usual: dict[str, Any] = {"parts": (PART,), "region": "4501", "closes_at": moment + timedelta(days=7), "delivery_on": (moment + timedelta(days=40)).date()}
    return order_rules.OrderFacts(**usual | said)


def make_draft(buyer: Organisation, **said: Any) -> UUID:
    facts = order_facts(**said)
    with unit(someone(buyer)) as actor:
        order = orders.begin(actor, uuid7(), order_rules.OrderFacts(), now())
        return orders.save(actor, order, facts, now()).id


def make_order(buyer: Organisation, **said: Any) -> UUID:
    """An order that is out."""
    order_id = make_draft(buyer, **said)
    with unit(someone(buyer)) as actor:
        orders.publish(actor, order_queries.order(order_id), now())
    return order_id


def quote_facts(order: Order, price: int = 160_000, **said: Any) -> QuoteFacts:
    """A whole quote at `price` fen a piece."""
    lines = tuple(LineFacts(part_id=part.id, unit_price_fen=price, minutes_per_piece=30.0 if said.get("machine_id") else None) for part in order.parts)
    usual: dict[str, Any] = {"lines": lines, "lead_days": 26, "valid_on": (now() + timedelta(days=25)).date()}
    return replace(QuoteFacts(), **usual | said)


def make_quote(supplier: Organisation, order_id: UUID, price: int = 160_000, machine: Machine | None = None, **said: Any) -> UUID:
    """A quote that is handed in, its hours held where a machine is named."""
    with unit(someone(supplier)) as actor:
        order = order_queries.order(order_id)
        facts = quote_facts(order, price, **{"machine_id": machine.id if machine else None} | said)
        return quotes.submit(actor, order, facts, now()).id


def make_file(owner: Organisation, name: str = "part.step", *, status: str = "checked", **facts: Any) -> UUID:
    """A file that has passed its checks, with the facts a parser would have read."""
    measured = {"box_mm": [320.0, 180.0, 46.0], "volume_mm3": 1_400_000.0, "watertight": True, **facts}
    with unit(someone(owner)):
        identifier = uuid7()
        file = File(organisation_id=owner.id, name=name, purpose="order_part")
        db.session.add(file)
        db.session.flush()
        values = {"sha256": "0" * 64 if status == "checked" else None, "facts": measured if status == "checked" else {}, "reason_params": {}}
        kind = name.rpartition(".")[2]
        key = f"{owner.id}/{identifier}/original"
        db.session.add(
            FileRevision(id=identifier, organisation_id=owner.id, file_id=file.id, name=name, kind=kind, size=1000, status=status, object_key=key, **values)
        )
    return identifier


def quote_row(quote_id: UUID) -> Quote:
    with builders.as_the_system():
        found = db.session.get(Quote, quote_id)
        assert found is not None
        return found
