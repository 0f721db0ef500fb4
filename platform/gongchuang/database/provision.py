"""Making everything a database needs: roles, schema, grants. Safe to run at every start, by several processes at once (advisory lock)."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

from gongchuang.database import ddl
from gongchuang.database.patience import NETWORK
from gongchuang.database.session import SYSTEM_ROLE

LOCK = 0x676F6E67  # "gong"


def migrations_folder() -> Path:
    """Return the numbered revisions: the repository's own folder in a checkout, the wheel's copy elsewhere."""
    root = Path(__file__).resolve().parents[3]
    return root / "migrations" if (root / "pyproject.toml").exists() else Path(__file__).resolve().parents[1] / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = connection
    return config


def heads() -> tuple[str, ...]:
    return tuple(ScriptDirectory.from_config(_config()).get_heads())


def revision_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _make_roles(connection: Connection, app_url: str) -> str:
    """Make the system role and the app's login role, neither of which owns or bypasses anything; return the app role's name."""
    url = make_url(app_url)
    name = url.username or ""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    if not connection.execute(text("select 1 from pg_roles where rolname = :n"), {"n": SYSTEM_ROLE}).scalar():
        raw.execute(sql.SQL("create role {} nologin noinherit nobypassrls").format(sql.Identifier(SYSTEM_ROLE)))
    if not connection.execute(text("select 1 from pg_roles where rolname = :n"), {"n": name}).scalar():
        password = sql.SQL(" password {}").format(sql.Literal(url.password)) if url.password else sql.SQL("")
        raw.execute(sql.SQL("create role {} login noinherit nobypassrls nosuperuser").format(sql.Identifier(name)) + password)
    raw.execute(sql.SQL("grant {} to {}").format(sql.Identifier(SYSTEM_ROLE), sql.Identifier(name)))
    return name


def provision(owner_url: str, app_url: str) -> str:
    """Bring the database up to the newest revision and the models' grants; return the revision."""
    engine = create_engine(owner_url, connect_args=NETWORK)
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:k)"), {"k": LOCK})
            connection.commit()
            try:
                with connection.begin():
                    app_role = _make_roles(connection, app_url)
                    command.upgrade(_config(connection), "head")
                    for statement in ddl.grants(app_role):
                        connection.exec_driver_sql(statement)
                with connection.begin():
                    return revision_of(connection) or ""
            finally:
                connection.execute(text("select pg_advisory_unlock(:k)"), {"k": LOCK})
                connection.commit()
    finally:
        engine.dispose()
