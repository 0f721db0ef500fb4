"""Bids: the rules as tables, then handing in, replacing, sealing and choosing on the real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import ProgrammingError

from crowdsourcing.bids import actions, queries, rules
from crowdsourcing.bids.models import Bid
from crowdsourcing.tasks import actions as tasks
from crowdsourcing.tasks import queries as task_queries
from crowdsourcing.tasks.models import Task
from gongchuang.actor import Actor
from gongchuang.database import Scope, db, now, uuid7
from gongchuang.database.unit import transaction
from gongchuang.refusal import NotFound, Refusal
from gongchuang.web.application import Application
from services.procedures import actions as procedures
from services.procedures import checks
from services.procedures.models import Submission
from tests.builders import actor_of, as_the_system, make_organisation, make_user
from tests.crowdsourcing.making import Acting, bid_facts, bid_on, put_out

Shift = Callable[[timedelta], None]


@pytest.mark.parametrize(
    ("said", "person", "codes"),
    [
        ({}, False, []),
        ({"tax_bp": None}, True, []),
        ({"tax_bp": None}, False, ["bid.tax"]),
        ({"tax_bp": 700}, False, ["bid.tax_unknown"]),
        ({"price_fen": 0}, False, ["bid.price"]),
        ({"price_fen": 10**21}, False, ["bid.price"]),
        ({"days": 0, "proposal": "  "}, False, ["bid.days", "bid.proposal"]),
        ({"days": 731}, False, ["bid.days"]),
        ({"proposal": "长" * 10_001}, False, ["text.too_long"]),
        ({"file": UUID(int=1)}, False, ["bid.file"]),
    ],
)
def test_a_bid_is_refused_for_each_reason_at_once(said: dict[str, Any], person: bool, codes: list[str]) -> None:
    assert [r.code for r in rules.why_not_bid(bid_facts(**said), person=person, file_status=None)] == codes


@pytest.mark.parametrize(("price", "rate", "net"), [(10_600, 600, 10_000), (11_300, 1300, 10_000), (100, None, 100), (1, 600, 1), (10_001, 0, 10_001)])
def test_the_price_without_tax_is_rounded_to_a_fen(price: int, rate: int | None, net: int) -> None:
    assert rules.net_fen(price, rate) == net


@pytest.mark.parametrize(
    ("prices", "low"),
    [([100, 100, 69], set()), ([100, 100, 100, 69], {69}), ([100, 100, 100, 70], set()), ([36_900, 38_400, 41_500, 45_600, 25_200], {25_200})],
)
def test_a_price_far_under_the_median_of_four_stands_out(prices: list[int], low: set[int]) -> None:
    assert rules.abnormally_low(prices) == low


@pytest.mark.parametrize(("sealed", "closes_in", "code"), [(False, 1, None), (True, 1, "bid.still_sealed"), (True, 0, None)])
def test_sealed_bids_are_chosen_from_the_deadline_on(noon: datetime, sealed: bool, closes_in: int, code: str | None) -> None:
    refusal = rules.why_not_choose(sealed=sealed, closes_at=noon + timedelta(hours=closes_in), now=noon)
    assert (refusal and refusal.code) == code


def statuses(task_id: UUID) -> dict[UUID, str]:
    with as_the_system():
        return {row.id: row.status for row in db.session.scalars(select(Submission).where(Submission.procedure_id == task_id))}


def test_an_award_chooses_one_and_closes_the_task(acting_for: Acting) -> None:
    publisher, one, two = make_organisation(), make_organisation(), make_organisation(kind="person")
    task_id = put_out(acting_for, publisher)
    first, second = bid_on(acting_for, one, task_id), bid_on(acting_for, two, task_id, tax_bp=None, price_fen=1_500_000)
    with acting_for(publisher) as actor:
        task = task_queries.task(task_id)
        assert [b.id for b in queries.of_task(task)] == [second, first]
        actions.award(actor, task, queries.bid_on(task, second), "方案完整", now())
        assert task.procedure.status == "awarded"
    assert statuses(task_id) == {first: "lost", second: "awarded"}
    with as_the_system():
        assert checks.procedures_hold() == []


def test_of_eight_parallel_awards_exactly_one_succeeds(app: Application, acting_for: Acting) -> None:
    publisher = make_organisation()
    task_id = put_out(acting_for, publisher)
    bids = [bid_on(acting_for, make_organisation(), task_id) for _ in range(8)]
    actor = actor_of(make_user(publisher), publisher)

    def choose(bid_id: UUID) -> str:
        with app.app_context():
            try:
                with transaction(Scope.of(actor)):
                    task = task_queries.task(task_id)
                    actions.award(actor, task, queries.bid_on(task, bid_id), "最合适", now())
            except Refusal as refusal:
                return refusal.code
            return "won"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(choose, bids))
    assert answers.count("won") == 1
    assert set(answers) == {"won", "procedure.awarded"}
    assert sorted(statuses(task_id).values()) == ["awarded", *["lost"] * 7]


def test_a_new_version_replaces_the_one_before(acting_for: Acting) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher)
    old, new = bid_on(acting_for, bidder, task_id), bid_on(acting_for, bidder, task_id, price_fen=1_600_000)
    assert statuses(task_id) == {old: "withdrawn", new: "submitted"}
    with acting_for(publisher):
        assert [(b.id, b.number) for b in queries.of_task(task_queries.task(task_id))] == [(new, 2)]
        with pytest.raises(NotFound):
            queries.bid(old)
    with acting_for(bidder):
        assert [b.id for b in queries.mine(bidder.id, None).items] == [new]


def test_from_the_deadline_on_nothing_is_bid_replaced_or_taken_back(acting_for: Acting, shift_clock: Shift) -> None:
    publisher, bidder, late = make_organisation(), make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher)
    bid_id = bid_on(acting_for, bidder, task_id)
    shift_clock(timedelta(days=7, seconds=1))
    with pytest.raises(Refusal, match=r"procedure\.past_deadline"):
        bid_on(acting_for, late, task_id)
    with pytest.raises(Refusal, match=r"bid\.past_deadline"):
        bid_on(acting_for, bidder, task_id)
    with pytest.raises(Refusal, match=r"bid\.past_deadline"), acting_for(bidder) as actor:
        actions.withdraw(actor, queries.bid(bid_id))
    assert statuses(task_id) == {bid_id: "submitted"}


def test_a_withdrawn_bid_is_its_bidders_again_and_may_be_made_anew(acting_for: Acting) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher)
    bid_id = bid_on(acting_for, bidder, task_id)
    with acting_for(bidder) as actor:
        actions.withdraw(actor, queries.bid(bid_id))
    with acting_for(publisher), pytest.raises(NotFound):
        queries.bid(bid_id)
    assert bid_on(acting_for, bidder, task_id)


def test_a_sealed_bid_is_shut_to_the_publisher_until_the_deadline(acting_for: Acting, shift_clock: Shift) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher, sealed=True)
    bid_id = bid_on(acting_for, bidder, task_id)
    with acting_for(publisher):
        assert queries.of_task(task_queries.task(task_id)) == []
        assert db.session.scalars(select(Bid.price_fen)).all() == []
    shift_clock(timedelta(days=7, seconds=1))
    with acting_for(publisher) as actor:
        task = task_queries.task(task_id)
        actions.award(actor, task, queries.bid_on(task, bid_id), "只此一份", now())
    assert statuses(task_id) == {bid_id: "awarded"}


def test_the_database_refuses_a_bid_that_says_less_sealed_than_its_task(acting_for: Acting) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher, sealed=True)
    with pytest.raises(ProgrammingError, match="row-level security"), acting_for(bidder) as actor:
        smuggle(actor, task_queries.task(task_id), sealed=False)
    with acting_for(bidder) as actor:
        smuggle(actor, task_queries.task(task_id), sealed=True)


def smuggle(actor: Actor, task: Task, *, sealed: bool) -> None:
    """Write a bid past every rule: only the database is left to refuse it."""
    submission = procedures.draft_submission(actor, task.procedure, "bid", uuid7())
    values = {"id": submission.id, "organisation_id": actor.organisation_id, "task_id": task.id, "buyer_organisation_id": task.organisation_id, "number": 1}
    db.session.execute(insert(Bid).values(**values, price_fen=1, days=1, proposal="", sealed=sealed))


def test_nobody_changes_a_bid_once_made(acting_for: Acting) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    bid_id = bid_on(acting_for, bidder, put_out(acting_for, publisher))
    for organisation in (publisher, bidder):
        with pytest.raises(ProgrammingError, match="permission denied"), acting_for(organisation):
            db.session.execute(update(Bid.__table__).where(Bid.__table__.c.id == bid_id).values(price_fen=1))


def test_a_rival_reads_nothing(acting_for: Acting) -> None:
    publisher, bidder, rival = make_organisation(), make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher)
    bid_id = bid_on(acting_for, bidder, task_id)
    with acting_for(rival), pytest.raises(NotFound):
        queries.bid(bid_id)


def test_a_bid_on_another_task_is_not_there(acting_for: Acting) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    one, two = put_out(acting_for, publisher), put_out(acting_for, publisher)
    bid_id = bid_on(acting_for, bidder, one)
    with acting_for(publisher), pytest.raises(NotFound):
        queries.bid_on(task_queries.task(two), bid_id)


def test_the_publisher_cannot_bid_on_its_own_task(acting_for: Acting) -> None:
    publisher = make_organisation()
    with pytest.raises(Refusal, match=r"procedure\.own"):
        bid_on(acting_for, publisher, put_out(acting_for, publisher))


def test_of_eight_parallel_bids_of_one_organisation_one_stands(app: Application, acting_for: Acting) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher)
    actor = actor_of(make_user(bidder), bidder)

    def bid(price: int) -> str:
        with app.app_context():
            try:
                with transaction(Scope.of(actor)):
                    actions.submit(actor, task_queries.task(task_id), bid_facts(price_fen=price))
            except Refusal as refusal:
                return refusal.code
            return "handed in"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(bid, range(1_000_000, 1_000_008)))
    assert "handed in" in answers
    assert set(answers) <= {"handed in", "submission.twice", "submission.withdrawn", "state.conflict"}
    assert [status for status in statuses(task_id).values() if status != "withdrawn"] == ["submitted"]


def test_of_a_withdrawal_and_an_award_at_once_one_succeeds(app: Application, acting_for: Acting) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    buyer, seller = actor_of(make_user(publisher), publisher), actor_of(make_user(bidder), bidder)
    for _ in range(4):
        task_id = put_out(acting_for, publisher)
        bid_id = bid_on(acting_for, bidder, task_id)

        def choose(task_id: UUID = task_id, bid_id: UUID = bid_id) -> None:
            with app.app_context(), transaction(Scope.of(buyer)):
                task = task_queries.task(task_id)
                actions.award(buyer, task, queries.bid_on(task, bid_id), "最合适", now())

        def take_back(bid_id: UUID = bid_id) -> None:
            with app.app_context(), transaction(Scope.of(seller)):
                actions.withdraw(seller, queries.bid(bid_id))

        with ThreadPoolExecutor(2) as pool:
            failed = [f.exception() for f in (pool.submit(choose), pool.submit(take_back))]
        assert sum(error is None for error in failed) == 1
        assert all(isinstance(error, Refusal) for error in failed if error)


def test_a_cancelled_task_takes_no_bid_and_its_bids_lose(acting_for: Acting) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher)
    bid_id = bid_on(acting_for, bidder, task_id)
    with acting_for(publisher) as actor:
        tasks.cancel(actor, task_queries.task(task_id), "项目推迟", now())
    assert statuses(task_id) == {bid_id: "lost"}
    with as_the_system():
        assert db.session.get_one(Task, task_id).procedure.reason == "项目推迟"
    with pytest.raises((Refusal, NotFound)):
        bid_on(acting_for, make_organisation(), task_id)
