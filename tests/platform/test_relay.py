"""The relay: what was claimed and not begun goes back, what another process handles is left to it."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from threading import Event, Thread, Timer
from uuid import UUID

import pytest
from sqlalchemy import text

from gongchuang.database import db, uuid7
from gongchuang.events import relay
from gongchuang.events.registry import CLOCKS, HANDLERS, Clock, Delivered
from gongchuang.jobs import queues, work, workers
from gongchuang.web.application import Application
from tests.flows.site import wait_for
from tests.schema import Wipe

HANDLER, COALESCED = "search.matching.tasks.match_document", "search.documents.tasks.mirror_to_engine"


@pytest.fixture
def due(app: Application, wipe: Wipe) -> list[UUID]:
    """Five deliveries to a handler that finds nothing to do, of which the planner's statistics know one."""
    made = [uuid7() for _ in range(5)]
    for each in made:
        event = uuid7()
        wipe.execute(
            "insert into outbox_events (id, name, schema_version, organisation_id, object_kind, object_id, object_version, occurred_at)"
            " values (%s, 'DocumentChanged', 1, null, 'document', %s, 1, now())",
            event, uuid7(),
        )  # fmt: skip
        wipe.execute(
            "insert into outbox_deliveries (id, event_id, handler, queue, status, attempts) values (%s, %s, %s, 'events', 'pending', 0)", each, event, HANDLER
        )
        if each == made[0]:
            wipe.execute("analyze outbox_deliveries")
    return made


def test_a_process_that_stops_gives_back_what_it_has_not_begun(app: Application, wipe: Wipe, due: list[UUID]) -> None:
    asked = iter([False, False, False])
    with app.app_context():
        assert relay.drain("events", lambda: next(asked, True)) == 2
    found = wipe.execute("select status, attempts, status = 'done' or available_at <= clock_timestamp() from outbox_deliveries")
    assert sorted(found) == [("done", 1, True)] * 2 + [("pending", 0, True)] * 3


def test_what_another_process_handles_is_left_to_it(app: Application, wipe: Wipe, due: list[UUID]) -> None:
    with app.app_context():
        claimed = relay.claim("events")
        wipe.execute("update outbox_deliveries set attempts = 2 where id = %s", claimed[0].id)  # claimed anew when its lease had run out
        wipe.execute("begin")
        wipe.execute("select 1 from outbox_deliveries where id = %s for update", claimed[0].id)
        try:
            assert all(relay.deliver(each) for each in claimed)
        finally:
            wipe.execute("rollback")
    left = wipe.execute("select id, status, attempts, error from outbox_deliveries where status <> 'done'")
    assert left == [(claimed[0].id, "pending", 2, None)]


def test_a_claim_of_another_process_that_came_a_moment_late_takes_nothing_away(app: Application, wipe: Wipe, due: list[UUID]) -> None:
    """It finds rows taken, but the database keeps them locked until it ends: they are handled then, not left to their lease."""
    with app.app_context():
        claimed = relay.claim("events")
        wipe.execute("begin")
        wipe.execute("select 1 from outbox_deliveries for update")
        ends = Timer(0.3, wipe.execute, ["rollback"])
        ends.start()
        assert all(relay.deliver(each) for each in claimed)
        ends.join()
    assert wipe.execute("select count(*) from outbox_deliveries where status <> 'done'") == [(0,)]


def test_a_long_backlog_leaves_the_clocks_their_turn(app: Application, wipe: Wipe, due: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock's tick waits on the same queue: what is left after a turn stands behind it."""
    waiting = queues.queue("events")
    waiting.empty()
    work.serve(app)
    monkeypatch.setattr(work, "TURN_SECONDS", 0.0)
    assert work.drain_queue("events") == 0
    assert [job.func_name for job in waiting.jobs] == ["gongchuang.jobs.work.drain_queue"]
    monkeypatch.undo()
    waiting.empty()
    assert work.drain_queue("events") == 5
    assert waiting.jobs == []


def test_what_is_due_is_delivered_while_redis_is_away(app: Application, wipe: Wipe, due: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "LOOK_SECONDS", 0.05)
    work.serve(app)
    stopping = Event()
    queues.use_redis("redis://127.0.0.1:9/0")
    try:
        thread = Thread(target=workers.look_out, args=(partial(work.drain_queue, "events"), stopping))
        thread.start()
        wait_for(lambda: wipe.execute("select count(*) from outbox_deliveries where status = 'done'") == [(5,)], 20)
    finally:
        stopping.set()
        thread.join()
        queues.use_redis(None)


def test_the_clocks_tick_while_redis_is_away(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    ticked: list[datetime] = []
    often = Clock("often", ticked.append, None, 1, "events")
    monkeypatch.setattr(workers, "CLOCKS", {"often": often, "nightly": Clock("nightly", pytest.fail, "7 1 * * *", None, "events")})
    monkeypatch.setitem(CLOCKS, "often", often)
    work.serve(app)
    ticks = workers.Ticks()
    assert (ticks(), ticks()) == (1, 0)
    assert len(ticked) == 1, "its second has not passed"


def test_what_ends_its_worker_again_and_again_is_parked_and_takes_no_other_with_it(app: Application, wipe: Wipe, due: list[UUID]) -> None:
    """A worker that dies neither notes a failure nor gives back what it claimed: only the count of its claims is left."""
    handled: list[UUID] = []
    with app.app_context():
        for _ in range(30):
            wipe.execute("update outbox_deliveries set available_at = clock_timestamp() - interval '1 s' where status = 'pending'")  # its lease ran out
            claimed = relay.claim("events")
            died = [each.id for each in claimed].index(due[0]) if due[0] in [each.id for each in claimed] else len(claimed)
            handled += [each.id for each in claimed[:died] if relay.deliver(each)]
    assert sorted(handled) == sorted(due[1:])
    (found,) = wipe.execute("select id, status, attempts, error from outbox_deliveries where status <> 'done'")
    assert found[:3] == (due[0], "parked", relay.ATTEMPTS + 1)
    assert "again and again" in str(found[3])


@pytest.mark.parametrize("queue", ["files", "slow"])
def test_what_takes_long_is_claimed_alone(app: Application, wipe: Wipe, due: list[UUID], queue: str) -> None:
    wipe.execute("update outbox_deliveries set queue = %s", queue)
    with app.app_context():
        assert len(relay.claim(queue)) == 1


@pytest.mark.parametrize(("state", "attempts"), [("55P03", 0), ("40P01", 0), ("53100", 0), ("22012", 1)], ids=["locked", "deadlock", "disk full", "own fault"])
def test_a_database_that_cannot_at_this_moment_counts_no_attempt(
    app: Application, wipe: Wipe, due: list[UUID], monkeypatch: pytest.MonkeyPatch, state: str, attempts: int
) -> None:
    """A lock held for long must not park what waits for it; a handler's own mistake counts."""

    def meet(_: Delivered) -> None:
        db.session.execute(text(f"do $$ begin raise exception 'met' using errcode = '{state}'; end $$"))

    monkeypatch.setitem(HANDLERS, HANDLER, replace(HANDLERS[HANDLER], function=meet))
    with app.app_context():
        assert not relay.deliver(relay.claim("events")[0])
    found = wipe.execute("select status, attempts, available_at > clock_timestamp() from outbox_deliveries where error is not null")
    assert found == [("pending", attempts, True)]


@pytest.fixture
def runs(due: list[UUID], wipe: Wipe, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The events that a coalesced handler was run for, which all five deliveries are to."""
    wipe.execute("update outbox_deliveries set handler = %s", COALESCED)
    heard: list[UUID] = []
    monkeypatch.setitem(HANDLERS, COALESCED, replace(HANDLERS[COALESCED], function=lambda event: heard.append(event.id)))
    return heard


def test_one_run_of_a_coalesced_handler_stands_for_all_that_wait(app: Application, wipe: Wipe, runs: list[UUID]) -> None:
    with app.app_context():
        assert relay.drain("events") == 5
    assert len(runs) == 1
    assert wipe.execute("select distinct status, error from outbox_deliveries") == [("done", None)]


def test_what_comes_while_a_coalesced_handler_runs_has_a_run_of_its_own(
    app: Application, wipe: Wipe, due: list[UUID], runs: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have looked for its work before that was committed."""
    wipe.execute("update outbox_deliveries set status = 'parked' where id = %s", due[0])

    def run(event: Delivered) -> None:
        if not runs:
            wipe.execute("update outbox_deliveries set status = 'pending' where id = %s", due[0])
        runs.append(event.id)

    monkeypatch.setitem(HANDLERS, COALESCED, replace(HANDLERS[COALESCED], function=run))
    with app.app_context():
        assert relay.deliver(relay.claim("events")[0])
        assert wipe.execute("select id, attempts from outbox_deliveries where status = 'pending'") == [(due[0], 0)]
        relay.drain("events")
    assert len(runs) == 2


def test_a_coalesced_handler_that_fails_leaves_the_others_as_they_were(app: Application, wipe: Wipe, runs: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Delivered) -> None:
        raise RuntimeError("met")

    monkeypatch.setitem(HANDLERS, COALESCED, replace(HANDLERS[COALESCED], function=fail))
    with app.app_context():
        first, *_ = relay.claim("events")
        assert not relay.deliver(first)
    assert wipe.execute("select id from outbox_deliveries where error is not null") == [(first.id,)]
    assert wipe.execute("select count(*) from outbox_deliveries where status = 'pending'") == [(5,)]


def test_what_another_relay_is_about_to_run_is_left_to_it(app: Application, wipe: Wipe, due: list[UUID], runs: list[UUID]) -> None:
    with app.app_context():
        claimed = relay.claim("events")
        wipe.execute("begin")
        wipe.execute("select 1 from outbox_deliveries where id = %s for update", due[4])
        try:
            assert relay.deliver(next(each for each in claimed if each.id != due[4]))
        finally:
            wipe.execute("rollback")
    assert wipe.execute("select id from outbox_deliveries where status <> 'done'") == [(due[4],)]
