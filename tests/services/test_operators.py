"""The operators' board, parked deliveries, suspension, chains, reports and appeals."""

import re

import pytest
from click.testing import CliRunner

from gongchuang.database import Scope, db, now, uuid7
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Organisation
from gongchuang.refusal import Refusal
from services.moderation import actions as moderation
from services.moderation.models import Report, TakeDown
from services.operators import actions, commands, rules
from tests import builders


@pytest.fixture
def operator_client(app):
    """A browser of an operator of `region` on `duty`."""

    def sign_in(region: str = "61", duty: str = "operations"):
        organisation, user = builders.make_operator(region, duty)
        client = app.test_client()
        client.set_cookie(builders.COOKIE, builders.make_session(user, organisation))
        return client

    return sign_in


def park_delivery(wipe, organisation: Organisation | None, name: str = "SomethingHappened"):
    event_id, delivery_id = uuid7(), uuid7()
    wipe.execute(
        "insert into outbox_events (id, name, schema_version, organisation_id, object_kind, object_id, object_version, occurred_at)"
        " values (%s, %s, 1, %s, 'x', %s, 1, now())",
        event_id, name, organisation.id if organisation else None, uuid7(),
    )  # fmt: skip
    wipe.execute(
        "insert into outbox_deliveries (id, event_id, handler, queue, status, attempts, error)"
        " values (%s, %s, 'a.handler', 'events', 'parked', 8, 'ValueError: secret price 99')",
        delivery_id, event_id,
    )  # fmt: skip
    return delivery_id


@pytest.mark.parametrize(
    ("operator_region", "region", "park", "inside"),
    [
        ("61", "610113", None, True),
        ("", "450100", None, True),
        ("65", "610113", None, False),
        ("xa-hitech", "610113", "xa-hitech", True),
        (None, "610113", None, False),
    ],
)
def test_a_place_is_a_prefix_of_the_region_or_the_park(operator_region, region, park, inside):
    assert rules.is_in_place(operator_region, region=region, park=park) is inside


def test_each_duty_sees_its_own_board_and_nobody_elses_pages(operator_client):
    pages = {
        "operations": ["/operator/certification", "/operator/reports", "/operator/deliveries"],
        "security": ["/operator/appeals", "/operator/organisations", "/operator/people"],
        "audit": ["/operator/audit"],
    }
    for duty, own in pages.items():
        client = operator_client("61", duty)
        assert client.get("/operator").status_code == 200
        for other, paths in pages.items():
            for path in paths:
                assert client.get(path).status_code == (200 if other == duty else 403), (duty, path)
        assert all(path in client.get("/operator").text for path in own)
    assert "需要 运营 职责" in operator_client("61", "audit").get("/operator/reports").text


def test_a_firm_sees_no_board(client_of):
    client = client_of(builders.make_organisation())
    assert client.get("/operator").status_code == 403
    assert "运营台" not in client.get("/me").text


def test_duties_count_only_in_an_operators_organisation(app):
    firm = builders.make_organisation()
    user = builders.make_user(firm, duties=("operations",))
    client = app.test_client()
    client.set_cookie(builders.COOKIE, builders.make_session(user, firm))
    assert client.get("/operator").status_code == 403


def test_parked_deliveries_of_the_place_are_shown_without_contents_and_tried_again(operator_client, wipe):
    here, elsewhere = builders.make_organisation(region="610113"), builders.make_organisation(region="450100")
    mine, theirs, platforms = park_delivery(wipe, here, "HereHappened"), park_delivery(wipe, elsewhere, "ElsewhereHappened"), park_delivery(wipe, None, "Tick")
    client = operator_client("61")
    page = client.get("/operator/deliveries").text
    assert "HereHappened" in page
    assert "Tick" in page
    assert "ElsewhereHappened" not in page
    assert "ValueError" in page
    assert "secret price" not in page
    assert client.post("/operator/deliveries/retry", data={"id": str(theirs)}).status_code == 404
    assert client.post("/operator/deliveries/retry", data={"id": [str(mine), str(platforms)]}).status_code == 303
    state = dict(wipe.execute("select id, status from outbox_deliveries"))
    assert (state[mine], state[platforms], state[theirs]) == ("pending", "pending", "parked")
    assert wipe.execute("select attempts from outbox_deliveries where id = %s", mine) == [(0,)]


def test_security_suspends_a_firm_of_the_place_and_restores_it_as_it_was(operator_client, client_of):
    firm, elsewhere = builders.make_organisation(region="610113", verified_at=None), builders.make_organisation(region="650100")
    owner = client_of(firm)
    client = operator_client("61", "security")
    assert client.post(f"/operator/organisations/{elsewhere.id}", data={"reason": "虚假"}).status_code == 403
    assert client.post(f"/operator/organisations/{firm.id}", data={"reason": ""}).status_code == 422
    assert client.post(f"/operator/organisations/{firm.id}", data={"reason": "虚假执照"}).status_code == 303
    refused = owner.post(f"/organisations/{firm.id}/edit", data={})
    assert refused.status_code == 403
    assert "已被暂停" in refused.text
    client.post(f"/operator/organisations/{firm.id}/restore")
    with builders.as_the_system():
        assert db.session.get(Organisation, firm.id).status == "unverified"


def test_security_finds_a_person_by_the_whole_address_and_shuts_them_out(operator_client, app, wipe):
    firm = builders.make_organisation(region="610113")
    user = builders.make_user(firm)
    victim = app.test_client()
    victim.set_cookie(builders.COOKIE, builders.make_session(user, firm))
    client = operator_client("61", "security")
    assert client.post("/operator/people", data={"address": "13812345678"}).status_code == 404
    assert operator_client("65", "security").post("/operator/people", data={"address": user.phone}).status_code == 404
    found = client.post("/operator/people", data={"address": user.phone}).location
    assert user.phone.removeprefix("+86") not in client.get(found).text
    assert wipe.execute("select count(*) from audit_entries where action = 'person:look_up'") == [(1,)]
    client.post(found, data={"reason": "盗用"})
    assert victim.get("/me").status_code == 303
    client.post(f"{found}/restore")
    fresh = app.test_client()
    fresh.set_cookie(builders.COOKIE, builders.make_session(user, firm))
    assert fresh.get("/me").status_code == 200


def test_audit_reads_a_chain_of_the_place_verifies_it_and_is_noted_in_it(operator_client, client_of, wipe):
    firm, elsewhere = builders.make_organisation(region="610113", name="被审计机械厂"), builders.make_organisation(region="650100")
    owner = client_of(firm)
    edited = owner.post(
        f"/organisations/{firm.id}/edit",
        data={"name": firm.name, "region": ["61", "6101", "610113"], "park": "", "industry": "", "size": "", "introduction": "五轴"},
    )
    assert edited.status_code == 303, edited.text
    client = operator_client("61", "audit")
    listed = client.get("/operator/audit").text
    assert "被审计机械厂" in listed
    assert "1 条记录" in listed
    assert client.get(f"/operator/audit/{elsewhere.id}").status_code == 403
    page = client.get(f"/operator/audit/{firm.id}").text
    assert "organisation:edit" in page
    assert "重新计算一致" in page
    assert "audit:read" in client.get(f"/operator/audit/{firm.id}").text
    lines = client.get(f"/operator/audit/{firm.id}/export").text.splitlines()
    assert '"action": "organisation:edit"' in lines[0]
    wipe.execute("update audit_entries set action = 'organisation:nothing' where organisation_id = %s and sequence = 1", firm.id)
    assert "链已断裂" in client.get(f"/operator/audit/{firm.id}").text


def report_of(app, target: Organisation, reason: str = "false"):
    firm = builders.make_organisation()
    user = builders.make_user(firm)
    client = app.test_client()
    client.set_cookie(builders.COOKIE, builders.make_session(user, firm))
    path = f"/report/organisation/{target.id}"
    key = re.search(r'name="idempotency_key" value="([^"]+)"', client.get(path).text)
    assert key
    return client.post(path, data={"reason": reason, "note": "照片是别人的厂", "idempotency_key": key[1]})


def test_a_report_whose_answer_was_lost_is_sent_again_under_its_key(api_of, wipe):
    """The program that asked cannot know whether it was heard: refused as a second report, it would take the first for failed."""
    firm, program = builders.make_organisation(), api_of(builders.make_organisation())
    said = {"kind": "organisation", "object_id": str(firm.id), "reason": "fraud", "note": "电话无人接听"}
    first, again = (program.post("/api/v1/reports", json=said, headers={"Idempotency-Key": "one-intent"}) for _ in range(2))
    assert (first.status_code, again.status_code, again.headers["Idempotency-Replayed"]) == (201, 201, "true")
    assert again.json == first.json
    assert program.post("/api/v1/reports", json=said).json["code"] == "report.again"
    assert program.post("/api/v1/reports", json=said | {"note": "别的"}, headers={"Idempotency-Key": "one-intent"}).json["code"] == "idempotency.reused"
    assert wipe.execute("select count(*) from reports") == [(1,)]


def test_something_published_is_reported_taken_down_appealed_and_put_back(app, operator_client, client_of, visitor, run_outbox, wipe):
    firm = builders.make_organisation(region="610113", introduction="我厂有一百台五轴")
    operators, _ = builders.make_operator("61", "operations")
    assert report_of(app, firm).status_code == 303
    assert report_of(app, firm, "fraud").status_code == 303
    run_outbox()
    assert wipe.execute("select count(*) from messages where organisation_id = %s and code = 'report.made'", operators.id) == [(2,)]
    client = operator_client("61")
    assert operator_client("65").get("/operator/reports").text.count(firm.name) == 0
    found = re.search(r"/operator/reports/([0-9a-f-]{36})", client.get("/operator/reports").text)
    assert found
    assert client.post(f"/operator/reports/{found[1]}/take-down", data={"reason": "false", "note": ""}).status_code == 422
    assert "我厂有一百台五轴" in visitor.get(f"/organisations/{firm.id}").text
    assert client.post(f"/operator/reports/{found[1]}/take-down", data={"reason": "false", "note": "照片与实地核查不符"}).status_code == 303
    assert "我厂有一百台五轴" not in visitor.get(f"/organisations/{firm.id}").text
    with builders.as_the_system():
        assert {r.status for r in db.session.query(Report).all()} == {"upheld"}
        row = db.session.query(TakeDown).one()
    run_outbox()
    owner = client_of(firm)
    assert "照片与实地核查不符" in owner.get(f"/take-downs/{row.id}").text
    assert client_of(builders.make_organisation()).get(f"/take-downs/{row.id}").status_code == 404
    assert owner.post(f"/take-downs/{row.id}/appeal", data={"words": "短"}).status_code == 422
    assert owner.post(f"/take-downs/{row.id}/appeal", data={"words": "照片是我厂二车间，附实地视频说明"}).status_code == 303
    assert owner.post(f"/take-downs/{row.id}/appeal", data={"words": "再申诉一次再申诉一次再申诉"}).status_code == 409
    security = operator_client("61", "security")
    assert firm.name in security.get("/operator/appeals").text
    assert security.post(f"/operator/appeals/{row.id}/answer", data={"answer": "核实属实", "decision": "perhaps"}).status_code == 422
    assert security.post(f"/operator/appeals/{row.id}/answer", data={"answer": "核实属实", "decision": "restore"}).status_code == 303
    assert "我厂有一百台五轴" in visitor.get(f"/organisations/{firm.id}").text
    run_outbox()
    assert wipe.execute("select code from messages where organisation_id = %s order by id", firm.id) == [("take_down.made",), ("appeal.restored",)]


def test_whoever_took_down_does_not_judge_the_appeal(app, acting_for):
    firm = builders.make_organisation(region="610113")
    report_of(app, firm)
    with builders.as_the_system():
        report_id = db.session.query(Report).one().id
    operators, user = builders.make_operator("61", "operations")
    actor = builders.actor_of(user, operators)
    with app.app_context(), transaction(Scope(system=True)):
        row = moderation.take_down(actor, db.session.get(Report, report_id), now(), reason="false", note="不实内容")
    with acting_for(firm) as owner:
        moderation.appeal(owner, db.session.get(TakeDown, row.id), now(), words="这是误会，照片是真的。")
    with app.app_context(), transaction(Scope(system=True)), pytest.raises(Refusal, match=r"appeal\.two_persons"):
        moderation.answer_appeal(actor, db.session.get(TakeDown, row.id), now(), restore=False, answer="维持原状")


def test_ones_own_and_what_does_not_exist_is_not_reported(client_of, some_id):
    firm = builders.make_organisation()
    client = client_of(firm)
    assert client.get(f"/report/organisation/{some_id}").status_code == 404
    assert client.get(f"/report/spaceship/{firm.id}").status_code == 404
    answer = client.post(f"/report/organisation/{firm.id}", data={"reason": "false", "idempotency_key": "k" * 10})
    assert answer.status_code == 422


def test_the_command_makes_the_operator_of_a_place_and_a_link_that_asks_for_a_second_factor(app, visitor):
    class Program:
        def __enter__(self):
            return app

        def __exit__(self, *_):
            return None

    before = commands.program.program
    commands.program.program = lambda settings: Program()
    try:
        done = CliRunner().invoke(commands.operator, ["invite", "13900001234", "--region", "61"])
        wrong = CliRunner().invoke(commands.operator, ["invite", "13900001234", "--region", "99"])
    finally:
        commands.program.program = before
    assert done.exit_code == 0, done.output
    assert wrong.exit_code != 0
    path = re.search(r"(/sign-in/link/\S+)", done.output)
    assert path
    assert visitor.post(path[1]).location == "/sign-in/enrol"
    assert visitor.get("/operator").status_code == 303
    assert "设置动态码" in visitor.get("/sign-in/enrol").text
    with builders.as_the_system():
        made = db.session.query(Organisation).filter_by(kind="operator").one()
        assert (made.name, made.operator_region, made.status) == ("陕西省工业云运营中心", "61", "verified")


def test_an_unknown_place_has_no_operator(app):
    with builders.as_the_system(), pytest.raises(Refusal, match=r"operator\.region"):
        actions.make_operator(now(), phone="13900001234", region="99", duty="operations")
