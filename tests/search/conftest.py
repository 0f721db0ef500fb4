"""Documents in the database, and engines over them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from gongchuang.database import Scope
from gongchuang.database.unit import transaction
from gongchuang.web.application import Application
from search.documents import queries
from search.documents.actions import mirror
from search.documents.document import Document
from search.documents.fields import Entry
from search.engines.index import Index
from search.engines.tantivy import TantivyEngine
from tests.builders import make_organisation
from tests.search.corpus import crowd

SYSTEM = Scope(system=True)


@pytest.fixture
def system(app: Application) -> Callable[[], AbstractContextManager[None]]:
    """`with system():` one transaction as the system role."""

    @contextmanager
    def enter() -> Iterator[None]:
        with app.app_context(), transaction(SYSTEM):
            yield

    return enter


@pytest.fixture
def organisations(app: Application) -> list[tuple[UUID, str | None]]:
    """Five organisations, some of one park."""
    return [(make_organisation(park=park).id, park) for park in ("xa-hitech", None, "xa-hitech", None, None)]


@pytest.fixture
def publish(system: Callable[[], AbstractContextManager[None]]) -> Callable[..., list[Entry]]:
    """Mirror documents; return them as engines take them over."""

    def mirrored(*documents: Document) -> list[Entry]:
        with system():
            identifiers = [mirror(document) for document in documents]
        with system():
            changes = {change.id: change for change in map(queries.change, queries.rows(identifiers))}
        return [change for identifier in identifiers if isinstance(change := changes[identifier], Entry)]

    return mirrored


@pytest.fixture
def corpus(publish: Callable[..., list[Entry]], organisations: list[tuple[UUID, str | None]]) -> list[Entry]:
    """A hundred and fifty documents in the table."""
    return publish(*crowd(7, 150, organisations))


@pytest.fixture
def tantivy(tmp_path: Path) -> TantivyEngine:
    return TantivyEngine(tmp_path / "search")


@pytest.fixture(autouse=True)
def own_index(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Give each test that runs the application an index folder of its own."""
    if "app" in request.fixturenames:
        app: Application = request.getfixturevalue("app")
        app.extensions["search"] = Index(TantivyEngine(tmp_path / "app-search"))
