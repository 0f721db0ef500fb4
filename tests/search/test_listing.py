"""List pages: the address, facets, chips, orders, pages; what a reader may see; how many statements it takes."""

from dataclasses import replace

import pytest
from flask import request
from werkzeug.datastructures import MultiDict

from gongchuang.actor import NOBODY, Actor
from gongchuang.database import Scope, now
from gongchuang.database.unit import transaction
from search.documents.actions import mirror, remove
from search.documents.document import FreeWeek, Place, Side
from search.engines.index import Index
from search.engines.port import Sort
from search.listing import Shelf, listing
from search.listing.address import read
from search.weeks import week_of
from tests.builders import make_organisation
from tests.search.corpus import NOW, OFFER, make_document, numbered
from tests.search.test_engines import BrokenEngine
from tests.statements import statements

OFFERS = Shelf(OFFER, Side.OFFER)
TODAY = NOW.date()


@pytest.fixture
def found(app, run_outbox):
    """`found("q=五轴", actor)`: the list an address shows."""

    def look(query="", actor=NOBODY, shelf=OFFERS, **options):
        with app.test_request_context(f"/capacity?{query}"), transaction(Scope.of(actor)):
            return listing(shelf, request.args, actor, now(), path="/capacity", **options)

    return look


@pytest.fixture
def market(app, system, run_outbox):
    """Four offers in three cities."""
    shops = [make_organisation() for _ in range(3)]
    this_week = week_of(NOW.date())
    documents = [
        make_document(
            1,
            organisation_id=shops[0].id,
            title="五轴加工中心 DMU 65",
            processes=("milling-5", "milling-3"),
            materials=("al-7075", "ti-tc4"),
            envelope=(650, 520, 475),
            tolerance_mm=0.01,
            region="610113",
            place=Place(34.23, 108.88),
            certificates=("iso-9001",),
            weeks=(FreeWeek(this_week + 1, 2760),),
            lead_time_days=12,
            price_fen=26_000,
            card={"title": "五轴加工中心 DMU 65"},
        ),
        make_document(
            2,
            organisation_id=shops[1].id,
            title="四轴加工中心",
            processes=("milling-4",),
            materials=("ti-tc4",),
            tolerance_mm=0.02,
            region="610303",
            place=Place(34.36, 107.24),
            lead_time_days=5,
            card={"title": "四轴加工中心"},
        ),
        make_document(
            3,
            organisation_id=shops[1].id,
            title="数控车床 CK6150",
            processes=("turning",),
            materials=("steel-45",),
            region="610302",
            place=Place(34.35, 107.14),
            lead_time_days=3,
            card={"title": "数控车床"},
        ),
        make_document(
            4,
            organisation_id=shops[2].id,
            title="立车",
            processes=("turning",),
            region="650104",
            audience=("park:xa-hitech",),
            place=Place(43.8, 87.6),
            card={"title": "立车"},
        ),
    ]
    with system():
        for document in documents:
            mirror(document)
    run_outbox()
    return documents


def titles(page):
    return [card.data["title"] for card in page.cards]


def test_everything_typed_into_one_box(market, found):
    page = found("q=西安 五轴 铝合金 ±0.02 两周内")
    assert titles(page) == ["五轴加工中心 DMU 65"]
    assert [chip.label for chip in page.chips] == ["地区 西安市", "工艺 五轴铣削", "材料 铝合金", "公差 ≤ ±0.02", "两周内有空"]
    assert page.total == page.count - 4 == 1
    assert not page.degraded


def test_taking_a_chip_away_takes_its_words_out(market, found):
    page = found("q=西安 五轴")
    region = next(chip for chip in page.chips if chip.label.startswith("地区"))
    assert region.url == "/capacity?q=%E4%BA%94%E8%BD%B4"
    assert page.clear == "/capacity"


def test_facets_count_and_toggle(market, found):
    page = found("process=turning")
    facets = {facet.field: {option.code: option for option in facet.options} for facet in page.facets}
    assert facets["process"]["turning"].active
    assert facets["process"]["turning"].url == "/capacity"
    assert facets["process"]["milling"].count == 2, "the other processes keep their counts"
    assert facets["process"]["milling-5"].label == "五轴铣削"
    assert {code: option.count for code, option in facets["region"].items()} == {"6103": 1}, "regions are counted under the chosen process"
    assert "separating" not in facets["process"], "groups above the families are no choice"


def test_choices_of_one_facet_widen_of_two_narrow(market, found):
    assert titles(found("process=turning&process=milling-5&sort=lead_time")) == ["数控车床", "五轴加工中心 DMU 65"]
    assert titles(found("process=turning&region=6101")) == []
    assert titles(found("process=milling")) != []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sort=lead_time", ["数控车床", "四轴加工中心", "五轴加工中心 DMU 65"]),
        ("sort=distance&q=宝鸡", ["四轴加工中心", "数控车床"]),
        ("envelope=600x500x400", ["五轴加工中心 DMU 65"]),
        ("envelope=1500", []),
        ("tolerance=0.01", ["五轴加工中心 DMU 65"]),
        ("tolerance=IT7", ["五轴加工中心 DMU 65"]),
        ("tolerance=IT5", []),
        ("certificate=iso-9001", ["五轴加工中心 DMU 65"]),
        ("q=ck6150", ["数控车床"]),
    ],
)
def test_filters_and_orders_of_the_address(market, found, query, expected):
    assert titles(found(query)) == expected


def test_distance_is_shown_from_where_one_is(market, found):
    page = found("sort=distance", home="610302")
    assert [round(card.kilometres) for card in page.cards if card.kilometres is not None] == [0, 9, 151]
    assert all(card.kilometres is None for card in found("").cards)


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=9999999999",
        "page=x",
        "sort=drop table",
        "process=no-such",
        "week=999999",
        "tolerance=nan",
        "tolerance=1e400",
        "envelope=0x0x0",
        "envelope=" + "9" * 300,
        "quantity=-5",
        "q=%00%FF" + "五" * 5000,
        "region=../../etc",
        "process=" + "&process=".join(["turning"] * 500),
        "unknown=1",
        "tolerance=IT99",
        "q=" + "(" * 150,
    ],
)
def test_a_foolish_address_still_shows_a_list(market, found, query):
    assert found(query).total >= 0


def test_pages_end_and_keep_the_filters(market, found):
    shelf = replace(OFFERS, size=2)
    first = found("process=milling&process=turning", shelf=shelf)
    assert (first.page, first.pages, first.previous, len(first.cards)) == (1, 2, None, 2)
    assert first.next == "/capacity?process=milling&process=turning&page=2"
    second = found("process=milling&process=turning&page=2", shelf=shelf)
    assert (second.next, second.previous) == (None, "/capacity?process=milling&process=turning")
    assert len({card.id for card in (*first.cards, *second.cards)}) == 3
    assert found("page=9", shelf=shelf).cards == ()


def test_a_reader_sees_what_the_audience_allows(market, found):
    assert "立车" not in titles(found())
    insider = Actor(organisation_id=numbered(5), audience=("public", "park:xa-hitech", f"org:{numbered(5)}"))
    assert "立车" in titles(found("", insider))
    owner = Actor(organisation_id=market[3].organisation_id, audience=("public", f"org:{market[3].organisation_id}"))
    assert "立车" in titles(found("", owner))


def test_what_the_engine_still_holds_but_the_reader_may_not_see_is_left_out(market, found, system):
    with system():
        remove(OFFER, numbered(1))
    assert "五轴加工中心 DMU 65" not in titles(found()), "the engine has not heard of it yet; the database has"


def test_a_list_takes_the_same_few_statements_whatever_its_length(market, found, system, app, run_outbox):
    def count():
        with app.app_context(), statements() as seen:
            found("q=加工&facet=1")
            found("sort=lead_time")
        return len(seen)

    few = count()
    with system():
        for number in range(100, 160):
            mirror(make_document(number, organisation_id=market[0].organisation_id, title=f"加工中心 {number}", card={"title": str(number)}))
    run_outbox()
    assert count() == few <= 2 * 4, "begin, the clock, one read"


def test_the_table_answers_when_the_engine_is_down_and_the_page_says_so(market, found, app):
    app.extensions["search"] = Index(BrokenEngine())
    page = found("q=五轴 西安")
    assert page.degraded
    assert titles(page) == ["五轴加工中心 DMU 65"]
    assert {facet.field for facet in page.facets} == {"process", "material", "region", "certificate"}
    assert [option.count for facet in page.facets if facet.field == "region" for option in facet.options if option.code == "6101"] == [1]


def test_the_address_comes_back_as_it_was():
    arguments = MultiDict(
        [("q", "壳体"), ("process", "turning"), ("envelope", "650x520"), ("tolerance", "IT7"), ("week", "202648"), ("sort", "distance"), ("page", "3")]
    )
    address = read(OFFERS, arguments, TODAY)
    assert MultiDict(address.pairs(OFFERS)) == arguments
    assert address.sort is Sort.DISTANCE


def test_both_languages(market, app):
    with app.test_request_context("/capacity?q=五轴", headers={"Accept-Language": "en"}), transaction(Scope()):
        page = listing(OFFERS, request.args, NOBODY, now(), path="/capacity")
    assert any("5-axis milling" in chip.label for chip in page.chips)


@pytest.mark.parametrize("path", ["offers", "orders", "tasks"])
@pytest.mark.parametrize(
    ("asked", "field"),
    [("foo=1", "foo"), ("region=zzz", "region"), ("sort=zzz", "sort"), ("page=abc", "page"), ("page=0", "page"), ("region=610113&region=zzz", "region")],
)
def test_a_program_is_refused_what_names_nothing(visitor, path, asked, field):
    answer = visitor.get(f"/api/v1/{path}?{asked}")
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json["errors"]} == {field}
    assert visitor.get(f"/{'' if path == 'offers' else path}?{asked}").status_code == 200


@pytest.mark.parametrize(("path", "asked"), [("offers", "process=zzz"), ("orders", "tolerance=NaN"), ("tasks", "skill=zzz")])
def test_a_program_is_refused_a_filter_nobody_knows(visitor, path, asked):
    assert visitor.get(f"/api/v1/{path}?{asked}").status_code == 422


@pytest.mark.parametrize("path", ["offers", "orders", "tasks"])
def test_the_document_names_what_a_list_may_be_asked(app, visitor, path):
    assert visitor.get(f"/api/v1/{path}?q=&region=610113&sort=match&page=1").status_code == 200
    with app.test_request_context():
        parameters = {each["name"] for each in app.spec["paths"][f"/api/v1/{path}"]["get"]["parameters"]}
    assert {"q", "region", "sort", "page"} <= parameters
