"""Any story of holds, bookings, outside work and passing time, held against a model that fits on a page."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from gongchuang.database import Scope
from gongchuang.database.unit import transaction
from gongchuang.refusal import Refusal
from marketplace.capacity import actions, checks, queries
from tests import builders
from tests.marketplace.making import make_machine, window
from tests.rounds import rounds

HOURS = 12
FACTOR = 2
hours = st.tuples(st.integers(0, HOURS - 1), st.integers(1, 4)).map(lambda t: (t[0], min(HOURS, t[0] + t[1])))


class Story(RuleBasedStateMachine):
    """One machine. The model knows each source's hours, whether they are soft or hard, and when they end (in steps of a clock)."""

    app = None
    wipe = None
    firm = None
    actor = None

    def __init__(self) -> None:
        super().__init__()
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.base = today + timedelta(days=5)
        self.clock = 0
        self.machine = make_machine(self.firm, soft_factor=FACTOR)
        self.sources: dict[UUID, tuple[str, range, int]] = {}
        self.blocked: set[int] = set()

    def act(self, work):
        with self.app.app_context(), transaction(Scope.of(self.actor)):
            return work()

    def live(self, source: UUID) -> bool:
        status, _, until = self.sources[source]
        return status == "booked" or (status in ("soft", "firm") and until > self.clock)

    def hard(self) -> set[int]:
        return self.blocked | {h for s, (status, span, _) in self.sources.items() if status in ("firm", "booked") and self.live(s) for h in span}

    def depth(self, hour: int) -> int:
        return sum(hour in span for s, (status, span, _) in self.sources.items() if status == "soft" and self.live(s))

    def displace(self, span: set[int], but: UUID | None) -> None:
        for source, (status, held, until) in self.sources.items():
            if source != but and status == "soft" and self.live(source) and span & set(held):
                self.sources[source] = ("lost", held, until)

    def until(self, steps: int) -> datetime:
        return datetime.now(UTC) + timedelta(hours=self.clock + steps, minutes=-30)

    @rule(span=hours, steps=st.integers(1, 4), firm=st.booleans())
    def hold(self, span, steps, firm) -> None:
        source, wanted = uuid4(), range(*span)
        fits = not set(wanted) & self.hard() and (firm or all(self.depth(h) < FACTOR for h in wanted))
        do = actions.hold_firmly if firm else actions.hold_softly

        def work() -> None:
            do(self.actor, self.machine, [window(self.base, *span)], source_kind="quote", source_id=source, until=self.until(steps))

        if fits:
            self.act(work)
            if firm:
                self.displace(set(wanted), source)
            self.sources[source] = ("firm" if firm else "soft", wanted, self.clock + steps)
        else:
            with pytest.raises(Refusal, match=r"capacity\.taken"):
                self.act(work)

    @precondition(lambda self: self.sources)
    @rule(data=st.data())
    def book(self, data) -> None:
        source = data.draw(st.sampled_from(list(self.sources)))
        status, span, until = self.sources[source]
        if status in ("soft", "firm") and self.live(source):
            assert self.act(lambda: actions.book("quote", source)) == 1
            self.displace(set(span), source)
            self.sources[source] = ("booked", span, until)
        elif status == "released":
            assert self.act(lambda: actions.book("quote", source)) == 0
        else:
            with pytest.raises(Refusal, match=r"state\.conflict" if status == "booked" else "capacity.taken"):
                self.act(lambda: actions.book("quote", source))

    @precondition(lambda self: self.sources)
    @rule(data=st.data())
    def release(self, data) -> None:
        source = data.draw(st.sampled_from(list(self.sources)))
        _status, span, until = self.sources[source]
        swept = self.act(lambda: actions.release("quote", source))
        assert swept == 1 if self.live(source) else swept in (0, 1)
        self.sources[source] = ("released", span, until)

    @rule(span=hours)
    def block(self, span) -> None:
        free = set(range(*span)) - self.hard()
        if free:
            self.act(lambda: actions.block(self.actor, self.machine, [window(self.base, *span)]))
            self.blocked |= free
            self.displace(free, None)
        else:
            with pytest.raises(Refusal, match=r"capacity\.taken"):
                self.act(lambda: actions.block(self.actor, self.machine, [window(self.base, *span)]))

    @rule(span=hours)
    def unblock(self, span) -> None:
        assert self.act(lambda: actions.unblock(self.actor, self.machine, [window(self.base, *span)])) == 60 * len(set(range(*span)) & self.blocked)
        self.blocked -= set(range(*span))

    @rule(sweep=st.booleans())
    def time_passes(self, sweep) -> None:
        self.clock += 1
        self.wipe.execute("update clock set shift = %s", timedelta(hours=self.clock))
        if sweep:
            with self.app.app_context(), transaction(Scope(system=True)):
                actions.expire(datetime.now(UTC) + timedelta(hours=self.clock))

    @invariant()
    def the_database_agrees(self) -> None:
        with self.app.app_context(), transaction(Scope.of(self.actor)):
            start, end = self.base, self.base + timedelta(hours=HOURS)
            found = queries.hours_of([self.machine], start, end, datetime.now(UTC) + timedelta(hours=self.clock))[self.machine.id]
            assert sum(s.minutes for s in found.free(1)) == 60 * (HOURS - len(self.hard()))
            assert all(sum(s.start <= start + timedelta(hours=h, minutes=5) < s.end for s in found.soft(1)) == self.depth(h) for h in range(HOURS))
        with self.app.app_context(), transaction(Scope(system=True)):
            assert checks.hours_never_overlap() == []
            assert checks.soft_holds_keep_the_factor() == []

    def teardown(self) -> None:
        self.wipe.execute("delete from allocations")
        self.wipe.execute("update clock set shift = '0'")


def test_every_story_agrees_with_the_model(app, wipe):
    Story.app, Story.wipe = app, wipe
    Story.firm = builders.make_organisation()
    Story.actor = builders.actor_of(builders.make_user(Story.firm), Story.firm)
    quick = settings(max_examples=rounds(25, 1000), stateful_step_count=rounds(20, 50), deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Story, settings=quick)
