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


UNBOUND = {
    ("outbox_events", "append"): "ids only; whoever acts tells of another's thing too, and only the system role reads",
    ("outbox_deliveries", "append"): "one for each handler of an event, likewise",
}
"""Policies that let a request write any row of a table, with the reason."""


def test_a_policy_that_lets_write_says_which_rows(wipe: Wipe) -> None:
    found = wipe.execute(
        """select tablename, policyname from pg_policies where schemaname = 'public' and policyname not in ('system', 'owner') and cmd <> 'SELECT'
            and (qual = 'true' or with_check = 'true' or (qual is null and with_check is null))"""
    )
    assert set(found) - set(UNBOUND) == set()


PUBLIC = {
    "organisations": "what is stored of an organisation is its public profile",
    "certificates": "the certificates on a firm's wall",
    "match_terms": "the weights of the rules of matching, which are nobody's",
}
"""Tables whose rows everybody reads, with the reason."""


def test_what_everybody_reads_is_named(wipe: Wipe) -> None:
    open_to_all = "select tablename from pg_policies where schemaname = 'public' and policyname not in ('system', 'owner') and qual = 'true'"
    assert {str(name) for (name,) in wipe.execute(open_to_all)} - set(PUBLIC) == set()


def test_nothing_is_granted_to_everyone(wipe: Wipe) -> None:
    """PUBLIC has no right on any table, sequence or column: a new role begins with nothing."""
    none_of(wipe, f"select relname from pg_class, aclexplode(relacl) a where {OURS} and a.grantee = 0")
    none_of(wipe, f"select relname, attname from pg_attribute join pg_class t on t.oid = attrelid, aclexplode(attacl) a where t.{OURS} and a.grantee = 0")


def test_no_rule_or_trigger_writes_behind_the_policies(wipe: Wipe) -> None:
    none_of(wipe, f"select rulename from pg_rewrite r join pg_class c on c.oid = r.ev_class where c.{OURS} and c.relkind in ('r', 'p')")
    none_of(wipe, f"select tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.{OURS} and not tgisinternal")


def test_policies_look_only_at_tables_that_are_shut_themselves(wipe: Wipe) -> None:
    """A policy's own query runs with the reader's rights: it must not lean on a table that shows everything."""
    shut = "relrowsecurity and relforcerowsecurity"
    none_of(
        wipe,
        f"""select p.polrelid::regclass, d.refobjid::regclass from pg_policy p
             join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_class'::regclass
             join pg_class c on c.oid = d.refobjid and c.relkind = 'r' where not ({shut})""",
    )


def test_views_run_with_their_readers_rights(wipe: Wipe) -> None:
    none_of(wipe, f"select relname from pg_class where {OURS} and relkind = 'v' and not coalesce('security_invoker=true' = any(reloptions), false)")
    none_of(wipe, f"select relname from pg_class where {OURS} and relkind = 'm'")


def test_no_function_runs_with_its_owners_rights(wipe: Wipe) -> None:
    none_of(wipe, "select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef")


def test_no_function_of_ours_finds_another_of_its_name(wipe: Wipe) -> None:
    """The schema that requests may not create in is the only one looked through after the system's own, for them and for the owner."""
    for role in (APP, SYSTEM_ROLE):
        assert wipe.execute("select nspname from pg_namespace where has_schema_privilege(%s, oid, 'CREATE') and nspname !~ '^pg_temp'", role) == []


def test_a_row_hangs_on_a_parent_of_the_tenant_it_names(wipe: Wipe) -> None:
    """A foreign key on the id alone accepts another tenant's parent: the key carries the parent's organisation too."""
    none_of(
        wipe,
        f"""select conrelid::regclass, conname from pg_constraint c
            where contype = 'f' and connamespace = 'public'::regnamespace
              and conrelid in ({TENANT_TABLES}) and confrelid in ({TENANT_TABLES})
              and not exists (select 1 from pg_attribute a where a.attrelid = c.confrelid and a.attnum = any(c.confkey) and a.attname = 'organisation_id')""",
    )


def test_a_reference_to_an_organisations_row_carries_the_organisation(wipe: Wipe) -> None:
    """Each column that is named after another tenant's table refers to it by a key, or stands here with the reason why it does not."""
    free = {
        ("orders", "offer_id"): "no reference, for offers end; read under the reader's rights",
        ("matches", "offer_id"): "an object of any kind; its search document is referred to by a key that carries the organisation",
    }
    found = wipe.execute(
        f"""select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
             where c.{OURS} and c.relkind = 'r' and a.atttypid = 'uuid'::regtype and a.attname ~ '_id$' and not a.attisdropped
               and exists (select 1 from pg_class t where t.{OURS} and t.oid in ({TENANT_TABLES})
                            and t.relname in (regexp_replace(a.attname, '_id$', 's'), regexp_replace(a.attname, 'y_id$', 'ies')))
               and not exists (select 1 from pg_constraint k where k.contype = 'f' and k.conrelid = c.oid and a.attnum = any(k.conkey))"""
    )
    assert {(str(table), str(column)) for table, column in found} - set(free) == set()


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
