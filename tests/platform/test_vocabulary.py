"""The vocabulary holds together, agrees with its standards, and finds what people type."""

import pytest

from gongchuang import vocabulary
from gongchuang.vocabulary import OutsideTable, UnknownTerm, find, it_grade, it_value

DRAWINGS = set(
    """
    mill-3 mill-4 mill-5 gantry lathe turn-mill vertical-lathe wire-edm sinker-edm cylindrical-grinder surface-grinder laser press-brake
    welding slm printer cmm foundry deep-hole smt injection press heat-treatment gear other
    """.split()  # noqa: SIM905, the list reads as it was given
)


def codes(text: str, *only: str) -> set[str]:
    return {found.code for found in find(text, *only)}


def test_every_code_is_unique_across_all_schemes() -> None:
    held = [one.code for scheme in vocabulary.schemes() for one in vocabulary.terms(scheme)]
    assert len(held) == len(set(held))


@pytest.mark.parametrize("scheme", vocabulary.schemes())
def test_terms_have_labels_in_both_languages_a_source_and_a_parent_that_exists(scheme: str) -> None:
    for one in vocabulary.terms(scheme):
        assert one.zh.strip()
        assert one.en.strip()
        assert one.source.strip()
        assert one.en.isprintable()
        assert not one.parent or vocabulary.known(scheme, one.parent)
        assert not one.family or vocabulary.known(scheme, one.family)
        assert len(one.code) <= 40


def test_the_schemes_are_as_wide_as_the_forms_need() -> None:
    least = {
        "processes": 70,
        "materials": 80,
        "machine_kinds": 30,
        "certificates": 6,
        "surfaces": 15,
        "it_grades": 20,
        "skills": 20,
        "regions": 3000,
        "parks": 20,
        "industries": 51,
        "sizes": 4,
    }
    assert set(vocabulary.schemes()) == set(least)
    assert [scheme for scheme, count in least.items() if len(vocabulary.terms(scheme)) < count] == []


def test_every_leaf_process_and_material_lies_in_a_family() -> None:
    for scheme in ("processes", "materials"):
        for one in vocabulary.terms(scheme):
            assert one.family or vocabulary.children(scheme, one.code), one.code


def test_every_manufacturing_division_of_gb_t_4754_is_there() -> None:
    divisions = {one.code for one in vocabulary.children("industries", "C")}
    assert divisions == {f"C{number}" for number in range(13, 44)}
    assert [one.code for one in vocabulary.children("industries")] == list("ABCDEFGHIJKLMNOPQRST")


def test_machine_kinds_name_only_known_processes_materials_and_drawings() -> None:
    for one in vocabulary.terms("machine_kinds"):
        kind = vocabulary.machine_kind(one.code)
        assert all(vocabulary.known("processes", code) for code in kind.processes), kind.code
        assert all(vocabulary.known("materials", code) for code in kind.materials), kind.code
        assert kind.drawing in DRAWINGS
        assert kind.envelope in ("box", "cylinder", "sheet", "mass")
    assert {vocabulary.machine_kind(one.code).drawing for one in vocabulary.terms("machine_kinds")} == DRAWINGS


def test_materials_know_a_plausible_density() -> None:
    assert vocabulary.material("steel-45").density_kg_m3 == 7850
    assert vocabulary.material("ti-tc4").density_kg_m3 == 4440
    for one in vocabulary.terms("materials"):
        density = vocabulary.material(one.code).density_kg_m3
        assert one.family == "" or (density is not None and 800 < density < 20000), one.code


def test_parks_and_places_lie_in_known_regions() -> None:
    for one in vocabulary.terms("parks"):
        assert vocabulary.place(vocabulary.park(one.code).region) is not None, one.code


@pytest.mark.parametrize(
    ("grade", "nominal_mm", "micrometres"),
    [
        ("IT5", 3, 4),
        ("IT6", 6, 8),
        ("IT6", 10.0, 9),
        ("IT7", 10.001, 18),
        ("IT7", 30, 21),
        ("IT7", 50, 25),
        ("IT7", 80, 30),
        ("IT7", 120, 35),
        ("IT7", 180, 40),
        ("IT7", 220, 46),
        ("IT8", 315, 81),
        ("IT9", 400, 140),
        ("IT11", 500, 400),
        ("IT6", 630, 44),
        ("IT7", 1000, 90),
        ("IT8", 2000, 230),
        ("IT12", 3150, 2100),
        ("IT01", 100, 1),
        ("IT0", 500, 6),
        ("IT18", 1600, 19500),
    ],
)
def test_it_values_agree_with_iso_286(grade: str, nominal_mm: float, micrometres: float) -> None:
    assert it_value(grade, nominal_mm) == pytest.approx(micrometres / 1000)


def test_it_values_grow_with_the_grade_and_the_size() -> None:
    sizes = [3, 6, 10, 18, 30, 50, 80, 120, 180, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150]
    grades = [f"IT{number}" for number in range(1, 19)]
    for size in sizes:
        values = [it_value(grade, size) for grade in grades]
        assert values == sorted(set(values))
    for grade in grades:
        values = [it_value(grade, size) for size in sizes]
        assert values == sorted(values)


@pytest.mark.parametrize(
    ("grade", "nominal_mm"), [("IT7", 0), ("IT7", -1), ("IT7", 3151), ("IT7", float("nan")), ("IT7", float("inf")), ("IT19", 10), ("IT0", 600), ("IT14", 1)]
)
def test_outside_the_table_there_is_no_value(grade: str, nominal_mm: float) -> None:
    with pytest.raises(OutsideTable):
        it_value(grade, nominal_mm)


def test_a_tolerance_becomes_the_coarsest_grade_that_keeps_it() -> None:
    assert it_grade(0.046, 220) == "IT7"
    assert it_grade(0.045, 220) == "IT6"
    assert it_grade(0.02, 50) == "IT6"
    assert it_grade(0.0001, 50) is None


def test_one_process_has_many_words() -> None:
    assert codes("车加工") == codes("车削") == codes("turning") == codes("Turning") == {"turning"}
    assert {"车削", "Turning", "车加工"} <= set(vocabulary.synonyms("turning"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("五轴", {"milling-5"}),
        ("５轴联动", {"milling-5"}),
        ("45#钢", {"steel-45"}),
        ("西安", {"6101"}),
        ("西安五轴 7075", {"6101", "milling-5", "al-7075"}),
        ("TC4钛合金 宝鸡", {"ti-tc4", "6103"}),
        ("汉中慢走丝割 Cr12MoV", {"6107", "wire-cutting-slow", "steel-cr12mov"}),
        ("乌鲁木齐 立车 42CrMo", {"6501", "vertical-turning", "steel-42crmo"}),
        ("柳州高新区 QT450-10", {"lz-hitech", "iron-qt450-10"}),
        ("南宁 轴承座", {"4501"}),
        ("316L 3D打印", {"ss-316l", "additive"}),
        ("wire EDM in Hanzhong", {"wire-cutting", "6107"}),
        ("北京朝阳区", {"11", "110105"}),
        ("件号 1304 数量 3160", set()),
        ("", set()),
    ],
)
def test_what_people_type_is_found(text: str, expected: set[str]) -> None:
    assert codes(text) == expected


def test_finding_can_be_kept_to_some_schemes() -> None:
    assert codes("西安五轴 7075", "regions") == {"6101"}


def test_a_place_name_that_several_share_is_offered_for_each_of_them() -> None:
    assert {"110105", "220104"} <= codes("朝阳区")


def test_distance_is_a_measure_from_nought_to_one() -> None:
    assert vocabulary.distance("processes", "milling-5", "milling-5") == 0
    near, family, far, never = (vocabulary.distance("processes", "milling-5", other) for other in ("milling", "milling-3", "turning", "slm"))
    assert 0 < near < family < far < never == 1
    assert vocabulary.distance("processes", "turning", "milling-5") == far


def test_regions_are_walked_from_the_province_down() -> None:
    assert [one.zh for one in vocabulary.region_path("610113")] == ["陕西省", "西安市", "雁塔区"]
    assert [one.zh for one in vocabulary.region_path("659001")] == ["新疆维吾尔自治区", "石河子市"]
    assert vocabulary.label("regions", "6101", "en") == "Xi'an"
    assert vocabulary.label("regions", "6501", "en") == "Urumqi"
    assert len(vocabulary.children("regions")) == 34


def test_kilometres_between_regions_are_about_right_and_unknown_is_said() -> None:
    to_baoji = vocabulary.kilometres("610113", "610303")
    assert to_baoji is not None
    assert 145 < to_baoji < 170
    to_urumqi = vocabulary.kilometres("6101", "650106")
    assert to_urumqi is not None
    assert 2050 < to_urumqi < 2180
    assert vocabulary.kilometres("61", "4501") is None
    assert vocabulary.kilometres("6101", "999999") is None


def test_a_filter_on_a_family_lets_its_members_through() -> None:
    wires = {one.code for one in vocabulary.descendants("processes", "wire-cutting")}
    assert wires == {"wire-cutting", "wire-cutting-fast", "wire-cutting-medium", "wire-cutting-slow"}
    assert {one.code for one in vocabulary.descendants("regions", "65")} >= {"65", "6501", "650106", "659001"}


def test_choices_are_grouped_by_family_and_complete() -> None:
    grouped = vocabulary.grouped_choices("processes")
    assert ("milling-5", "五轴铣削") in grouped["铣削"]
    assert sorted(pair for group in grouped.values() for pair in group) == sorted(vocabulary.choices("processes"))
    assert dict(vocabulary.choices("sizes", "en"))["medium"] == "Medium"


def test_an_unknown_code_is_refused_by_term_and_shown_as_it_is_by_label() -> None:
    with pytest.raises(UnknownTerm):
        vocabulary.term("processes", "no-such-thing")
    with pytest.raises(UnknownTerm):
        vocabulary.terms("no-such-scheme")
    assert vocabulary.label("processes", "no-such-thing") == "no-such-thing"
