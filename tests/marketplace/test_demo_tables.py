"""The demo's tables hold together and speak the vocabulary."""

from pathlib import Path

import pytest
from stdnum.cn import uscc

from gongchuang import vocabulary
from gongchuang.organisations.rules import why_not_uscc
from services.demo.firms import credit_code
from services.demo.tables import Row, codes, rows

MARKET = {name: rows("marketplace.demo", name) for name in ("organisations", "machines", "offers", "orders", "quotes")}
CROWD = {name: rows("crowdsourcing.demo", name) for name in ("makers", "tasks", "bids")}
SCHEMES = {
    "region": "regions",
    "park": "parks",
    "industry": "industries",
    "size": "sizes",
    "kind": "machine_kinds",
    "processes": "processes",
    "material": "materials",
    "materials": "materials",
    "certificates": "certificates",
    "surface": "surfaces",
    "skills": "skills",
}


@pytest.mark.parametrize("name", [*MARKET, *CROWD])
def test_every_row_is_whole_and_every_code_is_known(name: str) -> None:
    for row in (MARKET | CROWD)[name]:
        assert None not in row
        assert None not in row.values()
        for column, scheme in SCHEMES.items():
            if column == "kind" and name != "machines":
                continue
            for code in codes(row.get(column, "")):
                assert vocabulary.known(scheme, code), (name, row, column)


def keys(table: list[Row], column: str = "key") -> set[str]:
    found = [row[column] for row in table]
    assert len(found) == len(set(found))
    return set(found)


def test_references_between_tables_are_kept() -> None:
    firms, orders = keys(MARKET["organisations"]), keys(MARKET["orders"])
    machines = {row["key"]: row["organisation"] for row in MARKET["machines"]}
    assert keys(MARKET["offers"])
    for row in [*MARKET["machines"], *MARKET["offers"], *MARKET["orders"], *MARKET["quotes"]]:
        assert row["organisation"] in firms
    for row in MARKET["offers"]:
        assert {machines[key] for key in codes(row["machines"])} == {row["organisation"]}
    for row in MARKET["quotes"]:
        assert row["order"] in orders
        assert not row["machine"] or machines[row["machine"]] == row["organisation"]
    makers, tasks = keys(CROWD["makers"]), keys(CROWD["tasks"])
    assert {row["task"] for row in CROWD["bids"]} <= tasks
    assert {row["organisation"] for row in CROWD["bids"]} <= makers
    assert {row["organisation"] for row in CROWD["tasks"]} <= keys(MARKET["organisations"], "short_name")


def test_every_firm_is_marked_as_an_example() -> None:
    for row in [*MARKET["organisations"], *CROWD["makers"]]:
        assert row["name"].endswith("（示例）")
        assert 2 <= len(row["short_name"]) <= 20


def test_parks_lie_where_their_firms_do() -> None:
    for row in [*MARKET["organisations"], *CROWD["makers"]]:
        if row["park"]:
            assert vocabulary.park(row["park"]).region == row["region"], row["key"]


def test_credit_codes_are_valid_and_of_nobody() -> None:
    for number in (1, 57, 66, 999):
        code = credit_code(number, "firm")
        assert uscc.is_valid(code)
        assert why_not_uscc(code) is None
        assert code[2:8] == "999999"


def test_the_part_files_that_orders_show_are_there() -> None:
    folder = Path(__file__).parents[2] / "marketplace" / "demo" / "parts" / "files"
    shown = {row["part"] for row in MARKET["orders"] if row["part"]}
    assert len(shown) >= 8
    for part in shown:
        assert list(folder.glob(f"{part}.*")), part
