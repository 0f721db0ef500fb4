"""The program's own clients while a part is down, hung or lying: they answer in seconds, say what is wrong, and lose nothing."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import urllib3
from flask.testing import FlaskClient
from redis.exceptions import RedisError
from sqlalchemy import Engine, create_engine, event, select, text
from sqlalchemy.exc import OperationalError

from gongchuang.database import as_system, db
from gongchuang.database.patience import PatientConnection, have_patience, watch
from gongchuang.database.session import GroundSession
from gongchuang.events import relay
from gongchuang.events.models import Delivery
from gongchuang.events.registry import QUEUES
from gongchuang.jobs import queues
from gongchuang.settings import Settings
from gongchuang.start import StartError, ready
from gongchuang.web.application import Application
from marketplace.demo.parts.make_parts import FILES
from services.files.s3 import S3Address, S3Store
from services.files.store import StoreUnavailable
from services.moderation.actions import as_owner
from tests.builders import as_the_system, make_organisation
from tests.faults.proxy import BLACKHOLE, CUT, HANG, PASS, RESET, Mode, Proxy, truncate
from tests.servers import start_minio, start_postgres, start_redis
from tests.servers.plugin import started

FLANGE = (FILES / "flange-dn50.step").read_bytes()
PAGE_SECONDS = 10.0
"""How long a person may wait for any page while one part is down."""


@contextmanager
def soon(seconds: float = PAGE_SECONDS) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


# PostgreSQL


@pytest.fixture(scope="module")
def postgres_proxy() -> Iterator[tuple[Proxy, Engine]]:
    with started(start_postgres) as server, Proxy(server.port) as proxy:
        url = server.url.replace("postgresql:", "postgresql+psycopg:").replace(f":{server.port}/", f":{proxy.port}/")
        engine = create_engine(url, pool_pre_ping=True, pool_size=1, max_overflow=0, pool_timeout=5)
        watch(engine)
        yield proxy, engine
        proxy.mode(PASS)
        engine.dispose()


@pytest.mark.parametrize("mode", [HANG, BLACKHOLE], ids=["hung", "losing all"])
def test_a_hung_database_is_given_up_and_found_again(postgres_proxy: tuple[Proxy, Engine], mode: Mode) -> None:
    proxy, engine = postgres_proxy
    with engine.connect() as connection:
        assert isinstance(connection.connection.dbapi_connection, PatientConnection)
    proxy.mode(mode)
    with soon(), pytest.raises(OperationalError):
        engine.connect()
    proxy.mode(PASS)
    with engine.connect() as connection:
        assert connection.scalar(text("select 1")) == 1


def test_a_database_that_hangs_under_a_statement_is_given_up(postgres_proxy: tuple[Proxy, Engine]) -> None:
    proxy, engine = postgres_proxy
    with engine.connect() as connection:
        have_patience(connection, 0.5)
        proxy.mode(HANG)
        with soon(5), pytest.raises(OperationalError, match="does not answer") as raised:
            connection.execute(text("select 1"))
        assert raised.value.connection_invalidated
        proxy.mode(PASS)
    with engine.connect() as connection:
        assert connection.scalar(text("select 1")) == 1


def test_a_slow_statement_within_its_time_is_left_alone(postgres_proxy: tuple[Proxy, Engine]) -> None:
    _, engine = postgres_proxy
    with engine.connect() as connection:
        have_patience(connection, 5.0)
        assert connection.scalar(text("select 1 from pg_sleep(3.5)")) == 1


def _end_the_backend(session: Any) -> None:
    """End this session's connection from another one of the same role, as a failover would at the worst moment."""
    pid = session.scalar(text("select pg_backend_pid()"))
    with db.engine.connect() as other:
        other.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})


@pytest.mark.parametrize("path", ["/", "/api/v1/offers"])
def test_a_database_that_goes_away_at_the_commit_is_a_503(app: Application, visitor: FlaskClient, path: str) -> None:
    """What is said then must not be that the program is broken, nor that all went well."""
    event.listen(GroundSession, "before_commit", _end_the_backend, once=True)
    answer = visitor.get(path)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert visitor.get(path).status_code == 200


def test_a_database_that_goes_away_under_the_system_role_is_named_as_that(acting_for: Any) -> None:
    """Giving the role back must not hide the reason: it is a 503, not an error of the program."""

    def lose() -> None:
        with acting_for(make_organisation()), as_system():
            _end_the_backend(db.session)
            db.session.execute(text("select 1"))

    with pytest.raises(OperationalError) as raised:
        lose()
    assert raised.value.connection_invalidated


def test_a_database_that_goes_away_under_an_owner_s_tenancy_is_named_as_that(acting_for: Any) -> None:
    """The operator who takes an offer down acts under its owner for a moment; giving that back must not hide the reason either."""
    owner = make_organisation()

    def lose() -> None:
        with acting_for(make_organisation()), as_owner(owner.id):
            _end_the_backend(db.session)
            db.session.execute(text("select 1"))

    with pytest.raises(OperationalError) as raised:
        lose()
    assert raised.value.connection_invalidated


def test_a_start_without_a_database_says_so_in_one_sentence(settings: Settings) -> None:
    nobody = "postgresql+psycopg://gongchuang_owner@127.0.0.1:9/gongchuang"
    with soon(), pytest.raises(StartError, match="DATABASE_URL") as raised:
        ready(settings.model_copy(update={"database_url": nobody, "database_owner_url": nobody}))
    assert "\n" not in str(raised.value)


# Object store


@pytest.fixture(scope="module")
def store_proxy() -> Iterator[tuple[Proxy, S3Store]]:
    with started(start_minio) as server, Proxy(server.port) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        store = S3Store(S3Address(address, address, server.secrets["access_key"], server.secrets["secret_key"], "gongchuang-outages"))
        _ensure(store)
        yield proxy, store


def _ensure(store: S3Store, tries: int = 20) -> None:
    """Make the bucket. On a busy machine MinIO answers 503 for a moment after it has called itself ready."""
    for left in reversed(range(tries)):
        try:
            store.ensure()
            return
        except StoreUnavailable:
            if not left:
                raise
            time.sleep(0.5)


@pytest.fixture
def store(app: Application, store_proxy: tuple[Proxy, S3Store], monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The way to the store the application uses now."""
    proxy, s3 = store_proxy
    monkeypatch.setitem(app.extensions, "store", s3)
    yield proxy
    proxy.mode(PASS)


def _posted(client: FlaskClient) -> str:
    """Begin an upload and post its bytes to the store; nobody has confirmed it yet."""
    begun: Any = client.post("/api/v1/files", json={"name": "法兰.step", "size": len(FLANGE), "purpose": "order_part"}).json
    fields = {**begun["form"]["fields"], "file": ("f", FLANGE, "model/step")}
    assert urllib3.request("POST", begun["form"]["url"], fields=fields).status == 204
    return str(begun["id"])


@pytest.mark.parametrize("mode", [HANG, BLACKHOLE, CUT, RESET, truncate(download=10)], ids=["hung", "losing all", "refusing", "resetting", "truncating"])
def test_a_page_says_that_the_store_does_not_answer(store: Proxy, client_of: Any, mode: Mode) -> None:
    client = client_of(make_organisation())
    revision = _posted(client)
    store.mode(mode)
    with soon():
        answer = client.post(f"/api/v1/files/{revision}/confirm", json={})
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert client.get(f"/files/{revision}").status_code == 200
    store.mode(PASS)
    assert client.post(f"/api/v1/files/{revision}/confirm", json={}).json["status"] == "received"


def test_a_picture_the_store_breaks_off_is_a_503(store: Proxy, client_of: Any, run_outbox: Callable[[], int]) -> None:
    client = client_of(make_organisation())
    revision = _posted(client)
    client.post(f"/api/v1/files/{revision}/confirm", json={})
    run_outbox()
    assert client.get(f"/files/{revision}/thumbnail.png").data.startswith(b"\x89PNG")
    store.mode(truncate(download=2_000))
    assert client.get(f"/files/{revision}/thumbnail.png").status_code == 503
    store.mode(PASS)
    assert client.get(f"/files/{revision}/thumbnail.png").status_code == 200


@pytest.mark.parametrize("mode", [CUT, truncate(download=4_000)], ids=["refusing", "truncating"])
def test_a_store_that_is_away_for_long_parks_and_refuses_nothing(
    store: Proxy, client_of: Any, run_outbox: Callable[[], int], monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    """A handler that meets a part that is down has not failed: its delivery waits and counts no attempt."""
    monkeypatch.setattr(relay, "PAUSE_SECONDS", 1)
    client = client_of(make_organisation())
    revision = _posted(client)
    client.post(f"/api/v1/files/{revision}/confirm", json={})
    store.mode(mode)
    run_outbox()
    with as_the_system():
        (waiting,) = db.session.scalars(select(Delivery).where(Delivery.status == "pending"))
        assert (waiting.attempts, waiting.handler.rpartition(".")[2]) == (0, "check_file")
        assert "StoreUnavailable" in (waiting.error or "")
    store.mode(PASS)
    time.sleep(1.1)
    run_outbox()
    assert client.get(f"/api/v1/files/{revision}").json["status"] == "checked"


def test_readyz_names_what_is_down(store: Proxy, visitor: FlaskClient, app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions["readiness"], "files", app.extensions["store"].ensure)
    store.mode(HANG)
    with soon():
        answer = visitor.get("/readyz")
    assert (answer.status_code, answer.json["dependencies"]["files"], answer.json["dependencies"]["database"]) == (200, "StoreUnavailable", "ok")


# Redis


@pytest.fixture
def redis_proxy() -> Iterator[Proxy]:
    with started(start_redis) as server, Proxy(server.port) as proxy:
        queues.use_redis(f"redis://127.0.0.1:{proxy.port}/0")
        try:
            yield proxy
        finally:
            queues.use_redis(None)


@pytest.mark.parametrize("mode", [HANG, BLACKHOLE, CUT], ids=["hung", "losing all", "refusing"])
def test_a_queue_that_is_down_costs_a_request_two_seconds_at_most_and_then_nothing(redis_proxy: Proxy, mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    queues.poke("events")
    assert queues.queue("events").count == 1
    redis_proxy.mode(mode)
    with soon(3), pytest.raises(RedisError):
        queues.poke("events")
    with soon(0.1):
        for name in QUEUES:
            queues.poke(name)
    redis_proxy.mode(PASS)
    monkeypatch.setattr(queues, "REST_SECONDS", 0.0)
    monkeypatch.setitem(queues._state, "rests_until", 0.0)
    queues.poke("events")
    assert queues.queue("events").count == 2
