"""A database for tests: the embedded PostgreSQL, the schema as the migrations make it, emptied between tests by DELETE."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from gongchuang.database import ddl
from gongchuang.database.embedded import APP, DATABASE, OWNER, EmbeddedPostgres
from gongchuang.database.provision import provision
from gongchuang.manifest import load_rooms
from gongchuang.settings import Settings, read_settings


@contextmanager
def cluster(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of this test process's own."""
    postgres = EmbeddedPostgres(folder)
    postgres.prepare()
    yield postgres
    postgres.stop()


def migrated(postgres: EmbeddedPostgres, data: Path) -> Settings:
    """Settings of a provisioned database in `postgres`."""
    load_rooms()
    settings = read_settings(data=data, testing=True, database_url=postgres.url(APP), database_owner_url=postgres.url(OWNER), secret_key="k" * 40)
    provision(settings.database_owner_url or "", settings.database_url or "")
    return settings


class Wipe:
    """Empties every table, and the disk store of what they named; the superuser's session ignores foreign keys, so the order does not matter."""

    def __init__(self, postgres: EmbeddedPostgres, files: Path) -> None:
        self._files = files
        self._connection = psycopg.connect(host=postgres.socket_folder, user="postgres", dbname=DATABASE, autocommit=True)
        self._connection.execute("set session_replication_role = replica")
        self._tables = sorted(ddl.models())

    def __call__(self) -> None:
        self._connection.execute("; ".join(f"delete from {table}" for table in self._tables) + "; update clock set shift = '0'")
        for each in self._files.glob("*/*"):
            shutil.rmtree(each) if each.is_dir() else each.unlink()

    def execute(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Run a statement past all policies: what a test proves about the database itself."""
        cursor = self._connection.execute(statement, values)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        self._connection.close()
