"""Orders through pages and API: the form with its draft, what bad input gets, who is refused and how."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from gongchuang.database import db
from gongchuang.organisations.models import Organisation
from marketplace.orders.models import Order
from marketplace.orders.rules import PartFacts
from search.documents.actions import mirror
from search.documents.document import Document, Side
from search.documents.models import SearchDocument
from services.procedures.models import Procedure
from tests.answers import said
from tests.builders import as_the_system, make_organisation
from tests.marketplace.making import make_machine
from tests.marketplace.ordering import PART, clock, make_draft, make_file, make_order, someone, unit
from tests.statements import statements

ClientOf = Callable[..., FlaskClient]


def filled(page: str, **changes: Any) -> dict[str, Any]:
    """A whole form as the page began it."""
    usual = {
        "draft_key": re.findall(r'name="draft_key"[^>]*value="([^"]+)"', page)[0],
        "closes_at": re.findall(r'name="closes_at"[^>]*value="([^"]+)"', page)[0],
        "parts_0_name": "轴承座",
        "parts_0_process": "milling-5",
        "parts_0_material": "steel-45",
        "parts_0_quantity": "24",
        "parts_0_tolerance": "φ220H7",
        "parts_0_x_mm": "320",
        "parts_0_y_mm": "180",
        "parts_0_z_mm": "46",
        "delivery_on": (clock() + timedelta(days=40)).date().isoformat(),
        "region": "4501",
        "stage": "small",
        "supply": "all_in",
        "governs": "model",
        "made_in": "anywhere",
        "invoice": "special",
        "reach": "public",
        "file_tier": "nda",
    }
    return usual | changes


def orders_kept() -> int:
    with as_the_system():
        return db.session.scalar(select(func.count()).select_from(Order)) or 0


def test_an_order_goes_from_form_to_check_to_list_and_a_double_click_does_nothing_twice(client_of: ClientOf, run_outbox: Callable[[], int]) -> None:
    buyer = client_of(make_organisation(), "buyer")
    form = filled(buyer.get("/orders/new").text)
    assert buyer.post("/orders/draft", data=form | {"delivery_on": ""}).get_json()["saved"]
    for _ in range(2):
        answer = buyer.post("/orders/new", data=form)
        assert answer.status_code == 303
    assert orders_kept() == 1
    page = buyer.get(answer.location).text
    assert "φ220H7（折合 ±0.023 mm）" in page
    assert "320 × 180 × 46 mm（手填）" in page
    key = re.findall(r'idempotency_key" value="([^"]+)"', page)[0]
    publish = answer.location.replace("/check", "/publish")
    locations = {buyer.post(publish, data={"idempotency_key": key}).location for _ in range(2)}
    assert len(locations) == 1
    run_outbox()
    assert "轴承座 24 件" in client_of(make_organisation(), "sales").get("/orders?q=轴承座").text
    assert "轴承座 24 件" in buyer.get("/orders/mine?status=open").text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"parts_0_quantity": "二十四"}, "请填写整数"),
        ({"parts_0_quantity": "9" * 21}, "数量须为"),
        ({"parts_0_x_mm": "nan"}, "请填写数字"),
        ({"parts_0_x_mm": "1e400"}, "请填写数字"),
        ({"parts_0_tolerance": "很准"}, "看不懂这个公差"),
        ({"parts_0_process": "nonsense"}, "请从列表中选择工艺"),
        ({"delivery_on": "2026-02-30"}, "日期不存在"),
        ({"delivery_on": "2020-01-01"}, "交货日期须在今天之后"),
        ({"budget_fen": "9" * 21}, "1 万亿"),
        ({"budget_fen": "-5"}, "金额须在"),
        ({"budget_fen": "1.005"}, "两位小数"),
        ({"parts_0_name": "轴\u202e承座"}, "控制字符"),
        ({"note": "去\x00毛刺"}, "控制字符"),
        ({"title": "长" * 61}, "61"),
    ],
)
def test_bad_input_is_said_at_its_field_and_nothing_typed_is_lost(client_of: ClientOf, changes: dict[str, str], sentence: str) -> None:
    buyer = client_of(make_organisation(), "buyer")
    answer = buyer.post("/orders/new", data=filled(buyer.get("/orders/new").text, parts_0_note="保留我", **changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "保留我" in answer.text


def test_ten_megabytes_are_refused_whole(client_of: ClientOf) -> None:
    buyer = client_of(make_organisation(), "buyer")
    answer = buyer.post("/orders/new", data=filled(buyer.get("/orders/new").text, note="x" * 10_000_000))
    assert answer.status_code == 413
    assert orders_kept() == 0


def test_parts_are_added_spread_and_removed_without_scripts(client_of: ClientOf) -> None:
    buyer = client_of(make_organisation(), "buyer")
    form = filled(buyer.get("/orders/new").text)
    edit = buyer.post("/orders/new", data=form | {"do": "add_part"}).location
    page = buyer.get(edit).text
    assert 'name="parts_1_quantity"' in page
    two = form | {"parts_1_quantity": "5", "parts_1_x_mm": "10", "parts_1_y_mm": "10", "parts_1_z_mm": "10"}
    spread = buyer.get(buyer.post(edit, data=two | {"do": "spread"}).location).text
    assert len(re.findall(r'<option selected value="milling-5">', spread)) == 2
    assert buyer.post(edit, data=two | {"do": "remove_²"}).status_code == 303  # no row has such a number
    one = buyer.get(buyer.post(edit, data=two | {"do": "remove_0"}).location).text
    assert 'name="parts_1_quantity"' not in one
    assert 'value="5"' in one


def test_a_guest_fills_in_first_and_signs_in_later(visitor: FlaskClient) -> None:
    form = filled(visitor.get("/orders/new").text)
    answer = visitor.post("/orders/new", data=form)
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")
    assert "轴承座" in visitor.get("/orders/new").text


def test_an_unverified_firm_drafts_but_cannot_publish_and_reads_why(client_of: ClientOf) -> None:
    organisation = make_organisation(verified=False)
    order_id = make_draft(organisation)
    buyer = client_of(organisation, "buyer")
    page = buyer.get(f"/orders/{order_id}/check").text
    assert "通过企业核验后才能进行这项操作" in page
    answer = buyer.post(f"/orders/{order_id}/publish", data={"idempotency_key": uuid4().hex})
    assert answer.status_code == 403


def test_a_salesman_does_not_manage_orders(client_of: ClientOf) -> None:
    organisation = make_organisation()
    order_id = make_order(organisation)
    sales = client_of(organisation, "sales")
    assert sales.get(f"/orders/{order_id}").status_code == 200
    assert sales.post(f"/orders/{order_id}/cancel", data={"reason": "x", "idempotency_key": uuid4().hex}).status_code == 403


def test_who_may_not_draft_reads_why_instead_of_the_form(client_of: ClientOf) -> None:
    """Nobody fills in four steps to be refused at the last, or asks again and again how many firms fit."""
    page = client_of(make_organisation(), "sales").get("/orders/new").text
    assert "需要 采购、技术 角色" in page
    assert 'id="order-form"' not in page
    assert "/orders/fit" not in page


@pytest.mark.parametrize("path", ["/orders/{}", "/orders/{}/edit", "/orders/{}/check", "/orders/{}/quote", "/orders/{}/compare", "/orders/{}/decline"])
def test_a_foreign_draft_is_the_404_that_nothing_is(client_of: ClientOf, some_id: UUID, path: str) -> None:
    order_id = make_draft(make_organisation())
    stranger = client_of(make_organisation())
    foreign, nothing = said(stranger.get(path.format(order_id))), said(stranger.get(path.format(some_id)))
    assert foreign[0] == 404
    assert foreign[1].replace(str(order_id), "") == nothing[1].replace(str(some_id), "")


def test_an_offer_fills_the_form_and_names_its_firm(client_of: ClientOf, app: Any) -> None:
    firm = make_organisation("宝鸡四轴厂")
    offer_id = uuid4()
    with as_the_system():
        db.session.add(
            SearchDocument(
                kind="offer",
                object_id=offer_id,
                object_version=1,
                side="offer",
                market="production",
                organisation_id=firm.id,
                audience=["public"],
                title="四轴",
                codes=["process:milling-4", "material:steel-45"],
                card={},
                confirmed_at=func.now(),
                sequence=1,
            )
        )
    page = client_of(make_organisation(), "buyer").get(f"/orders/new?offer={offer_id}").text
    assert '<option selected value="milling-4">' in page
    assert "宝鸡四轴厂" in page
    assert client_of(make_organisation(), "buyer").get(f"/orders/new?offer={uuid4()}").status_code == 200


def offer_hours(firm: Organisation, tolerance_mm: float) -> None:
    """Put out idle hours of a five-axis machine, as search sees them."""
    with unit(someone(firm)):
        mirror(
            Document(
                kind="offer",
                object_id=uuid4(),
                object_version=1,
                side=Side.OFFER,
                organisation_id=firm.id,
                title="五轴空闲机时",
                market="production",
                processes=("milling-5",),
                materials=("steel-45",),
                envelope=(650.0, 520.0, 475.0),
                tolerance_mm=tolerance_mm,
            )
        )


def test_before_publishing_the_buyer_sees_how_many_fit_and_after_a_quiet_day_what_would_add_most(
    client_of: ClientOf, run_outbox: Callable[[], int], shift_clock: Callable[[timedelta], None]
) -> None:
    buyer = make_organisation()
    for tolerance in (0.01, 0.03, 0.03, 0.05):
        offer_hours(make_organisation(), tolerance)
    order_id = make_draft(buyer, parts=(replace(PART, tolerance="±0.02"),))
    buys = client_of(buyer, "buyer")
    page = buys.get(f"/orders/{order_id}/check").text
    assert re.search(r"<b>1<small>家</small></b><span>目前符合的企业", page)
    assert re.search(r"<b>3<small>家</small></b><span>差一点就合适", page)
    buys.post(f"/orders/{order_id}/publish", data={"idempotency_key": uuid4().hex})
    run_outbox()
    page = buys.get(f"/orders/{order_id}").text
    assert re.search(r"<b>1<small>家</small></b><span>已通知", page)
    assert "报价偏少" not in page
    shift_clock(timedelta(hours=25))
    assert "公差放宽到 ±0.05，可多 3 家企业符合" in client_of(buyer, "buyer").get(f"/orders/{order_id}").text


def test_visitors_see_public_orders_but_the_button_says_why_not(visitor: FlaskClient) -> None:
    order_id = make_order(make_organisation("南宁邕糖装备"))
    page = visitor.get(f"/orders/{order_id}").text
    assert "南宁邕糖装备" in page
    assert "请先登录" in page
    assert visitor.get("/orders").status_code == 200


def test_the_list_takes_the_same_statements_however_long_it_is(client_of: ClientOf, run_outbox: Callable[[], int], app: Any) -> None:
    sales = client_of(make_organisation(), "sales")
    counted = []
    for more in (1, 6):
        for _ in range(more):
            make_order(make_organisation())
        run_outbox()
        counted.append(statements_behind(lambda: sales.get("/orders")))
    assert counted[0] == counted[1]


def statements_behind(ask: Callable[[], Any]) -> int:
    """Count the statements behind a request."""
    with statements() as seen:
        assert ask().status_code == 200
    return len(seen)


# By API


def post(api: FlaskClient, path: str, body: Any = None, key: str | None = None) -> Any:
    return api.post(f"/api/v1{path}", json=body if body is not None else {}, headers={"Idempotency-Key": key or uuid4().hex})


def whole(**changes: Any) -> dict[str, Any]:
    moment = clock()
    part = {"name": "轴承座", "process": "milling-5", "material": "steel-45", "quantity": 24, "tolerance": "±0.02", "x_mm": 320, "y_mm": 180, "z_mm": 46}
    dates = {"closes_at": (moment + timedelta(days=7)).isoformat(), "delivery_on": (moment + timedelta(days=40)).date().isoformat()}
    return {"parts": [part], "region": "4501", **dates} | changes


@pytest.mark.parametrize("blanks", [" ", "\u3000", "\n\n"])
def test_a_later_deadline_of_blanks_is_asked_for(client_of: ClientOf, blanks: str) -> None:
    buyer = make_organisation()
    order_id = make_order(buyer)
    client = client_of(buyer, "buyer")
    answer = client.post(f"/orders/{order_id}/extend", data={"closes_at": blanks, "idempotency_key": uuid4().hex})
    assert "请选择新的截止时间" in client.get(answer.location).text


def test_the_api_does_what_the_pages_do(api_of: ClientOf, run_outbox: Callable[[], int]) -> None:
    buyer, other = make_organisation(), make_organisation()
    make_machine(other)
    api, stranger = api_of(buyer, "buyer"), api_of(other, "sales")
    order = post(api, "/orders", whole(budget_fen=5_000_000)).get_json()
    assert (order["status"], order["parts"][0]["tolerance_mm"]) == ("draft", 0.02)
    path = f"/orders/{order['id']}"
    saved = api.put(f"/api/v1{path}", json=whole(note="去毛刺", budget_fen=5_000_000)).get_json()
    assert saved["note"] == "去毛刺"
    assert api.get(f"/api/v1{path}/fit").get_json() == {"organisations": 0, "near": 0, "change": None, "adds": None}
    assert post(api, f"{path}/publish").get_json()["status"] == "open"
    run_outbox()
    assert stranger.get(f"/api/v1{path}").get_json()["budget_fen"] is None
    assert [item["title"] for item in stranger.get("/api/v1/orders").get_json()["items"]] == ["轴承座 24 件"]
    assert post(api, f"{path}/invitations", {"organisation_ids": [str(other.id)]}).get_json() == {"invited": [str(other.id)]}
    later = (clock() + timedelta(days=9)).isoformat()
    assert post(api, f"{path}/extend", {"closes_at": later}).status_code == 200
    copy = post(api, f"{path}/clone").get_json()
    assert (copy["status"], copy["note"]) == ("draft", "去毛刺")
    assert post(api, f"{path}/cancel", {"reason": "项目推迟"}).get_json()["status"] == "cancelled"
    assert [item["status"] for item in api.get("/api/v1/orders/mine?status=ended").get_json()["items"]] == ["cancelled"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"surprise": 1}, "surprise"),
        ({"budget_fen": 10**18}, "budget_fen"),
        ({"budget_fen": -1}, "budget_fen"),
        ({"delivery_on": "2026-02-30"}, "delivery_on"),
        ({"delivery_on": "2020-01-01"}, "delivery_on"),
        ({"closes_at": "2026-11-20T17:00:00"}, "closes_at"),
        ({"region": "nowhere"}, "region"),
        ({"reach": "moon"}, "reach"),
        ({"parts": [{"quantity": 0}]}, "parts"),
        ({"parts": [{"process": "魔法"}]}, "parts.0.process"),
        ({"parts": [{"tolerance": "很准"}]}, "parts.0.tolerance"),
        ({"note": "x" * 2001}, "note"),
        ({"title": "轴\u202e承座"}, None),
        ({"note": "去\x00毛刺"}, None),
    ],
)
def test_the_api_refuses_bad_input_at_its_field(api_of: ClientOf, changes: dict[str, Any], field: str | None) -> None:
    answer = post(api_of(make_organisation(), "buyer"), "/orders", whole(**changes))
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    if field:
        assert any((error["field"] or "").startswith(field) for error in answer.get_json()["errors"])
    assert orders_kept() == 0


@pytest.mark.parametrize(
    "raw",
    [
        '{"parts": [{"x_mm": NaN}]}',
        '{"parts": [{"x_mm": 1e400}]}',
        '{"budget_fen": ' + "9" * 21 + "}",
        "[" * 300 + "]" * 300,
        '{"note": "a", "note": "b"}',
        '{"note": "\\ud800"}',
    ],
)
def test_json_that_no_parser_should_take_is_refused(api_of: ClientOf, raw: str) -> None:
    api = api_of(make_organisation(), "buyer")
    answer = api.post("/api/v1/orders", data=raw, content_type="application/json", headers={"Idempotency-Key": uuid4().hex})
    assert answer.status_code == 422
    assert json.loads(answer.data)["status"] == 422


def test_foreign_ids_in_the_body_are_the_404_that_none_are(api_of: ClientOf, some_id: UUID) -> None:
    api = api_of(make_organisation(), "buyer")
    foreign = make_file(make_organisation())
    answers = {post(api, "/orders", whole(parts=[{"files": [str(i)]}])).status_code for i in (foreign, some_id)}
    assert answers == {404}


def test_a_token_without_the_scope_publishes_nothing(api_of: ClientOf) -> None:
    organisation = make_organisation()
    order_id = make_draft(organisation)
    answer = post(api_of(organisation, "buyer", scopes="order:list order:see"), f"/orders/{order_id}/publish")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "token.scope")
    with as_the_system():
        found = db.session.get(Procedure, order_id)
        assert found is not None
        assert found.status == "draft"


def test_what_a_draft_lacks_comes_all_at_once(api_of: ClientOf) -> None:
    organisation = make_organisation()
    order_id = make_draft(organisation, parts=(PartFacts(),), region="")
    fields = {error["field"] for error in post(api_of(organisation, "buyer"), f"/orders/{order_id}/publish").get_json()["errors"]}
    assert {"parts.0.process", "parts.0.material", "parts.0.quantity", "parts.0.x_mm", "region"} <= fields
