"""Real servers for the contracts and the story, one of each for a worker process, started when first asked for."""

from collections.abc import Iterator

import pytest

from tests.servers import start_elasticsearch, start_minio, start_postgres, start_redis
from tests.servers.plugin import started

from .production import Minio, Production, Servers, installed


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The superuser's address of a fresh cluster of an installed PostgreSQL ≥ 15."""
    with started(start_postgres) as server:
        yield server.url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with started(start_redis) as server:
        yield server.url


@pytest.fixture(scope="session")
def minio() -> Iterator[Minio]:
    with started(start_minio) as server:
        yield Minio(server.url, server.secrets["access_key"], server.secrets["secret_key"], server)


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    with started(start_elasticsearch) as server:
        yield server.url


@pytest.fixture(scope="module")
def production(minio: Minio, elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """The program's processes on a PostgreSQL and a Redis of the module's own."""
    folder = tmp_path_factory.mktemp("production")
    with started(start_postgres) as postgres, started(start_redis) as redis:
        servers = Servers(postgres.url.rsplit("/", 1)[0], redis.url, minio, elasticsearch_url)
        with installed(servers, folder) as made:
            yield made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what uses Elasticsearch on one worker process (`--dist loadgroup`): it takes 1.3 GB and 8 s to start."""
    for item in items:
        if "elasticsearch_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("elasticsearch"))
