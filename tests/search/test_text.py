"""Terms are the same for every engine."""

import pytest

from search.text import bigrams, normalise, searchable, terms, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("西安5轴加工", ["西", "安", "5", "轴", "加", "工"]),
        ("TC4 钛合金", ["tc4", "钛", "合", "金"]),
        ("公差±0.02mm", ["公", "差", "0.02mm"]),
        ("６５０×５２０", ["650", "520"]),
        ("ISO9001认证", ["iso9001", "认", "证"]),
        ("v1.2. 末", ["v1.2", "末"]),
        ("a_b-c", ["a", "b", "c"]),
        ("扭矩 12㎜²", ["扭", "矩", "12mm2"]),
        ("", []),
        ("。，！", []),
        ("станок ЧПУ", ["станок", "чпу"]),
    ],
)
def test_text_becomes_tokens(text, expected):
    assert tokens(text) == expected


def test_neighbouring_tokens_become_bigrams():
    assert bigrams(tokens("西安5轴加工")) == ["西安", "安5", "5轴", "轴加", "加工"]
    assert bigrams(["铣"]) == []


def test_full_width_forms_are_plain():
    assert normalise("ＣＮＣ　㎜") == "cnc mm"


def test_a_title_counts_twice():
    assert searchable("铣", "车") == ["铣", "铣", "车"]


def test_what_a_match_compares_are_pairs_and_whole_words():
    assert terms(("五轴 TC4", "")) == {"五轴", "轴tc4", "tc4"}


def test_an_endless_run_is_cut():
    assert len(tokens("a" * 10_000)[0]) == 64
