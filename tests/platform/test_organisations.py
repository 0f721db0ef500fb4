"""Organisations and members: the number's positions, one company one organisation, invitations, roles, leaving."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from gongchuang.accounts.identify import digest
from gongchuang.database import db
from gongchuang.organisations import actions, checks, rules
from gongchuang.organisations.models import Invitation, JoinRequest, Membership, Organisation
from tests import builders

RIGHT = "91110000600037341L"
"""The example of python-stdnum."""


@pytest.mark.parametrize(
    ("typed", "code", "position"),
    [
        (RIGHT, None, None),
        ("9111 0000 6000 37341l", None, None),
        ("９１１１００００６０００３７３４１Ｌ", None, None),
        (RIGHT[:17] + "M", "uscc.check", None),
        (RIGHT[:16] + "2L", "uscc.check", None),
        (RIGHT[:17], "uscc.length", None),
        (RIGHT + "1", "uscc.length", None),
        ("9111000O600037341L", "uscc.letter", 8),
        ("91110000I00037341L", "uscc.letter", 9),
        ("911A0000600037341L", "uscc.region", 4),
        ("B1110000600037341L", "uscc.authority", 1),
        ("9111000060003734啊L", "uscc.character", 17),
        ("", "uscc.length", None),
    ],
)
def test_a_number_is_refused_with_the_position_of_the_mistake(typed, code, position):
    refusal = rules.why_not_uscc(typed)
    assert (refusal and refusal.code) == code
    if position:
        assert f"第 {position} 位" in str(refusal)


def test_the_check_digits_sentence_names_the_licence():
    assert "统一社会信用代码第 18 位校验不符，请核对营业执照" in str(rules.why_not_uscc(RIGHT[:17] + "M"))


@pytest.mark.parametrize(
    ("name", "short"),
    [("西安高新精密机械有限公司", "西安高新精密机械"), ("宝鸡钛业股份有限公司", "宝鸡钛业"), ("王记铁匠铺", "王记铁匠铺"), ("有限公司", "有限公司")],
)
def test_a_short_name_leaves_the_legal_form_out(name, short):
    assert rules.short_name(name) == short


@pytest.mark.parametrize(
    ("roles", "duties", "operator", "code"),
    [
        (["sales"], [], False, None),
        ([], [], False, "member.roles"),
        (["admin"], ["audit"], False, "member.duties"),
        ([], ["audit"], True, None),
        ([], ["audit", "operations"], True, "member.duties_apart"),
    ],
)
def test_roles_and_duties_fit_the_organisation(roles, duties, operator, code):
    refusal = rules.why_not_roles(roles=roles, duties=duties, operator=operator)
    assert (refusal and refusal.code) == code


def member_client(app, organisation, *roles, fresh=True):
    user = builders.make_user(organisation, roles=roles or ("admin",))
    client = app.test_client()
    client.set_cookie(builders.COOKIE, builders.make_session(user, organisation, fresh=fresh))
    return client, user


def membership_of(user, organisation) -> Membership:
    with builders.as_the_system():
        return db.session.scalars(select(Membership).where(Membership.user_id == user.id, Membership.organisation_id == organisation.id)).one()


def new_firm(client, **changed):
    fields = {"kind": "firm", "name": "西安新登记机械有限公司", "uscc": builders.some_uscc(), "region": ["61", "6101", "610113"]}
    return client.post("/organisations/new", data=fields | changed)


def test_somebody_registers_a_firm_and_acts_for_it(client_of):
    client = client_of(None)
    assert new_firm(client).location == "/organisations/created"
    assert "西安新登记机械有限公司" in client.get("/organisations/created").text
    with builders.as_the_system():
        made = db.session.scalars(select(Organisation)).one()
        assert (made.status, made.region, made.initials) == ("unverified", "610113", "xaxdjjxyxgs")


@pytest.mark.parametrize(("asked", "kind"), [("", "firm"), ("person", "person"), ("nothing of ours", "firm"), ("*))\x00x", "firm")])
def test_an_address_with_an_unknown_kind_offers_to_register_a_firm(client_of, asked, kind):
    """The field is hidden: what it must not hold would be refused where nobody could mend it."""
    page = client_of(None).get("/organisations/new", query_string={"kind": asked}).text
    assert f'name="kind" value="{kind}"' in page


def test_every_mistake_is_shown_at_once_and_what_was_typed_stays(client_of):
    client = client_of(None)
    answer = new_firm(client, uscc=RIGHT[:17] + "M", region=["61", "6101"], name="x")
    assert answer.status_code == 422
    assert "请选择到区县" in answer.text
    answer = new_firm(client, uscc=RIGHT[:17] + "M", name="x")
    assert "第 18 位校验不符" in answer.text
    assert "营业执照上的全称" in answer.text
    assert RIGHT[:17] + "M" in answer.text


def test_a_number_claimed_a_second_time_becomes_a_request_to_join(client_of, app, run_outbox, wipe, capsys):
    holder = builders.make_organisation(verified=True)
    claimant = client_of(None)
    assert new_firm(claimant, uscc=holder.uscc).location == f"/organisations/{holder.id}/join"
    assert new_firm(claimant, uscc=holder.uscc).location == f"/organisations/{holder.id}/join"
    with builders.as_the_system():
        request = db.session.scalars(select(JoinRequest)).one()
        assert request.organisation_id == holder.id
        assert db.session.scalars(select(Organisation.id)).all() == [holder.id]
    run_outbox()
    assert wipe.execute("select code from messages where organisation_id = %s", holder.id) == [("join.requested",)]
    stranger, _ = member_client(app, builders.make_organisation())
    assert stranger.post(f"/members/requests/{request.id}", data={"decision": "accept", "roles": "sales"}).status_code == 404
    sales, _ = member_client(app, holder, "sales")
    assert sales.post(f"/members/requests/{request.id}", data={"decision": "accept", "roles": "sales"}).status_code == 403
    admin, _ = member_client(app, holder)
    admin.post(f"/members/requests/{request.id}", data={"decision": "perhaps", "roles": "sales"})
    assert wipe.execute("select status from join_requests") == [("open",)]  # no word but the two buttons' decides
    admin.post(f"/members/requests/{request.id}", data={"decision": "accept", "roles": "sales"})
    capsys.readouterr()
    run_outbox()
    assert f"{holder.name} 同意了您的加入申请" in capsys.readouterr().out
    with builders.as_the_system():
        row = db.session.scalars(select(Membership).where(Membership.user_id == request.user_id)).one()
        assert (row.organisation_id, row.roles) == (holder.id, ["sales"])
    assert claimant.post("/organisations/switch", data={"organisation_id": str(holder.id)}).location == "/"


def test_two_unverified_organisations_may_give_the_same_number(client_of):
    number = builders.some_uscc()
    assert new_firm(client_of(None), uscc=number).location == "/organisations/created"
    assert new_firm(client_of(None), uscc=number).location == "/organisations/created"


def test_people_switch_between_their_own_organisations_only(app, client_of, some_id):
    mine, other, foreign = builders.make_organisation(), builders.make_organisation(name="另一家厂"), builders.make_organisation()
    client, user = member_client(app, mine)
    with builders.as_the_system():
        db.session.add(Membership(organisation_id=other.id, user_id=user.id, roles=["buyer"]))
    assert client.post("/organisations/switch", data={"organisation_id": str(other.id)}).status_code == 303
    assert client.get("/api/v1/me").json["organisation_id"] == str(other.id)
    answers = [client.post("/organisations/switch", data={"organisation_id": i}) for i in (str(foreign.id), str(some_id), "x", "")]
    assert {a.status_code for a in answers} == {404}
    assert client.get("/api/v1/me").json["organisation_id"] == str(other.id)


def invite(client, *roles, days=7) -> str:
    assert client.post("/members/invite", data={"roles": list(roles), "days": str(days), "duties": ""}).location == "/members/invited"
    page = client.get("/members/invited").text
    found = re.search(r'value="http://localhost(/join/[\w-]+)"', page)
    assert found
    assert "data:image/svg+xml" in page
    return found[1]


def test_an_invitation_makes_one_member_once(app, client_of):
    firm = builders.make_organisation(name="邀请人机械厂")
    admin, _ = member_client(app, firm)
    link = invite(admin, "sales", "buyer")
    assert "/join/" not in admin.get("/members/invited", follow_redirects=True).text
    guest = client_of(None)
    assert "邀请人机械厂" in guest.get(link).text
    assert guest.post(link).status_code == 303
    assert guest.get("/api/v1/me").json["memberships"][0]["roles"] == ["sales", "buyer"]
    late = client_of(None)
    assert late.get(link).status_code == 404
    assert late.post(link).status_code == 404


def test_an_invitation_asks_a_visitor_to_sign_in_first(app, visitor):
    admin, _ = member_client(app, builders.make_organisation())
    link = invite(admin, "sales")
    assert visitor.get(link).location.startswith(f"/sign-in?next={link}")


def test_an_invitation_expires_and_can_be_revoked(app, client_of, shift_clock):
    firm = builders.make_organisation()
    admin, _ = member_client(app, firm)
    first, second = invite(admin, "sales", days=1), invite(admin, "sales", days=30)
    with builders.as_the_system():
        row = db.session.scalars(select(Invitation).where(Invitation.token_digest == digest(second.removeprefix("/join/")))).one()
    assert client_of(builders.make_organisation()).post(f"/members/invitations/{row.id}/revoke").status_code == 404
    assert admin.post(f"/members/invitations/{row.id}/revoke").status_code == 303
    assert client_of(None).get(second).status_code == 404
    shift_clock(timedelta(days=2))
    assert client_of(None).get(first).status_code == 404


def test_inviting_needs_an_administrator_and_a_fresh_proof(app):
    firm = builders.make_organisation()
    sales, _ = member_client(app, firm, "sales")
    assert sales.get("/members/invite").status_code == 403
    assert "需要 管理员 角色" in sales.get("/members").text
    stale, _ = member_client(app, firm, fresh=False)
    assert stale.get("/members/invite").location == "/confirm?next=/members/invite"
    assert 'href="/members/invite"' in stale.get("/members").text


def test_a_person_is_an_organisation_of_one(client_of):
    maker = client_of(None)
    assert new_firm(maker, kind="person", name="老李工作室", uscc="").location == "/organisations/created"
    assert maker.get("/members/invite").status_code == 403
    assert "个人账户只属于本人" in maker.get("/members").text


def test_the_last_administrator_can_neither_leave_nor_step_down(app):
    firm = builders.make_organisation()
    admin, user = member_client(app, firm)
    _, other = member_client(app, firm, "sales")
    mine, theirs = membership_of(user, firm), membership_of(other, firm)
    admin.post(f"/members/{mine.id}/leave")
    assert membership_of(user, firm).status == "active"
    assert "唯一的管理员" in admin.post(f"/members/{mine.id}", data={"roles": ["sales"], "duties": ""}).text
    admin.post(f"/members/{theirs.id}", data={"roles": ["admin"], "duties": ""})
    admin.post(f"/members/{mine.id}/leave")
    assert membership_of(user, firm).status == "left"


def test_of_two_administrators_who_leave_at_once_one_stays(app):
    firm = builders.make_organisation()
    (first, one), (second, two) = member_client(app, firm), member_client(app, firm)
    member_client(app, firm, "sales")
    first.post(f"/members/{membership_of(one, firm).id}/leave")
    second.post(f"/members/{membership_of(two, firm).id}/leave")
    assert [membership_of(u, firm).status for u in (one, two)] == ["left", "active"]


def test_a_member_whose_role_is_taken_has_to_sign_in_anew(app):
    firm = builders.make_organisation()
    admin, _ = member_client(app, firm)
    sales, user = member_client(app, firm, "sales", "buyer")
    thief = app.test_client()
    thief.set_cookie(builders.COOKIE, sales.get_cookie(builders.COOKIE).value)
    row = membership_of(user, firm)
    admin.post(f"/members/{row.id}", data={"roles": ["sales", "buyer", "quality"], "duties": ""})
    assert sales.get("/members").status_code == 200
    admin.post(f"/members/{row.id}", data={"roles": ["sales"], "duties": ""})
    assert sales.get("/members").location.startswith("/sign-in")
    assert thief.get("/members").location.startswith("/sign-in")


@pytest.mark.parametrize("change", ["suspend", "remove"])
def test_a_suspended_or_removed_member_is_out_at_once(app, change):
    firm = builders.make_organisation()
    admin, me = member_client(app, firm)
    sales, user = member_client(app, firm, "sales")
    admin.post(f"/members/{membership_of(user, firm).id}/{change}")
    assert sales.get("/members").location.startswith("/sign-in")
    again = app.test_client()
    again.set_cookie(builders.COOKIE, builders.make_session(user, firm))
    assert again.get("/members").status_code == 403
    admin.post(f"/members/{membership_of(me, firm).id}/{change}")
    assert membership_of(me, firm).status == "active"


def test_nobody_manages_another_organisations_members(app, client_of, some_id):
    firm = builders.make_organisation()
    _, user = member_client(app, firm, "sales")
    row = membership_of(user, firm)
    stranger = client_of(builders.make_organisation())
    for path in ("", "/suspend", "/remove", "/restore", "/leave"):
        theirs = stranger.post(f"/members/{row.id}{path}", data={"roles": ["admin"]})
        nothing = stranger.post(f"/members/{some_id}{path}", data={"roles": ["admin"]})
        assert theirs.status_code == nothing.status_code == 404, path
    assert membership_of(user, firm).roles == ["sales"]


def test_colleagues_see_names_and_masked_addresses(app):
    firm = builders.make_organisation()
    admin, _ = member_client(app, firm)
    _, user = member_client(app, firm, "sales")
    page = admin.get("/members").text
    assert user.name in page
    assert user.phone.removeprefix("+86") not in page


def test_an_invitation_to_a_duty_asks_for_signing_in_anew(app, client_of):
    operators, boss = builders.make_operator("61", "operations")
    admin = app.test_client()
    admin.set_cookie(builders.COOKIE, builders.make_session(boss, operators))
    both = admin.post("/members/invite", data={"roles": [], "duties": "king", "days": "7"})
    assert both.status_code == 422
    assert admin.post("/members/invite", data={"roles": [], "duties": "audit", "days": "7"}).status_code == 303
    found = re.search(r"/join/[\w-]+", admin.get("/members/invited").text)
    assert found
    link = found[0]
    guest = client_of(None)
    assert guest.post(link).location == "/sign-in"
    assert guest.get("/me").status_code == 303


def test_companies_are_found_by_name_and_by_pinyin_initials(app, client_of):
    with builders.as_the_system():
        for name in ("西安高新精密机械厂", "宝鸡钛业集团"):
            db.session.add(Organisation(name=name, short_name=name, kind="firm", status="verified", region="610113", initials=actions.initials_of(name)))
    client = client_of(builders.make_organisation())
    assert [o["text"] for o in client.get("/organisations/choices?q=xagx").json] == ["西安高新精密机械厂"]
    assert [o["text"] for o in client.get("/organisations/choices?q=钛业").json] == ["宝鸡钛业集团"]
    assert client.get("/organisations/choices?q=%25").json == []
    assert "宝鸡钛业集团" in client.get("/organisations?q=BJTY").text
    assert "宝鸡钛业集团" not in client.get("/organisations?q=xagx").text


def test_a_founding_asked_for_again_is_the_same_organisation(client_of):
    """The answer may be lost on its way: asking again must not found a second one, nor be refused."""
    client = client_of(builders.make_organisation())
    asked = {"name": "重复机械厂", "kind": "firm", "region": "610113", "uscc": RIGHT, "industry": "C34", "size": "small"}
    first, second = (client.post("/api/v1/organisations", json=asked) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["organisation_id"] == second.json["organisation_id"]
    other = client.post("/api/v1/organisations", json=asked | {"name": "重复机械二厂"})
    assert other.json["organisation_id"] != first.json["organisation_id"]


def test_the_name_of_a_verified_organisation_changes_by_certification_only(client_of):
    firm = builders.make_organisation(name="原名机械厂")
    fields = {"name": "新名机械厂", "region": ["61", "6101", "610113"], "park": "xa-hitech", "industry": "", "size": "small", "introduction": "五轴"}
    refused = client_of(firm).post(f"/organisations/{firm.id}/edit", data=fields)
    assert refused.status_code == 422
    assert "以核验为准" in refused.text
    assert client_of(firm).post(f"/organisations/{firm.id}/edit", data=fields | {"name": "原名机械厂"}).status_code == 303
    with builders.as_the_system():
        found = db.session.get(Organisation, firm.id)
        assert (found.park, found.size, found.introduction) == ("xa-hitech", "small", "五轴")


def test_nobody_edits_another_organisation(client_of):
    firm, other = builders.make_organisation(), builders.make_organisation()
    assert client_of(other).get(f"/organisations/{firm.id}/edit").status_code == 403
    assert client_of(firm, "sales").get(f"/organisations/{firm.id}/edit").status_code == 403


def test_regions_narrow_each_other(visitor):
    page = visitor.get("/regions?field=region&region=61&region=&region=").text
    assert "西安市" in page
    assert "雁塔区" not in page
    assert "雁塔区" in visitor.get("/regions?field=region&region=61&region=6101&region=").text
    assert "雁塔区" not in visitor.get("/regions?field=region&region=65&region=6101&region=610113").text
    assert visitor.get("/regions?field=%22%3E%3Cscript%3E&region=61").text.count("<script>") == 0


def test_the_api_does_what_the_pages_do(api_of):
    firm = builders.make_organisation()
    program = api_of(firm)
    made = program.post("/api/v1/invitations", json={"roles": ["sales"], "days": 3})
    assert made.status_code == 201
    assert made.json["path"].startswith("/join/")
    assert program.delete(f"/api/v1/invitations/{made.json['id']}").status_code == 204
    assert program.post("/api/v1/invitations", json={"roles": ["king"]}).status_code == 422
    assert program.post("/api/v1/invitations", json={"roles": ["sales"], "organisation_id": str(firm.id)}).status_code == 422
    assert len(program.get("/api/v1/members").json["items"]) == 1
    assert program.get(f"/api/v1/organisations/{firm.id}").json["uscc"] == firm.uscc
    wrong = program.post("/api/v1/organisations", json={"name": "新机械厂", "uscc": RIGHT[:17] + "M", "region": "610113"})
    assert wrong.status_code == 422
    assert wrong.json["errors"][0]["field"] == "uscc"
    second = program.post("/api/v1/organisations", json={"name": "新机械厂", "uscc": RIGHT, "region": "610113"})
    assert second.status_code == 201
    reader = api_of(firm, scopes="account")
    assert reader.post("/api/v1/invitations", json={"roles": ["sales"]}).json["code"] == "token.scope"


def test_asking_twice_is_one_request_and_an_unverified_firm_takes_none(client_of, run_outbox, wipe):
    holder, waiting = builders.make_organisation(), builders.make_organisation(verified=False)
    client = client_of(builders.make_organisation())
    for words in ("我是王建国", "再问一次"):
        assert client.post(f"/organisations/{holder.id}/join", data={"message": words}).status_code == 303
    with builders.as_the_system():
        request = db.session.scalars(select(JoinRequest)).one()
        assert request.message == "我是王建国"
    assert "不接受加入申请" in client.post(f"/organisations/{waiting.id}/join", data={"message": ""}).text
    assert client_of(None).post(f"/join-requests/{request.id}/withdraw").status_code == 404
    run_outbox()
    waits = "select done_at is null from messages where code = 'join.requested'"
    assert wipe.execute(waits) == [(True,)]
    assert client.post(f"/join-requests/{request.id}/withdraw").status_code == 303
    run_outbox()
    assert wipe.execute(waits) == [(False,)]


def test_the_checks_find_members_without_an_administrator_and_a_duty_in_a_firm(app, wipe):
    firm = builders.make_organisation()
    builders.make_user(firm)
    builders.make_user(firm, roles=("sales",))
    with builders.as_the_system():
        assert checks.members_are_led() == []
    wipe.execute("update memberships set roles = array['sales'], duties = array['audit', 'security']")
    with builders.as_the_system():
        assert len(checks.members_are_led()) == 5
