"""Starting: from settings to a ready database and application. What `run`, `web`, `worker`, `cron` and the tests share."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from sqlalchemy.exc import OperationalError

from gongchuang.database.embedded import APP, OWNER, EmbeddedPostgres, running_urls
from gongchuang.database.provision import provision
from gongchuang.manifest import load_rooms
from gongchuang.settings import Settings
from gongchuang.web.app import create_app
from gongchuang.web.application import Application


class StartError(Exception):
    """Why the program cannot start, in one sentence for the person at the terminal."""


class FolderHeld(StartError):
    """Another process of ours holds the data folder."""


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Hold the data folder against a second start; the lock ends with the process, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StartError(f"无法写入数据目录 {folder}（{error.strerror}）：请更改权限，或用 GONGCHUANG_DATA 指定另一个目录") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise FolderHeld(f"数据目录 {folder} 正被另一个工创云进程使用：请先停止它，或用 GONGCHUANG_DATA 指定另一个目录") from None
    try:
        yield
    finally:
        os.close(handle)


@contextmanager
def embedded_database(settings: Settings) -> Iterator[Settings]:
    """Start PostgreSQL in the data folder, and import the rooms meanwhile; yield the settings with the database's addresses filled in."""
    rooms = Thread(target=load_rooms, name="rooms")
    rooms.start()
    postgres = EmbeddedPostgres(settings.data_folder / "postgres")
    try:
        postgres.prepare()
        rooms.join()
        yield settings.model_copy(update={"database_url": postgres.url(APP), "database_owner_url": postgres.url(OWNER)})
    finally:
        postgres.stop()


def running(settings: Settings) -> Settings | None:
    """Return the settings by which the instance that runs on this data folder is reached, None where none does."""
    urls = running_urls(settings.data_folder / "postgres")
    return settings.model_copy(update={"database_url": urls[APP], "database_owner_url": urls[OWNER]}) if urls else None


def ready(settings: Settings) -> Application:
    """Migrate, grant, and return the application. Raises StartError where the database does not answer; every other part may come later."""
    load_rooms()
    assert settings.database_url
    assert settings.database_owner_url
    try:
        provision(settings.database_owner_url, settings.database_url)
    except OperationalError as error:
        if error.statement is not None:
            raise
        reason = str(error.orig).strip().splitlines()[0]
        raise StartError(f"无法连接数据库（{reason}）：请确认 PostgreSQL 已启动，并检查 DATABASE_URL 与 DATABASE_OWNER_URL") from None
    return create_app(settings)
