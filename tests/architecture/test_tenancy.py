"""Tenants × routes × ids, generated: over the whole demo, a stranger gets the same answer for another's id as for an id of nothing.

What a stranger may see is asked of the database itself, as the app role under the stranger's scope. A new route or a new kind of id is covered by being there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from gongchuang.actor import Actor
from gongchuang.commands.program import load_demo, remove_demo
from gongchuang.database import Scope, db
from gongchuang.database.unit import transaction
from gongchuang.web.application import Application
from tests import builders
from tests.answers import said
from tests.schema import Wipe

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROWS = 3
TABLES = {"revision": "file_revisions", "robot": "message_robots", "case": "certification_cases", "passkey": "passkeys", "object": "offers"}
"""The table of an id whose name is not the table's singular."""


@dataclass(frozen=True)
class Stranger:
    """Somebody of an organisation that has nothing to do with anybody of the demo."""

    name: str
    client: FlaskClient
    scope: Scope


@pytest.fixture(scope="module")
def demo(whole_app: Application, wipe: Wipe) -> Iterator[Application]:
    """The application over the demo: objects of every kind, in every state."""
    builders.use(whole_app)
    load_demo(whole_app)
    other = builders.make_organisation()
    builders.make_token(builders.make_user(other), other)
    yield whole_app
    remove_demo(whole_app)  # its files too
    wipe()


@pytest.fixture(scope="module")
def strangers(demo: Application) -> list[Stranger]:
    firm = builders.make_organisation(region="450202")
    maker = builders.make_organisation(kind="person", region="450202")
    bare = builders.make_organisation(verified=False, region="450202")
    nobody = Stranger("visitor", demo.test_client(), Scope.of(Actor()))
    return [nobody, *(_signed_in(demo, name, organisation) for name, organisation in (("firm", firm), ("maker", maker), ("unverified firm", bare)))]


def _signed_in(app: Application, name: str, organisation: object) -> Stranger:
    user = builders.make_user(organisation, roles=("admin",))  # type: ignore[arg-type]
    client = app.test_client()
    client.set_cookie(builders.COOKIE, builders.make_session(user, organisation))  # type: ignore[arg-type]
    return Stranger(name, client, Scope.of(builders.actor_of(user, organisation, ("admin",))))  # type: ignore[arg-type]


def slots(rule: Rule) -> list[str]:
    return [name for name, converter in rule._converters.items() if type(converter).__name__ == "UUIDConverter"]


def rules_with_ids(app: Application) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if slots(rule)]


def table_of(slot: str, tables: set[str]) -> str | None:
    stem = slot.removesuffix("_id")
    named = TABLES.get(stem)
    plural = f"{stem[:-1]}ies" if stem.endswith("y") else f"{stem}s"
    return next((table for table in (named, plural) if table in tables), None)


def hidden_rows(stranger: Stranger, table: str) -> list[UUID]:
    """Return ids of rows of the demo that the database does not show to the stranger, the youngest first and the oldest."""
    with transaction(Scope(system=True)):
        every: list[UUID] = list(db.session.scalars(text(f"select id from {table} order by id")))
    with transaction(stranger.scope):
        seen = set(db.session.scalars(text(f"select id from {table}")))
    hidden = [row for row in every if row not in seen]
    return hidden[:ROWS] + hidden[-ROWS:]


def shown_row(stranger: Stranger, table: str) -> UUID | None:
    """Return a row of the demo that the database shows to the stranger, None where it shows none."""
    with transaction(stranger.scope):
        found: UUID | None = db.session.scalar(text(f"select id from {table} order by id limit 1"))
    return found


def beside(rule: Rule, slot: str, shown: dict[str, UUID | None]) -> Iterator[dict[str, object]]:
    """Yield what stands in a path's other ids: nothing, and something that the stranger may see, under which another's is asked for."""
    others = [name for name in slots(rule) if name != slot]
    yield {name: uuid4() for name in others}
    if others and all(shown[name] for name in others):
        yield {name: shown[name] for name in others}


def ask(app: Application, client: FlaskClient, rule: Rule, method: str, values: dict[str, object]) -> tuple[int, str]:
    others = {name: "1" for name in rule._converters if name not in values}
    with app.test_request_context():
        built = rule.build({**others, **values}, append_unknown=False)
    assert built is not None
    answer: TestResponse = client.open(built[1], method=method)
    status, words = said(answer)
    for value in values.values():
        words = words.replace(str(value), "the id")
    return status, re.sub(r"\d+(\.\d+)? ?(ms|秒)", "", words)


def test_every_kind_of_id_is_known(demo: Application, wipe: Wipe) -> None:
    tables = {str(name) for (name,) in wipe.execute("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")}
    unknown = {slot for rule in rules_with_ids(demo) for slot in slots(rule) if table_of(slot, tables) is None}
    assert not unknown


def test_anothers_id_answers_like_an_id_of_nothing(demo: Application, strangers: list[Stranger], wipe: Wipe) -> None:
    tables = {str(name) for (name,) in wipe.execute("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")}
    telling, asked, nested = [], 0, 0
    for stranger in strangers:
        with demo.app_context():
            named = {slot: table_of(slot, tables) or "" for rule in rules_with_ids(demo) for slot in slots(rule)}
            hidden = {slot: hidden_rows(stranger, table) for slot, table in named.items()}
            shown = {slot: shown_row(stranger, table) for slot, table in named.items()}
        for rule in rules_with_ids(demo):
            for method in (method for method in METHODS if method in (rule.methods or ())):
                for slot, others in ((each, others) for each in slots(rule) for others in beside(rule, each, shown)):
                    nested += len([name for name in others if others[name] == shown[name]])
                    nothing = ask(demo, stranger.client, rule, method, {**others, slot: uuid4()})
                    for row in hidden[slot]:
                        asked += 1
                        theirs = ask(demo, stranger.client, rule, method, {**others, slot: row})
                        if theirs != nothing:
                            telling.append(f"{stranger.name}: {method} {rule.rule} by {slot}: {theirs[0]} instead of {nothing[0]}")
        assert len([slot for slot, rows in hidden.items() if rows]) >= 10, f"{stranger.name}: the demo hides too little to ask for"
    assert asked > 500
    assert nested
    assert not telling, "\n".join(sorted(set(telling)))
