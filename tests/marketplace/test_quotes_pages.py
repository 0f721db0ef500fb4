"""Quotes through pages and API: writing, comparing, choosing; what bad input, strangers and second tries get."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from gongchuang.database import db
from marketplace.capacity.models import Allocation
from marketplace.orders import queries as order_queries
from marketplace.quotes.models import Quote
from services.messages.models import Message
from tests.answers import said
from tests.builders import as_the_system, make_organisation
from tests.marketplace.making import make_machine
from tests.marketplace.ordering import PART, clock, make_order, make_quote, quote_row, someone, unit
from tests.marketplace.test_orders_pages import post, statements_behind

ClientOf = Callable[..., FlaskClient]


def key_of(page: str) -> str:
    return str(re.findall(r'idempotency_key" value="([^"]+)"', page)[0])


def filled(page: str, **changes: Any) -> dict[str, Any]:
    """A whole quote as its form began it."""
    usual = {
        "idempotency_key": key_of(page),
        "lines_0_part_id": re.findall(r'name="lines_0_part_id" value="([^"]+)"', page)[0],
        "lines_0_unit_price_fen": "1,575",
        "prices_include_tax": "1",
        "tax_bp": "1300",
        "invoice": "special",
        "freight_fen": "600",
        "payment": "monthly",
        "payment_days": "30",
        "lead_days": "25",
        "valid_on": (clock() + timedelta(days=25)).date().isoformat(),
        "machine_id": "",
    }
    return usual | changes


def quotes_kept() -> int:
    with as_the_system():
        return db.session.scalar(select(func.count()).select_from(Quote)) or 0


def test_a_quote_goes_from_form_to_award_in_three_taps(client_of: ClientOf, run_outbox: Callable[[], int]) -> None:
    buyer, supplier = make_organisation("南宁邕糖装备"), make_organisation("柳州龙壁铸造")
    machine, order_id = make_machine(supplier, name="龙门镗铣 GMC2040"), make_order(buyer)
    sales, buys = client_of(supplier, "sales"), client_of(buyer, "buyer")
    form = filled(sales.get(f"/orders/{order_id}/quote").text, machine_id=str(machine.id), lines_0_minutes_per_piece="30", setup_minutes="60")
    assert "人民币叁万捌仟肆佰元整" in sales.post(f"/orders/{order_id}/quote/totals", data=form).text
    hours = sales.post(f"/orders/{order_id}/quote/hours", data=form).text
    assert "共 13 小时" in hours
    form["windows"] = re.findall(r'name="windows" value="([^"]+)"', hours)
    sent = {sales.post(f"/orders/{order_id}/quote", data=form).location for _ in range(2)}
    assert len(sent) == 1
    assert quotes_kept() == 1
    run_outbox()
    with as_the_system():
        url = db.session.scalars(select(Message.url).where(Message.code == "quote.received")).one()
    page = buys.get(url).text
    award = re.findall(r'href="(/quotes/[^"]+/award)"', page)[0]
    confirm = buys.get(award).text
    answers = {buys.post(award, data={"idempotency_key": key_of(confirm), "reason": "价格合适"}).location for _ in range(2)}
    assert len(answers) == 1
    after = buys.get(answers.pop()).text
    assert "已锁定 13 小时" in after
    assert "签订合同" in after
    with as_the_system():
        assert set(db.session.scalars(select(Allocation.status))) == {"booked"}


@pytest.mark.parametrize("held", [True, False])
def test_only_hours_that_were_held_are_called_booked(client_of: ClientOf, held: bool) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    order_id = make_order(buyer)
    quote_id = make_quote(supplier, order_id, machine=make_machine(supplier) if held else None)
    buys, sales = client_of(buyer, "buyer"), client_of(supplier, "sales")
    confirm = buys.get(f"/quotes/{quote_id}/award").text
    assert ("选定后立即锁定对方机时" in confirm) is held
    told = buys.post(f"/quotes/{quote_id}/award", data={"idempotency_key": key_of(confirm), "reason": "价格合适"}, follow_redirects=True).text
    assert ("已选定供应商，机时已锁定，对方已收到通知" in told) is held
    assert ("对方按锁定的机时排产" in told) is held
    assert ("机时已锁定" in buys.get(f"/orders/{order_id}").text) is held
    assert ("机时已锁定" in sales.get(f"/quotes/{quote_id}").text) is held


@pytest.mark.parametrize(("role", "shown"), [("sales", False), ("buyer", True)])
def test_a_tab_is_shown_only_to_those_it_opens_for(client_of: ClientOf, role: str, shown: bool) -> None:
    colleague = client_of(make_organisation(), role)
    assert (colleague.get("/orders/mine").status_code == 200) is shown
    for path in ("/orders", "/quotes/mine"):
        assert ('href="/orders/mine"' in colleague.get(path).text) is shown


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"lines_0_unit_price_fen": ""}, "请填写单价"),
        ({"lines_0_unit_price_fen": "-1"}, "金额须在"),
        ({"lines_0_unit_price_fen": "9" * 21}, "1 万亿"),
        ({"lines_0_unit_price_fen": "abc"}, "请填写金额"),
        ({"lines_0_unit_price_fen": "1e400"}, "金额"),
        ({"tax_bp": "1200"}, "税率"),
        ({"tax_bp": "²"}, "税率"),
        ({"lead_days": "0"}, "交期须为"),
        ({"lead_days": "很快"}, "请填写整数"),
        ({"valid_on": "2026-02-30"}, "日期不存在"),
        ({"valid_on": "2020-01-01"}, "报价有效期不能早于"),
        ({"lines_0_breaks": "便宜点"}, "看不懂"),
        ({"lines_0_breaks": "100: 3\u202e"}, "控制字符"),
        ({"windows": "昨天/今天/1"}, "时段格式不正确"),
        ({"prepaid_percent": "130", "payment": "prepaid"}, "预付比例"),
        ({"prepaid_percent": "130", "payment": "monthly"}, "预付比例"),
        ({"payment_days": "-1", "payment": "prepaid"}, "账期须为"),
    ],
)
def test_bad_input_is_said_at_its_field_and_nothing_typed_is_lost(client_of: ClientOf, changes: dict[str, str], sentence: str) -> None:
    order_id, sales = make_order(make_organisation()), client_of(make_organisation(), "sales")
    form = filled(sales.get(f"/orders/{order_id}/quote").text, note="保留我", **changes)
    answer = sales.post(f"/orders/{order_id}/quote", data=form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "保留我" in answer.text
    assert quotes_kept() == 0


def test_hours_taken_meanwhile_show_the_next_ones_in_the_same_form(client_of: ClientOf) -> None:
    supplier = make_organisation()
    machine, order_id, rival = make_machine(supplier, soft_factor=1), make_order(make_organisation()), make_order(make_organisation())
    sales = client_of(supplier, "sales")
    form = filled(sales.get(f"/orders/{order_id}/quote").text, machine_id=str(machine.id), lines_0_minutes_per_piece="30")
    form["windows"] = re.findall(r'name="windows" value="([^"]+)"', sales.post(f"/orders/{order_id}/quote/hours", data=form).text)
    make_quote(supplier, rival, machine=machine)
    answer = sales.post(f"/orders/{order_id}/quote", data=form)
    assert answer.status_code == 409
    assert "已被占用，最近可用" in answer.text
    fresh = re.findall(r'name="windows" value="([^"]+)"', answer.text)
    assert fresh
    assert fresh != form["windows"]
    assert sales.post(f"/orders/{order_id}/quote", data=form | {"windows": fresh, "idempotency_key": key_of(answer.text)}).status_code == 303


@pytest.mark.parametrize("path", ["", "/award", "/justify"])
def test_a_foreign_quote_is_the_404_that_nothing_is(client_of: ClientOf, some_id: UUID, path: str) -> None:
    order_id = make_order(make_organisation())
    quote_id = make_quote(make_organisation(), order_id)
    rival = client_of(make_organisation())
    foreign, nothing = said(rival.get(f"/quotes/{quote_id}{path}")), said(rival.get(f"/quotes/{some_id}{path}"))
    assert foreign[0] == 404
    assert foreign[1].replace(str(quote_id), "") == nothing[1].replace(str(some_id), "")


def test_the_buyer_cannot_withdraw_nor_the_supplier_award(client_of: ClientOf) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    quote_id = make_quote(supplier, make_order(buyer))
    key = {"idempotency_key": uuid4().hex}
    assert client_of(buyer).post(f"/quotes/{quote_id}/withdraw", data=key).status_code == 403
    assert client_of(supplier).post(f"/quotes/{quote_id}/award", data=key | {"reason": "选我"}).status_code == 403
    assert client_of(buyer, "engineer").post(f"/quotes/{quote_id}/award", data=key | {"reason": "选它"}).status_code == 403
    assert quote_row(quote_id).submission.status == "submitted"


def test_an_award_asks_for_a_fresh_identity(client_of: ClientOf) -> None:
    buyer = make_organisation()
    quote_id = make_quote(make_organisation(), make_order(buyer))
    stale = client_of(buyer, "buyer", fresh=False)
    answer = stale.post(f"/quotes/{quote_id}/award", data={"idempotency_key": uuid4().hex, "reason": "价格合适"})
    assert answer.status_code == 303
    assert "next=" in answer.location
    assert quote_row(quote_id).submission.status == "submitted"
    assert stale.get(f"/orders/{quote_row(quote_id).order_id}/compare").status_code == 200


def test_a_second_award_is_refused_with_its_reason(client_of: ClientOf) -> None:
    buyer = make_organisation()
    order_id = make_order(buyer)
    first, second = make_quote(make_organisation(), order_id), make_quote(make_organisation(), order_id)
    buys = client_of(buyer, "buyer")
    assert buys.post(f"/quotes/{first}/award", data={"idempotency_key": uuid4().hex, "reason": "价格合适"}).status_code == 303
    answer = buys.post(f"/quotes/{second}/award", data={"idempotency_key": uuid4().hex, "reason": "反悔了"})
    assert answer.status_code == 409
    assert "已选定供应商，不能再更改" in answer.text


def test_compare_leads_with_the_landed_cost_and_marks_the_low_bid(client_of: ClientOf) -> None:
    buyer = make_organisation()
    order_id = make_order(buyer)
    firms = [make_organisation(f"比价{n}厂") for n in range(5)]
    for firm, price in zip(firms, (153_750, 160_000, 172_917, 190_000, 105_000), strict=True):
        make_quote(firm, order_id, price, machine=make_machine(firm) if price == 160_000 else None, note="=cmd|' /C calc'!A0")
    buys = client_of(buyer, "buyer")
    page = buys.get(f"/orders/{order_id}/compare").text
    assert page.index("比价0厂") < page.index("比价1厂") < page.index("比价4厂")
    for words in ("¥36,900.00", "最低", "异常低价，待说明", "未锁定机时", "已预留 12 小时", "净价（可抵扣时）", "只看差异"):
        assert words in page
    assert "单价（未税）" in buys.get(f"/orders/{order_id}/compare?tax=without").text
    table = buys.get(f"/orders/{order_id}/compare.csv")
    assert table.mimetype == "text/csv"
    assert "'=cmd" in table.text
    assert not re.search(r'(^|,)"?=', table.text, re.MULTILINE)


def test_six_quotes_are_compared_five_at_a_time(client_of: ClientOf) -> None:
    buyer = make_organisation()
    order_id = make_order(buyer)
    quotes = [make_quote(make_organisation(), order_id, 160_000 + n) for n in range(6)]
    buys = client_of(buyer, "buyer")
    assert len(re.findall(r"/award\"", buys.get(f"/orders/{order_id}/compare").text)) == 5
    two = buys.get(f"/orders/{order_id}/compare?quote={quotes[0]}&quote={quotes[5]}").text
    assert len(re.findall(r"/award\"", two)) == 2


def test_comparing_takes_the_same_statements_for_two_and_five(client_of: ClientOf, app: Any) -> None:
    buyer = make_organisation()
    order_id = make_order(buyer)
    buys = client_of(buyer, "buyer")
    counted = []
    for _ in range(2):
        make_quote(make_organisation(), order_id)
    counted.append(statements_behind(lambda: buys.get(f"/orders/{order_id}/compare")))
    for _ in range(3):
        make_quote(make_organisation(), order_id)
    counted.append(statements_behind(lambda: buys.get(f"/orders/{order_id}/compare")))
    assert counted[0] == counted[1]


def test_a_past_quote_is_copied(client_of: ClientOf) -> None:
    supplier = make_organisation()
    old = make_quote(supplier, make_order(make_organisation()), 123_400, note="含材质报告")
    order_id = make_order(make_organisation())
    page = client_of(supplier, "sales").get(f"/orders/{order_id}/quote?copy={old}").text
    assert 'value="1234"' in page
    assert "含材质报告" in page
    other = client_of(make_organisation(), "sales").get(f"/orders/{order_id}/quote?copy={uuid4()}")
    assert other.status_code == 404


def test_asking_opens_the_one_conversation_and_declining_is_two_taps(client_of: ClientOf) -> None:
    order_id, sales = make_order(make_organisation()), client_of(make_organisation(), "sales")
    first, second = (sales.post(f"/orders/{order_id}/ask").location for _ in range(2))
    assert first == second
    assert sales.get(first).status_code == 200
    assert sales.post(f"/orders/{order_id}/decline", data={"reason": "busy"}).status_code == 303


# By API


def whole(order_id: UUID, **changes: Any) -> dict[str, Any]:
    with as_the_system():
        parts = [part.id for part in order_queries.order(order_id).parts]
    lines = [{"part_id": str(part), "unit_price_fen": 157_500, "minutes_per_piece": 30} for part in parts]
    return {"lines": lines, "freight_fen": 60_000, "lead_days": 25, "valid_on": (clock() + timedelta(days=25)).date().isoformat()} | changes


def test_the_api_does_what_the_pages_do(api_of: ClientOf, run_outbox: Callable[[], int]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    machine, order_id = make_machine(supplier), make_order(buyer)
    sales, buys = api_of(supplier, "sales"), api_of(buyer, "buyer")
    preview = post(sales, f"/orders/{order_id}/quotes/preview", whole(order_id, machine_id=str(machine.id))).get_json()
    assert (preview["landed_fen"], preview["capital"], preview["machine_minutes"]) == (3_840_000, "人民币叁万捌仟肆佰元整", 720)
    assert quotes_kept() == 0
    body = whole(order_id, machine_id=str(machine.id), windows=preview["windows"])
    key = uuid4().hex
    first, again = (post(sales, f"/orders/{order_id}/quotes", body, key) for _ in range(2))
    assert (first.status_code, first.data) == (201, again.data)
    assert post(sales, f"/orders/{order_id}/quotes", body | {"lead_days": 9}, key).status_code == 422
    quote = first.get_json()
    assert (quote["status"], quote["held_minutes"], quote["net_fen"]) == ("submitted", 720, 3_398_230)
    assert [item["id"] for item in buys.get(f"/api/v1/orders/{order_id}/quotes").get_json()["items"]] == [quote["id"]]
    assert sales.get(f"/api/v1/orders/{order_id}/quotes").status_code == 403
    awarded = post(buys, f"/quotes/{quote['id']}/award", {"reason": "价格合适"}).get_json()
    assert (awarded["status"], awarded["booked"]) == ("awarded", True)
    assert post(sales, f"/quotes/{quote['id']}/withdraw").status_code == 409
    assert sales.get("/api/v1/quotes/mine?status=awarded").get_json()["items"][0]["id"] == quote["id"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"surprise": 1}, 422),
        ({"tax_bp": 1200}, 422),
        ({"lead_days": 0}, 422),
        ({"freight_fen": -1}, 422),
        ({"freight_fen": 10**18}, 422),
        ({"lines": []}, 422),
        ({"lines": [{"part_id": str(uuid4()), "unit_price_fen": 1}]}, 422),
        ({"valid_on": "2020-01-01"}, 422),
        ({"windows": [{"start": "2026-11-24T08:00:00", "end": "2026-11-24T09:00:00"}]}, 422),
        ({"note": "x" * 2001}, 422),
        ({"note": "\u202e"}, 422),
        ({"machine_id": str(uuid4())}, 404),
        ({"papers": [str(uuid4())]}, 404),
    ],
)
def test_the_api_refuses_bad_input(api_of: ClientOf, changes: dict[str, Any], status: int) -> None:
    order_id = make_order(make_organisation())
    answer = post(api_of(make_organisation(), "sales"), f"/orders/{order_id}/quotes", whole(order_id, **changes))
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert quotes_kept() == 0


def test_windows_that_lie_wrong_are_refused(api_of: ClientOf) -> None:
    supplier = make_organisation()
    machine, order_id = make_machine(supplier), make_order(make_organisation())
    start = clock() + timedelta(days=12)
    for hours, code in ((-1, "capacity.reversed"), (-24 * 30, "capacity.reversed")):
        window = {"start": start.isoformat(), "end": (start + timedelta(hours=hours)).isoformat()}
        body = whole(order_id, machine_id=str(machine.id), windows=[window])
        assert post(api_of(supplier, "sales"), f"/orders/{order_id}/quotes", body).get_json()["code"] == code
    for days in (9, 15):
        early = {"start": (start - timedelta(days=days)).isoformat(), "end": (start - timedelta(days=days - 1)).isoformat()}
        body = whole(order_id, machine_id=str(machine.id), windows=[early])
        assert post(api_of(supplier, "sales"), f"/orders/{order_id}/quotes", body).get_json()["code"] == "quote.hours_early"


def test_an_unverified_firm_and_a_buyer_of_its_own_order_cannot_quote(api_of: ClientOf, client_of: ClientOf) -> None:
    buyer = make_organisation()
    order_id = make_order(buyer)
    unverified = make_organisation(verified=False)
    assert post(api_of(unverified, "sales"), f"/orders/{order_id}/quotes", whole(order_id)).get_json()["code"] == "organisation.unverified"
    assert post(api_of(buyer, "admin"), f"/orders/{order_id}/quotes", whole(order_id)).get_json()["code"] == "procedure.own"
    assert "通过企业核验后才能进行这项操作" in client_of(unverified, "sales").get(f"/orders/{order_id}").text


def test_a_quote_after_the_deadline_is_refused_by_page_and_api(api_of: ClientOf, client_of: ClientOf, shift_clock: Callable[[timedelta], None]) -> None:
    order_id, supplier = make_order(make_organisation()), make_organisation()
    body = whole(order_id)
    shift_clock(timedelta(days=8))
    answer = post(api_of(supplier, "sales"), f"/orders/{order_id}/quotes", body)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "procedure.past_deadline")
    assert "已过截止时间" in client_of(supplier, "sales").get(f"/orders/{order_id}/quote").text


def test_several_parts_are_each_priced(api_of: ClientOf) -> None:
    order_id = make_order(make_organisation(), parts=(PART, PART))
    body = whole(order_id)
    api = api_of(make_organisation(), "sales")
    assert post(api, f"/orders/{order_id}/quotes", body | {"lines": body["lines"][:1]}).get_json()["code"] == "quote.parts"
    quote = post(api, f"/orders/{order_id}/quotes", body).get_json()
    assert quote["landed_fen"] == 2 * 24 * 157_500 + 60_000
    with unit(someone(make_organisation())):
        assert db.session.scalars(select(Quote)).unique().all() == []
