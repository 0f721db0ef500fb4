"""Taking the demo away again: every row of its organisations and people, their files, and what the search engine knows of them.

Deletes as the owner, table by table, children first: a row goes when it names one of the demo's organisations or people, or a row that goes.
The audit chains of the demo's organisations go whole; nobody else's loses a link.
"""

from collections.abc import Mapping
from uuid import UUID

import structlog
from flask import Flask
from sqlalchemy import Connection, Table, create_engine, select, text
from sqlalchemy.sql import ColumnElement, or_

from gongchuang.database import Base, Scope, db
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Organisation
from gongchuang.settings import Settings
from search.documents import actions as documents
from search.documents import mirroring
from search.documents.models import SearchDocument
from search.engines.port import EngineUnavailable
from services.files.stores import current_store

log = structlog.get_logger(__name__)

ORGANISATIONS, USERS = "organisations", "users"


def remove(app: Flask) -> int:
    """Remove everything of the demo; return how many organisations went. Removing it a second time does nothing."""
    with transaction(Scope(system=True)):
        gone = [str(identifier) for identifier in db.session.scalars(select(Organisation.id).where(Organisation.demo))]
    if not gone:
        return 0
    _forget_documents()
    settings: Settings = app.config["SETTINGS"]
    engine = create_engine(settings.database_owner_url or "")
    try:
        with engine.begin() as connection:
            _delete_rows(connection)
    finally:
        engine.dispose()
    store = current_store()
    for organisation_id in gone:
        for stored in list(store.list(f"{organisation_id}/")):
            store.delete(stored.key)
    return len(gone)


def _forget_documents() -> None:
    """Let the engine forget first, while the rows can still tell it what to forget. An engine that is down is healed at night."""
    with transaction(Scope(system=True)):
        of_demo = select(Organisation.id).where(Organisation.demo)
        chosen = select(SearchDocument.kind, SearchDocument.object_id).where(SearchDocument.organisation_id.in_(of_demo), SearchDocument.deleted.is_(False))
        for kind, object_id in db.session.execute(chosen).all():
            documents.remove(kind, object_id)
    try:
        with transaction(Scope(system=True)):
            mirroring.take_over()
    except EngineUnavailable as error:
        log.warning("engine forgets the demo later", error=str(error))


def _delete_rows(connection: Connection) -> None:
    connection.execute(text("set local statement_timeout = '60s'"))
    tables = Base.metadata.sorted_tables
    named = {name: _demo_ids(connection, Base.metadata.tables[name]) for name in (ORGANISATIONS, USERS)}
    doomed: dict[str, ColumnElement[bool]] = {}
    for table in tables:
        condition = _condition(table, doomed, named)
        if condition is not None:
            doomed[table.name] = condition
    for table in reversed(tables):
        if table.name in doomed:
            connection.execute(table.delete().where(doomed[table.name]))


def _demo_ids(connection: Connection, table: Table) -> list[UUID]:
    return list(connection.scalars(select(table.c.id).where(table.c.demo)))


def _condition(table: Table, doomed: Mapping[str, ColumnElement[bool]], named: Mapping[str, list[UUID]]) -> ColumnElement[bool] | None:
    """Return which rows of a table go, given what goes of the tables it depends on; None when none of it can be the demo's."""
    if table.name in named:
        return table.c.id.in_(named[table.name])
    reasons: list[ColumnElement[bool]] = []
    for column in table.columns:
        if column.name.endswith("organisation_id") or column.name in ("owner_id", "organisation_id_acting"):
            reasons.append(column.in_(named[ORGANISATIONS]))
        elif column.name == "user_id":
            reasons.append(column.in_(named[USERS]))
    for key in table.foreign_keys:
        parent = key.column.table
        if parent.name in doomed and parent.name not in named and parent is not table and key.column.name == "id":
            reasons.append(key.parent.in_(select(parent.c.id).where(doomed[parent.name])))
    return or_(*reasons) if reasons else None
