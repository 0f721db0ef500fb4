"""What people type as a figure, and what only Python would read as one."""

import pytest

from gongchuang.figures import plain
from gongchuang.money import fen_of
from gongchuang.refusal import Refusal


@pytest.mark.parametrize(("typed", "read"), [("120", "120"), (" 0.5 ", "0.5"), (".5", ".5"), ("+1", "+1"), ("-3", "-3"), ("１２．５", "12.5"), ("7.", "7.")])
def test_a_figure_is_read_as_it_was_meant(typed: str, read: str) -> None:
    assert plain(typed) == read


@pytest.mark.parametrize("typed", ["", "1_0", "1e5", "nan", "inf", "١٢٣", "10²", "½", "①", "1,000", "--1", ".", "0x1f", "1 0", "十"])
def test_what_only_python_reads_is_no_figure(typed: str) -> None:
    assert plain(typed) is None


@pytest.mark.parametrize(("typed", "fen"), [("1,234.5", 123450), ("￥1234.50", 123450), ("1.2万", 1200000), ("１２元", 1200), ("0", 0)])
def test_money_is_read_as_it_was_meant(typed: str, fen: int) -> None:
    assert fen_of(typed) == fen


@pytest.mark.parametrize(("typed", "code"), [("1_0", "unreadable"), ("1e5", "unreadable"), ("nan", "unreadable"), ("0.001", "precision"), ("-1", "range")])
def test_money_that_is_none_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Refusal, match=f"money.{code}"):
        fen_of(typed)
