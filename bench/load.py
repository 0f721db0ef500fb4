"""Sixteen clients at once on a gunicorn with a real PostgreSQL: requests a second, the slowest hundredth, errors, memory, and CPU for each request.

As in production a worker delivers the events of the mix meanwhile, and a clock ticks: on the same cores as web, PostgreSQL and the clients.
"""

import http.client
import random
import resource
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select

from bench.processes import cpu_of, memory_of
from bench.production import Serving, installed, serving
from bench.site import quantile
from gongchuang import assets
from gongchuang.database import Scope, db
from gongchuang.database.unit import transaction
from gongchuang.events.models import Delivery
from gongchuang.organisations.models import Organisation
from gongchuang.settings import read_settings
from gongchuang.web.app import create_app
from gongchuang.web.application import Application
from marketplace.offers.models import Offer
from marketplace.orders.models import Order
from tests import builders
from tests.servers.places import Missing
from tests.servers.postgres import start_postgres
from tests.servers.redis import start_redis

CLIENTS = 16
SECONDS, WARM_UP = 60.0, 10.0


@dataclass(frozen=True)
class Step:
    """One kind of request and how often it comes among a hundred or so. A client's own token or cookie goes with it where it says so."""

    weight: int
    path: str
    who: str = ""
    method: str = "GET"


MIX = (
    Step(20, "/offers?q=五轴"),
    Step(10, "/"),
    Step(10, "/orders"),
    Step(8, "/tasks"),
    Step(12, "/offers/{offer}"),
    Step(8, "/orders/{order}"),
    Step(4, "/sign-in"),
    Step(6, "/offers?process=milling-5", "cookie"),
    Step(5, "/inbox", "cookie"),
    Step(4, "/offers/mine", "cookie"),
    Step(4, "/orders/mine", "cookie"),
    Step(5, "/api/v1/offers", "token"),
    Step(4, "/api/v1/orders/{own}/clone", "token", "POST"),
)
"""What a market is used for: mostly looking, some of it signed in, few changes."""


@dataclass
class Client:
    """One of the sixteen: who it is, and what came of its requests."""

    cookie: str
    token: str
    own: str
    offers: Sequence[str]
    orders: Sequence[str]
    random: random.Random
    took: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def run(self, port: int, until: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        weights = [step.weight for step in MIX]
        while time.monotonic() < until:
            self._ask(connection, self.random.choices(MIX, weights)[0])
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, step: Step) -> None:
        path = step.path.format(offer=self.random.choice(self.offers), order=self.random.choice(self.orders), own=self.own)
        headers = {"Accept-Encoding": "gzip, br", "Cookie": self.cookie if step.who == "cookie" else ""}
        if step.who == "token":
            headers |= {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Idempotency-Key": uuid4().hex}
        began = time.perf_counter()
        try:
            connection.request(step.method, path.replace("五轴", "%E4%BA%94%E8%BD%B4"), "{}" if step.method == "POST" else None, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status >= 400:
                self.wrong.append(f"{step.method} {path}: {answer.status}")
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self.wrong.append(f"{step.method} {path}: {type(error).__name__}")
        self.took.append(time.perf_counter() - began)


def measure(data: Path, seconds: float = SECONDS, warm_up: float = WARM_UP) -> None:
    assets.build()
    with ExitStack() as stack:
        try:
            server = stack.enter_context(start_postgres())
        except Missing as missing:
            print(f"P9 {CLIENTS} clients on gunicorn, gate 250: not measured, {missing}", flush=True)
            return
        try:
            redis = stack.enter_context(start_redis()).url
        except Missing as missing:
            redis = None
            print(f"P9 worker and clock of production: not started, {missing}", flush=True)
        environment = installed(server.url, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gongchuang-load-"))), redis)
        with serving(environment) as parts:
            _tell(environment, parts, server.pid, seconds, warm_up)


def _application(environment: dict[str, str]) -> Application:
    """Return an application on the installation's database, to sign clients in and to look into rows."""
    names = {"data": "GONGCHUANG_DATA", "secret_key": "GONGCHUANG_SECRET_KEY", "database_url": "DATABASE_URL", "database_owner_url": "DATABASE_OWNER_URL"}
    return create_app(read_settings(testing=True, **{name: environment[variable] for name, variable in names.items()}))


def _clients(app: Application) -> list[Client]:
    """Sign in people of the demo's buyers, each with a copy of an own order to clone."""
    builders.use(app)
    offers, orders, own = _rows(app)
    made = []
    for number in range(CLIENTS):
        order_id, organisation = own[number % len(own)]
        user = builders.make_user(organisation)
        cookie = f"{builders.COOKIE}={builders.make_session(user, organisation)}"
        made.append(Client(cookie, builders.make_token(user, organisation), order_id, offers, orders, random.Random(number)))
    return made


def _undelivered(app: Application) -> int:
    with app.app_context(), transaction(Scope(system=True)):
        return db.session.scalar(select(func.count()).select_from(Delivery).where(Delivery.status == "pending")) or 0


def _rows(app: Application) -> tuple[list[str], list[str], list[tuple[str, Organisation]]]:
    with app.app_context(), transaction(Scope(system=True)):
        offers = [str(i) for i in db.session.scalars(select(Offer.id).where(Offer.status == "published", Offer.reach == "public").order_by(Offer.id).limit(50))]
        open_ = select(Order).where(Order.procedure.has(status="open")).order_by(Order.id).limit(CLIENTS)
        found = [(str(order.id), order.organisation_id) for order in db.session.scalars(open_)]
        firms = {firm.id: firm for firm in db.session.scalars(select(Organisation).where(Organisation.id.in_([owner for _, owner in found])))}
        db.session.expunge_all()
    return offers, [order_id for order_id, _ in found], [(order_id, firms[owner]) for order_id, owner in found]


def _tell(environment: dict[str, str], parts: Serving, postgres: int, seconds: float, warm_up: float) -> None:
    app = _application(environment)
    clients = _clients(app)
    port = int(environment["GONGCHUANG_PORT"])
    _all_at_once(clients, port, warm_up)
    for client in clients:
        client.took.clear()
    memory, before = memory_of(parts.web), _cpu(parts, postgres)
    began = time.monotonic()
    _all_at_once(clients, port, seconds)
    lasted = time.monotonic() - began
    spent = [now - then for now, then in zip(_cpu(parts, postgres), before, strict=True)]
    left = _undelivered(app)
    with app.app_context():
        db.engine.dispose()
    took = [one for client in clients for one in client.took]
    wrong = [one for client in clients for one in client.wrong]
    each = [f"{1000 * one / len(took):.2f}" for one in spent]
    print(f"P9 {CLIENTS} clients mixed for {lasted:.0f} s on gunicorn, {len(took)} requests, a second, gate 250: {len(took) / lasted:.0f}", flush=True)
    print(f"P9 median {quantile(took, 0.5) * 1000:.0f} ms, p99 in ms, gate 150: {quantile(took, 0.99) * 1000:.0f}")
    print(f"P9 errors{' (' + wrong[0] + ')' if wrong else ''}, gate 0: {len(wrong)}")
    print(f"P9 memory of the web processes {memory >> 20} MiB, growth in percent, gate 5: {100 * (memory_of(parts.web) / memory - 1):.1f}")
    print(f"P9 CPU ms for each request: PostgreSQL {each[1]}, the clients {each[2]}, the worker {each[3]}, web: {each[0]}")
    print(f"P9 deliveries that wait for the worker as the clients stop: {left}", flush=True)


def _cpu(parts: Serving, postgres: int) -> list[float]:
    """Return the CPU seconds used so far by web, PostgreSQL, the clients and the worker."""
    return [cpu_of(parts.web), cpu_of(postgres), _own_cpu(), cpu_of(parts.worker) if parts.worker else 0.0]


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _all_at_once(clients: list[Client], port: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=client.run, args=(port, until)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
