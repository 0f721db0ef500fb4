"""Fixtures every room uses. A test that needs no database asks for none of them."""

import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import hypothesis
import pytest
from flask.testing import FlaskClient

from gongchuang import assets
from gongchuang.actor import Actor
from gongchuang.database import Scope
from gongchuang.database.embedded import EmbeddedPostgres
from gongchuang.database.unit import transaction
from gongchuang.events import relay
from gongchuang.events.registry import QUEUES
from gongchuang.organisations.models import Organisation
from gongchuang.settings import Settings
from gongchuang.web.app import create_app
from gongchuang.web.application import Application
from tests import builders
from tests.rounds import SOAK
from tests.schema import Wipe, cluster, migrated

hypothesis.settings.register_profile("measured_elsewhere", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("measured_elsewhere")
"""Speed is measured by `make bench`: a slow machine is no reason for a test to fail."""

if "PYTEST_DEBUG_TEMPROOT" not in os.environ:
    os.environ["PYTEST_DEBUG_TEMPROOT"] = _own = tempfile.mkdtemp(prefix="gongchuang-tests-")
    atexit.register(shutil.rmtree, _own, ignore_errors=True)
"""A folder of this run's own: every start of pytest shuts the shared one to other users, and PostgreSQL, which must not run as root, with it."""

pytest_plugins = ["tests.servers.plugin"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "soak: only run by make soak")
    config.addinivalue_line("markers", "alone: run after the others, not beside them: it measures how soon something is back")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # a shell starts what it puts in the background deaf to Ctrl-C; the programs tested here would inherit it and not stop


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only `make soak` runs: it is not skipped for want of anything."""
    left_out = [] if SOAK else [item for item in items if item.get_closest_marker("soak")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    folder = tmp_path_factory.mktemp("postgres")
    folder.chmod(0o755)
    with cluster(folder / "cluster") as running:
        yield running


@pytest.fixture(scope="session")
def settings(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return migrated(postgres, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def whole_app(settings: Settings) -> Application:
    assets.build()
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture(scope="session")
def wipe(postgres: EmbeddedPostgres, settings: Settings) -> Iterator[Wipe]:
    wiping = Wipe(postgres, settings.data_folder / "files")
    yield wiping
    wiping.close()


@pytest.fixture
def app(whole_app: Application, wipe: Wipe) -> Iterator[Application]:
    """The application over an empty database."""
    builders.use(whole_app)
    yield whole_app
    wipe()


@pytest.fixture
def acting_for(app: Application) -> Callable[..., AbstractContextManager[Actor]]:
    """`with acting_for(organisation, "sales") as actor:` one transaction as one of its people."""

    @contextmanager
    def act(organisation: Organisation, *roles: str) -> Iterator[Actor]:
        user = builders.make_user(organisation, roles=roles or ("admin",))
        actor = builders.actor_of(user, organisation, roles or ("admin",))
        with app.app_context(), transaction(Scope.of(actor)):
            yield actor

    return act


@pytest.fixture
def client_of(app: Application) -> Callable[..., FlaskClient]:
    """A browser signed in for an organisation."""

    def sign_in(organisation: Organisation | None, *roles: str, duties: tuple[str, ...] = (), fresh: bool = True) -> FlaskClient:
        user = builders.make_user(organisation, roles=roles or ("admin",), duties=duties)
        client = app.test_client()
        client.set_cookie(builders.COOKIE, builders.make_session(user, organisation, fresh=fresh))
        return client

    return sign_in


@pytest.fixture
def visitor(app: Application) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def api_of(app: Application) -> Callable[..., FlaskClient]:
    """A program with a personal token of an organisation."""

    def make(organisation: Organisation, *roles: str, scopes: str = "*") -> FlaskClient:
        user = builders.make_user(organisation, roles=roles or ("admin",))
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {builders.make_token(user, organisation, scopes)}"
        return client

    return make


@pytest.fixture
def run_outbox(app: Application) -> Callable[[], int]:
    """Deliver everything that waits, until nothing does; return how many deliveries."""

    def run() -> int:
        total = 0
        with app.app_context():
            while handled := sum(relay.drain(queue) for queue in QUEUES):
                total += handled
        return total

    return run


@pytest.fixture
def shift_clock(wipe: Wipe) -> Callable[[timedelta], None]:
    """Move the database's clock; it goes back after the test."""

    def shift(by: timedelta) -> None:
        wipe.execute("update clock set shift = %s", by)

    return shift


@pytest.fixture
def some_id() -> UUID:
    return uuid4()


@pytest.fixture
def data_folder(settings: Settings) -> Path:
    return settings.data_folder


@pytest.fixture
def noon() -> datetime:
    return datetime.fromisoformat("2026-11-20T12:00:00+08:00")


@pytest.fixture
def day() -> timedelta:
    return timedelta(days=1)
