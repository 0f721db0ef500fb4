"""The schema as SQL, read off the models: tables, policies, grants. Migrations are drafted from it, and a test holds the migrated schema against it."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from gongchuang.database.model import Base, Policy
from gongchuang.database.session import SYSTEM_ROLE

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]

FUNCTIONS = """
create type uuidrange as range (subtype = uuid);
create table clock (one boolean primary key default true check (one), shift interval not null default '0');
insert into clock default values;
create function now_() returns timestamptz language sql volatile as $$ select clock_timestamp() + shift from clock $$;
create function org() returns uuid language sql stable parallel safe as $$ select nullif(current_setting('app.organisation', true), '')::uuid $$;
create function user_id() returns uuid language sql stable parallel safe as $$ select nullif(current_setting('app.user', true), '')::uuid $$;
create function session_id() returns uuid language sql stable parallel safe as $$ select nullif(current_setting('app.session', true), '')::uuid $$;
create function audience() returns varchar[] language sql stable parallel safe
    as $$ select string_to_array(coalesce(current_setting('app.audience', true), ''), ',')::varchar[] $$;
"""

OWN = Policy("own", "all", using="organisation_id = org()", check="organisation_id = org()")


def models() -> dict[str, type[Base]]:
    """Return the mapped class of each table."""
    return {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers if isinstance(mapper.local_table, Table)}


def room_of(model: type[Base]) -> str:
    return model.__module__.split(".")[0]


def tables_of(room: str) -> list[Table]:
    """Return a room's tables, parents first."""
    by_name = models()
    return [table for table in Base.metadata.sorted_tables if table.name in by_name and room_of(by_name[table.name]) == room]


def policies_of(model: type[Base]) -> list[Policy]:
    """Return the policies for the app role: `own` for tenants unless the model names its own, then the model's."""
    given = list(model.__policies__)
    if getattr(model, "__tenant__", False) and not any(p.name == "own" for p in given):
        given.insert(0, OWN)
    return given


def _cached(expression: str) -> str:
    """Let PostgreSQL read each setting once a statement, not once a row."""
    for name in ("org()", "user_id()", "session_id()"):
        expression = expression.replace(name, f"(select {name})")
    return expression.replace("&& audience()", "&& (select audience())")


def _policy(table: str, policy: Policy, role: str = "public") -> str:
    using = f" using ({_cached(policy.using)})" if policy.using else ""
    check = f" with check ({_cached(policy.check)})" if policy.check else ""
    return f'create policy "{policy.name}" on {table} for {policy.command} to {role}{using}{check}'


def security(model: type[Base]) -> Iterator[str]:
    """Yield the statements that shut a table and open it to whom its policies name."""
    table = model.__tablename__
    yield f"alter table {table} enable row level security"
    yield f"alter table {table} force row level security"
    for policy in policies_of(model):
        yield _policy(table, policy)
    yield _policy(table, Policy("system", "all", using="true", check="true"), SYSTEM_ROLE)
    yield _policy(table, Policy("owner", "all", using="true", check="true"), "current_user")


def create(tables: Iterable[Table]) -> Iterator[str]:
    """Yield the statements that make `tables` with indexes and policies."""
    by_name = models()
    for table in tables:
        yield str(CreateTable(table).compile(dialect=DIALECT)).strip().replace("\t", "    ")
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            yield str(CreateIndex(index).compile(dialect=DIALECT)).strip()
        model = by_name[table.name]
        if policies_of(model):
            yield from security(model)
        yield from getattr(model, "__extra_ddl__", ())


def grants(app_role: str) -> Iterator[str]:
    """Yield what each role may do, from the models. Run after every migration; harmless when repeated."""
    yield f'grant usage on schema public to "{app_role}", {SYSTEM_ROLE}'
    yield f'revoke all on clock from "{app_role}", {SYSTEM_ROLE}'
    yield f'grant select on clock to "{app_role}", {SYSTEM_ROLE}'
    yield f'grant usage on all sequences in schema public to "{app_role}", {SYSTEM_ROLE}'
    for name, model in sorted(models().items()):
        yield f'revoke all on {name} from "{app_role}", {SYSTEM_ROLE}'
        yield f'grant {", ".join(model.__app_may__)} on {name} to "{app_role}"'
        yield f"grant select on {name} to {SYSTEM_ROLE}"
        verbs = [v for v in ("insert", "update", "delete") if v in model.__system_writes__ or "*" in model.__system_writes__]
        columns = [c for c in model.__system_writes__ if c not in ("*", "insert", "update", "delete")]
        if verbs:
            yield f"grant {', '.join(verbs)} on {name} to {SYSTEM_ROLE}"
        if columns:
            columns += ["version"] if "version" in model.__table__.columns else []
            yield f"grant update ({', '.join(columns)}) on {name} to {SYSTEM_ROLE}"
