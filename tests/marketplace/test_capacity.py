"""Hours against the real database: an hour is never given twice, whoever races."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from gongchuang.database import Scope, db, now
from gongchuang.database.unit import transaction
from gongchuang.refusal import NotFound, Refusal
from marketplace.capacity import actions, closing, placing, queries
from marketplace.capacity import feature as capacity
from marketplace.capacity.models import Allocation
from marketplace.machines.models import Machine
from tests import builders
from tests.marketplace.making import make_machine, window
from tests.rounds import rounds


def a_monday() -> datetime:
    """Eight in the morning of a Monday in three weeks, Shanghai."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=21 - today.weekday())


BASE = a_monday()
LATER = BASE + timedelta(days=300)


@pytest.fixture
def firm(app):
    return builders.make_organisation()


@pytest.fixture
def buyer(app):
    return builders.make_organisation()


def proved(app) -> list[str]:
    with app.app_context(), transaction(Scope(system=True)):
        return [broken for check in capacity.checks for broken in check()]


def hold(actor, machine, windows, source=None, **changed):
    source = source or uuid4()
    actions.hold_softly(actor, machine, windows, source_kind="quote", source_id=source, until=changed.get("until", LATER))
    return source


def test_a_quote_holds_softly_and_the_award_books(app, firm, buyer, acting_for):
    machine = make_machine(firm)
    with acting_for(firm) as actor:
        windows = queries.propose(machine, 600, BASE)
        assert windows == [window(BASE, 0, 10)]
        source = hold(actor, machine, windows)
    with acting_for(buyer):
        assert actions.book("quote", source) == 1
        with pytest.raises(Refusal, match=r"state\.conflict"):
            actions.book("quote", source)
    with acting_for(firm):
        [row] = queries.of_source("quote", source)
        assert (row.status, row.until) == ("booked", None)
        assert queries.propose(machine, 60, BASE) == [window(BASE, 10, 11)]
    assert proved(app) == []


def test_a_quote_without_hours_books_nothing(firm, acting_for):
    with acting_for(firm):
        assert actions.book("quote", uuid4()) == 0


def test_soft_holds_overlap_up_to_the_owners_factor(app, firm, acting_for):
    machine = make_machine(firm, soft_factor=2)
    with acting_for(firm) as actor:
        hold(actor, machine, [window(BASE, 0, 4)])
        hold(actor, machine, [window(BASE, 2, 6)])
        with pytest.raises(Refusal, match=r"capacity\.taken") as refused:
            hold(actor, machine, [window(BASE, 3, 5)])
        assert refused.value.params["next"][0].startswith(f"{BASE + timedelta(hours=12):%Y-%m-%d %H}:00")
        hold(actor, machine, [window(BASE, 4, 6)])
        assert queries.propose(machine, 60, BASE + timedelta(hours=2)) == [window(BASE, 6, 7)]
    assert proved(app) == []


def test_a_booking_displaces_the_other_quotes_which_then_cannot_be_awarded(app, firm, buyer, acting_for):
    machine = make_machine(firm)
    with acting_for(firm) as actor:
        first, second = hold(actor, machine, [window(BASE, 0, 8)]), hold(actor, machine, [window(BASE, 6, 9)])
    with acting_for(buyer):
        actions.book("quote", first)
    with acting_for(buyer), pytest.raises(Refusal, match=r"capacity\.taken") as refused:
        actions.book("quote", second)
    assert refused.value.params["hours"] == (f"{BASE + timedelta(hours=14):%Y-%m-%d %H}:00–{BASE + timedelta(hours=17):%H}:00",)
    assert refused.value.params["next"][0].startswith(f"{BASE + timedelta(hours=16):%Y-%m-%d %H}:00")
    with acting_for(firm) as actor:
        [lost] = queries.of_source("quote", second)
        assert (lost.status, lost.reason) == ("released", "displaced")
        actions.release("quote", second)
        hold(actor, machine, [window(BASE, 8, 11)], second)
    with acting_for(buyer):
        assert actions.book("quote", second) == 1
    assert proved(app) == []


def test_a_displaced_hold_moves_to_another_of_the_same_machines(app, firm, buyer, acting_for):
    machine = make_machine(firm, quantity=2)
    with acting_for(firm) as actor:
        first, second = hold(actor, machine, [window(BASE, 0, 8)]), hold(actor, machine, [window(BASE, 0, 8)])
    with acting_for(buyer):
        actions.book("quote", first)
        assert actions.book("quote", second) == 1
    with acting_for(firm):
        assert {queries.of_source("quote", source)[0].unit for source in (first, second)} == {1, 2}
    assert proved(app) == []


def test_an_ended_hold_holds_nothing_and_cannot_be_booked(app, firm, buyer, acting_for, shift_clock, run_outbox):
    machine = make_machine(firm, soft_factor=1)
    with acting_for(firm) as actor:
        source = hold(actor, machine, [window(BASE, 0, 8)], until=now() + timedelta(hours=1))
    shift_clock(timedelta(hours=2))
    with acting_for(buyer), pytest.raises(Refusal, match=r"capacity\.taken"):
        actions.book("quote", source)
    with acting_for(firm) as actor:
        other = hold(actor, machine, [window(BASE, 0, 8)])
        assert queries.of_source("quote", source)[0].reason == "expired"
    with acting_for(buyer):
        assert actions.book("quote", other) == 1
    assert proved(app) == []


def test_the_clock_sweeps_ended_holds(app, firm, acting_for, shift_clock):
    machine = make_machine(firm)
    with acting_for(firm) as actor:
        source = hold(actor, machine, [window(BASE, 0, 8)], until=now() + timedelta(minutes=5))
    shift_clock(timedelta(minutes=20))
    assert any("past its end" in broken for broken in proved(app))
    with app.app_context(), transaction(Scope(system=True)):
        assert actions.expire(now()) == 1
        assert actions.expire(now()) == 0
    with acting_for(firm):
        assert queries.of_source("quote", source)[0].status == "released"
    assert proved(app) == []


def test_a_hold_may_not_end_in_the_past_nor_lie_on_a_retired_machine(firm, acting_for):
    machine = make_machine(firm)
    with acting_for(firm) as actor:
        with pytest.raises(Refusal, match=r"capacity\.until"):
            hold(actor, machine, [window(BASE, 0, 1)], until=now() - timedelta(seconds=1))
        db.session.get(Machine, machine.id).status = "retired"
        db.session.flush()
        with pytest.raises(Refusal, match=r"machine\.retired"):
            hold(actor, machine, [window(BASE, 0, 1)])


def test_nobody_holds_blocks_or_sees_hours_of_anothers_machine(firm, buyer, acting_for):
    machine = make_machine(firm)
    with acting_for(firm) as actor:
        source = hold(actor, machine, [window(BASE, 0, 1)])
    with acting_for(buyer) as stranger:
        assert queries.of_source("quote", source) == []
        with pytest.raises(NotFound):
            hold(stranger, machine, [window(BASE, 2, 3)])
        with pytest.raises(NotFound):
            actions.block(stranger, machine, [window(BASE, 2, 3)])


def test_outside_work_takes_what_is_free_and_gives_back_any_part(app, firm, acting_for):
    machine = make_machine(firm)
    with acting_for(firm) as actor:
        actions.hold_firmly(actor, machine, [window(BASE, 2, 3)], source_kind="quote", source_id=uuid4(), until=LATER)
        soft = hold(actor, machine, [window(BASE, 4, 5)])
        assert actions.block(actor, machine, [window(BASE, 0, 8)]) == 1
        assert queries.of_source("quote", soft)[0].reason == "displaced"
        assert queries.propose(machine, 60, BASE) == [window(BASE, 8, 9)]
        assert actions.unblock(actor, machine, [window(BASE, 4, 6)]) == 120
        assert queries.propose(machine, 120, BASE) == [window(BASE, 4, 6)]
        with pytest.raises(Refusal, match=r"capacity\.taken"):
            actions.block(actor, machine, [window(BASE, 0, 2)])
    assert proved(app) == []


def test_closing_days_and_shifts_bound_what_is_proposed(firm, acting_for):
    machine = make_machine(firm, shift="one", work_days=5)
    with acting_for(firm) as actor:
        week = queries.free_minutes_by_week([machine.id], BASE, 1)
        assert list(week.values()) == [5 * 8 * 60]
        closure = closing.close(actor, machine, kind="maintenance", first_on=BASE.date(), last_on=BASE.date() + timedelta(days=1))
        assert list(queries.free_minutes_by_week([machine.id], BASE, 1).values()) == [3 * 8 * 60]
        assert queries.propose(machine, 60, BASE) == [window(BASE, 48, 49)]
        closing.reopen(actor, closure)
        assert queries.propose(machine, 300, BASE) == [window(BASE, 0, 4), window(BASE, 5, 6)]


def test_a_machine_cannot_become_fewer_than_its_hours(firm, acting_for):
    from marketplace.machines import actions as machines

    machine = make_machine(firm, quantity=2)
    with acting_for(firm) as actor:
        own = db.session.get(Machine, machine.id)
        hold(actor, own, [window(BASE, 0, 1, 2)])
        with pytest.raises(Refusal, match=r"machine\.fewer"):
            machines.change(actor, own, quantity=1)
        hold(actor, own, [window(BASE, 0, 1, 2)])
        with pytest.raises(Refusal, match=r"machine\.lower_factor"):
            machines.change(actor, own, soft_factor=1)
        machines.change(actor, own, soft_factor=2)


@pytest.mark.parametrize(
    ("held", "new", "constraint"),
    [
        ("booked", "blocked", "allocations_never_overlap"),
        ("soft", "booked", "allocations_soft_yields"),
        ("firm", "soft", "allocations_soft_yields"),
    ],
)
def test_the_database_itself_refuses_an_hour_given_twice(app, firm, wipe, held, new, constraint):
    machine = make_machine(firm)

    def row(status: str, start: int, end: int) -> None:
        until = "now() + interval '9 days'" if status in ("soft", "firm") else "null"
        wipe.execute(
            "insert into allocations (id, organisation_id, machine_id, unit, during, status, source_kind, source_id, until, note) "
            f"values (%s, %s, %s, 1, tstzrange(%s, %s), %s, 'quote', %s, {until}, '')",
            uuid4(),
            firm.id,
            machine.id,
            BASE + timedelta(hours=start),
            BASE + timedelta(hours=end),
            status,
            uuid4(),
        )

    row(held, 0, 2)
    row(new, 2, 3)
    with pytest.raises(Exception, match=constraint):
        row(new, 1, 2)


def test_hours_written_past_the_lock_are_refused_as_taken(firm, acting_for):
    machine = make_machine(firm)
    with acting_for(firm) as actor:
        hold(actor, machine, [window(BASE, 0, 8)])
    unseen = queries.Hours(machine, [], [])
    with pytest.raises(Refusal, match=r"capacity\.taken") as refused, acting_for(firm):
        placing.insert(unseen, [window(BASE, 2, 4)], LATER, status="booked", until=None, source_kind="quote", source_id=uuid4())
    assert refused.value.status == 409


def test_a_hold_whose_time_is_over_stands_in_nobodys_way(firm, acting_for, shift_clock):
    machine = make_machine(firm)
    with acting_for(firm) as actor:
        first = hold(actor, machine, [window(BASE, 0, 8)], until=BASE - timedelta(days=9))
        beside = hold(actor, machine, [window(BASE, 24, 32)], until=BASE - timedelta(days=9))
    shift_clock(BASE - timedelta(days=8) - datetime.now(UTC))
    with acting_for(firm) as actor:
        actions.hold_firmly(actor, machine, [window(BASE, 4, 6)], source_kind="quote", source_id=uuid4(), until=LATER)
        [over], [untouched] = queries.of_source("quote", first), queries.of_source("quote", beside)
        assert (over.status, over.reason) == ("released", "expired")
        assert untouched.status == "soft"  # the clock releases it


def together(app, works: list[Callable[[], object]]) -> list[object]:
    """Run each in a thread and transaction of its own, all begun at once; return what each answered or raised."""
    gate, answers = threading.Barrier(len(works)), [None] * len(works)

    def run(i: int) -> None:
        with app.app_context():
            try:
                gate.wait(10)
                answers[i] = works[i]()
            except Exception as error:
                answers[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def as_actor(actor, work: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        with transaction(Scope.of(actor)):
            return work()

    return run


def refusals(answers: list[object], code: str) -> int:
    unexpected = [a for a in answers if isinstance(a, Exception) and not (isinstance(a, Refusal) and a.code == code)]
    assert unexpected == []
    return sum(isinstance(a, Refusal) for a in answers)


@pytest.mark.parametrize("round_", range(rounds(3, 200)))
def test_of_eight_firm_holds_at_once_one_wins(app, firm, round_):
    machine = make_machine(firm)
    actor = builders.actor_of(builders.make_user(firm), firm)

    def hold_firmly(i: int) -> None:
        actions.hold_firmly(actor, machine, [window(BASE, i / 10, 8)], source_kind="quote", source_id=uuid4(), until=LATER)

    works = [as_actor(actor, lambda i=i: hold_firmly(i)) for i in range(8)]
    assert refusals(together(app, works), "capacity.taken") == 7
    assert proved(app) == []


def test_of_eight_soft_holds_at_once_as_many_win_as_the_owner_allows(app, firm):
    machine = make_machine(firm, soft_factor=3)
    actor = builders.actor_of(builders.make_user(firm), firm)
    works = [as_actor(actor, lambda i=i: hold(actor, machine, [window(BASE, i / 10, 8)])) for i in range(8)]
    assert refusals(together(app, works), "capacity.taken") == 5
    assert proved(app) == []


@pytest.mark.parametrize("round_", range(rounds(3, 200)))
def test_of_eight_awards_of_one_hour_at_once_one_books(app, firm, round_):
    machine = make_machine(firm, soft_factor=8)
    actor = builders.actor_of(builders.make_user(firm), firm)
    buyers = [builders.make_organisation() for _ in range(8)]
    actors = [builders.actor_of(builders.make_user(b), b) for b in buyers]
    with app.app_context(), transaction(Scope.of(actor)):
        sources = [hold(actor, machine, [window(BASE, 0, 8)]) for _ in range(8)]
    answers = together(app, [as_actor(a, lambda s=s: actions.book("quote", s)) for a, s in zip(actors, sources, strict=True)])
    assert refusals(answers, "capacity.taken") == 7
    with app.app_context(), transaction(Scope.of(actor)):
        assert sorted(row.status for s in sources for row in queries.of_source("quote", s)) == ["booked"] + ["released"] * 7
    assert proved(app) == []


def test_awards_holds_blocks_and_releases_racing_never_give_an_hour_twice(app, firm):
    machine = make_machine(firm, quantity=2, soft_factor=2)
    actor = builders.actor_of(builders.make_user(firm), firm)
    with app.app_context(), transaction(Scope.of(actor)):
        sources = [hold(actor, machine, [window(BASE, 0, 8)]) for _ in range(3)]
    for round_ in range(4):
        works = [
            *(as_actor(actor, lambda s=s: actions.book("quote", s)) for s in sources[:2]),
            as_actor(actor, lambda: actions.release("quote", sources[2])),
            as_actor(actor, lambda: actions.block(actor, machine, [window(BASE, 4, 6, 1)])),
            as_actor(actor, lambda: hold(actor, machine, [window(BASE, 2, 9)])),
            as_actor(actor, lambda r=round_: hold(actor, machine, [window(BASE, 7, 12 + r)])),
            as_actor(actor, lambda: actions.hold_firmly(actor, machine, [window(BASE, 1, 3)], source_kind="quote", source_id=uuid4(), until=LATER)),
            as_actor(actor, lambda: actions.unblock(actor, machine, [window(BASE, 5, 6, 1)])),
        ]
        unexpected = [a for a in together(app, works) if isinstance(a, Exception) and not isinstance(a, Refusal)]
        assert unexpected == []
        assert proved(app) == []


def test_rows_of_allocations_are_only_the_systems_status_to_change(app, firm, acting_for):
    machine = make_machine(firm)
    with acting_for(firm) as actor:
        source = hold(actor, machine, [window(BASE, 0, 8)])
    with app.app_context(), pytest.raises(Exception, match="permission denied"):
        change_the_note(source)


def change_the_note(source) -> None:
    with transaction(Scope(system=True)):
        db.session.execute(update(Allocation).where(Allocation.source_id == source).values(note="changed"))


def test_the_checks_see_what_was_broken_behind_the_constraints(app, firm, acting_for, wipe):
    machine = make_machine(firm, quantity=2, soft_factor=3)
    with acting_for(firm) as actor:
        for start in range(3):
            hold(actor, machine, [window(BASE, start / 2, 4, 2)])
        actions.block(actor, machine, [window(BASE, 8, 9)])
    assert proved(app) == []
    wipe.execute("update machines set soft_factor = 2")
    assert any("more soft holds" in broken for broken in proved(app))
    wipe.execute("update machines set soft_factor = 3, quantity = 1")
    assert any("beyond its owner's quantity" in broken for broken in proved(app))
    wipe.execute("update machines set quantity = 2")
    [(definition,)] = wipe.execute("select pg_get_constraintdef(oid) from pg_constraint where conname = 'allocations_soft_yields'")
    wipe.execute("alter table allocations drop constraint allocations_soft_yields")
    try:
        wipe.execute("update allocations set unit = 2, during = tstzrange(%s, %s) where status = 'blocked'", BASE, BASE + timedelta(hours=1))
        assert any("overlap" in broken for broken in proved(app))
    finally:
        wipe.execute("delete from allocations")
        wipe.execute(f"alter table allocations add constraint allocations_soft_yields {definition}")
