"""Sixteen clients at once on a gunicorn with a real PostgreSQL: requests a second, the slowest hundredth, errors, memory, and CPU for each request."""

import http.client
import os
import random
import re
import resource
import secrets
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import select

from bench.site import PROGRAM, quantile
from gongchuang import assets
from gongchuang.database import Scope, db
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Organisation
from gongchuang.settings import read_settings
from gongchuang.web.app import create_app
from gongchuang.web.application import Application
from marketplace.offers.models import Offer
from marketplace.orders.models import Order
from tests import builders
from tests.servers.places import Missing
from tests.servers.postgres import start_postgres
from tests.servers.running import answers, free_port

CLIENTS = 16
SECONDS, WARM_UP = 60.0, 10.0
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


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
    try:
        server = start_postgres()
    except Missing as missing:
        print(f"P9 {CLIENTS} clients on gunicorn, gate 250: not measured, {missing}", flush=True)
        return
    with server, tempfile.TemporaryDirectory(prefix="gongchuang-load-") as folder:
        environment = _installed(server.url, Path(folder))
        with _serving(environment) as process:
            _tell(environment, process.pid, server.pid, seconds, warm_up)


def _installed(url: str, folder: Path) -> dict[str, str]:
    """Make the roles, the schema and the demo; return the environment of the installation."""
    base, place = url.rsplit("/", 1)[0], url.rsplit("@", 1)[1].rsplit("/", 1)[0]
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        connection.execute("create role gongchuang_owner login createrole password 'owner'")
        connection.execute("create database gongchuang owner gongchuang_owner encoding 'UTF8' template template0")
    own = {
        "GONGCHUANG_DATA": str(folder),
        "GONGCHUANG_SECRET_KEY": secrets.token_hex(32),
        "GONGCHUANG_PORT": str(free_port()),
        "DATABASE_URL": f"postgresql://gongchuang_app:app@{place}/gongchuang",
        "DATABASE_OWNER_URL": f"postgresql://gongchuang_owner:owner@{place}/gongchuang",
    }
    environment = {**os.environ, **own}
    done = subprocess.run([PROGRAM, "demo"], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the demo could not be loaded:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return environment


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([PROGRAM, "web"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not _ready(int(environment["GONGCHUANG_PORT"])):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit("gunicorn did not start")
            time.sleep(0.1)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _ready(port: int) -> bool:
    try:
        return answers(port, "/readyz") is not None
    except OSError:
        return False


def _clients(environment: dict[str, str]) -> list[Client]:
    """Sign in people of the demo's buyers, each with a copy of an own order to clone."""
    names = {"data": "GONGCHUANG_DATA", "secret_key": "GONGCHUANG_SECRET_KEY", "database_url": "DATABASE_URL", "database_owner_url": "DATABASE_OWNER_URL"}
    app = create_app(read_settings(testing=True, **{name: environment[variable] for name, variable in names.items()}))
    builders.use(app)
    offers, orders, own = _rows(app)
    made = []
    for number in range(CLIENTS):
        order_id, organisation = own[number % len(own)]
        user = builders.make_user(organisation)
        cookie = f"{builders.COOKIE}={builders.make_session(user, organisation)}"
        made.append(Client(cookie, builders.make_token(user, organisation), order_id, offers, orders, random.Random(number)))
    with app.app_context():
        db.engine.dispose()
    return made


def _rows(app: Application) -> tuple[list[str], list[str], list[tuple[str, Organisation]]]:
    with app.app_context(), transaction(Scope(system=True)):
        offers = [str(i) for i in db.session.scalars(select(Offer.id).where(Offer.status == "published", Offer.reach == "public").order_by(Offer.id).limit(50))]
        open_ = select(Order).where(Order.procedure.has(status="open")).order_by(Order.id).limit(CLIENTS)
        found = [(str(order.id), order.organisation_id) for order in db.session.scalars(open_)]
        firms = {firm.id: firm for firm in db.session.scalars(select(Organisation).where(Organisation.id.in_([owner for _, owner in found])))}
        db.session.expunge_all()
    return offers, [order_id for order_id, _ in found], [(order_id, firms[owner]) for order_id, owner in found]


def _tell(environment: dict[str, str], web: int, postgres: int, seconds: float, warm_up: float) -> None:
    clients = _clients(environment)
    port = int(environment["GONGCHUANG_PORT"])
    _all_at_once(clients, port, warm_up)
    for client in clients:
        client.took.clear()
    memory, before = memory_of(web), [cpu_of(web), cpu_of(postgres), _own_cpu()]
    began = time.monotonic()
    _all_at_once(clients, port, seconds)
    lasted = time.monotonic() - began
    spent = [now - then for now, then in zip([cpu_of(web), cpu_of(postgres), _own_cpu()], before, strict=True)]
    took = [one for client in clients for one in client.took]
    wrong = [one for client in clients for one in client.wrong]
    each = [f"{1000 * one / len(took):.2f}" for one in spent]
    print(f"P9 {CLIENTS} clients mixed for {lasted:.0f} s on gunicorn, {len(took)} requests, a second, gate 250: {len(took) / lasted:.0f}", flush=True)
    print(f"P9 median {quantile(took, 0.5) * 1000:.0f} ms, p99 in ms, gate 150: {quantile(took, 0.99) * 1000:.0f}")
    print(f"P9 errors{' (' + wrong[0] + ')' if wrong else ''}, gate 0: {len(wrong)}")
    print(f"P9 memory of the web processes {memory >> 20} MiB, growth in percent, gate 5: {100 * (memory_of(web) / memory - 1):.1f}")
    print(f"P9 CPU ms for each request: PostgreSQL {each[1]}, the clients {each[2]}, web: {each[0]}", flush=True)


def _all_at_once(clients: list[Client], port: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=client.run, args=(port, until)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _family(pid: int) -> list[int]:
    """Return a process and all its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def cpu_of(pid: int) -> float:
    """Return the CPU seconds a process and its children have used, those that ended included."""
    total = 0
    for one in _family(pid):
        fields = re.sub(r".*\)", "", Path(f"/proc/{one}/stat").read_text()).split()
        total += sum(int(ticks) for ticks in fields[11 : 15 if one == pid else 13])
    return total / TICK


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def memory_of(pid: int) -> int:
    """Return the resident bytes of a process's children."""
    return sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) * PAGE for one in _family(pid)[1:])
