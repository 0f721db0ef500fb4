"""Isolation, generated from the route table and the map of rights: who asks × what is asked for × by which id. See tests/architecture/isolation."""

import os
import time
from collections.abc import Iterator
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import text

from gongchuang.database import db
from gongchuang.database.unit import transaction
from gongchuang.jobs import queues
from gongchuang.web.application import Application
from search.engines.tantivy import TantivyEngine
from services.messages.words import sentences
from tests.architecture.isolation.asking import IDS_ASKED, PLACES, PLAIN_ASKED, WORDS_ASKED, Asking, fields_asked
from tests.architecture.isolation.calls import Call, Ground
from tests.architecture.isolation.canary import mark, marks_in
from tests.architecture.isolation.cases import CASES
from tests.architecture.isolation.expected import expected
from tests.architecture.isolation.hands import hands
from tests.architecture.isolation.logged import failing
from tests.architecture.isolation.matrix import Matrix
from tests.architecture.isolation.outside import drain, indexed
from tests.architecture.isolation.people import Person
from tests.architecture.isolation.queued import jobs
from tests.architecture.isolation.readers import Readers
from tests.architecture.isolation.routes import asked_for, body_of, kind_of, routes, slots, things
from tests.architecture.isolation.searching import searched
from tests.architecture.isolation.second import Second
from tests.architecture.isolation.surplus import Surplus
from tests.architecture.isolation.telling import UNTOLD, Telling
from tests.architecture.isolation.texts import WITHOUT, free_texts
from tests.rounds import SOAK, rounds
from tests.schema import Wipe

pytestmark = [] if SOAK else [pytest.mark.xdist_group("isolation")]
"""One world for all of them; in the long form the workers share the parts, each with a world of its own."""
PARTS = 40 if SOAK else 1
SEED = int(os.environ.get("GONGCHUANG_TEST_SEED", "20261121"))


@pytest.fixture(scope="module")
def ground(whole_app: Application, wipe: Wipe) -> Iterator[Ground]:
    queues.connection().flushall()  # what is left of other tests' jobs keeps new ones out: two that wait are enough
    with Ground.of(whole_app, wipe) as made:
        yield made


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


@pytest.mark.parametrize("part", range(PARTS))
def test_every_route_answers_everybody_as_the_map_says(part: int, ground: Ground, readers: Readers) -> None:
    matrix, begun, before = Matrix(ground, readers), time.process_time(), ground.calls
    matrix.run(Random(SEED), None if SOAK else 3, part, PARTS)
    print(f"part {part}: {ground.calls - before} calls, seed {SEED}, {time.process_time() - begun:.0f} s of CPU, by the map {matrix.outcomes}")
    assert not matrix.wrong, "\n".join(sorted(set(matrix.wrong)))
    assert ground.calls > before
    if PARTS == 1:  # of many parts one may meet only some of it
        assert set(matrix.outcomes) >= {"public", "through", "sign in", "403", "404"}


def some(ground: Ground, *names: str) -> list[Person]:
    """Return the people of these names; everybody once of a relation in the long form."""
    people = ground.world.people.everyone
    return [people[name] for name in (names if not SOAK else [name for name in people if name.endswith("/admin") or "/" not in name])]


def test_every_field_of_a_query_is_known(ground: Ground) -> None:
    assert fields_asked(ground.world.app) - set(IDS_ASKED) - set(WORDS_ASKED) - PLAIN_ASKED == set()


def test_an_id_in_what_is_sent_is_judged_like_one_in_the_path(ground: Ground, readers: Readers) -> None:
    second = Second(ground, readers)
    second.swap_in_bodies()
    assert not second.wrong, "\n".join(sorted(set(second.wrong)))
    assert second.asked > 60


def test_a_second_id_in_a_path_belongs_to_the_first(ground: Ground, readers: Readers) -> None:
    second = Second(ground, readers)
    second.swap_in_paths()
    assert not second.wrong, "\n".join(sorted(set(second.wrong)))
    assert second.asked


def test_an_id_a_word_and_a_place_in_a_query_open_nothing(ground: Ground, readers: Readers) -> None:
    asking = Asking(ground, readers)
    asking.ask_lists(some(ground, "stranger/admin", "own/admin"))
    asking.turn_pages(some(ground, "stranger/admin", "rival/admin", "elsewhere/audit", "elsewhere/operations", "anonymous"))
    assert not asking.wrong, "\n".join(sorted(set(asking.wrong)))
    assert {*IDS_ASKED, "q", *PLACES} - set(asking.asked) == set()
    assert len(asking.given) > 25
    assert {rule for rule, places in asking.given.items() if not places} == set(), "these lists gave nobody a place"


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
    assert surplus.places > 12


# Canaries: what is made for others holds no word that they may not be shown


def test_every_text_of_every_organisation_holds_a_canary(readers: Readers) -> None:
    held = {place for places in readers.places.values() for place in places}
    assert set(free_texts()) - held - set(WITHOUT) == set()
    assert held & set(WITHOUT) == set()


def test_what_is_sent_outside_holds_only_what_its_reader_may_be_shown(ground: Ground, readers: Readers) -> None:
    world, wrong = ground.world, []
    addresses = {address: who for who in world.people.everyone.values() if who.user for address in (who.user.phone, who.user.email)}
    for sent in world.sent:
        who = world.people["own/admin"] if sent.way == "robot" else addresses[sent.to]
        hidden = marks_in(sent.text) - readers.of(who, api=False)
        wrong += [f"{sent.way} to {who.name}: {readers.places[each]} in {sent.text}" for each in hidden]
    assert {sent.way for sent in world.sent} == {"mail", "sms", "robot"}
    assert any(marks_in(sent.text) for sent in world.sent)
    assert not wrong, "\n".join(wrong)


def test_what_a_change_tells_others_holds_only_what_they_may_be_shown(ground: Ground, wipe: Wipe) -> None:
    telling = Telling(ground, wipe)
    telling.run(rounds(4, 1))
    assert not telling.wrong, "\n".join(telling.wrong)
    assert len(telling.codes) >= rounds(3, 15)
    if SOAK:
        standing = {code for (code,) in wipe.execute("select distinct code from messages")}
        assert set(sentences()) - telling.codes - standing == set(UNTOLD)


def test_the_documents_for_searchers_hold_only_what_their_readers_may_be_shown(ground: Ground, readers: Readers) -> None:
    world, wrong, seen = ground.world, [], 0
    for who in world.people.everyone.values():
        with world.app.app_context(), transaction(who.scope()):
            rows = list(db.session.scalars(text("select to_jsonb(d)::text from search_documents d where not deleted")))
        seen += len(rows)
        wrong += [f"{who.name}: {sorted(hidden)}" for row in rows if (hidden := marks_in(row) - readers.of(who, api=False))]
    assert seen > 100
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("engine", ["tantivy", "table"])
def test_no_engine_finds_a_document_for_somebody_who_may_not_see_it(ground: Ground, readers: Readers, tmp_path: Path, engine: str) -> None:
    """Every word of every document is asked for, by everybody of another relation; the table answers where there is no index."""
    with indexed(ground.world, TantivyEngine(tmp_path / "index")) if engine == "tantivy" else nullcontext():
        found, wrong = searched(ground.world, readers)
    assert found
    assert not wrong, "\n".join(wrong)


def test_jobs_audit_and_events_hold_no_words_at_all(ground: Ground, readers: Readers) -> None:
    held = jobs(queues.connection())
    assert "gongchuang.jobs.work.drain_queue" in held
    assert not marks_in(held)
    silent = ("audit_entries", "audit_heads", "outbox_events")
    assert not {place for places in readers.places.values() for place in places if place.startswith(silent)}


def test_what_a_job_is_given_is_read_as_it_is_kept(ground: Ground) -> None:
    """A word in a job's arguments, which are kept compressed and shown cut short, would be found."""
    word, queue = mark(), queues.queue("events")
    job = queue.enqueue("gongchuang.jobs.work.drain_queue", "x" * 500 + word)
    raw = queues.connection().dump(job.key)
    found = marks_in(jobs(queues.connection()))
    job.delete()
    assert raw is not None
    assert word not in raw.decode("latin-1"), "it is kept so that anybody may read it: unpacking proves nothing"
    assert found == {word}


def test_a_log_line_holds_no_words_at_all(ground: Ground) -> None:
    """Neither those of the world's making and its deliveries, nor of the calls before, nor of deliveries and requests that fail on what was typed."""
    word, before = mark(), len(ground.log.getvalue())
    with ground.put_back(), failing(ground.wipe):
        rule = next(rule for rule, method in routes(ground.world.app) if (rule.endpoint, method) == ("messages.conversation", "POST"))
        answer = ground.ask(ground.world.people["own/admin"], Call(rule, "POST", {"conversation_id": ground.world.ids["conversation.own"]}, {"text": word}))
        ground.wipe.execute("update outbox_deliveries set status = 'pending', attempts = 0, available_at = now() where handler like %s", "%tell_other_side")
        drain(ground.world)
    lines = ground.log.getvalue()
    assert answer.status == 500
    assert "request failed" in lines[before:]
    assert "delivery failed" in lines[before:]
    assert not marks_in(lines)


def test_objects_are_named_by_ids_and_opened_by_their_own_signature_alone(ground: Ground) -> None:
    world, store = ground.world, ground.world.app.extensions["store"]
    keys = [stored.key for stored in store.list()]
    assert len(keys) > 20
    assert not marks_in(" ".join(keys))
    theirs = f"{world.firm('own').id}/{world.ids['revision.private']}/original"
    mine = f"{world.firm('stranger').id}/{world.ids['revision.stranger']}/original"
    client = world.people["stranger/admin"].browser
    with world.app.test_request_context():
        link = store.signed_get(mine, "a.step", 60)
        form = store.signed_post(f"{world.firm('stranger').id}/{uuid4()}/original", 4, "model/step")
    with client.get(link) as own:
        assert own.status_code == 200
    for key in (theirs, f"{uuid4()}/{uuid4()}/original", f"{mine}/../../../{theirs}", theirs.replace("/", "%2F")):
        stolen = client.get(link.replace(mine, key))
        assert (stolen.status_code, marks_in(stolen.text)) in ((403, set()), (404, set())), key
        bare = client.get(f"/store/object/{key}")
        assert (bare.status_code, marks_in(bare.text)) in ((403, set()), (404, set())), key
        sent = {**form.fields, "key": key, "file": (BytesIO(b"evil"), "a.step")}
        assert client.post(form.url, data=sent, content_type="multipart/form-data").status_code == 403


def test_a_kept_answer_is_its_askers_own(ground: Ground, readers: Readers, wipe: Wipe) -> None:
    """The same key of another person, the tag of another's picture: neither brings the first one's answer."""
    world, own, other = ground.world, ground.world.people["own/buyer"], ground.world.people["counterparty/buyer"]
    asked = {"json": {}, "headers": {"Idempotency-Key": str(uuid4())}}
    path = f"/api/v1/orders/{world.ids['order.open']}/clone"
    assert own.program.post(path, **asked).status_code == 201
    assert own.program.post(path, **asked).headers["Idempotency-Replayed"] == "true"
    theirs = other.program.post(path, **asked)
    assert (theirs.status_code, "Idempotency-Replayed" in theirs.headers) == (403, False)
    for user_id, body in wipe.execute("select user_id, convert_from(body, 'utf8') from idempotency_keys"):
        who = next(each for each in world.people.everyone.values() if each.user and each.user.id == user_id)
        assert not marks_in(str(body)) - readers.of(who, api=True)
    ground.restore(frozenset(ground.tables))
    picture = f"/files/{world.ids['revision.private']}/thumbnail.png"
    tag = own.browser.get(picture).headers["ETag"]
    assert own.browser.get(picture, headers={"If-None-Match": tag}).status_code == 304
    assert other.browser.get(picture, headers={"If-None-Match": tag}).status_code == 404
    for answer in (own.browser.get("/me"), own.program.get("/api/v1/me")):
        assert answer.headers["Cache-Control"] == "private, no-store"
