"""PostgreSQL as in production: an installed server, a fresh cluster, a superuser with a password."""

import secrets
import signal
from contextlib import suppress
from pathlib import Path

import psycopg

from .places import found_or_missing
from .running import Server, free_port, launch, own_folder, run_once, wait_until


def start_postgres(folder: Path | None = None, *, port: int | None = None) -> Server:
    """Start PostgreSQL on a free port and return it; `url` is the superuser's, on the database `postgres`.

    With a `folder` that already holds a cluster, that cluster is started again. `fsync` is off: data survives a killed
    process, and no test cuts the machine's power.
    """
    programs = found_or_missing("PostgreSQL")
    temporary, place = folder is None, own_folder("postgres", folder, as_other=True)
    password_file = place / "password"
    if not (place / "data/PG_VERSION").exists():
        password_file.write_text(secrets.token_hex(16))
        password_file.chmod(0o644)
        options = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        run_once([programs / "initdb", f"--pgdata={place / 'data'}", *options], place, as_other=True)
    password, port = password_file.read_text(), port or free_port()
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off", "max_connections": 200, "timezone": "UTC"}
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    process = launch([programs / "postgres", "-D", place / "data", *arguments], place, as_other=True)
    url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    wait_until(lambda: _accepts(url), process, place)
    return Server(name="PostgreSQL", url=url, port=port, folder=place, process=process, temporary=temporary, stop_signal=signal.SIGINT)


def _accepts(url: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=5) as connection:
        return connection.execute("select 1").fetchone() == (1,)
    return False
