"""The laws of tenancy, read off the catalogue of the database itself: a query returns what breaks one, and must return nothing."""

import pytest

from gongchuang.database.embedded import APP
from gongchuang.database.session import SYSTEM_ROLE
from tests.schema import Wipe

TENANT_TABLES = "select distinct attrelid from pg_attribute where attname = 'organisation_id' and not attisdropped"
OURS = "relnamespace = 'public'::regnamespace"


def none_of(wipe: Wipe, query: str, *values: object) -> None:
    assert not wipe.execute(query, *values)


def test_every_tenants_table_has_row_level_security_forced(wipe: Wipe) -> None:
    tables = f"select relname from pg_class where {OURS} and relkind in ('r', 'p') and oid in ({TENANT_TABLES})"
    assert len(wipe.execute(tables)) > 10
    none_of(wipe, f"{tables} and not (relrowsecurity and relforcerowsecurity)")


@pytest.mark.parametrize("role", ["gongchuang_owner", SYSTEM_ROLE])
def test_every_tenants_table_is_open_to_the_system_and_to_migrations(wipe: Wipe, role: str) -> None:
    """Without a policy for the owning role, FORCE makes a migration's UPDATE touch no rows, silently."""
    none_of(
        wipe,
        f"""select relname from pg_class t where t.{OURS} and relkind = 'r' and relrowsecurity and not exists (
              select 1 from pg_policy p join pg_roles r on r.oid = any(p.polroles)
               where p.polrelid = t.oid and r.rolname = %s and pg_get_expr(p.polqual, p.polrelid) = 'true')""",
        role,
    )


def test_a_table_without_row_level_security_holds_nobodys_rows(wipe: Wipe) -> None:
    """What every organisation shares is named here, with its reason; a new table must be shut or be named."""
    shared = {
        "alembic_version": "the schema's revision",
        "clock": "the tests' shift of the clock, no row of anybody",
    }
    found = {str(name) for (name,) in wipe.execute(f"select relname from pg_class where {OURS} and relkind in ('r', 'p') and not relrowsecurity")}
    assert found - set(shared) == set()


@pytest.mark.parametrize("role", [APP, SYSTEM_ROLE])
def test_the_roles_that_serve_own_nothing_and_bypass_nothing(wipe: Wipe, role: str) -> None:
    assert wipe.execute("select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles where rolname = %s", role) == [(False,) * 5]
    none_of(wipe, "select relname from pg_class where pg_get_userbyid(relowner) = %s", role)
    none_of(wipe, "select proname from pg_proc where pg_get_userbyid(proowner) = %s", role)
    none_of(
        wipe,
        "select 1 from pg_auth_members m join pg_roles r on r.oid = m.roleid where pg_get_userbyid(m.member) = %s and (r.rolsuper or r.rolbypassrls)",
        role,
    )


def test_the_app_role_may_neither_truncate_nor_change_the_schema(wipe: Wipe) -> None:
    """TRUNCATE ignores policies; whoever creates a function may create one that looks past them."""
    none_of(wipe, f"select relname from pg_class where {OURS} and relkind = 'r' and has_table_privilege(%s, oid, 'TRUNCATE')", APP)
    assert wipe.execute("select has_schema_privilege(%s, 'public', 'CREATE')", APP) == [(False,)]


def test_views_run_with_their_readers_rights(wipe: Wipe) -> None:
    none_of(wipe, f"select relname from pg_class where {OURS} and relkind = 'v' and not coalesce('security_invoker=true' = any(reloptions), false)")
    none_of(wipe, f"select relname from pg_class where {OURS} and relkind = 'm'")


def test_no_function_runs_with_its_owners_rights(wipe: Wipe) -> None:
    none_of(wipe, "select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef")


def test_a_row_hangs_on_a_parent_of_the_tenant_it_names(wipe: Wipe) -> None:
    """A foreign key on the id alone accepts another tenant's parent: the key carries the parent's organisation too."""
    none_of(
        wipe,
        f"""select conrelid::regclass, conname from pg_constraint c
            where contype = 'f' and connamespace = 'public'::regnamespace
              and conrelid in ({TENANT_TABLES}) and confrelid in ({TENANT_TABLES})
              and not exists (select 1 from pg_attribute a where a.attrelid = c.confrelid and a.attnum = any(c.confkey) and a.attname = 'organisation_id')""",
    )


def test_a_unique_key_betrays_no_other_tenants_value(wipe: Wipe) -> None:
    """A global unique key tells by its error that another has the value. Ids, digests and made keys cannot be guessed; the rest names the organisation."""
    none_of(
        wipe,
        f"""select i.indrelid::regclass::text, i.indexrelid::regclass::text from pg_index i join pg_class t on t.oid = i.indrelid
            where i.indisunique and t.{OURS} and i.indrelid in ({TENANT_TABLES}) and not exists (
              select 1 from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any(i.indkey)
                 and (a.attname ~ '(organisation_id|digest|hash|object_key)$' or a.atttypid in ('uuid'::regtype, 'bytea'::regtype)))""",
    )


def test_the_audit_trail_only_grows(wipe: Wipe) -> None:
    for role in (APP, SYSTEM_ROLE):
        for privilege in ("UPDATE", "DELETE"):
            none_of(wipe, "select relname from pg_class where relname = 'audit_entries' and has_table_privilege(%s, oid, %s)", role, privilege)
    assert wipe.execute("select 1 from pg_class where relname = 'audit_entries'")


def test_nothing_needs_an_extension(wipe: Wipe) -> None:
    assert wipe.execute("select extname from pg_extension") == [("plpgsql",)]


def test_every_constraint_is_named_on_purpose(wipe: Wipe) -> None:
    """PostgreSQL's own names end in a number when two are alike; ours say what they hold."""
    none_of(
        wipe,
        r"""select conname from pg_constraint where connamespace = 'public'::regnamespace and conrelid <> 'clock'::regclass
             and contype in ('c', 'x') and conname ~ '(_check\d*|_excl\d*)$'""",
    )


def test_every_deadline_is_an_instant_with_its_zone(wipe: Wipe) -> None:
    none_of(
        wipe,
        """select table_name, column_name from information_schema.columns
           where table_schema = 'public' and data_type in ('timestamp without time zone', 'time with time zone')""",
    )


def test_money_is_never_a_float(wipe: Wipe) -> None:
    none_of(
        wipe,
        """select table_name, column_name, data_type from information_schema.columns
           where table_schema = 'public' and column_name ~ '(_fen|amount|price)$' and data_type <> 'bigint'""",
    )
