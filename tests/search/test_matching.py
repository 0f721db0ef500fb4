"""Matching through the outbox: the oracle, who is told, who may read, what a draft would meet."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from random import Random
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from gongchuang.database import Scope, db, now
from gongchuang.database.unit import transaction
from gongchuang.events import relay
from search.documents import queries as documents
from search.documents.actions import mirror, remove
from search.documents.document import Document, FreeWeek, Side
from search.documents.models import SearchDocument
from search.engines.index import Index
from search.engines.tantivy import TantivyEngine
from search.matching import actions, checks, knowledge, queries, rules, words
from search.matching.models import Match
from search.weeks import week_of
from tests.builders import make_organisation
from tests.rounds import rounds
from tests.search.corpus import NOW, OFFER, ORDER, make_document, numbered, some_document
from tests.search.test_engines import BrokenEngine


def week(ahead: int) -> int:
    return week_of((datetime.now().astimezone() + timedelta(weeks=ahead)).date())


def an_offer(organisation, number=1, **values) -> Document:
    given = {
        "organisation_id": organisation.id,
        "title": "五轴加工中心",
        "processes": ("milling-5",),
        "materials": ("aluminium",),
        "envelope": (650, 520, 475),
        "tolerance_mm": 0.01,
        "weeks": (FreeWeek(week(1), 2760), FreeWeek(week(3), 2400)),
        "region": "610113",
    }
    return make_document(number, **(given | values))


def a_need(organisation, number=2, **values) -> Document:
    given = {
        "organisation_id": organisation.id,
        "title": "铝合金壳体",
        "processes": ("milling-5",),
        "materials": ("al-7075",),
        "envelope": (400, 355, 300),
        "tolerance_mm": 0.03,
        "weeks": (FreeWeek(week(1)), FreeWeek(week(2))),
        "minutes": 600,
    }
    return make_document(number, side=Side.NEED, **(given | values))


@pytest.fixture
def shop(app):
    return make_organisation("西安沣镐精工有限公司", park="xa-hitech")


@pytest.fixture
def buyer(app):
    return make_organisation("宝鸡陈仓钛匠有限公司")


def stored(system) -> dict[tuple[object, object], tuple[bool, bool, int, int, int, dict[str, object]]]:
    """What stands in `matches` between the documents as they now are."""
    with system():
        held = {row.id: row for row in db.session.execute(select(SearchDocument.id, SearchDocument.object_version, SearchDocument.deleted))}
        return {
            (m.offer_id, m.need_id): (m.gate, m.near, m.score_offer, m.score_need, m.rank, m.explanation)
            for m in db.session.scalars(select(Match))
            if all(
                held[d].object_version == v and not held[d].deleted for d, v in ((m.offer_document_id, m.offer_version), (m.need_document_id, m.need_version))
            )
        }


def oracle(given: Iterable[Document], known, moment) -> dict[tuple[object, object], tuple[bool, bool, int, int, int, dict[str, object]]]:
    """The same by brute force over every pair."""
    standing = [document for document in given if rules.stands(document, moment)]
    found = {}
    for one, other in product(standing, standing):
        if one.side is Side.OFFER and rules.are_opposite(one, other):
            judged = rules.judge(one, other, known)
            if judged.kept:
                said = judged.explanation() | {"week": known.this_week}
                found[(one.object_id, other.object_id)] = (judged.gate, judged.near, judged.offer.points, judged.need.points, judged.rank, said)
    return found


def as_json(value):
    """Tuples as lists, enumerations as texts: what a round through jsonb leaves."""
    return json.loads(json.dumps(value))


@settings(max_examples=rounds(8, 300), deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**9), st.booleans())
def test_stored_matches_equal_brute_force_over_every_pair(app, wipe, tmp_path_factory, run_outbox, system, seed, one_by_one):
    """Published one by one or all at once, changed, removed: what is stored is what the rules say of every pair, in both directions."""
    wipe()
    app.extensions["search"] = Index(TantivyEngine(tmp_path_factory.mktemp("index")))
    random = Random(seed)
    organisations = [(make_organisation(park=park).id, park) for park in ("xa-hitech", None, None)]
    standing: dict[object, Document] = {}
    for number in range(1, 21):
        document = some_document(random, number, organisations, kindred=True)
        standing[document.object_id] = document
        with system():
            mirror(document)
        if one_by_one:
            run_outbox()
    for document in random.sample(list(standing.values()), 8):
        changed = replace(some_document(random, 1, [(document.organisation_id, document.park)], kindred=True), object_id=document.object_id, object_version=2)
        with system():
            if random.random() < 0.3 or changed.kind != document.kind:
                remove(document.kind, document.object_id)
                del standing[document.object_id]
            else:
                mirror(changed)
                standing[document.object_id] = changed
    run_outbox()
    with system():
        known, moment = knowledge.current(now()), now()
    expected = {pair: tuple(as_json(said)) for pair, said in oracle(standing.values(), known, moment).items()}
    assert stored(system) == expected
    event("many pairs" if len(expected) >= 10 else f"{len(expected)} pairs")
    with system():
        assert checks.matches_are_judged_right() == []


@pytest.mark.parametrize("first", ["offer", "need"])
def test_whichever_side_publishes_second_both_are_told(first, shop, buyer, system, run_outbox):
    pair = [an_offer(shop), a_need(buyer)]
    for document in pair if first == "offer" else reversed(pair):
        with system():
            mirror(document)
        run_outbox()
    publisher, other = (buyer, shop) if first == "offer" else (shop, buyer)
    with system():
        told = db.session.execute(text("select name, organisation_id from outbox_events where name in ('MatchFound', 'MatchesFound') order by name")).all()
    assert [tuple(row) for row in told] == [("MatchFound", other.id), ("MatchesFound", publisher.id)]


@pytest.mark.parametrize("first", ["offer", "needs"])
def test_who_has_many_that_fit_hears_once_of_the_best(first, shop, buyer, system, run_outbox):
    """A common offer fits thousands of needs: an event for each kept the workers from everything else."""
    needs = [a_need(buyer, 20 + number, minutes=600 * number) for number in range(1, 5)]
    for published in ([an_offer(shop)], needs) if first == "offer" else (needs, [an_offer(shop)]):
        with system():
            for document in published:
                mirror(document)
        run_outbox()
    with system():
        assert db.session.scalar(text("select count(*) from matches where gate")) == 4
        told = db.session.execute(text("select organisation_id, object_id from outbox_events where name = 'MatchFound'")).all()
        best = db.session.scalars(text("select id from matches where potential = (select max(potential) from matches)")).all()
    if first == "offer":
        assert [row.organisation_id for row in told] == [shop.id] * 4, "each need was published by itself"
    else:
        assert [row.organisation_id for row in told] == [buyer.id]
        assert told[0].object_id in best


def test_repeating_a_delivery_tells_nobody_again(shop, buyer, system, run_outbox):
    with system():
        mirror(an_offer(shop))
        need_document = mirror(a_need(buyer))
    run_outbox()
    with system():
        before = db.session.execute(text("select id, version, xmin::text from matches")).all()
        assert actions.match(need_document, now()) == 1
    with system():
        assert db.session.execute(text("select id, version, xmin::text from matches")).all() == before
        assert db.session.scalar(text("select count(*) from outbox_events where name = 'MatchFound'")) == 1
        mirror(replace(a_need(buyer), object_version=2, title="铝合金壳体 改图"))
    run_outbox()
    with system():
        assert db.session.scalar(text("select count(*) from matches")) == 2, "one for each version"
        assert db.session.scalar(text("select count(*) from outbox_events where name = 'MatchFound'")) == 1, "the pair is known already"


def test_both_sides_published_in_the_same_second_meet(app, shop, buyer, system):
    """Two transactions commit together, two workers deliver at once: the pair is found once, whatever the order."""
    for number in range(3):
        barrier = Barrier(2)

        def publish(document, barrier=barrier):
            with app.app_context():
                with transaction(Scope(system=True)):
                    mirror(document)
                    barrier.wait(10)
                barrier.wait(10)
                for queue in ("events", "matching"):
                    relay.drain(queue)

        pair = (an_offer(shop, 10 + number), a_need(buyer, 20 + number))
        threads = [Thread(target=publish, args=(document,)) for document in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with app.app_context():
            relay.drain("matching")
        assert (pair[0].object_id, pair[1].object_id) in stored(system)
    with system():
        assert db.session.scalar(text("select count(*) from outbox_deliveries where status <> 'done'")) == 0


def test_matches_are_found_while_the_engine_is_down(app, shop, buyer, system, run_outbox):
    app.extensions["search"] = Index(BrokenEngine())
    with system():
        mirror(an_offer(shop))
    run_outbox()
    with system():
        mirror(a_need(buyer))
    run_outbox()
    assert len(stored(system)) == 1
    with system():
        assert documents.any_waiting()
        assert db.session.scalar(text("select count(*) from outbox_deliveries where status <> 'done'")) == 0, "nothing is parked for it"


def test_both_sides_read_their_match_and_nobody_else(app, shop, buyer, acting_for, system, run_outbox):
    stranger = make_organisation()
    with system():
        mirror(an_offer(shop, card={"title": "五轴 DMU 65"}))
        mirror(a_need(buyer, card={"title": "壳体 24 件"}))
    run_outbox()
    with acting_for(buyer):
        found = queries.for_need(ORDER, numbered(2))
        assert [m.card for m in found] == [{"title": "五轴 DMU 65"}]
        assert found[0].score == pytest.approx(sum(points for _, points in found[0].why.contributions))
        assert queries.counts(Side.NEED, ORDER, [numbered(2)]) == {numbered(2): 1}
        assert queries.between(OFFER, numbered(1), ORDER, numbered(2), Side.NEED) == found[0]
        assert queries.one(found[0].id, Side.NEED) == found[0]
    with acting_for(shop):
        assert [m.card for m in queries.for_offer(OFFER, numbered(1))] == [{"title": "壳体 24 件"}]
    with acting_for(stranger):
        assert queries.for_need(ORDER, numbered(2)) == []
        assert queries.one(found[0].id, Side.NEED) is None
        assert db.session.scalars(select(Match)).all() == []


def test_a_withdrawn_or_changed_document_takes_its_match_along(shop, buyer, acting_for, system, run_outbox):
    with system():
        mirror(an_offer(shop))
        mirror(a_need(buyer))
    run_outbox()
    with system():
        mirror(an_offer(shop, object_version=2, processes=("turning",)))
    run_outbox()
    with acting_for(buyer):
        assert queries.for_need(ORDER, numbered(2)) == []
    with system():
        mirror(an_offer(shop, object_version=3))
    run_outbox()
    with acting_for(buyer):
        assert len(queries.for_need(ORDER, numbered(2))) == 1
    with system():
        remove(OFFER, numbered(1))
    with acting_for(buyer):
        assert queries.for_need(ORDER, numbered(2)) == []


def test_what_changes_without_a_new_version_is_judged_again(shop, buyer, system, run_outbox):
    with system():
        mirror(an_offer(shop))
        mirror(a_need(buyer))
    run_outbox()
    assert [said[0] for said in stored(system).values()] == [True]
    with system():
        mirror(an_offer(shop, weeks=(FreeWeek(week(3), 2400),)))
    run_outbox()
    assert [said[:2] for said in stored(system).values()] == [(False, True)], "the hours went, the offer is the same: now it nearly fits"
    with system():
        mirror(an_offer(shop, weeks=(FreeWeek(week(3), 0),)))
    run_outbox()
    assert stored(system) == {}


def test_near_misses_are_shown_apart_with_the_change(shop, buyer, acting_for, system, run_outbox):
    with system():
        mirror(an_offer(shop, tolerance_mm=0.05))
        mirror(a_need(buyer, tolerance_mm=0.03))
    run_outbox()
    with acting_for(buyer):
        assert queries.for_need(ORDER, numbered(2)) == []
        why = queries.for_need(ORDER, numbered(2), near=True)[0].why
    assert why.unsatisfied == ["公差 ±0.05 达不到 ±0.03"]
    assert why.counterfactuals == ["公差放宽到 ±0.05 即可"]
    with acting_for(shop):
        assert queries.for_offer(OFFER, numbered(1), near=True)[0].why.counterfactuals == ["公差做到 ±0.03 即可"]


def test_an_explanation_in_words(app, shop, buyer):
    offer = an_offer(shop, certificates=(), envelope=(650, 520, 420))
    judged = rules.judge(offer, a_need(buyer, certificates=("gjb-9001c",)), knowledge.Knowledge(week(0)))
    with app.test_request_context():
        said = words.why(as_json(judged.explanation()), Side.NEED)
    assert "行程余量 120 mm" in said.satisfied
    assert "公差余量 2 级" in said.satisfied
    assert "材料 7075" in said.satisfied
    assert said.unknown == ["对方未说明资质证书"]
    with app.test_request_context():
        assert words.why(as_json(judged.explanation()), Side.OFFER).unknown == ["我方未填写资质证书"]


def test_every_criterion_and_change_has_its_words(app):
    """Whatever the rules can say is said in words, for both sides, with every parameter."""
    from tests.search.test_rules import KNOWN, pairs

    with app.test_request_context():
        for pair in pairs(5, 200):
            said = as_json(rules.judge(*pair, KNOWN).explanation())
            for side in Side:
                why = words.why(said, side)
                texts = [*why.satisfied, *why.unsatisfied, *why.unknown, *why.counterfactuals]
                assert len(texts) == len(said["criteria"]) + len(said["changes"])
                assert not any("%(" in each or "." in each.replace("0.", "").replace("±", "")[:4] for each in texts)


def test_a_draft_knows_how_many_fit_and_what_would_add_most(app, buyer, acting_for, system):
    shops = [make_organisation() for _ in range(6)]
    with system():
        mirror(an_offer(shops[0], 1))
        mirror(an_offer(shops[0], 2))
        for number, tolerance in ((3, 0.05), (4, 0.04), (5, 0.5)):
            mirror(an_offer(shops[number - 2], number, tolerance_mm=tolerance))
        mirror(an_offer(shops[4], 6, weeks=(FreeWeek(week(3), 2400),)))
        mirror(an_offer(shops[5], 7, processes=("turning",)))
    with acting_for(buyer):
        draft = a_need(buyer)
        fit = queries.count_fitting(draft, now())
        assert (fit.organisations, fit.near) == (1, 4)
        best = queries.one_change_that_adds_most(draft, now())
        assert best is not None
        assert (best.change.code, best.change.params["to"], best.adds) == ("tolerance.relax", 0.05, 2)
        relaxed = queries.count_fitting(replace(draft, tolerance_mm=0.05), now())
        assert relaxed.organisations == fit.organisations + best.adds
        assert db.session.scalar(text("select count(*) from search_documents where kind = 'test_order'")) == 0, "a draft leaves nothing behind"


def test_learnt_term_weights_are_kept_with_the_version(shop, buyer, system, run_outbox):
    with system():
        mirror(an_offer(shop))
        mirror(a_need(buyer))
    run_outbox()
    with system():
        assert knowledge.learn() == 1
        assert knowledge.learn() == 2
        known = knowledge.current(now())
        assert rules.version(known) == "1.2"
        assert known.terms.documents == 2
        assert {m.rules_version for m in db.session.scalars(select(Match))} == {"1.0"}
        mirror(an_offer(shop, object_version=2))
    run_outbox()
    with system():
        assert {m.rules_version for m in db.session.scalars(select(Match))} == {"1.0", "1.2"}
        assert checks.matches_are_judged_right() == []
        db.session.execute(text("update matches set score_need = score_need + 1 where rules_version = '1.2'"))
        assert len(checks.matches_are_judged_right()) == 1


def test_superseded_matches_are_forgotten_after_a_quarter(shop, buyer, system, run_outbox):
    with system():
        mirror(an_offer(shop))
        mirror(a_need(buyer))
    run_outbox()
    with system():
        mirror(an_offer(shop, object_version=2))
    run_outbox()
    with system():
        assert actions.forget_superseded(now() + timedelta(days=80)) == 0
        assert actions.forget_superseded(now() + timedelta(days=91)) == 1
        assert db.session.scalar(text("select count(*) from matches")) == 1


def test_a_group_above_the_families_says_too_little(system, shop):
    with system():
        identifier = mirror(an_offer(shop, processes=("joining", "milling-5"), materials=("nonferrous",)))
        facts = documents.facts(documents.rows([identifier])[0])
    assert facts.processes == ("milling-5",)
    assert facts.materials == ()


def test_a_document_survives_the_table(system, organisations):
    random = Random(3)
    for number in range(1, 40):
        document = some_document(random, number, organisations)
        with system():
            row = documents.rows([mirror(document)])[0]
        back = documents.facts(row)
        same = {"audience": (), "card": {}, "envelope": None}
        assert replace(back, **same) == replace(document, **same)
        assert (back.sides, back.readers) == (document.sides, document.readers)
    assert NOW.tzinfo is not None


def test_another_organisations_document_cannot_be_written(shop, buyer, acting_for):
    with acting_for(shop), pytest.raises(Exception, match="row-level security"):
        mirror(an_offer(buyer))
