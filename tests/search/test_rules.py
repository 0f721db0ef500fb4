"""The rules of matching as tables, and as properties."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.documents.document import FreeWeek, Place, Side
from search.engines.clauses import every, holds
from search.matching import candidates, gates, rules, scores
from search.matching.criteria import State
from search.matching.scores import Knowledge, TermWeights
from search.weeks import monday, weeks_between
from tests.rounds import rounds
from tests.search.corpus import NOW, ORGANISATIONS, THIS_WEEK, crowd, entry_of, make_document, numbered

KNOWN = Knowledge(THIS_WEEK)
SATISFIED, UNSATISFIED, UNKNOWN = State.SATISFIED, State.UNSATISFIED, State.UNKNOWN


def offer(**values):
    return make_document(1, **values)


def need(**values):
    return make_document(2, side=Side.NEED, **values)


def state(gate, an_offer, a_need):
    criterion = gate(an_offer, a_need, THIS_WEEK)
    return None if criterion is None else criterion.state


@pytest.mark.parametrize(
    ("offered", "needed", "expected"),
    [
        (("milling-5",), ("milling-5",), SATISFIED),
        (("milling-5", "milling-3"), ("milling-3",), SATISFIED),
        (("milling",), ("milling-5",), SATISFIED),
        (("milling-5",), ("milling",), SATISFIED),
        (("milling-3",), ("milling-5",), UNKNOWN),
        (("turning",), ("milling-5",), UNSATISFIED),
        (("milling-5",), ("milling-5", "turning"), UNKNOWN),
        ((), ("milling-5",), UNKNOWN),
        (("milling-5",), (), UNKNOWN),
        ((), (), None),
        (("vanished",), ("vanished",), SATISFIED),
        (("vanished",), ("milling-5",), UNSATISFIED),
    ],
)
def test_processes_are_judged_by_family(offered, needed, expected):
    assert state(gates.process, offer(processes=offered), need(processes=needed)) is expected


@pytest.mark.parametrize(
    ("offered", "needed", "expected"),
    [
        (("aluminium",), ("al-7075",), SATISFIED),
        (("al-6061",), ("al-7075",), UNKNOWN),
        (("steel-45",), ("al-7075",), UNSATISFIED),
        (("carbon-steel",), ("steel-42crmo",), UNSATISFIED),
    ],
)
def test_materials_are_judged_by_family(offered, needed, expected):
    assert state(gates.material, offer(materials=offered), need(materials=needed)) is expected


@pytest.mark.parametrize(
    ("room", "part", "expected"),
    [
        ((650, 520, 475), (475, 650, 520), SATISFIED),
        ((650, 520, 475), (650, 520, 475.1), UNSATISFIED),
        ((650, 520, 475), (530, 530, 10), UNSATISFIED),
        ((10, 3000, 1500), (1500, 3000, 10), SATISFIED),
        ((650,), (600, 300, 200), UNKNOWN),
        ((650,), (700, 300, 200), UNSATISFIED),
        ((650, 520, 475), (600,), SATISFIED),
        (None, (600,), UNKNOWN),
        ((650, 520, 475), None, UNKNOWN),
        (None, None, None),
    ],
)
def test_a_part_fits_in_any_orientation(room, part, expected):
    assert state(gates.envelope, offer(envelope=room), need(envelope=part)) is expected


@pytest.mark.parametrize(
    ("offered", "needed", "expected"),
    [(0.01, 0.01, SATISFIED), (0.01, 0.05, SATISFIED), (0.05, 0.01, UNSATISFIED), (None, 0.01, UNKNOWN), (0.01, None, None), (None, None, None)],
)
def test_tolerances(offered, needed, expected):
    assert state(gates.tolerance, offer(tolerance_mm=offered), need(tolerance_mm=needed)) is expected


@pytest.mark.parametrize(("offered", "needed", "grades"), [(0.01, 0.01, 0), (0.01, 0.016, 1), (0.01, 0.1, 5), (0.01, 0.0159, 1), (0.02, 0.03, 0)])
def test_headroom_is_counted_in_standard_grades(offered, needed, grades):
    assert gates.tolerance_grades(offered, needed) == grades


def weeks(**minutes):
    return tuple(FreeWeek(int(week.lstrip("w")), value) for week, value in minutes.items())


@pytest.mark.parametrize(
    ("free", "wanted", "minutes", "expected"),
    [
        (weeks(w202648=600), weeks(w202648=0), 600, SATISFIED),
        (weeks(w202648=599), weeks(w202648=0), 600, UNSATISFIED),
        (weeks(w202648=300, w202649=300), weeks(w202648=0, w202649=0), 600, SATISFIED),
        (weeks(w202648=300, w202650=900), weeks(w202648=0, w202649=0), 600, UNSATISFIED),
        (weeks(w202648=1), weeks(w202648=0), None, SATISFIED),
        (weeks(w202648=0), weeks(w202648=0), None, UNSATISFIED),
        (weeks(w202646=900), weeks(w202646=0), None, UNSATISFIED),
        ((), weeks(w202648=0), None, UNKNOWN),
        (weeks(w202648=60), (), None, UNKNOWN),
        ((), (), None, None),
    ],
)
def test_enough_minutes_lie_in_the_wanted_weeks(free, wanted, minutes, expected):
    assert state(gates.window, offer(weeks=free), need(weeks=wanted, minutes=minutes)) is expected


@pytest.mark.parametrize(
    ("least", "most", "asked", "expected"),
    [
        (10, None, (24, 24), SATISFIED),
        (25, None, (24, 24), UNSATISFIED),
        (None, 20, (24, 24), UNSATISFIED),
        (None, 20, (10, 100), SATISFIED),
        (1, 20, (24, None), UNSATISFIED),
        (1, 20, (None, None), None),
        (None, None, (24, 24), None),
    ],
)
def test_quantities_overlap(least, most, asked, expected):
    found = state(gates.quantity, offer(quantity_min=least, quantity_max=most), need(quantity_min=asked[0], quantity_max=asked[1]))
    assert found is expected


@pytest.mark.parametrize(
    ("held", "demanded", "expected"),
    [(("iso-9001",), ("iso-9001",), SATISFIED), (("iso-9001",), ("as-9100",), UNSATISFIED), ((), ("as-9100",), UNKNOWN), (("iso-9001",), (), None)],
)
def test_demanded_certificates(held, demanded, expected):
    assert state(gates.certificate, offer(certificates=held), need(certificates=demanded)) is expected


@pytest.mark.parametrize(
    ("region", "wanted", "expected"),
    [("610113", ("6101",), SATISFIED), ("610113", ("65", "61"), SATISFIED), ("450203", ("61",), UNSATISFIED), (None, ("61",), UNKNOWN), ("450203", (), None)],
)
def test_wanted_regions(region, wanted, expected):
    assert state(gates.region, offer(region=region), need(wanted_regions=wanted)) is expected


@pytest.mark.parametrize(
    ("offer_audience", "need_audience", "offer_park", "expected"),
    [
        (("public",), ("public",), None, None),
        (("public",), ("park:xa-hitech",), None, UNSATISFIED),
        (("public",), ("park:xa-hitech",), "xa-hitech", None),
        ((f"org:{numbered(1_000_002)}",), ("public",), None, None),
        ((f"org:{numbered(1_000_009)}",), ("public",), None, UNSATISFIED),
    ],
)
def test_each_side_must_be_let_see_the_other(offer_audience, need_audience, offer_park, expected):
    assert state(gates.audience, offer(audience=offer_audience, park=offer_park), need(audience=need_audience)) is expected


FULL_OFFER = {
    "processes": ("milling-5",),
    "materials": ("aluminium",),
    "envelope": (650, 520, 475),
    "tolerance_mm": 0.01,
    "weeks": weeks(w202648=2760, w202649=2400),
    "region": "610113",
    "place": Place(34.23, 108.88),
    "price_fen": 26_000,
    "price_unit": "hour",
    "rating": 4.8,
    "ratings": 20,
}
FULL_NEED = {
    "processes": ("milling-5",),
    "materials": ("al-7075",),
    "envelope": (355, 400, 300),
    "tolerance_mm": 0.03,
    "weeks": weeks(w202648=0, w202649=0),
    "minutes": 600,
    "region": "610302",
    "place": Place(34.36, 107.24),
    "price_fen": 300_000,
    "price_unit": "total",
}


def test_a_match_of_two_full_documents():
    judged = rules.judge(offer(**FULL_OFFER), need(**FULL_NEED), KNOWN)
    assert judged.gate
    assert not judged.near
    assert {c.code: c.state for c in judged.criteria} == dict.fromkeys(("process", "material", "envelope", "tolerance", "window"), SATISFIED)
    assert next(c for c in judged.criteria if c.code == "envelope").params == {"spare": 165}
    assert dict(judged.need.contributions).keys() == {"process", "material", "tolerance", "window", "distance", "price", "text", "reputation"}
    assert "reputation" not in dict(judged.offer.contributions)


@pytest.mark.parametrize(
    ("change", "code", "counterfactual", "params"),
    [
        ({"tolerance_mm": 0.005}, "tolerance", "tolerance.relax", {"to": 0.01, "from": 0.005}),
        ({"envelope": (700, 300, 300)}, "envelope", "envelope.shrink", {"sides": (650, 300, 300), "over": 50}),
        ({"weeks": weeks(w202647=0)}, "window", "window.wait", {"week": 202648, "days": 1}),
        ({"minutes": 9000}, "window", "window.less", {"minutes": 5160, "needed": 9000}),
        ({"wanted_regions": ("45",)}, "region", "region.add", {"to": "6101"}),
        ({"wanted_regions": ("6103",)}, "region", "region.widen", {"to": "61"}),
    ],
)
def test_a_near_miss_says_the_smallest_change(change, code, counterfactual, params):
    judged = rules.judge(offer(**FULL_OFFER), need(**(FULL_NEED | change)), KNOWN)
    assert (judged.gate, judged.near) == (False, True)
    assert (judged.rank, judged.offer.points, judged.need.points) == (0, 0, 0)
    assert judged.potential > 0
    assert [c.code for c in judged.criteria if c.state is UNSATISFIED] == [code]
    assert [(c.code, dict(c.params)) for c in judged.changes] == [(counterfactual, params)]


@pytest.mark.parametrize(
    ("change", "counterfactual", "params"),
    [
        ({"quantity_min": 3, "quantity_max": 3}, "quantity.more", {"to": 10}),
        ({"quantity_min": 90, "quantity_max": 90}, "quantity.fewer", {"to": 50}),
        ({"certificates": ("as-9100", "iso-9001")}, "certificate.waive", {"codes": ("as-9100",)}),
    ],
)
def test_other_near_misses(change, counterfactual, params):
    judged = rules.judge(offer(**FULL_OFFER, quantity_min=10, quantity_max=50, certificates=("iso-9001",)), need(**(FULL_NEED | change)), KNOWN)
    assert [(c.code, dict(c.params)) for c in judged.changes] == [(counterfactual, params)]


def test_two_shut_gates_are_no_near_miss():
    judged = rules.judge(offer(**FULL_OFFER), need(**(FULL_NEED | {"tolerance_mm": 0.001, "minutes": 9000})), KNOWN)
    assert not judged.kept


def test_another_process_is_no_near_miss():
    assert not rules.judge(offer(**FULL_OFFER), need(**(FULL_NEED | {"processes": ("turning",)})), KNOWN).kept


def test_what_is_private_is_neither_scored_nor_inferred():
    shown = rules.judge(offer(**FULL_OFFER), need(**FULL_NEED), KNOWN)
    hidden = rules.judge(offer(**FULL_OFFER), need(**FULL_NEED, private=frozenset({"price"})), KNOWN)
    dearer = rules.judge(offer(**FULL_OFFER), need(**(FULL_NEED | {"price_fen": 1}), private=frozenset({"price"})), KNOWN)
    assert "price" in dict(shown.need.contributions)
    assert hidden == dearer
    assert "price" not in dict(hidden.need.contributions)


@pytest.mark.parametrize(
    ("rating", "reviews", "expected"), [(None, 0, None), (5.0, 0, 0.8), (5.0, 5, 0.9), (1.0, 95, (95 + 20) / 100 / 5), (5.0, 995, (4975 + 20) / 1000 / 5)]
)
def test_few_reviews_are_shrunk_to_the_mean(rating, reviews, expected):
    found = scores.reputation(offer(rating=rating, ratings=reviews), 4.0)
    assert found == (None if expected is None else pytest.approx(expected))


def test_rare_common_terms_count_more():
    known = TermWeights("1", 1000, {"加工": 0.1, "行星": 5.0, "星架": 5.0})
    ours = offer(title="行星架 加工")
    rare = scores.text(ours, need(title="行星架 打样"), known)
    common = scores.text(ours, need(title="机加工 打样"), known)
    assert rare is not None
    assert common is not None
    assert rare > common


def test_the_harmonic_mean_sinks_the_lopsided():
    assert scores.harmonic(9000, 9000) == 9000
    assert scores.harmonic(9900, 1000) < scores.harmonic(5000, 5000)
    assert scores.harmonic(9900, 0) == 0


seeds = st.integers(0, 10**9)


def pairs(seed, size=24):
    """Every (offer, need) of a crowd that could be matched at all."""
    documents = crowd(seed, size, ORGANISATIONS)
    return [rules.sides(one, other) for one in documents if one.side is Side.OFFER for other in documents if rules.are_opposite(one, other)]


@settings(max_examples=rounds(40, 5000), deadline=None)
@given(seeds)
def test_contributions_add_up_and_gates_decide(seed):
    for an_offer, a_need in pairs(seed):
        judged = rules.judge(an_offer, a_need, KNOWN)
        shut = [c for c in judged.criteria if c.state is UNSATISFIED]
        assert judged.gate == (not shut)
        for score in (judged.offer, judged.need):
            assert 0 <= score.points <= scores.FULL
            assert sum(points for _, points in score.contributions) == score.points
            assert all(points >= 0 for _, points in score.contributions)
        if judged.gate:
            assert min(judged.offer.points, judged.need.points) - 1 <= judged.rank <= max(judged.offer.points, judged.need.points) + 1
        if judged.near:
            assert len(shut) == len(judged.changes) == 1
            assert shut[0].code in gates.RELAXABLE


@settings(max_examples=rounds(40, 5000), deadline=None)
@given(seeds)
def test_candidates_are_a_superset_of_what_the_rules_keep_both_ways(seed):
    for an_offer, a_need in pairs(seed):
        if rules.judge(an_offer, a_need, KNOWN).kept:
            for one, other in ((an_offer, a_need), (a_need, an_offer)):
                assert not rules.stands(other, NOW) or holds(every(candidates.opposite_of(one, NOW), candidates.nearly_fitting(one)), entry_of(other).fields)


@settings(max_examples=rounds(40, 5000), deadline=None)
@given(seeds)
def test_the_named_change_opens_the_gate(seed):
    """Making exactly the change that is named makes the pair fit."""
    for an_offer, a_need in pairs(seed):
        for change in rules.judge(an_offer, a_need, KNOWN).changes:
            assert rules.judge(an_offer, apply(change, a_need), KNOWN).gate, change


def test_the_crowd_has_every_kind_of_change_and_many_matches():
    """The properties above would hold of nothing; this says what they hold of."""
    judged = [rules.judge(*pair, KNOWN) for pair in pairs(5, 400)]
    assert {change.code for j in judged for change in j.changes} >= {
        "tolerance.relax",
        "envelope.shrink",
        "window.wait",
        "window.less",
        "quantity.more",
        "quantity.fewer",
        "certificate.waive",
        "region.widen",
        "region.add",
    }
    assert sum(j.gate for j in judged) > 100
    assert sum(j.near for j in judged) > 100


def apply(change, a_need):
    """Return the need with the change made."""
    match change.code:
        case "tolerance.relax":
            return replace(a_need, tolerance_mm=change.params["to"])
        case "envelope.shrink":
            return replace(a_need, envelope=change.params["sides"])
        case "window.wait":
            first = min(free.week for free in a_need.weeks)
            more = weeks_between(monday(first), monday(change.params["week"]))
            held = {free.week for free in a_need.weeks}
            last = max(held)
            return replace(a_need, weeks=(*a_need.weeks, *(FreeWeek(w) for w in more if w > last or w == change.params["week"])))
        case "window.less":
            return replace(a_need, minutes=change.params["minutes"])
        case "quantity.more" | "quantity.fewer":
            return replace(a_need, quantity_min=change.params["to"], quantity_max=change.params["to"])
        case "certificate.waive":
            return replace(a_need, certificates=tuple(c for c in a_need.certificates if c not in change.params["codes"]))
        case "region.widen" | "region.add":
            return replace(a_need, wanted_regions=(*a_need.wanted_regions, change.params["to"]))
    raise AssertionError(change)
