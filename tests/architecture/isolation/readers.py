"""Who may be shown which canary: whoever the database itself shows a row that holds it, under that person's own scope."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from uuid import UUID

from sqlalchemy import text

from gongchuang.actor import Actor
from gongchuang.database import Scope, db, ddl
from gongchuang.database.embedded import APP
from gongchuang.database.unit import transaction
from gongchuang.rights import why_not_for
from services.files.models import FileRevision
from tests.architecture.isolation.canary import marks_in
from tests.architecture.isolation.making import World
from tests.architecture.isolation.people import Person
from tests.schema import Wipe

COPIES = frozenset({"search_documents", "messages", "conversations", "reports", "take_downs", "matches", "match_criteria", "outbox_events", "idempotency_keys"})
"""Tables whose rows repeat what stands in others: a word that has a source of its own is not made readable by a copy."""

NEVER = {
    "outbox_deliveries.error": "what a handler tripped over; operators are shown the kind of error alone",
    "message_robots.secret": "signs what is sent to a robot; a page never shows it again",
}
"""Columns that stand in rows their own people read, but on no page, with the reason."""

NAMES_BY_DUTY = {
    # who may suspend a person reads the name; the look-up is noted
    "security": "select u.name from users u join memberships m on m.user_id = u.id join organisations o on o.id = m.organisation_id where o.region like %s",
    # a chain says who did what
    "audit": "select u.name from users u join audit_entries e on e.user_id = u.id join organisations o on o.id = e.organisation_id where o.region like %s",
    # nobody reviews what they handed in themselves, and whom to ask back is said
    "operations": "select u.name from users u join certification_cases c on c.submitted_by = u.id where c.region like %s",
}
"""The people whose names an operator's duty reads in its place."""


class Readers:
    """What each person may be shown, found out once."""

    def __init__(self, world: World, wipe: Wipe) -> None:
        self.world, self.wipe = world, wipe
        self._known: dict[Scope, set[str]] = {}
        self._seen: dict[tuple[Scope, UUID], bool] = {}

    @cached_property
    def _readable(self) -> list[str]:
        """The tables that requests read at all."""
        given = "select has_table_privilege(%s, %s, 'SELECT')"
        return [table for table in sorted(ddl.models()) if self.wipe.execute(given, APP, table) == [(True,)]]

    @cached_property
    def places(self) -> dict[str, set[str]]:
        """Where each canary stands: `table.column`."""
        found: dict[str, set[str]] = defaultdict(set)
        for table in sorted(ddl.models()):
            for (row,) in self.wipe.execute(f"select to_jsonb(t) from {table} t"):
                assert isinstance(row, dict)
                for column, value in row.items():
                    for each in marks_in(str(value)):
                        found[each].add(f"{table}.{column}")
        return found

    @cached_property
    def never(self) -> set[str]:
        return {each for each, places in self.places.items() if places & set(NEVER)}

    @cached_property
    def _colleagues(self) -> dict[UUID, set[str]]:
        """People's names by their organisation: a person's row is that person's alone, but colleagues are shown names."""
        rows = self.wipe.execute("select m.organisation_id, u.name from users u join memberships m on m.user_id = u.id")
        found: dict[UUID, set[str]] = defaultdict(set)
        for organisation_id, name in rows:
            assert isinstance(organisation_id, UUID)
            found[organisation_id] |= marks_in(str(name))
        return found

    @cached_property
    def _tables(self) -> dict[UUID, str]:
        """The table of each id of the world; where an object shares its id with its procedure or submission, the object's own."""
        found: dict[UUID, str] = {}
        holding = "select table_name from information_schema.columns where table_schema = 'public' and column_name = 'id' order by table_name desc"
        for (table,) in self.wipe.execute(holding):
            for (each,) in self.wipe.execute(f"select id from {table} where id = any(%s)", list(self.world.ids.values())):
                assert isinstance(each, UUID)
                found[each] = str(table)
        return found

    def table_of(self, identifier: UUID) -> str | None:
        return self._tables.get(identifier)

    def sees(self, who: Person, identifier: UUID, *, api: bool = False) -> bool:
        """Whether the database shows the row of an id to somebody."""
        key = (who.scope(api=api), identifier)
        if key not in self._seen:
            table = self.table_of(identifier)
            with self.world.app.app_context(), transaction(key[0]):
                given = {"id": identifier}
                self._seen[key] = table is not None and db.session.scalar(text(f"select 1 from {table} where id = :id"), given) is not None
        return self._seen[key]

    def owns(self, who: Person, identifier: UUID) -> bool:
        """Whether the row of an id is of somebody's own organisation."""
        table = self.table_of(identifier)
        if table is None or who.organisation is None:
            return False
        if table == "organisations":
            return identifier == who.organisation.id
        column = "select 1 from information_schema.columns where table_schema = 'public' and table_name = %s and column_name = 'organisation_id'"
        row = f"select 1 from {table} where id = %s and organisation_id = %s"
        return bool(self.wipe.execute(column, table) and self.wipe.execute(row, identifier, who.organisation.id))

    def of(self, who: Person, *, api: bool) -> set[str]:
        """Return the canaries that `who` may be shown."""
        actor = who.actor(api=api)
        scope = Scope.of(actor)
        if scope not in self._known:
            self._known[scope] = (self._shown(scope) | self._by_rule(scope, actor)) - self.never
        return self._known[scope]

    def _shown(self, scope: Scope) -> set[str]:
        found: set[str] = set()
        with self.world.app.app_context(), transaction(scope):
            for table in self._readable:
                for row in db.session.scalars(text(f"select t::text from {table} t")):
                    found |= {each for each in marks_in(row) if table not in COPIES or not self._has_source(each)}
        return found

    def _has_source(self, each: str) -> bool:
        return any(place.partition(".")[0] not in COPIES for place in self.places[each])

    def _by_rule(self, scope: Scope, actor: Actor) -> set[str]:
        """What is shown by a rule beside the rows themselves, with its reason."""
        found: set[str] = set()
        if scope.organisation_id is not None:
            found |= self._colleagues[scope.organisation_id]
            for other in self._contacts[scope.organisation_id]:
                found |= self._colleagues[other]
        for duty, names in NAMES_BY_DUTY.items():
            if duty in actor.operator_duties:
                for (name,) in self.wipe.execute(names, f"{actor.operator_region}%"):
                    found |= marks_in(str(name))
        return found | set(self._inside_files(actor))

    @cached_property
    def _contacts(self) -> dict[UUID, set[UUID]]:
        """Whose people's names and phones an organisation is shown: a quote was handed in between the two."""
        found: dict[UUID, set[UUID]] = defaultdict(set)
        for one, other in self.wipe.execute("select organisation_id, buyer_organisation_id from submissions where submitted_at is not null"):
            assert isinstance(one, UUID)
            assert isinstance(other, UUID)
            found[one].add(other)
            found[other].add(one)
        return found

    def _inside_files(self, actor: Actor) -> Iterator[str]:
        """What lies in the store is shown by the map: by the tier that a file was opened at."""
        for name, inside in self.world.contents.items():
            what, _, file = name.partition(".")
            with self.world.app.test_request_context(), transaction(Scope.of(actor, read_only=True)):
                row = db.session.get(FileRevision, self.world.ids[f"revision.{file}"])
                if row is not None and why_not_for(actor, f"file:{what.partition(' ')[0]}", row) is None:
                    yield inside
