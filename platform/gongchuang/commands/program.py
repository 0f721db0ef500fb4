"""The program as commands need it: settings in, a ready application out, the embedded database around it."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import text

from gongchuang.database import Scope, db
from gongchuang.database.unit import transaction
from gongchuang.events import relay
from gongchuang.events.registry import QUEUES
from gongchuang.manifest import features, load_rooms
from gongchuang.settings import Settings
from gongchuang.start import FolderHeld, embedded_database, hold_folder, ready, running
from gongchuang.web.app import create_app
from gongchuang.web.application import Application


@contextmanager
def program(settings: Settings) -> Iterator[Application]:
    """Yield the application; with no `DATABASE_URL`, over the embedded PostgreSQL of the data folder, which is held meanwhile."""
    if settings.database_url is not None:
        yield ready(settings)
        return
    with hold_folder(settings.data_folder), embedded_database(settings) as complete:
        yield ready(complete)


@contextmanager
def beside(settings: Settings) -> Iterator[Application]:
    """Yield the application for a command that ends: over the database of the instance that runs on the data folder, if one does, else as `program`."""
    try:
        with program(settings) as app:
            yield app
    except FolderHeld:
        reached = running(settings)
        if reached is None:
            raise
        load_rooms()
        yield create_app(reached)


def demo_is_loaded() -> bool:
    """Whether any organisation of the demo stands."""
    with transaction(Scope(system=True)):
        return bool(db.session.execute(text("select exists (select 1 from organisations where demo)")).scalar())


def load_demo(app: Application) -> None:
    """Load every room's demo, lower rooms first."""
    for feature in sorted(features(), key=lambda f: f.demo_order):
        if feature.demo is not None:
            with app.app_context():
                feature.demo(app)


def deliver_all(app: Application) -> None:
    """Deliver what the outbox holds, where no worker will: a command beside no running program."""
    with app.app_context():
        while sum(relay.drain(name) for name in QUEUES):
            pass


def load_demo_once(app: Application) -> None:
    """Load the demo into an empty installation."""
    with app.app_context(), transaction(Scope(system=True)):
        empty = not db.session.execute(text("select exists (select 1 from organisations)")).scalar()
    if empty:
        click.echo("正在载入演示数据 …")
        load_demo(app)


def remove_demo(app: Application) -> None:
    """Remove what the demo brought, upper rooms first."""
    for feature in sorted(features(), key=lambda f: -f.demo_order):
        if feature.demo_remove is not None:
            with app.app_context():
                feature.demo_remove(app)


def sign_in_links(app: Application) -> list[tuple[str, str]]:
    """Return role and one-time path of the demo's people, if the demo is loaded."""
    make = app.extensions.get("demo_sign_in_links")
    if make is None:
        return []
    with app.app_context():
        if not demo_is_loaded():
            return []
        links: list[tuple[str, str]] = make()
        return links
