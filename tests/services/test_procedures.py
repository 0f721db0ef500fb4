"""Procedures: the rules as tables, the isolation and the races on the real database, the states as a machine."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import update
from sqlalchemy.exc import DatabaseError, ProgrammingError

from gongchuang.actor import Actor
from gongchuang.database import Scope, db, now, uuid7
from gongchuang.database.unit import transaction
from gongchuang.events import relay
from gongchuang.organisations.models import Organisation
from gongchuang.refusal import NotFound, Refusal
from gongchuang.web.application import Application
from services.procedures import actions, checks, queries, rules, tasks
from services.procedures.models import Procedure, Submission
from tests.builders import actor_of, as_the_system, make_organisation, make_user
from tests.rounds import rounds
from tests.schema import Wipe

Acting = Callable[..., AbstractContextManager[Actor]]
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "closes_in", "own", "code"),
    [
        ("open", HOUR, False, None),
        ("open", timedelta(0), False, "procedure.past_deadline"),
        ("open", timedelta(microseconds=1), False, None),
        ("closed", HOUR, False, "procedure.past_deadline"),
        ("draft", HOUR, False, "procedure.not_open"),
        ("awarded", HOUR, False, "procedure.over"),
        ("cancelled", HOUR, False, "procedure.over"),
        ("open", HOUR, True, "procedure.own"),
    ],
)
def test_a_submission_is_refused_for_its_reason(noon: datetime, status: str, closes_in: timedelta, own: bool, code: str | None) -> None:
    refusal = rules.why_not_submit(status=status, closes_at=noon + closes_in, own=own, now=noon)
    assert (refusal and refusal.code) == code


@pytest.mark.parametrize(
    ("closes_in", "code"),
    [
        (timedelta(days=7), None),
        (timedelta(0), "procedure.deadline_past"),
        (timedelta(minutes=59), "procedure.deadline_near"),
        (timedelta(days=91), "procedure.deadline_far"),
    ],
)
def test_a_deadline_lies_between_an_hour_and_ninety_days(noon: datetime, closes_in: timedelta, code: str | None) -> None:
    refusal = rules.why_not_open(status="draft", closes_at=noon + closes_in, audience=["public"], invited=0, now=noon)
    assert (refusal and refusal.code) == code


def test_nobody_to_see_it_is_refused(noon: datetime) -> None:
    refusal = rules.why_not_open(status="draft", closes_at=noon + HOUR, audience=[], invited=0, now=noon)
    assert refusal is not None
    assert refusal.code == "procedure.no_audience"


@pytest.mark.parametrize(
    ("status", "submission", "reason", "code"),
    [
        ("open", "submitted", "交期最短", None),
        ("closed", "submitted", "交期最短", None),
        ("closed", "submitted", "  ", "award.no_reason"),
        ("closed", "withdrawn", "交期最短", "submission.withdrawn"),
        ("awarded", "submitted", "交期最短", "procedure.awarded"),
        ("cancelled", "submitted", "交期最短", "procedure.cancelled"),
        ("draft", "submitted", "交期最短", "procedure.not_open"),
    ],
)
def test_an_award_is_refused_for_its_reason(status: str, submission: str, reason: str, code: str | None) -> None:
    refusal = rules.why_not_award(status=status, submission_status=submission, reason=reason)
    assert (refusal and refusal.code) == code


# On the database


def put_out(
    acting_for: Acting, owner: Organisation, *, audience: tuple[str, ...] = ("public",), invited: tuple[UUID, ...] = (), closes_in: timedelta = HOUR * 2
) -> UUID:
    with acting_for(owner) as actor:
        procedure = actions.draft(actor, "order", uuid7())
        actions.open_(actor, procedure, closes_at=now() + closes_in, audience=audience, invited=invited, now=now())
        return procedure.id


def answer(acting_for: Acting, supplier: Organisation, procedure_id: UUID, *, submit: bool = True) -> UUID:
    with acting_for(supplier) as actor:
        submission = actions.draft_submission(actor, queries.procedure(procedure_id), "quote", uuid7())
        if submit:
            actions.submit(actor, submission)
        return submission.id


def smuggle(actor: Actor, owner: Organisation, procedure_id: UUID) -> None:
    """Write an answer past every rule: only the database is left to refuse it."""
    db.session.add(Submission(organisation_id=actor.organisation_id, buyer_organisation_id=owner.id, procedure_id=procedure_id, object_kind="quote"))
    db.session.flush()


def status_of(model: type[Procedure] | type[Submission], identifier: UUID) -> str:
    with as_the_system():
        row = db.session.get(model, identifier)
        assert row is not None
        return row.status


def test_an_award_leaves_one_winner_and_tells_who_lost(acting_for: Acting) -> None:
    owner, suppliers = make_organisation(), [make_organisation() for _ in range(3)]
    procedure_id = put_out(acting_for, owner)
    submissions = [answer(acting_for, s, procedure_id) for s in suppliers]
    with acting_for(owner) as actor:
        assert queries.counts([procedure_id]) == {procedure_id: 3}
        decided = actions.award(actor, queries.procedure(procedure_id), queries.submission(submissions[1]), "到厂总价最低", now())
        assert set(decided.losers) == {(submissions[0], suppliers[0].id), (submissions[2], suppliers[2].id)}
    assert [status_of(Submission, s) for s in submissions] == ["lost", "awarded", "lost"]
    with acting_for(suppliers[1]):
        won = queries.award_of(procedure_id)
        assert won is not None
        assert won.reason == "到厂总价最低"
    with acting_for(suppliers[0]):
        assert queries.award_of(procedure_id) is None
    with as_the_system():
        assert checks.procedures_hold() == []


def test_a_draft_is_its_owners_alone(acting_for: Acting) -> None:
    owner, other = make_organisation(), make_organisation()
    with acting_for(owner) as actor:
        procedure_id = actions.draft(actor, "order", uuid7()).id
    with acting_for(other), pytest.raises(NotFound):
        queries.procedure(procedure_id)


def test_an_uninvited_firm_sees_nothing_and_its_answer_is_refused_by_the_database(acting_for: Acting) -> None:
    owner, invited, stranger = make_organisation(), make_organisation(), make_organisation()
    procedure_id = put_out(acting_for, owner, audience=(), invited=(invited.id,))
    with acting_for(stranger), pytest.raises(NotFound):
        queries.procedure(procedure_id)
    with pytest.raises(ProgrammingError, match="row-level security"), acting_for(stranger) as actor:
        smuggle(actor, owner, procedure_id)
    assert answer(acting_for, invited, procedure_id)


def test_a_supplier_sees_only_its_own_answer_and_the_owner_no_drafts(acting_for: Acting) -> None:
    owner, one, two = make_organisation(), make_organisation(), make_organisation()
    procedure_id = put_out(acting_for, owner)
    mine, draft = answer(acting_for, one, procedure_id), answer(acting_for, two, procedure_id, submit=False)
    with acting_for(two), pytest.raises(NotFound):
        queries.submission(mine)
    with acting_for(owner):
        assert [s.id for s in queries.submissions_of(procedure_id)] == [mine]
        with pytest.raises(NotFound):
            queries.submission(draft)


def test_the_owner_can_change_nothing_of_a_suppliers_answer(acting_for: Acting) -> None:
    owner, supplier = make_organisation(), make_organisation()
    procedure_id = put_out(acting_for, owner)
    submission_id = answer(acting_for, supplier, procedure_id)
    with acting_for(owner):
        changed = db.session.execute(update(Submission).where(Submission.id == submission_id).values(status="withdrawn").returning(Submission.id))
        assert changed.all() == []
    assert status_of(Submission, submission_id) == "submitted"


@pytest.mark.parametrize("values", [{"buyer_organisation_id": UUID(int=1)}, {"procedure_id": UUID(int=1)}, {"decided_at": datetime(2026, 1, 1, tzinfo=UTC)}])
def test_a_supplier_cannot_move_its_answer_elsewhere(acting_for: Acting, values: dict[str, object]) -> None:
    owner, supplier = make_organisation(), make_organisation()
    submission_id = answer(acting_for, supplier, put_out(acting_for, owner))
    with pytest.raises(ProgrammingError, match="permission denied"), acting_for(supplier):
        db.session.execute(update(Submission.__table__).where(Submission.__table__.c.id == submission_id).values(**values))


@pytest.mark.parametrize("status", ["awarded", "lost"])
def test_a_supplier_cannot_award_itself(acting_for: Acting, status: str) -> None:
    owner, supplier = make_organisation(), make_organisation()
    submission_id = answer(acting_for, supplier, put_out(acting_for, owner))
    with pytest.raises(ProgrammingError, match="row-level security"), acting_for(supplier):
        db.session.execute(update(Submission.__table__).where(Submission.__table__.c.id == submission_id).values(status=status))


def test_past_the_deadline_nothing_is_accepted_even_by_the_database(acting_for: Acting, shift_clock: Callable[[timedelta], None]) -> None:
    owner, supplier = make_organisation(), make_organisation()
    procedure_id = put_out(acting_for, owner)
    draft = answer(acting_for, supplier, procedure_id, submit=False)
    shift_clock(HOUR * 2)
    with acting_for(supplier) as actor, pytest.raises(Refusal, match=r"procedure.past_deadline"):
        actions.submit(actor, queries.submission(draft))
    with pytest.raises(DatabaseError, match="row-level security"), acting_for(supplier):
        db.session.execute(update(Submission.__table__).where(Submission.__table__.c.id == draft).values(status="submitted", submitted_at=now()))


def test_the_clock_closes_what_is_due_and_says_so(acting_for: Acting, shift_clock: Callable[[timedelta], None], wipe: Wipe, app: Application) -> None:
    owner = make_organisation()
    due, later = put_out(acting_for, owner), put_out(acting_for, owner, closes_in=HOUR * 9)
    shift_clock(HOUR * 3)
    with app.app_context():
        relay.tick(tasks.close_due.clock.name)
    assert (status_of(Procedure, due), status_of(Procedure, later)) == ("closed", "open")
    events = wipe.execute("select object_kind, object_id, organisation_id from outbox_events where name = 'ProcedureClosed'")
    assert events == [("order", due, owner.id)]


def test_a_deadline_moves_only_later_and_only_while_open(acting_for: Acting, shift_clock: Callable[[timedelta], None]) -> None:
    owner = make_organisation()
    procedure_id = put_out(acting_for, owner)
    with acting_for(owner) as actor:
        procedure = queries.procedure(procedure_id)
        assert procedure.closes_at is not None
        with pytest.raises(Refusal, match=r"procedure.deadline_earlier"):
            actions.extend(actor, procedure, procedure.closes_at - timedelta(minutes=1), now())
        actions.extend(actor, procedure, procedure.closes_at + HOUR, now())
    shift_clock(HOUR * 4)
    with acting_for(owner) as actor, pytest.raises(Refusal, match=r"procedure.not_open"):
        actions.extend(actor, queries.procedure(procedure_id), now() + HOUR * 5, now())


def test_one_answer_a_supplier_until_it_is_withdrawn(acting_for: Acting) -> None:
    owner, supplier = make_organisation(), make_organisation()
    procedure_id = put_out(acting_for, owner)
    first = answer(acting_for, supplier, procedure_id)
    with pytest.raises(Refusal, match=r"submission.twice"):
        answer(acting_for, supplier, procedure_id)
    with acting_for(supplier) as actor:
        actions.withdraw(actor, queries.submission(first))
    assert answer(acting_for, supplier, procedure_id) != first


def test_who_submitted_still_sees_it_when_the_audience_no_longer_names_them(acting_for: Acting, wipe: Wipe) -> None:
    owner, supplier = make_organisation(), make_organisation(park="xa-hightech")
    procedure_id = put_out(acting_for, owner, audience=("park:xa-hightech",))
    answer(acting_for, supplier, procedure_id)
    wipe.execute("update organisations set park = null where id = %s", supplier.id)
    supplier.park = None
    with acting_for(supplier):
        assert queries.procedure(procedure_id).id == procedure_id


# Races


def racing(app: Application, calls: list[tuple[Organisation, Callable[[Actor], object]]]) -> list[str]:
    """Run all calls at once, each in a transaction of its own; return `ok` or the refusal's code for each."""
    barrier = threading.Barrier(len(calls))
    actors = [actor_of(make_user(organisation), organisation) for organisation, _ in calls]

    def run(index: int) -> str:
        barrier.wait()
        try:
            with app.app_context(), transaction(Scope.of(actors[index])):
                calls[index][1](actors[index])
        except Refusal as refusal:
            return refusal.code
        return "ok"

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, range(len(calls))))


def award_call(procedure_id: UUID, submission_id: UUID) -> Callable[[Actor], object]:
    return lambda actor: actions.award(actor, queries.procedure(procedure_id), queries.submission(submission_id), "价格合适", now())


def test_of_eight_parallel_awards_exactly_one_succeeds(app: Application, acting_for: Acting) -> None:
    owner = make_organisation()
    for _ in range(5):
        procedure_id = put_out(acting_for, owner)
        submissions = [answer(acting_for, make_organisation(), procedure_id) for _ in range(4)]
        answers = racing(app, [(owner, award_call(procedure_id, submissions[n % 4])) for n in range(8)])
        assert answers.count("ok") == 1
        assert set(answers) - {"ok"} <= {"procedure.awarded", "submission.lost"}
        assert sorted(status_of(Submission, s) for s in submissions) == ["awarded", "lost", "lost", "lost"]
    with as_the_system():
        assert checks.procedures_hold() == []


def test_of_award_cancel_and_withdraw_at_once_exactly_one_decides(app: Application, acting_for: Acting) -> None:
    owner, supplier = make_organisation(), make_organisation()
    for _ in range(8):
        procedure_id = put_out(acting_for, owner)
        submission_id = answer(acting_for, supplier, procedure_id)
        answers = racing(
            app,
            [
                (owner, award_call(procedure_id, submission_id)),
                (owner, award_call(procedure_id, submission_id)),
                (owner, lambda actor, p=procedure_id: actions.fail(actor, queries.procedure(p), "均不满足要求", now())),
                (supplier, lambda actor, s=submission_id: actions.withdraw(actor, queries.submission(s))),
            ],
        )
        decided = status_of(Submission, submission_id)
        assert answers[:3].count("ok") <= 1
        assert (answers[0] == "ok") + (answers[1] == "ok") + (decided == "withdrawn") + (decided == "lost") == 1
        assert (answers[3] == "ok") == (decided == "withdrawn")
    with as_the_system():
        assert checks.procedures_hold() == []


def test_an_answer_racing_the_decision_is_either_in_or_refused(app: Application, acting_for: Acting) -> None:
    owner, winner, late = make_organisation(), make_organisation(), make_organisation()
    for _ in range(8):
        procedure_id = put_out(acting_for, owner)
        first = answer(acting_for, winner, procedure_id)
        draft = answer(acting_for, late, procedure_id, submit=False)
        answers = racing(app, [(owner, award_call(procedure_id, first)), (late, lambda actor, d=draft: actions.submit(actor, queries.submission(d)))])
        assert answers[0] == "ok"
        assert (answers[1], status_of(Submission, draft)) in {("ok", "lost"), ("procedure.over", "draft")}


# States as a machine


class Machine(RuleBasedStateMachine):
    """Any order of calls keeps to the transition tables, and the invariants hold after each."""

    acting: Acting
    wipe: Wipe

    @initialize()
    def begin(self) -> None:
        self.wipe()
        self.owner, self.suppliers = make_organisation(), [make_organisation() for _ in range(3)]
        with self.acting(self.owner) as actor:
            self.id = actions.draft(actor, "order", uuid7()).id
        self.state, self.answers = "draft", dict.fromkeys(range(3), "none")
        self.ids: dict[int, UUID] = {}
        self.hours = 0

    def attempt(self, organisation: Organisation, call: Callable[[Actor], object]) -> bool:
        try:
            with self.acting(organisation) as actor:
                call(actor)
        except Refusal:
            return False
        return True

    def past(self) -> bool:
        return self.hours >= 10

    @rule()
    def open(self) -> None:
        done = self.attempt(self.owner, lambda a: actions.open_(a, queries.procedure(self.id), closes_at=now() + HOUR * 10, audience=["public"], now=now()))
        assert done == (self.state == "draft")
        if done:
            self.state, self.hours = "open", 0

    @rule(who=st.integers(0, 2))
    def submit(self, who: int) -> None:
        new = uuid7()

        def call(actor: Actor) -> None:
            actions.submit(actor, actions.draft_submission(actor, queries.procedure(self.id), "quote", new))

        done = self.attempt(self.suppliers[who], call)
        assert done == (self.state == "open" and not self.past() and self.answers[who] in ("none", "withdrawn"))
        if done:
            self.answers[who], self.ids[who] = "submitted", new

    @rule(who=st.integers(0, 2))
    @precondition(lambda self: self.ids)
    def withdraw(self, who: int) -> None:
        if who in self.ids:
            done = self.attempt(self.suppliers[who], lambda a: actions.withdraw(a, queries.submission(self.ids[who])))
            assert done == (self.answers[who] == "submitted")
            self.answers[who] = "withdrawn" if done else self.answers[who]

    @rule(who=st.integers(0, 2))
    @precondition(lambda self: self.ids)
    def award(self, who: int) -> None:
        if who in self.ids:
            done = self.attempt(self.owner, award_call(self.id, self.ids[who]))
            assert done == (self.state in ("open", "closed") and self.answers[who] == "submitted")
            if done:
                self.end("awarded")
                self.answers[who] = "awarded"

    @rule(how=st.sampled_from(["cancel", "fail"]))
    @precondition(lambda self: self.ids)
    def call_off(self, how: str) -> None:
        done = self.attempt(self.owner, lambda a: getattr(actions, how)(a, queries.procedure(self.id), "计划有变", now()))
        assert done == (self.state in ("open", "closed") or (self.state == "draft" and how == "cancel"))
        if done:
            self.end({"cancel": "cancelled", "fail": "failed"}[how])

    def end(self, state: str) -> None:
        self.state = state
        self.answers = {who: "lost" if was == "submitted" else was for who, was in self.answers.items()}

    @rule(hours=st.integers(1, 6))
    def wait(self, hours: int) -> None:
        self.hours += hours
        self.wipe.execute("update clock set shift = shift + %s", HOUR * hours)
        with as_the_system():
            tasks.close_due(now())
        if self.state == "open" and self.past():
            self.state = "closed"

    @invariant()
    def stored_as_expected(self) -> None:
        assert status_of(Procedure, self.id) == self.state
        for who, submission_id in self.ids.items():
            assert status_of(Submission, submission_id) == self.answers[who]
        with as_the_system():
            assert checks.procedures_hold() == []


def test_any_order_of_calls_keeps_the_states(acting_for: Acting, wipe: Wipe) -> None:
    Machine.acting, Machine.wipe = staticmethod(acting_for), wipe
    long = {"max_examples": rounds(12, 500), "stateful_step_count": rounds(12, 40)}
    run_state_machine_as_test(Machine, settings=settings(**long, deadline=None, suppress_health_check=list(HealthCheck), database=None))
