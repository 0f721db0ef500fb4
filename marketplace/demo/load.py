"""Loading the marketplace's demo, and taking it away.

Everything goes through the features' own actions, in the order of time, each as the person who did it and at the moment it was done, so that audit,
events, documents, holds and bookings are what real use would have left. Only the organisations and their people are made directly, as verified.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from flask import Flask

from gongchuang.database import Scope
from gongchuang.settings import Settings
from marketplace.capacity import actions as capacity
from services.demo import firms as people
from services.demo import licence, removal, travel
from services.demo.firms import Firm
from services.demo.shelf import Shelf, shelf
from services.demo.tables import Row, rows
from services.demo.travel import moment
from services.procedures.tasks import close_due

from . import buying, plant, selling, supply, verifying
from .buying import Bought

HERE = "marketplace.demo"
FOUNDED = timedelta(days=75)
EQUIPPED = timedelta(days=45)

Step = tuple[datetime, str, Callable[[], None]]


@dataclass
class Loading:
    """What loading knows: the tables, the firms, and the ids of what has been made so far."""

    now: datetime
    firms: dict[str, Firm]
    shelf: Shelf
    quotes: dict[str, list[Row]]
    machines: dict[str, list[UUID]] = field(default_factory=dict)
    orders: dict[str, UUID] = field(default_factory=dict)


def load(app: Flask) -> None:
    """Load the demo relative to now. Refuses to do it twice by doing nothing."""
    with moment(Scope(system=True)) as now:
        if people.standing():
            return
    table = {name: rows(HERE, name) for name in ("organisations", "machines", "offers", "orders", "quotes")}
    settings: Settings = app.config["SETTINGS"]
    with shelf(buying.files_of(table["orders"]) | {licence.NAME: licence.picture()}) as opened, travel.permitted(settings):
        with moment(Scope(system=True), FOUNDED) as then:
            firms = people.found(table["organisations"], then, first=1, unverified=verifying.SUBMITTED)
        loading = Loading(now, firms, opened, _by_order(table["quotes"]))
        plant.certify(firms, table["organisations"], EQUIPPED + timedelta(days=10))
        loading.machines = plant.equip(firms, table["machines"], supply.free_hours(table["offers"]), EQUIPPED)
        steps = [*_offers(loading, table["offers"]), *_orders(loading, buying.planned(table["orders"], firms, now))]
        for _, _, do in sorted(steps, key=lambda step: step[:2]):
            do()
        verifying.submit(firms, opened)
    _let_the_clock_run()


def _let_the_clock_run() -> None:
    """Close what is past its deadline and free what was held until then, as the clocks would within minutes."""
    with moment(Scope(system=True)) as now:
        close_due(now)
        capacity.expire(now)


def _by_order(quotes: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in quotes:
        found.setdefault(row["order"], []).append(row)
    return found


def _offers(loading: Loading, table: Sequence[Row]) -> Iterator[Step]:
    for row in table:

        def put_out(row: Row = row) -> None:
            supply.put_out(row, loading.firms, loading.machines, loading.now)

        yield supply.published_at(row, loading.now), row["key"], put_out


def _orders(loading: Loading, table: Sequence[Bought]) -> Iterator[Step]:
    for bought in table:
        answers = loading.quotes.get(bought.key, [])
        yield bought.published_at, f"{bought.key} 0", _publish(loading, bought)
        for order, row in enumerate(answers, 1):
            then = selling.quoted_at(bought, order, len(answers), loading.now)
            yield then, f"{bought.key} {order}", _answer(loading, bought, row, then)
        if bought.state in ("awarded", "cancelled", "unsuccessful"):
            yield selling.decided_at(bought), f"{bought.key} 9", _decide(loading, bought, answers)


def _publish(loading: Loading, bought: Bought) -> Callable[[], None]:
    def do() -> None:
        loading.orders[bought.key] = buying.put_out(bought, loading.firms, loading.shelf, loading.now)

    return do


def _answer(loading: Loading, bought: Bought, row: Row, then: datetime) -> Callable[[], None]:
    def do() -> None:
        supplier = loading.firms[row["organisation"]]
        selling.answer(bought, row, supplier, loading.orders[bought.key], machines=loading.machines, ago=loading.now - then)

    return do


def _decide(loading: Loading, bought: Bought, answers: Sequence[Row]) -> Callable[[], None]:
    def do() -> None:
        if bought.state == "awarded":
            selling.choose(bought, answers, loading.firms, loading.orders[bought.key], loading.now)
        else:
            buying.end(bought, loading.orders[bought.key], loading.now)

    return do


def remove(app: Flask) -> None:
    """Remove the whole demo, other rooms' part of it too: it hangs on the same organisations."""
    removal.remove(app)
