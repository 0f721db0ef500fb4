"""The ground's laws, each tried against the real database."""

import pytest
from sqlalchemy import event, select, text

from gongchuang import audit
from gongchuang.actor import Actor
from gongchuang.database import Scope, as_system, current_scope, db, now, uuid7
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Membership
from tests.builders import make_organisation, make_user
from tests.security.hostile import BIDI


def test_a_transaction_without_a_scope_sees_no_tenant_rows(app):
    make_user(make_organisation())
    with app.app_context(), transaction(Scope()):
        assert db.session.scalars(select(Membership)).all() == []


def test_an_organisation_sees_its_own_members_only(acting_for):
    stranger = make_organisation()
    make_user(stranger)
    own = make_organisation()
    with acting_for(own):
        assert {m.organisation_id for m in db.session.scalars(select(Membership))} == {own.id}


def test_the_system_role_sees_all_and_gives_the_role_back(acting_for):
    make_user(make_organisation())
    with acting_for(make_organisation()):
        with as_system():
            assert len(db.session.scalars(select(Membership)).all()) == 2
        assert not current_scope().system
        assert db.session.execute(text("select current_user")).scalar() == "gongchuang_app"


def test_a_get_cannot_write(app):
    with app.app_context(), pytest.raises(Exception, match="read-only"), transaction(Scope(read_only=True)):
        db.session.execute(text("update clock set shift = '1 day'"))


def test_the_clock_can_be_shifted_by_the_owner_alone(app, shift_clock, day):
    with app.app_context():
        with transaction(Scope()):
            before = now()
        shift_clock(2 * day)
        with transaction(Scope()):
            assert now() - before >= 2 * day
        with pytest.raises(Exception, match="permission denied"), transaction(Scope()):
            db.session.execute(text("update clock set shift = '0'"))


def test_the_audit_chain_shows_an_altered_a_removed_and_a_cut_row(app, acting_for, wipe):
    organisation = make_organisation()
    for _ in range(3):
        with acting_for(organisation) as actor:
            audit.record(actor, "test:done", organisation, amount=12, ratio=0.1)

    def broken() -> list[str]:
        with app.app_context(), transaction(Scope(system=True)):
            return list(audit.breaks_of(organisation.id))

    assert broken() == []
    wipe.execute("update audit_entries set details = '{\"amount\": 13}' where organisation_id = %s and sequence = 2", organisation.id)
    assert broken() == [f"audit chain of {organisation.id} breaks at entry 2"]
    wipe.execute("delete from audit_entries where organisation_id = %s and sequence = 2", organisation.id)
    assert broken() == [f"audit chain of {organisation.id} breaks at entry 2"]
    wipe.execute("delete from audit_entries where organisation_id = %s and sequence >= 2", organisation.id)
    assert broken() == [f"audit chain of {organisation.id} does not end at its head"]


def test_a_chain_that_grows_while_it_is_read_is_no_break(app, acting_for, wipe):
    organisation, awaited = make_organisation(), []

    def append(*executed):
        """Append an entry as soon as the awaited table has been read."""
        if awaited and f"FROM {awaited[0]}" in executed[2]:
            awaited.pop(0)
            with acting_for(organisation) as actor:
                audit.record(actor, "test:meanwhile")

    def found(*tables: str) -> list[str]:
        with app.app_context(), transaction(Scope(system=True)):
            event.listen(db.engine, "after_cursor_execute", append)
            reading = audit.breaks_of(organisation.id)
            awaited.extend(tables)
            try:
                return list(reading)
            finally:
                event.remove(db.engine, "after_cursor_execute", append)

    with acting_for(organisation) as actor:
        audit.record(actor, "test:before")
    assert found("audit_heads") == found("audit_entries") == []
    assert awaited == []
    assert wipe.execute("select count from audit_heads where organisation_id = %s", organisation.id) == [(3,)]
    earlier = (
        "update audit_heads h set count = 2, hash = e.hash from audit_entries e where e.organisation_id = h.organisation_id and h.count = 3 and sequence = 2"
    )
    wipe.execute(earlier)
    assert found() == [f"audit chain of {organisation.id} does not end at its head"], "an entry beyond the head"


def test_what_rolls_back_leaves_no_audit(app, acting_for, wipe):
    organisation = make_organisation()

    def record_and_fail():
        with acting_for(organisation) as actor:
            audit.record(actor, "test:done")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        record_and_fail()
    assert wipe.execute("select count(*) from audit_entries where action = 'test:done'") == [(0,)]


def test_uuid7_orders_by_time_and_says_its_version():
    ids = [uuid7() for _ in range(50)]
    assert all(i.version == 7 and i.variant == "specified in RFC 4122" for i in ids)
    assert [i.int >> 80 for i in ids] == sorted(i.int >> 80 for i in ids)


def test_pages_of_nothing_are_pages(visitor):
    answer = visitor.get("/nothing-here")
    assert answer.status_code == 404
    assert "没有找到" in answer.text
    assert "nonce-" in answer.headers["Content-Security-Policy"]
    api = visitor.get("/api/v1/nothing-here")
    assert (api.status_code, api.mimetype, api.json["code"]) == (404, "application/problem+json", "not_found")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"a":1,"a":2}', "json.duplicate"),
        (b'{"a":NaN}', "json.number"),
        (b'{"a":1e400}', "json.number"),
        (b'{"a":' + b"9" * 21 + b"}", "json.number"),
        (b"[[1e400]]", "json.number"),
        (b"[" * 300 + b"]" * 300, "json.depth"),
        (b"{", "json.syntax"),
        (b"\xff\xfe", "json.encoding"),
    ],
)
def test_a_body_that_json_libraries_read_too_kindly_is_refused(visitor, raw, code):
    answer = visitor.post("/api/v1/anything", data=raw, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json["code"] == code


@pytest.mark.parametrize("raw", [b'{"a":{"b":[1, [NaN]]}}', b'{"b":-1e400}', b'{"b":' + b"9" * 21 + b"}"])
def test_a_number_beyond_counting_is_said_at_its_name(visitor, raw):
    answer = visitor.post("/api/v1/anything", data=raw, content_type="application/json")
    assert [(each["field"], each["code"]) for each in answer.json["errors"]] == [("b", "json.number")]


@pytest.mark.parametrize("hidden", ["\\u0000", "\\ud800", "\\u0007", *(f"\\u{ord(each):04x}" for each in BIDI)])
def test_a_character_nobody_sees_is_said_at_its_place(visitor, hidden):
    raw = f'{{"title": "plain", "parts": [{{"name": "well"}}, {{"name": "a{hidden}b"}}]}}'
    answer = visitor.post("/api/v1/anything", data=raw.encode(), content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (422, "text.forbidden")
    assert [each["field"] for each in answer.json["errors"]] == ["parts.1.name"]
    named = visitor.post("/api/v1/anything", data=f'{{"a{hidden}b": 1}}'.encode(), content_type="application/json")
    assert (named.status_code, named.json["code"]) == (422, "text.forbidden")


def test_an_actor_for_jobs_has_no_person():
    assert Actor.system().user_id is None
