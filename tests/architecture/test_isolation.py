"""Isolation, generated from the route table and the map of rights: who asks × what is asked for × by which id. See tests/architecture/isolation."""

import os
import time
from collections.abc import Iterator
from random import Random

import pytest

from gongchuang.web.application import Application
from tests import builders
from tests.architecture.isolation.calls import Call, Ground
from tests.architecture.isolation.cases import CASES
from tests.architecture.isolation.expected import expected
from tests.architecture.isolation.hands import hands
from tests.architecture.isolation.matrix import Matrix
from tests.architecture.isolation.people import Person
from tests.architecture.isolation.readers import Readers
from tests.architecture.isolation.routes import asked_for, body_of, kind_of, routes, slots, things
from tests.architecture.isolation.second import IDS_ASKED, PLAIN_ASKED, WORDS_ASKED, Second, fields_asked
from tests.architecture.isolation.surplus import Surplus
from tests.architecture.isolation.world import make_world
from tests.rounds import SOAK
from tests.schema import Wipe

pytestmark = pytest.mark.xdist_group("isolation")
SEED = int(os.environ.get("GONGCHUANG_TEST_SEED", "20261121"))


@pytest.fixture(scope="module")
def ground(whole_app: Application, wipe: Wipe) -> Iterator[Ground]:
    builders.use(whole_app)
    made = Ground(make_world(whole_app, wipe), wipe)
    with made.listening():
        yield made
    made.close()
    wipe()


@pytest.fixture(scope="module")
def readers(ground: Ground, wipe: Wipe) -> Readers:
    return Readers(ground.world, wipe)


def test_every_route_has_what_it_is_asked_for(ground: Ground) -> None:
    world = ground.world
    assert not {rule.endpoint for rule, method in routes(world.app) if method != "GET"} - set(CASES)
    assert not {slot for rule, _ in routes(world.app) for slot in slots(rule) if not world.of_kind(kind_of(slot))}
    assert not set(CASES) - {rule.endpoint for rule, _ in routes(world.app)}


def test_every_change_succeeds_for_whom_it_is_meant(ground: Ground) -> None:
    world, wrong = ground.world, []
    for rule, method in routes(world.app):
        if method == "GET" or (case := CASES[rule.endpoint]).unproven:
            continue
        call = Call(rule, method, things(world, rule, case), body_of(world, rule, method, {}))
        answer = ground.ask(world.people[case.who], call)
        changed = ground.changed(answer.written - {"audit_entries", "audit_heads", "idempotency_keys"})
        if answer.outcome in ("403", "404") or answer.status >= 400 or bool(changed) == case.reckons:
            wrong.append(f"{call.name} by {case.who}: {answer.status} {answer.response.headers.get('Location')} changed {sorted(changed)}")
        ground.restore(answer.written)
    assert not wrong, "\n".join(wrong)


def test_every_route_answers_everybody_as_the_map_says(ground: Ground, readers: Readers) -> None:
    matrix, begun, before = Matrix(ground, readers), time.process_time(), ground.calls
    matrix.run(Random(SEED), None if SOAK else 4)
    print(f"{ground.calls - before} calls, seed {SEED}, {time.process_time() - begun:.0f} s of CPU, by the map {matrix.outcomes}")
    assert not matrix.wrong, "\n".join(sorted(set(matrix.wrong)))
    assert set(matrix.outcomes) == {"public", "through", "sign in", "403", "404", "confirm"}


def some(ground: Ground, *names: str) -> list[Person]:
    """Return the people of these names; everybody once of a relation in the long form."""
    people = ground.world.people.everyone
    return [people[name] for name in (names if not SOAK else [name for name in people if name.endswith("/admin") or "/" not in name])]


def test_every_field_of_a_query_is_known() -> None:
    assert fields_asked() - set(IDS_ASKED) - set(WORDS_ASKED) - PLAIN_ASKED == set()


def test_an_id_in_what_is_sent_is_judged_like_one_in_the_path(ground: Ground, readers: Readers) -> None:
    second = Second(ground, readers)
    second.swap_in_bodies()
    assert not second.wrong, "\n".join(sorted(set(second.wrong)))
    assert second.asked > 60


def test_an_id_a_word_and_a_place_in_a_query_open_nothing(ground: Ground, readers: Readers) -> None:
    second = Second(ground, readers)
    second.ask_lists(some(ground, "stranger/admin", "anonymous"), singly=SOAK)
    second.turn_pages(some(ground, "stranger/admin"))
    assert not second.wrong, "\n".join(sorted(set(second.wrong)))
    assert second.asked > 200


def test_the_map_says_what_was_written_by_hand(ground: Ground) -> None:
    """Asked of the map alone, which the calls are held against."""
    world, wrong, random = ground.world, [], Random(SEED)
    everyone = {name: who.actor(api=False) for name, who in world.people.everyone.items()}
    for method, endpoint, thing, allowed in hands():
        chosen = set(everyone) if SOAK else {*random.sample(sorted(allowed), min(4, len(allowed))), *random.sample(sorted(everyone), 12)}
        rule = next(rule for rule, how in routes(world.app) if (rule.endpoint, how) == (endpoint, method))
        path = next(path for path in asked_for(world, rule) if world.ids[thing] in path.values())
        through = {name for name in chosen if expected(world.app, everyone[name], Call(rule, method, path)) == "through"}
        wrong += [f"{endpoint} {thing}: {name} only by {'the map' if name in through else 'hand'}" for name in sorted(through ^ (allowed & chosen))]
    assert not wrong, "\n".join(wrong)


def test_a_column_that_is_named_is_not_a_column_that_is_written(ground: Ground) -> None:
    """The API refuses each by its name; a page leaves the very rows it leaves without them."""
    surplus = Surplus(ground)
    surplus.run()
    assert not surplus.wrong, "\n".join(sorted(set(surplus.wrong)))
    assert surplus.asked > 120
