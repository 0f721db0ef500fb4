"""The search box: what is typed becomes filters, the rest stays words."""

from datetime import date

import pytest

from search.documents.document import Side
from search.engines.clauses import All, AtLeast, AtMost, Has
from search.query.asked import Asked, as_clauses
from search.query.parse import parse, widened, without

TODAY = date(2026, 11, 20)
FIELDS = ("process", "material", "region", "certificate", "park", "week", "tolerance", "envelope", "quantity")


def read(text, fields=FIELDS):
    parsed = parse(text, TODAY, fields)
    return [(asked.field, asked.values or asked.figures) for asked in parsed.asked], list(parsed.words)


@pytest.mark.parametrize(
    ("text", "asked", "words"),
    [
        (
            "西安 五轴 铝合金 ±0.02 两周内",
            [
                ("region", ("6101",)),
                ("process", ("milling-5",)),
                ("material", ("aluminium",)),
                ("tolerance", (0.02,)),
                ("week", ("202647", "202648", "202649")),
            ],
            [],
        ),
        ("西安五轴铝合金", [("region", ("6101",)), ("process", ("milling-5",)), ("material", ("aluminium",))], []),
        ("650x520x475 7075", [("envelope", (650.0, 520.0, 475.0)), ("material", ("al-7075",))], []),
        ("650×520×475mm", [("envelope", (650.0, 520.0, 475.0))], []),
        ("2米x1米", [("envelope", (2000.0, 1000.0))], []),
        ("φ320x1500", [("envelope", (320.0, 320.0, 1500.0))], []),
        ("≥1500mm 激光切割", [("envelope", (1500.0,)), ("process", ("laser-cutting",))], []),
        ("IT7", [("tolerance", (0.0125,))], []),
        ("2丝", [("tolerance", (0.02,))], []),
        ("正负0.01mm", [("tolerance", (0.01,))], []),
        ("24件 轴承座", [("quantity", (24.0,))], ["轴承座"]),
        ("5 轴 TC4", [("process", ("milling-5",)), ("material", ("ti-tc4",))], []),
        ("沣镐精工 DMU 65", [], ["沣镐精工", "dmu", "65"]),
        ("13月 2月30日前", [], ["13月", "2月30日前"]),
        ("±0", [], ["±0"]),
        ("' OR 1=1 --", [], ["or", "1=1"]),
        ("title:* AND _exists_:x", [], ["title:*", "and", "_exists_:x"]),
        ("", [], []),
    ],
)
def test_what_is_typed_becomes_filters(text, asked, words):
    assert read(text) == (asked, words)


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("本周", ("202647",)),
        ("下周", ("202648",)),
        ("9天内", ("202647", "202648")),
        ("一个月内", ("202647", "202648", "202649", "202650", "202651")),
        ("12月", ("202649", "202650", "202651", "202652", "202653")),
        ("12月10日前", ("202647", "202648", "202649", "202650")),
        ("本月", ("202647", "202648", "202649")),
        ("1月", ("202653", "202701", "202702", "202703", "202704")),
        ("十二天内", ("202647", "202648", "202649")),
    ],
)
def test_times_become_iso_weeks(text, weeks):
    assert read(text) == ([("week", weeks)], [])


def test_a_grade_is_read_at_the_typed_size():
    asked = parse("300x200x80 IT7", TODAY, FIELDS).asked
    assert next(a for a in asked if a.field == "tolerance").figures == (0.026,)  # IT7 at 300 mm is 52 µm wide


def test_a_filter_the_list_does_not_have_stays_a_word():
    assert read("五轴 西安", ("region",)) == ([("region", ("6101",))], ["五轴"])


def test_the_narrower_of_two_is_meant():
    asked = parse("线切割 慢走丝 陕西 西安", TODAY, FIELDS).asked
    clauses = as_clauses(asked, Side.OFFER)
    assert clauses == {"process": Has("process", frozenset({"wire-cutting-slow"})), "region": Has("region", frozenset({"6101"}))}


def test_figures_are_asked_of_a_machine_and_of_a_part_the_other_way_round():
    asked = [Asked("tolerance", figures=(0.02,)), Asked("envelope", figures=(100.0, 300.0))]
    of_offers, of_needs = as_clauses(asked, Side.OFFER), as_clauses(asked, Side.NEED)
    assert isinstance(of_offers["tolerance"], AtMost)
    assert isinstance(of_needs["tolerance"], AtLeast)
    assert of_offers["envelope"] == All((AtLeast("side_a", 300.0), AtLeast("side_b", 100.0)))
    assert of_needs["envelope"] == All((AtMost("side_a", 300.0), AtMost("side_b", 100.0)))


def test_a_word_is_widened_by_the_vocabulary():
    assert {"三坐标测量机", "测量机"} <= set(widened("三坐标测量机").alternatives)
    assert widened("沣镐精工").alternatives == ("沣镐精工",)


def test_a_phrase_is_taken_out_of_the_text():
    assert without("西安 五轴 铝合金", "五轴") == "西安 铝合金"
    assert without("西安", "宝鸡") == "西安"


def test_a_monstrous_text_is_read_in_time():
    assert len(read("五" * 100_000)[1]) <= 12
