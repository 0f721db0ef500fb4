"""Verification: rules as tables, a case against the real database, the operator's queue within its place."""

import re
from datetime import date, timedelta
from uuid import UUID

import pytest

from gongchuang.accounts.queries import names_of
from gongchuang.database import Scope, db, now, uuid7
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Membership, Organisation
from gongchuang.refusal import Refusal
from services.certification import actions, checks, identity, rules, tasks
from services.certification.models import CertificationCase
from services.files.models import File, FileRevision
from tests import builders

ID_NUMBER = "11010519491231002X"
"""The worked example of GB 11643-1999."""


def make_picture(organisation: Organisation, status: str = "checked") -> UUID:
    with builders._current["app"].app_context(), transaction(Scope(organisation_id=organisation.id)):
        file = File(organisation_id=organisation.id, name="执照.jpg", purpose="licence")
        db.session.add(file)
        db.session.flush()
        number = uuid7()
        db.session.add(
            FileRevision(
                id=number, organisation_id=organisation.id, file_id=file.id, name="执照.jpg", kind="jpg", size=10, status=status, sha256="0" * 64,
                object_key=f"{organisation.id}/{number}/original", facts={}, reason_params={},
            )
        )  # fmt: skip
    return number


def firm_fields(organisation: Organisation, **changed: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "legal_name": organisation.name, "uscc": organisation.uscc, "representative": "李明", "contact": "王建国", "licence": [make_picture(organisation)],
        "valid_until": None,
    }  # fmt: skip
    return fields | changed


def make_case(acting_for, organisation: Organisation, **changed: object) -> UUID:
    fields = firm_fields(organisation, **changed)
    with acting_for(organisation) as actor:
        row = actions.submit_firm(actor, db.session.get(Organisation, organisation.id), now(), **fields)  # type: ignore[arg-type]
        return row.id


def unverified(**values: object) -> Organisation:
    return builders.make_organisation(verified=False, **values)  # type: ignore[arg-type]


def status_of(organisation: Organisation) -> str:
    with builders.as_the_system():
        return db.session.get(Organisation, organisation.id).status


def case_of(case_id: UUID) -> CertificationCase:
    with builders.as_the_system():
        return db.session.get(CertificationCase, case_id)


@pytest.fixture
def operator_client(app):
    """A browser of an operator of `region` on `duty`."""

    def sign_in(region: str = "61", duty: str = "operations"):
        organisation, user = builders.make_operator(region, duty)
        client = app.test_client()
        client.set_cookie(builders.COOKIE, builders.make_session(user, organisation))
        return client

    return sign_in


@pytest.mark.parametrize(
    ("number", "code", "position"),
    [
        (ID_NUMBER, None, None),
        ("11010519491231002x", None, None),
        (" 110105 19491231 002X ", None, None),
        ("110105194912310021", "id_number.check", None),
        ("1101051949123100", "id_number.length", None),
        ("11010519491331002X", "id_number.birth", None),
        ("1101O519491231002X", "id_number.character", 5),
        ("X1010519491231002X", "id_number.character", 1),
    ],
)
def test_an_identity_number_is_refused_with_the_position_of_the_mistake(number, code, position):
    refusal = rules.why_not_id_number(number)
    assert (refusal and refusal.code) == code
    assert (refusal and refusal.params.get("position")) == position


def test_everything_wrong_with_a_case_is_said_at_once():
    found = rules.why_not_submit_firm(legal_name="x", uscc="123", representative="", evidence=0, valid_until=date(2026, 11, 19), today=date(2026, 11, 20))
    assert [r.field for r in found] == ["legal_name", "uscc", "representative", "valid_until", "licence"]


def test_an_operator_of_the_place_approves_and_the_firm_may_act(acting_for, operator_client, app, run_outbox):
    firm = unverified(region="610113")
    case_id = make_case(acting_for, firm, legal_name="西安新核验机械有限公司")
    client = operator_client("61")
    assert "西安新核验机械有限公司" in client.get("/operator/certification").text
    page = client.get(f"/operator/certification/{case_id}")
    assert page.status_code == 200
    assert "李明" in page.text
    assert client.post(f"/operator/certification/{case_id}/approve").location == "/operator/certification"
    with builders.as_the_system():
        found = db.session.get(Organisation, firm.id)
        assert (found.status, found.name, found.initials[:4]) == ("verified", "西安新核验机械有限公司", "xaxh")
        assert found.verified_at is not None
        assert checks.verified_have_cases() == []
    run_outbox()


def test_operators_see_only_the_cases_of_their_province_city_or_park(acting_for, operator_client):
    firm = unverified(region="610113", park="xa-hitech", name="高新区某厂")
    case_id = make_case(acting_for, firm)
    for region, sees in (("61", True), ("6101", True), ("610113", True), ("", True), ("xa-hitech", True), ("65", False), ("6103", False), ("bj-hitech", False)):
        client = operator_client(region)
        assert ("高新区某厂" in client.get("/operator/certification").text) is sees, region
        assert client.get(f"/operator/certification/{case_id}").status_code == (200 if sees else 404), region
        if not sees:
            assert client.post(f"/operator/certification/{case_id}/approve").status_code == 404
    assert status_of(firm) == "unverified"


@pytest.mark.parametrize("duty", ["security", "audit"])
def test_security_and_audit_do_not_review(acting_for, operator_client, duty):
    case_id = make_case(acting_for, unverified())
    client = operator_client("61", duty)
    assert client.get("/operator/certification").status_code == 403
    assert client.get(f"/operator/certification/{case_id}").status_code in (403, 404)
    assert client.post(f"/operator/certification/{case_id}/approve").status_code in (403, 404)


def test_a_stranger_gets_the_same_404_for_a_case_as_for_nothing(acting_for, client_of, some_id):
    case_id = make_case(acting_for, unverified())
    stranger = client_of(builders.make_organisation())
    for template in ("/certification/{}/withdraw",):
        theirs, nothing = stranger.post(template.format(case_id)), stranger.post(template.format(some_id))
        assert theirs.status_code == nothing.status_code == 404


def test_whoever_submitted_or_belongs_to_the_firm_does_not_judge_it(acting_for, app):
    operators, user = builders.make_operator("61", "operations")
    firm = unverified()
    with builders.as_the_system():
        db.session.add(Membership(organisation_id=firm.id, user_id=user.id, roles=["admin"]))
    case_id = make_case(acting_for, firm)
    client = app.test_client()
    client.set_cookie(builders.COOKIE, builders.make_session(user, operators))
    assert "须由另一位运营人员审核" in client.get(f"/operator/certification/{case_id}").text
    client.post(f"/operator/certification/{case_id}/approve")
    assert status_of(firm) == "unverified"


def test_a_case_goes_back_with_a_reason_and_can_be_submitted_again(acting_for, operator_client, client_of, run_outbox):
    firm = unverified()
    case_id = make_case(acting_for, firm)
    client = operator_client("61")
    assert client.post(f"/operator/certification/{case_id}/return", data={"reason": "other", "note": ""}).status_code == 422
    client.post(f"/operator/certification/{case_id}/return", data={"reason": "blurred"})
    assert case_of(case_id).status == "returned"
    run_outbox()
    owner = client_of(firm)
    assert "照片不清楚" in owner.get("/certification").text
    assert make_case(acting_for, firm) != case_id


def test_one_case_waits_at_a_time_and_may_be_withdrawn(acting_for, client_of):
    firm = unverified()
    case_id = make_case(acting_for, firm)
    with pytest.raises(Refusal, match=r"certification\.waiting"):
        make_case(acting_for, firm)
    client_of(firm).post(f"/certification/{case_id}/withdraw")
    assert case_of(case_id).status == "withdrawn"
    make_case(acting_for, firm)


def test_of_parallel_decisions_one_counts(acting_for, operator_client):
    case_id = make_case(acting_for, unverified())
    first, second = operator_client("61"), operator_client("61")
    first.post(f"/operator/certification/{case_id}/return", data={"reason": "name"})
    second.post(f"/operator/certification/{case_id}/approve")
    assert case_of(case_id).status == "returned"


def test_a_number_of_a_verified_firm_is_refused_with_the_way_to_join_it(acting_for):
    holder = builders.make_organisation(verified=True)
    with pytest.raises(Refusal, match=r"uscc\.taken") as refused:
        make_case(acting_for, unverified(), uscc=holder.uscc)
    assert refused.value.remedy == f"/organisations/{holder.id}/join"


def test_of_two_waiting_cases_with_one_number_only_the_first_is_approved(acting_for, operator_client):
    first, second = unverified(), unverified()
    one = make_case(acting_for, first)
    two = make_case(acting_for, second, uscc=first.uscc)
    client = operator_client("61")
    client.post(f"/operator/certification/{one}/approve")
    client.post(f"/operator/certification/{two}/approve")
    assert status_of(first) == "verified"
    assert status_of(second) == "unverified"
    assert case_of(two).status == "submitted"


@pytest.mark.parametrize("status", ["received", "refused"])
def test_a_picture_must_have_passed_and_be_ones_own(acting_for, status):
    firm = unverified()
    with pytest.raises(Refusal, match=r"certification\.evidence"):
        make_case(acting_for, firm, licence=[make_picture(firm, status)])
    with pytest.raises(Refusal, match=r"certification\.evidence"):
        make_case(acting_for, firm, licence=[make_picture(builders.make_organisation())])


def test_pictures_open_to_the_operators_of_the_place_and_close_on_withdrawal(acting_for, operator_client, client_of):
    firm = unverified()
    picture = make_picture(firm)
    case_id = make_case(acting_for, firm, licence=[picture])
    here, elsewhere = operator_client("61"), operator_client("65")
    assert here.get(f"/files/{picture}").status_code == 200
    assert elsewhere.get(f"/files/{picture}").status_code == 404
    client_of(firm).post(f"/certification/{case_id}/withdraw")
    assert here.get(f"/files/{picture}").status_code == 404


def test_a_person_is_verified_by_real_name_and_the_number_is_nowhere(acting_for, operator_client, wipe):
    maker = unverified(kind="person", name="老李")
    picture = [make_picture(maker)]
    with acting_for(maker) as actor:
        own = db.session.get(Organisation, maker.id)
        case_id = actions.submit_person(actor, own, now(), legal_name="李四", id_number=ID_NUMBER, identity=picture).id
    for table in ("certification_cases", "audit_entries", "outbox_events"):
        assert ID_NUMBER not in str(wipe.execute(f"select * from {table}"))
    client = operator_client("61")
    wrong = client.post(f"/operator/certification/{case_id}/approve", data={"id_number": "110105194912310021"})
    assert wrong.status_code == 422
    assert "不一致" in wrong.text
    client.post(f"/operator/certification/{case_id}/approve", data={"id_number": ID_NUMBER})
    with builders.as_the_system():
        found = db.session.get(Organisation, maker.id)
        assert (found.status, found.name) == ("verified", "老李")


def test_an_identity_service_may_answer_at_once(acting_for):
    class Sure:
        needs_picture = False

        def judge(self, name: str, id_number: str) -> identity.Verdict:
            return identity.Verdict.SAME if name == "李四" else identity.Verdict.DIFFERENT

    before = identity.use_checker(Sure())
    try:
        maker = unverified(kind="person")
        with acting_for(maker) as actor, pytest.raises(Refusal, match=r"identity\.different"):
            actions.submit_person(actor, db.session.get(Organisation, maker.id), now(), legal_name="王五", id_number=ID_NUMBER, identity=[])
        with acting_for(maker) as actor:
            actions.submit_person(actor, db.session.get(Organisation, maker.id), now(), legal_name="李四", id_number=ID_NUMBER, identity=[])
    finally:
        identity.use_checker(before)
    assert status_of(maker) == "verified"


def test_a_licence_that_ends_is_announced_once_and_then_unverifies(acting_for, operator_client, app, shift_clock, run_outbox):
    firm = unverified()
    with builders.as_the_system():
        until = actions.today(now()) + timedelta(days=20)
    case_id = make_case(acting_for, firm, valid_until=until)
    operator_client("61").post(f"/operator/certification/{case_id}/approve")

    def night() -> None:
        with builders.as_the_system():
            tasks.watch_licences(now())

    night()
    night()
    assert case_of(case_id).reminded_at is not None
    assert status_of(firm) == "verified"
    shift_clock(timedelta(days=22))
    night()
    assert status_of(firm) == "unverified"
    assert case_of(case_id).status == "expired"
    run_outbox()


def test_the_operators_and_the_firm_are_told(acting_for, operator_client, app, run_outbox, wipe):
    operators, _ = builders.make_operator("61", "operations")
    firm = unverified(name="待通知机械厂")
    case_id = make_case(acting_for, firm)
    run_outbox()
    told = wipe.execute("select code, todo, done_at is null from messages where organisation_id = %s", operators.id)
    assert told == [("certification.waiting", True, True)]
    operator_client("61").post(f"/operator/certification/{case_id}/approve")
    run_outbox()
    assert wipe.execute("select done_at is null from messages where organisation_id = %s and code = 'certification.waiting'", operators.id) == [(False,)]
    assert wipe.execute("select code from messages where organisation_id = %s", firm.id) == [("certification.approved",)]


def test_a_page_submits_in_six_fields(client_of, app):
    firm = unverified()
    picture = make_picture(firm)
    client = client_of(firm)
    page = client.get("/certification/new").text
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page)
    assert key
    fields = {"legal_name": firm.name, "uscc": firm.uscc, "representative": "李明", "contact": "王", "licence": str(picture), "valid_until": ""}
    wrong = client.post("/certification/new", data=fields | {"uscc": str(firm.uscc)[:-1] + "?", "idempotency_key": key[1]})
    assert wrong.status_code == 422
    assert "第 18 位" in wrong.text
    assert str(picture) in wrong.text
    assert client.post("/certification/new", data=fields | {"idempotency_key": key[1]}).location == "/certification"
    assert client.post("/certification/new", data=fields | {"idempotency_key": key[1]}).location == "/certification"
    assert "审核" in client.get("/certification").text


def test_the_api_does_what_the_pages_do(api_of, operator_client):
    firm = unverified()
    program = api_of(firm)
    body = {"legal_name": firm.name, "uscc": firm.uscc, "representative": "李明", "contact": "王", "licence": [str(make_picture(firm))]}
    made = program.post("/api/v1/certification/firm", json=body, headers={"Idempotency-Key": "k" * 12})
    assert made.status_code == 201
    assert made.json["status"] == "submitted"
    refused = program.post("/api/v1/certification/firm", json=body | {"status": "approved"}, headers={"Idempotency-Key": "m" * 12})
    assert refused.status_code == 422
    operator = operator_client("61")
    assert [c["id"] for c in operator.get("/api/v1/operator/certification").json["items"]] == [made.json["id"]]
    assert operator.post(f"/api/v1/operator/certification/{made.json['id']}/approve", json={}).json["status"] == "approved"
    assert program.get("/api/v1/certification/cases").json["items"][0]["status"] == "approved"


def test_an_unverified_firm_is_sent_to_certification_by_every_refusal(client_of):
    firm = unverified()
    assert "开始核验" in client_of(firm).get("/certification").text
    sales = client_of(firm, "sales").get("/certification").text
    assert "需要 管理员 角色" in sales
    assert names_of(set()) == {}
