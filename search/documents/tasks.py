"""Mirroring: what follows a document's change, and what the clock does so that engines and table agree."""

from datetime import datetime

import structlog
from flask import Flask

from gongchuang.database import Scope, now
from gongchuang.database.unit import transaction
from gongchuang.events import Delivered, cron, handles
from search.documents import mirroring
from search.documents.events import DocumentChanged
from search.engines.port import EngineUnavailable

log = structlog.get_logger(__name__)


@handles(DocumentChanged, queue="events", as_system=True, coalesced=True)
def mirror_to_engine(_: Delivered) -> None:
    """Let the engine take over everything that waits. While it is down nothing is lost: rows keep waiting, and `catch_up` comes by."""
    try:
        mirroring.take_over()
    except EngineUnavailable as error:
        log.warning("engine takes nothing over, documents wait", error=str(error))


@cron(seconds=15, queue="events")
def catch_up(_: datetime) -> None:
    """Take over what waits while the engine was down, and fill an index that lacks what it once took over (a new engine, a lost folder or index)."""
    try:
        mirroring.take_over()
        mirroring.fill_if_short()
    except EngineUnavailable as error:
        log.warning("engine takes nothing over, documents wait", error=str(error))


@cron("17 2 * * *", queue="slow")
def verify_and_heal(_: datetime) -> None:
    """Every night: compare the engine with the table, document by document, and mend what differs."""
    try:
        healed = mirroring.heal()
    except EngineUnavailable as error:
        log.warning("engine cannot be compared with the table", error=str(error))
        return
    if healed:
        log.warning("engine differed from the table and was mended", documents=healed)


def take_over_demo(app: Flask) -> None:
    """Let the engine take over what the demo wrote before any page is shown."""
    with transaction(Scope(system=True)):
        catch_up(now())
