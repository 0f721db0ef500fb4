"""Tasks: the rules as tables, then publishing, extending, ending on the real database, and who is told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from crowdsourcing.bids import actions as bids
from crowdsourcing.bids import queries as bid_queries
from crowdsourcing.skills import actions as skills
from crowdsourcing.tasks import actions, checks, document, queries, rules
from crowdsourcing.tasks.markdown import markup
from gongchuang.database import db, now, uuid7
from gongchuang.events import emit
from gongchuang.events.relay import tick
from gongchuang.organisations.events import OrganisationVerified
from gongchuang.organisations.models import Organisation
from gongchuang.refusal import NotFound, Refusal
from gongchuang.web.application import Application
from search.documents import queries as documents
from search.documents.document import Side
from search.matching import queries as matching
from services.messages.models import Message
from services.procedures import tasks as clocks
from tests import builders
from tests.answers import report_and_take_down
from tests.builders import as_the_system, make_organisation
from tests.crowdsourcing.making import Acting, bid_on, facts, put_out

Shift = Callable[[timedelta], None]
Outbox = Callable[[], int]


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({}, []),
        ({"title": " "}, ["task.no_title"]),
        ({"title": "长" * 61}, ["text.too_long"]),
        ({"brief": "太短"}, ["task.no_brief"]),
        ({"budget_max_fen": None}, ["task.no_budget"]),
        ({"budget_max_fen": -1}, ["task.budget"]),
        ({"budget_max_fen": 10**21}, ["task.budget"]),
        ({"budget_min_fen": 2_000_000}, ["task.budget_reversed"]),
        ({"skills": ()}, ["task.no_skill"]),
        ({"skills": ("skill-mechanical",)}, ["task.skill"]),
        ({"skills": ("no-such-skill",)}, ["task.skill"]),
        ({"ip_terms": None}, ["task.no_ip"]),
        ({"ip_terms": "mine"}, ["choice.unknown"]),
        ({"delivery_on": None}, ["task.no_delivery"]),
        ({"reach": "park"}, ["task.no_park"]),
        ({"reach": "named", "named": ()}, ["task.no_named"]),
    ],
)
def test_a_task_is_refused_for_each_reason_at_its_field(noon: datetime, said: dict[str, Any], codes: list[str]) -> None:
    found = rules.why_not_publish(facts(noon, **said), file_states=[], today=noon.date(), park=None)
    assert [r.code for r in found] == codes
    assert all(r.field in said for r in found)


@pytest.mark.parametrize(
    ("days", "code"), [(-1, "task.delivery_past"), (0, "task.delivery_past"), (7, "task.delivery_before"), (8, None), (731, "task.delivery_far")]
)
def test_the_delivery_follows_the_deadline_within_two_years(noon: datetime, days: int, code: str | None) -> None:
    found = rules.why_not_publish(facts(noon, delivery_on=noon.date() + timedelta(days=days)), file_states=[], today=noon.date(), park=None)
    assert code in [r.code for r in found] or (code is None and found == [])


@pytest.mark.parametrize("status", ["uploading", "received", "refused"])
def test_files_must_have_passed_before_a_task_is_put_out(noon: datetime, status: str) -> None:
    found = rules.why_not_publish(facts(noon), file_states=["checked", status], today=noon.date(), park=None)
    assert [r.field for r in found] == ["files"]


def test_a_draft_keeps_what_is_believable(noon: datetime) -> None:
    wrong = facts(noon, title="长" * 99, budget_max_fen=-5, delivery_on=noon.date() - timedelta(days=9), skills=("no-such-skill",))
    kept = rules.believable(wrong, rules.why_not_say(wrong, today=noon.date()))
    assert (kept.title, kept.budget_max_fen, kept.delivery_on, kept.skills, kept.ip_terms) == ("长" * 60, None, None, (), "publisher")


@pytest.mark.parametrize(("awarded", "failed", "cancelled", "overdue", "percent"), [(0, 0, 0, 0, None), (5, 1, 0, 0, 83), (0, 0, 2, 0, 0), (1, 0, 0, 1, 50)])
def test_the_award_rate_counts_everything_that_came_to_an_end(awarded: int, failed: int, cancelled: int, overdue: int, percent: int | None) -> None:
    assert rules.award_rate(awarded=awarded, failed=failed, cancelled=cancelled, overdue=overdue).percent == percent


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("**减重** 12 公斤", "<p><strong>减重</strong> 12 公斤</p>\n"),
        ("- 一\n- 二", "<ul>\n<li>一</li>\n<li>二</li>\n</ul>\n"),
        ("# 现状", "<h3>现状</h3>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[点我](javascript:alert(1))", "<p>[点我](javascript:alert(1))</p>\n"),
        ("[图](https://example.com)", '<p><a href="https://example.com" rel="noopener nofollow ugc">图</a></p>\n'),
    ],
)
def test_a_brief_is_shown_as_meant_and_carries_nothing_else(typed: str, shown: str) -> None:
    assert markup(typed) == shown


def test_a_picture_from_elsewhere_is_not_loaded() -> None:
    assert "<img" not in markup("![x](https://example.com/track.png)")


# On the database


def messages_of(organisation: Organisation) -> dict[str, Message]:
    with as_the_system():
        return {m.code: m for m in db.session.scalars(select(Message).where(Message.organisation_id == organisation.id))}


def test_a_draft_is_seen_by_nobody_else_and_saved_under_its_key(acting_for: Acting) -> None:
    publisher, other = make_organisation(), make_organisation()
    key = uuid7()
    with acting_for(publisher) as actor:
        task_id = actions.keep(actor, key, facts(now(), budget_max_fen=-1), now()).id
        assert actions.keep(actor, key, facts(now(), title="另一个标题"), now()).id == task_id
        assert queries.task(task_id).title == "另一个标题"
        assert queries.task(task_id).fixed
    with acting_for(other), pytest.raises(NotFound):
        queries.task(task_id)


def test_a_published_task_is_found_and_may_not_be_rewritten(acting_for: Acting) -> None:
    publisher, other = make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher)
    with acting_for(other):
        found = documents.of_object("task", task_id)
        assert found is not None
        assert documents.facts(found).skills == ("lightweighting", "structure-design")
    with acting_for(publisher) as actor, pytest.raises(Refusal, match=r"task\.published"):
        actions.save(actor, queries.task(task_id), facts(now()), now())
    with as_the_system():
        assert checks.tasks_hold() == []


def test_a_named_task_is_there_for_the_named_alone(acting_for: Acting) -> None:
    publisher, named, stranger = make_organisation(), make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher, reach="named", named=(named.id,))
    with acting_for(named):
        assert queries.task(task_id).title
    with acting_for(stranger):
        assert documents.of_object("task", task_id) is None
        with pytest.raises(NotFound):
            queries.task(task_id)


def test_an_ended_task_is_found_no_more_and_counts_in_the_award_rate(acting_for: Acting) -> None:
    publisher = make_organisation()
    one, two = put_out(acting_for, publisher), put_out(acting_for, publisher)
    with acting_for(publisher) as actor:
        actions.cancel(actor, queries.task(one), "项目推迟", now())
        actions.fail(actor, queries.task(two), "方案都不合适", now())
        with pytest.raises(Refusal, match=r"procedure\.failed"):
            actions.cancel(actor, queries.task(two), "再取消", now())
    with acting_for(make_organisation()):
        assert documents.of_object("task", one) is None
        rate = queries.award_rate_of(publisher.id, now())
        assert (rate.awarded, rate.closed, rate.percent) == (0, 2, 0)
    with as_the_system():
        assert checks.tasks_hold() == []


def test_a_deadline_only_moves_later_and_stays_before_the_delivery(acting_for: Acting) -> None:
    publisher = make_organisation()
    task_id = put_out(acting_for, publisher)
    with acting_for(publisher) as actor:
        task = queries.task(task_id)
        for days, code in ((6, r"procedure\.deadline_earlier"), (40, r"task\.delivery_before")):
            with pytest.raises(Refusal, match=code):
                actions.extend(actor, task, now() + timedelta(days=days), now())
        before = document.of_task(task).object_version
        actions.extend(actor, task, now() + timedelta(days=10), now())
        assert document.of_task(task).object_version > before


def test_a_task_and_a_designer_meet_whoever_comes_first_and_both_are_told(acting_for: Acting, run_outbox: Outbox) -> None:
    publisher, early, late, stranger = (make_organisation() for _ in range(4))
    with acting_for(early) as actor:
        skills.declare(actor, ["lightweighting", "structure-design", "finite-element"], "四人工作室")
    with acting_for(stranger) as actor:
        skills.declare(actor, ["pcb-design"])
    run_outbox()
    task_id = put_out(acting_for, publisher)
    run_outbox()
    told = messages_of(early)["task.matched"]
    assert told.url == f"/tasks/{task_id}#why"
    assert (told.params["fits"], told.params["asked"]) == (2, 2)
    assert messages_of(publisher)["task.matches"].params["count"] == 1
    assert messages_of(stranger) == {}
    with acting_for(late) as actor:
        skills.declare(actor, ["structure-design"])
    run_outbox()
    assert messages_of(late)["task.fitting"].params["count"] == 1
    assert "task.new_designer" in messages_of(publisher)
    with acting_for(publisher):
        found = matching.for_need("task", task_id)
        assert {m.organisation_id for m in found} == {early.id, late.id}
        assert found[0].organisation_id == early.id
        assert found[0].why.satisfied == ["技能 减重优化、结构设计"]


def test_a_publisher_of_many_tasks_hears_once_of_a_designer(acting_for: Acting, run_outbox: Outbox) -> None:
    publisher, designer = make_organisation(), make_organisation()
    tasks = {str(put_out(acting_for, publisher)) for _ in range(2)}
    run_outbox()
    with acting_for(designer) as actor:
        skills.declare(actor, ["structure-design"])
    run_outbox()
    told = messages_of(publisher)
    assert told.keys() == {"task.new_designer_for_many"}
    assert told["task.new_designer_for_many"].params["count"] == 2
    assert told["task.new_designer_for_many"].url.removeprefix("/tasks/").removesuffix("#matches") in tasks


def test_an_unverified_designer_is_matched_from_the_verification_on(acting_for: Acting, run_outbox: Outbox) -> None:
    publisher, maker = make_organisation(), make_organisation(kind="person", verified=False)
    put_out(acting_for, publisher)
    with acting_for(maker) as actor:
        designer = skills.declare(actor, ["structure-design"])
    run_outbox()
    assert messages_of(maker) == {}
    with acting_for(publisher):
        assert documents.of_object("designer", designer.id) is None
    with as_the_system():
        verified = db.session.get_one(Organisation, maker.id)
        verified.status = "verified"
        emit(OrganisationVerified(verified, organisation_id=maker.id))
    run_outbox()
    assert messages_of(maker)["task.fitting"].params["count"] == 1


def test_the_clock_closes_a_task_and_asks_its_publisher_to_decide(app: Application, acting_for: Acting, run_outbox: Outbox, shift_clock: Shift) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    decided, empty = put_out(acting_for, publisher), put_out(acting_for, publisher, title="没有人来的任务")
    bid_on(acting_for, bidder, decided)
    run_outbox()
    shift_clock(timedelta(days=7, minutes=1))
    clock = clocks.close_due.clock.name  # type: ignore[attr-defined]
    with app.app_context():
        tick(clock)
    run_outbox()
    told = messages_of(publisher)
    assert (told["task.decide"].todo, told["task.decide"].url, told["task.decide"].params["count"]) == (True, f"/tasks/{decided}/bids", 1)
    assert told["task.nobody"].url == f"/tasks/{empty}"
    with acting_for(publisher) as actor:
        actions.fail(actor, queries.task(decided), "方案不合适", now())
    run_outbox()
    assert messages_of(publisher)["task.decide"].done_at is not None
    lost = messages_of(bidder)["bid.failed"]
    assert lost.params["reason"] == "方案不合适"


def test_losers_and_the_winner_are_told_once(acting_for: Acting, run_outbox: Outbox) -> None:
    publisher, winner, loser = make_organisation(), make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher)
    chosen = bid_on(acting_for, winner, task_id)
    bid_on(acting_for, loser, task_id)
    award(acting_for, publisher, task_id, chosen)
    run_outbox()
    assert messages_of(winner)["bid.won"].url == f"/bids/{chosen}"
    assert "bid.lost" in messages_of(loser)
    assert "bid.won" not in messages_of(loser)


def award(acting_for: Acting, publisher: Organisation, task_id: UUID, bid_id: UUID) -> None:
    with acting_for(publisher) as actor:
        task = queries.task(task_id)
        bids.award(actor, task, bid_queries.bid_on(task, bid_id), "方案完整", now())


def test_matches_are_read_by_both_sides(acting_for: Acting, run_outbox: Outbox) -> None:
    publisher, maker = make_organisation(), make_organisation(kind="person")
    with acting_for(maker) as actor:
        designer_id = skills.declare(actor, ["structure-design", "rendering"]).id
    task_id = put_out(acting_for, publisher)
    run_outbox()
    with acting_for(maker):
        match = matching.between("designer", designer_id, "task", task_id, Side.OFFER)
        assert match is not None
        assert match.gate
        assert match.why.unknown == ["技能：能否承接 减重优化（已登记 结构设计、渲染与动画）"]


def test_a_reported_task_is_taken_down_with_a_reason(app: Application, acting_for: Acting, client_of: Any, run_outbox: Callable[[], int]) -> None:
    publisher = make_organisation()
    task_id = put_out(acting_for, publisher)
    organisation, user = builders.make_operator("61", "operations")
    operator = app.test_client()
    operator.set_cookie(builders.COOKIE, builders.make_session(user, organisation))
    report_and_take_down(client_of(make_organisation()), operator, f"/tasks/{task_id}")
    run_outbox()
    with acting_for(publisher):
        assert queries.task(task_id).procedure.status == "cancelled"


def test_naming_nobody_there_is_is_refused_not_forgotten(app: Application, api_of: Callable[..., Any]) -> None:
    program, designer = api_of(make_organisation()), make_organisation()
    drafted = program.post("/api/v1/tasks", json={"title": "刀盘罩减重", "named": [str(designer.id)]}, headers={"Idempotency-Key": "the-first-draft"})
    assert drafted.status_code == 201, drafted.json
    answer = program.put(f"/api/v1/tasks/{drafted.json['id']}", json={"title": "刀盘罩减重", "named": [str(designer.id), str(uuid7())]})
    assert (answer.status_code, answer.json["code"]) == (422, "procedure.named_unknown")
    assert [each["field"] for each in answer.json["errors"]] == ["named"]
