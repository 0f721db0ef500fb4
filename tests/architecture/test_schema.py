"""The schema the migrations make is the schema the models say: both are built side by side and their catalogues compared."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from gongchuang.database import ddl
from gongchuang.database.embedded import DATABASE, OWNER, EmbeddedPostgres
from gongchuang.database.model import Base
from gongchuang.database.provision import heads, migrations_folder
from gongchuang.settings import Settings

BY_MODELS = "by_models"
CATALOGUE = {
    "columns": """select table_name || '.' || column_name,
                         concat_ws(' ', data_type, udt_name, character_maximum_length, is_nullable, column_default, is_generated, generation_expression)
                  from information_schema.columns where table_schema = 'public'""",
    "constraints": "select conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace",
    "indexes": "select indexname, indexdef from pg_indexes where schemaname = 'public'",
    "policies": """select tablename || '.' || policyname, concat_ws(' ', cmd, permissive, roles, 'using', qual, 'check', with_check)
                   from pg_policies where schemaname = 'public'""",
    "functions": "select proname, concat_ws(' ', prosrc, provolatile, prosecdef, proparallel) from pg_proc where pronamespace = 'public'::regnamespace",
    "triggers": "select tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal",
    "security": "select relname, relrowsecurity::text || relforcerowsecurity::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
}


def _connect(postgres: EmbeddedPostgres, database: str, role: str = "postgres") -> "psycopg.Connection[tuple[str, str]]":
    return psycopg.connect(host=postgres.socket_folder, user=role, dbname=database, autocommit=True)


@pytest.fixture(scope="module")
def by_models(postgres: EmbeddedPostgres, settings: Settings) -> Iterator[str]:
    """A second database in the same cluster, made from the models alone. The roles are the cluster's, so they are there already."""
    assert settings.database_url
    postgres.prepare(BY_MODELS)
    with _connect(postgres, BY_MODELS, OWNER) as connection:
        for statement in (*ddl.FUNCTIONS.strip().split(";\n"), *ddl.create(Base.metadata.sorted_tables)):
            connection.execute(statement.encode())
    yield BY_MODELS
    with _connect(postgres, "postgres") as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(BY_MODELS)))


@pytest.mark.parametrize("part", sorted(CATALOGUE))
def test_the_migrations_make_what_the_models_say(postgres: EmbeddedPostgres, by_models: str, part: str) -> None:
    catalogues = []
    for database in (DATABASE, by_models):
        with _connect(postgres, database) as connection:
            rows = connection.execute(CATALOGUE[part].encode()).fetchall()
            catalogues.append({name: definition for name, definition in rows if not name.startswith("alembic_version")})
    migrated, modelled = catalogues
    differences = {name: (migrated.get(name), modelled.get(name)) for name in migrated.keys() | modelled.keys() if migrated.get(name) != modelled.get(name)}
    assert not differences


def test_the_revisions_are_one_line() -> None:
    assert len(heads()) == 1
    numbers = []
    for file in sorted((migrations_folder() / "versions").glob("*.py")):
        text = file.read_text("utf-8")
        revision, previous = re.search(r'^revision = "(\d{4})"', text, re.M), re.search(r'^down_revision = (?:"(\d{4})"|None)', text, re.M)
        assert revision, file.name
        assert previous, file.name
        assert file.name.startswith(f"{revision[1]}_")
        assert (int(previous[1]) if previous[1] else 0) == int(revision[1]) - 1
        numbers.append(int(revision[1]))
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_migration_reads_no_model() -> None:
    """A released revision must do tomorrow what it did today, whatever became of the models."""
    for file in Path(migrations_folder() / "versions").glob("*.py"):
        imported = re.findall(r"^(?:from|import) (\w+)", file.read_text("utf-8"), re.M)
        assert set(imported) <= {"alembic", "sqlalchemy"}, file.name
