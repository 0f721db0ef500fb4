"""Pages and API of tasks, bids and skills: the story, what is refused and how, what strangers see."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from crowdsourcing.skills import actions as skills
from gongchuang.database import uuid7
from gongchuang.organisations.models import Organisation
from gongchuang.web.application import Application
from gongchuang.web.filters import local
from search.documents import mirroring
from tests.answers import said
from tests.builders import as_the_system, make_organisation
from tests.crowdsourcing.making import BRIEF, Acting, bid_on, put_out
from tests.statements import statements

Client = Callable[..., FlaskClient]
Shift = Callable[[timedelta], None]


def typed(**changed: Any) -> dict[str, Any]:
    """The form of a sound task, as a browser sends it."""
    today = local(datetime.now(UTC))
    sound: dict[str, Any] = {
        "draft_key": str(uuid7()),
        "idempotency_key": str(uuid4()),
        "title": "甘蔗收割机刀盘罩减重",
        "brief": BRIEF,
        "skills": ["lightweighting", "structure-design"],
        "budget_max_fen": "1.8万",
        "closes_at": f"{today + timedelta(days=7):%Y-%m-%dT17:00}",
        "delivery_on": f"{today + timedelta(days=28):%Y-%m-%d}",
        "ip_terms": "publisher",
        "reach": "public",
        "sealed": "",
        "file_tier": "nda",
        "do": "publish",
    }
    return {name: value for name, value in (sound | changed).items() if value is not None}


def bid_form(**changed: Any) -> dict[str, Any]:
    sound = {"idempotency_key": str(uuid4()), "price_fen": "16,800", "tax_bp": "600", "days": "21", "proposal": "拓扑优化找传力路径，再回到钣金可制造形。"}
    return sound | changed


def test_the_story_through_pages(client_of: Client, run_outbox: Callable[[], int]) -> None:
    publisher, maker, loser = make_organisation(), make_organisation(kind="person"), make_organisation()
    buyer, person, firm = client_of(publisher, "engineer"), client_of(maker), client_of(loser, "sales")
    saved = person.post("/skills", data={"skills": ["structure-design", "rendering"], "introduction": "做过农机减重"})
    assert saved.location == "/tasks/matched"
    run_outbox()
    published = buyer.post("/tasks/new", data=typed())
    assert published.status_code == 303
    task = published.location
    run_outbox()
    assert "技能：能否承接 减重优化" in person.get("/tasks/matched").text
    page = person.get(task).text
    for sentence in ("为什么推荐给您", "知识产权：归发布方", "资金未托管", "首次发布任务", "¥18,000"):
        assert sentence in page
    bid = person.post(f"{task}/bid", data=bid_form(tax_bp=""))
    assert bid.status_code == 303
    assert firm.post(f"{task}/bid", data=bid_form(price_fen="17600")).status_code == 303
    run_outbox()
    told = re.search(r'href="(/inbox/[0-9a-f-]+)">(?:(?!</a>).)*投标：¥16,800', buyer.get("/inbox?tab=notices").text, re.DOTALL)
    assert told
    comparison = buyer.get(buyer.get(told[1]).location)
    first = re.search(r'href="([^"]*/award)"', comparison.text)
    assert first
    assert "确认选定" in buyer.get(first[1]).text
    assert buyer.post(first[1], data={"idempotency_key": str(uuid4()), "reason": "价格合适"}).location == task
    run_outbox()
    assert "恭喜中标" in person.get("/inbox?tab=notices").text
    assert "选定了其他投标" in firm.get("/inbox?tab=notices").text
    assert "选定率 100%（1/1）" in buyer.get("/tasks/mine").text
    assert "没有符合条件的任务" in client_of(None).get("/tasks").text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"title": ""}, "请填写任务名称"),
        ({"brief": "太短"}, "请写清现状、目标和限制条件"),
        ({"budget_max_fen": "-5"}, "金额须在 0 至 1 万亿元之间"),
        ({"budget_max_fen": "9" * 21}, "金额须在 0 至 1 万亿元之间"),
        ({"budget_max_fen": "NaN"}, "请填写金额"),
        ({"budget_max_fen": "1e400"}, "请填写金额"),
        ({"do": "anything"}, "请求格式不正确"),
        ({"budget_max_fen": "很多"}, "请填写金额"),
        ({"budget_min_fen": "20000"}, "最低预算不能高于最高预算"),
        ({"skills": None}, "请至少选择一项需要的技能"),
        ({"skills": ["no-such"]}, "请从列表中选择技能"),
        ({"ip_terms": None}, "请选择成果知识产权的归属"),
        ({"delivery_on": "2026-02-30"}, "日期不存在"),
        ({"delivery_on": "2020-01-01"}, "交付日期须在今天之后"),
        ({"closes_at": "2020-01-01T10:00"}, "截止时间已过"),
        ({"closes_at": "2026-13-45T99:99"}, "时间不存在"),
        ({"title": "减重\u202e"}, "不可见的控制字符"),
        ({"brief": BRIEF + "\x00"}, "不可见的控制字符"),
        ({"reach": "named"}, "请至少指定一家"),
        ({"files": "not-an-id"}, "编号格式不正确"),
    ],
)
def test_a_wrong_form_says_so_at_its_field_and_keeps_what_was_typed(client_of: Client, changed: dict[str, Any], sentence: str) -> None:
    browser = client_of(make_organisation())
    answer = browser.post("/tasks/new", data=typed(deliverables="三套方案对比表", **changed))
    assert answer.status_code == 422
    assert sentence in unescape(answer.text)
    assert "三套方案对比表" in answer.text


def test_a_damaged_draft_key_loses_nothing(client_of: Client) -> None:
    assert client_of(make_organisation()).post("/tasks/new", data=typed(draft_key="not-an-id")).status_code == 303


def test_a_long_text_is_refused_and_not_lost(client_of: Client) -> None:
    answer = client_of(make_organisation()).post("/tasks/new", data=typed(brief="长" * 15_000))
    assert answer.status_code == 422
    assert "最多 10000 个字，当前 15000 个" in unescape(answer.text)


def test_a_draft_is_kept_with_what_is_believable_and_found_again(client_of: Client) -> None:
    browser = client_of(make_organisation())
    form = typed(budget_max_fen="abc", ip_terms=None)
    for _ in range(2):
        assert browser.post("/tasks/draft", data=form).json["saved"]
    kept = re.findall(r'href="(/tasks/[0-9a-f-]{36})"', browser.get("/tasks/mine?status=draft").text)
    assert len(set(kept)) == 1
    edited = browser.get(kept[0], follow_redirects=True).text
    assert "甘蔗收割机刀盘罩减重" in edited
    again = browser.post("/tasks/new", data=typed(draft_key=form["draft_key"]))
    assert again.location == kept[0]


def test_a_double_click_publishes_and_bids_once(client_of: Client) -> None:
    publisher, bidder = client_of(make_organisation()), client_of(make_organisation())
    form = typed()
    answers = [publisher.post("/tasks/new", data=form) for _ in range(2)]
    assert answers[0].location == answers[1].location
    bid = bid_form()
    handed = [bidder.post(f"{answers[0].location}/bid", data=bid) for _ in range(2)]
    assert handed[0].location == handed[1].location
    assert handed[1].headers["Idempotency-Replayed"] == "true"


def test_an_unverified_firm_drafts_but_is_told_why_it_may_not_publish_or_bid(client_of: Client, acting_for: Acting) -> None:
    task_id = put_out(acting_for, make_organisation())
    browser = client_of(make_organisation(verified=False))
    assert "通过企业核验后才能进行这项操作" in browser.get("/tasks/new").text
    assert browser.post("/tasks/new", data=typed(do="save")).status_code == 303
    assert browser.post("/tasks/new", data=typed()).status_code == 403
    assert "通过企业核验后才能进行这项操作" in browser.get(f"/tasks/{task_id}").text
    assert browser.post(f"/tasks/{task_id}/bid", data=bid_form()).status_code == 403


def test_a_person_publishes_no_task(client_of: Client) -> None:
    answer = client_of(make_organisation(kind="person")).get("/tasks/new")
    assert answer.status_code == 403
    assert "只有企业可以发布设计任务" in answer.text


def test_an_award_asks_for_a_fresh_identity(client_of: Client, acting_for: Acting) -> None:
    publisher = make_organisation()
    task_id = put_out(acting_for, publisher)
    bid_id = bid_on(acting_for, make_organisation(), task_id)
    answer = client_of(publisher, fresh=False).post(f"/tasks/{task_id}/bids/{bid_id}/award", data={"idempotency_key": str(uuid4()), "reason": "好"})
    assert answer.status_code in (303, 403)
    assert "/award" not in (answer.location or "").split("?")[0]
    with acting_for(publisher):
        assert client_of(publisher).get(f"/tasks/{task_id}").text.count("投标中")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/tasks/{task}"),
        ("get", "/tasks/{task}/edit"),
        ("post", "/tasks/{task}/publish"),
        ("post", "/tasks/{task}/extend"),
        ("post", "/tasks/{task}/cancel"),
        ("post", "/tasks/{task}/fail"),
        ("post", "/tasks/{task}/invite"),
        ("post", "/tasks/{task}/clone"),
        ("post", "/tasks/{task}/ask"),
        ("get", "/tasks/{task}/bid"),
        ("get", "/tasks/{task}/bids"),
        ("get", "/tasks/{task}/bids/{bid}/award"),
        ("get", "/bids/{bid}"),
        ("post", "/bids/{bid}/withdraw"),
        ("post", "/bids/{bid}/talk"),
        ("get", "/designers/{designer}"),
        ("get", "/api/v1/tasks/{task}"),
        ("get", "/api/v1/tasks/{task}/bids"),
        ("get", "/api/v1/bids/{bid}"),
        ("get", "/api/v1/designers/{designer}"),
    ],
)
def test_what_is_anothers_is_no_different_from_what_is_not_there(client_of: Client, acting_for: Acting, method: str, path: str) -> None:
    publisher, named, stranger = make_organisation(), make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher, reach="named", named=(named.id,))
    ids = {"task": task_id, "bid": bid_on(acting_for, named, task_id), "designer": paused(acting_for, named)}
    nothing = {name: uuid4() for name in ids}
    browser = client_of(stranger)
    data = {"idempotency_key": str(uuid4())} if method == "post" else None
    theirs, nobodys = (getattr(browser, method)(path.format(**each), data=data) for each in (ids, nothing))
    assert said(theirs) == said(nobodys)
    assert theirs.status_code == 404


def paused(acting_for: Acting, organisation: Organisation) -> UUID:
    with acting_for(organisation) as actor:
        return skills.pause(actor, skills.declare(actor, ["rendering"])).id


@pytest.mark.parametrize("bid_on_another", [True, False])
def test_a_foreign_bid_in_the_path_or_body_is_not_there(client_of: Client, api_of: Client, acting_for: Acting, bid_on_another: bool) -> None:
    publisher, other = make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher)
    bid_id = bid_on(acting_for, make_organisation(), put_out(acting_for, other)) if bid_on_another else uuid4()
    assert client_of(publisher).get(f"/tasks/{task_id}/bids/{bid_id}/award").status_code == 404
    headers = {"Idempotency-Key": str(uuid4())}
    answer = api_of(publisher).post(f"/api/v1/tasks/{task_id}/award", json={"bid_id": str(bid_id), "reason": "好"}, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_sealed_bid_shows_the_publisher_nothing_before_the_deadline(client_of: Client, api_of: Client, acting_for: Acting, shift_clock: Shift) -> None:
    publisher = make_organisation()
    task_id = put_out(acting_for, publisher, sealed=True)
    bid_id = bid_on(acting_for, make_organisation("金雀花设计事务所"), task_id, price_fen=1_234_567)
    browser, program = client_of(publisher), api_of(publisher)
    for path in (f"/tasks/{task_id}", f"/tasks/{task_id}/bids", "/tasks/mine", "/inbox?tab=notices"):
        text = browser.get(path).text
        assert "12,345.67" not in text
        assert "金雀花" not in text
    assert browser.get(f"/bids/{bid_id}").status_code == 404
    assert program.get(f"/api/v1/tasks/{task_id}").json["bids"] is None
    assert program.get(f"/api/v1/tasks/{task_id}/bids").json == {"items": [], "sealed": True}
    shift_clock(timedelta(days=7, seconds=1))
    assert "¥12,345.67" in client_of(publisher).get(f"/tasks/{task_id}/bids").text


def test_the_story_by_api(api_of: Client, acting_for: Acting) -> None:
    publisher, maker = make_organisation(), make_organisation(kind="person")
    buyer, person = api_of(publisher), api_of(maker)
    assert person.put("/api/v1/skills", json={"skills": ["structure-design"]}).json["status"] == "active"
    begun = buyer.post("/api/v1/tasks", json={"title": "刀盘罩减重"}, headers={"Idempotency-Key": str(uuid4())})
    assert begun.status_code == 201
    path = f"/api/v1/tasks/{begun.json['id']}"
    refused = buyer.post(f"{path}/publish", headers={"Idempotency-Key": str(uuid4())})
    assert refused.status_code == 422
    assert {e["field"] for e in refused.json["errors"]} == {"brief", "budget_max_fen", "skills", "ip_terms", "delivery_on", "closes_at"}
    today = datetime.now(UTC)
    body = {
        "title": "刀盘罩减重",
        "brief": BRIEF,
        "budget_max_fen": 1_800_000,
        "skills": ["structure-design"],
        "ip_terms": "staged",
        "closes_at": (today + timedelta(days=5)).isoformat(),
        "delivery_on": f"{today + timedelta(days=20):%Y-%m-%d}",
    }
    assert buyer.put(path, json=body).status_code == 200
    assert buyer.get(f"{path}/fit").json == {"organisations": 1}
    assert buyer.post(f"{path}/publish", headers={"Idempotency-Key": str(uuid4())}).json["status"] == "open"
    seen = person.get(path).json
    assert (seen["funds_held"], seen["ip_terms"], seen["award_rate"]) == (False, "staged", {"awarded": 0, "closed": 0, "percent": None})
    bid = person.post(
        f"{path}/bids", json={"price_fen": 1_500_000, "days": 18, "proposal": "先复核载荷，再出两套方案。"}, headers={"Idempotency-Key": str(uuid4())}
    )
    assert (bid.status_code, bid.json["tax_bp"], bid.json["net_fen"]) == (201, None, 1_500_000)
    assert [b["id"] for b in buyer.get(f"{path}/bids").json["items"]] == [bid.json["id"]]
    won = buyer.post(f"{path}/award", json={"bid_id": bid.json["id"], "reason": "合适"}, headers={"Idempotency-Key": str(uuid4())})
    assert won.json["status"] == "awarded"
    second = buyer.post(f"{path}/award", json={"bid_id": bid.json["id"], "reason": "再选一次"}, headers={"Idempotency-Key": str(uuid4())})
    assert (second.status_code, second.json["code"]) == (409, "procedure.awarded")


@pytest.mark.parametrize(
    "body",
    [
        {"title": "x", "owner": "me"},
        {"budget_max_fen": 10**21},
        {"budget_max_fen": -1},
        {"budget_max_fen": 1.5},
        {"brief": "长" * 10_001},
        {"ip_terms": "mine"},
        {"closes_at": "2026-12-01T10:00:00"},
        {"delivery_on": "2026-02-30"},
        {"title": "减\u202e重"},
        {"title": "减\u0000重"},
        {"skills": ["no-such"]},
        {"files": ["x"]},
    ],
)
def test_the_api_refuses_what_no_task_can_say(api_of: Client, body: dict[str, Any]) -> None:
    answer = api_of(make_organisation()).post("/api/v1/tasks", json=body, headers={"Idempotency-Key": str(uuid4())})
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_bids_and_awards_need_an_idempotency_key(api_of: Client, acting_for: Acting) -> None:
    task_id = put_out(acting_for, make_organisation())
    answer = api_of(make_organisation()).post(f"/api/v1/tasks/{task_id}/bids", json={"price_fen": 1, "days": 1, "proposal": "x" * 20, "tax_bp": 600})
    assert answer.json["code"] == "idempotency.missing"


def test_a_token_without_the_scope_bids_nothing(api_of: Client, acting_for: Acting) -> None:
    task_id = put_out(acting_for, make_organisation())
    program = api_of(make_organisation(), scopes="task")
    headers = {"Idempotency-Key": str(uuid4())}
    answer = program.post(f"/api/v1/tasks/{task_id}/bids", json={"price_fen": 1, "days": 1, "proposal": "x" * 20, "tax_bp": 600}, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (403, "token.scope")


@pytest.mark.parametrize("path", ["/tasks", "/tasks/mine", "/tasks/{task}/bids"])
def test_a_list_takes_the_same_statements_however_long(app: Application, client_of: Client, acting_for: Acting, path: str) -> None:
    publisher = make_organisation()
    browser = client_of(publisher)
    task_id = put_out(acting_for, publisher)
    bid_on(acting_for, make_organisation(), task_id)
    browser.get(path.format(task=task_id))
    lengths = []
    for _ in range(2):
        with statements() as sent:
            assert browser.get(path.format(task=task_id)).status_code == 200
        lengths.append(len(sent))
        for _ in range(4):
            put_out(acting_for, publisher)
            bid_on(acting_for, make_organisation(), task_id)
    assert lengths[0] == lengths[1]


def test_tasks_are_chosen_by_skill_region_and_budget_with_counts(api_of: Client, acting_for: Acting, run_outbox: Callable[[], int]) -> None:
    xian, liuzhou = make_organisation(region="610113"), make_organisation(region="450205")
    cheap = put_out(acting_for, xian, budget_max_fen=999_999, skills=("rendering",))
    put_out(acting_for, liuzhou, budget_max_fen=1_000_000)
    dear = put_out(acting_for, liuzhou, budget_max_fen=10_000_000)
    run_outbox()
    with as_the_system():
        mirroring.rebuild()
    program = api_of(make_organisation())
    found = program.get("/api/v1/tasks").json
    counts = {(f["field"], o["code"]): o["count"] for f in found["facets"] for o in f["options"]}
    assert {code: count for (field, code), count in counts.items() if field == "budget"} == {"budget-1": 1, "budget-2": 1, "budget-5": 1}
    assert (counts["region", "4502"], counts["region", "6101"], counts["skill", "rendering"]) == (2, 1, 1)
    assert [t["id"] for t in program.get("/api/v1/tasks?budget=budget-1").json["items"]] == [str(cheap)]
    assert [t["id"] for t in program.get("/api/v1/tasks?region=4502&budget=budget-5").json["items"]] == [str(dear)]
    refused = program.get("/api/v1/tasks?budget=no-such&skill=%00").json
    assert {each["field"] for each in refused["errors"]} == {"budget", "skill"}


def test_the_same_lists_of_skills_for_a_third_tap(client_of: Client) -> None:
    browser = client_of(make_organisation(kind="person"))
    assert 'value="lightweighting"' in browser.get("/skills").text
    answer = browser.post("/skills", data={"introduction": "没有选技能"})
    assert "请至少选择一项技能" in answer.text
    assert "没有选技能" in answer.text
    assert browser.post("/skills", data={"skills": ["lightweighting"]}).status_code == 303
    assert re.search(r'value="lightweighting" checked', browser.get("/skills").text)
    assert browser.post("/skills/pause").status_code == 303
    assert "目前暂停接任务" in browser.get("/skills").text
