"""`gongchuang reindex`: fill the index anew with no gap."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from flask import Flask

from gongchuang.commands.program import program
from gongchuang.database import Scope, db, found_or_404
from gongchuang.database import now as database_now
from gongchuang.database.unit import transaction
from gongchuang.manifest import load_rooms
from gongchuang.settings import read_settings
from gongchuang.start import StartError, running
from gongchuang.web.app import create_app
from search.reindex import actions
from search.reindex.models import Reindex

PATIENCE_SECONDS = 600.0
LOOK_EVERY_SECONDS = 0.5
SYSTEM = Scope(system=True)


@click.command()
@click.option("--here", is_flag=True, help="Fill the index in this process instead of asking a worker.")
def reindex(here: bool) -> None:
    """Fill the search index anew from the database; searches go on meanwhile."""
    settings = read_settings()
    beside = None if settings.database_url or here else running(settings)
    if beside is not None:
        load_rooms()
        _ask_and_wait(create_app(beside))
        return
    with program(settings) as app:
        if settings.embedded or here:
            _fill_here(app)
        else:
            _ask_and_wait(app)


def _fill_here(app: Flask) -> None:
    with app.app_context(), transaction(SYSTEM):
        request = actions.ask()
        actions.fill(request, database_now())
        _report(request)


def _ask_and_wait(app: Flask) -> None:
    """Ask through the outbox and wait for the answer; the worker's sweep finds the request within half a minute."""
    with app.app_context():
        with transaction(SYSTEM):
            identifier = actions.ask().id
        click.echo("已请求重建索引，等待后台处理 …")
        for request in _looking(identifier):
            if request.status != "asked":
                _report(request)
                return
    raise StartError("后台一直没有处理重建请求：请确认 gongchuang worker（或 gongchuang run）正在运行，或加 --here 在本进程内重建")


def _looking(identifier: UUID) -> Iterator[Reindex]:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with _read(identifier) as request:
            yield request
        time.sleep(LOOK_EVERY_SECONDS)


@contextmanager
def _read(identifier: UUID) -> Iterator[Reindex]:
    with transaction(SYSTEM):
        yield found_or_404(Reindex, identifier)


def _report(request: Reindex) -> None:
    if request.status == "failed":
        raise StartError(f"重建索引失败：{request.error}")
    db.session.flush()
    click.echo(f"索引已重建，共 {request.documents} 条")
