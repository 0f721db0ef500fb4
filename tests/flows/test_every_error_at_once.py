"""Every mistake of a form stands beside its field in one answer, whichever layer finds it, and everything typed stays."""

from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from gongchuang.web.application import Application
from tests.builders import make_organisation
from tests.crowdsourcing.making import Acting, put_out
from tests.crowdsourcing.test_pages import bid_form, typed
from tests.marketplace.making import make_machine
from tests.marketplace.ordering import make_order
from tests.marketplace.test_machines import PAGE
from tests.marketplace.test_offers import page_of
from tests.marketplace.test_orders_pages import filled as order_form
from tests.marketplace.test_quotes_pages import filled as quote_form

ClientOf = Callable[..., FlaskClient]


@dataclass
class Site:
    """A signed-in browser of a firm with a machine, and what it needs of others."""

    client_of: ClientOf
    acting_for: Acting

    def __post_init__(self) -> None:
        self.firm = make_organisation()
        self.browser = self.client_of(self.firm)

    def offer(self) -> tuple[str, dict[str, Any]]:
        return "/offers/new", page_of(make_machine(self.firm))

    def machine(self) -> tuple[str, dict[str, Any]]:
        return "/machines/new?kind=laser", {**PAGE, "idempotency_key": uuid4().hex}

    def order(self) -> tuple[str, dict[str, Any]]:
        return "/orders/new", order_form(self.browser.get("/orders/new").text)

    def quote(self) -> tuple[str, dict[str, Any]]:
        url = f"/orders/{make_order(make_organisation())}/quote"
        return url, quote_form(self.browser.get(url).text)

    def task(self) -> tuple[str, dict[str, Any]]:
        return "/tasks/new", typed()

    def bid(self) -> tuple[str, dict[str, Any]]:
        return f"/tasks/{put_out(self.acting_for, make_organisation())}/bid", bid_form()

    def closure(self) -> tuple[str, dict[str, Any]]:
        form = {"kind": "holiday", "machine_id": "", "first_on": "2030-01-02", "last_on": "2030-01-03", "note": "春节"}
        return "/closures", form | {"idempotency_key": uuid4().hex}

    def certification(self) -> tuple[str, dict[str, Any]]:
        self.firm = make_organisation(verified=False)
        self.browser = self.client_of(self.firm)
        form = {"legal_name": self.firm.name, "uscc": self.firm.uscc, "representative": "李明", "contact": "王芳", "valid_until": ""}
        return "/certification/new", form | {"idempotency_key": uuid4().hex}

    def organisation(self) -> tuple[str, dict[str, Any]]:
        return "/organisations/new", {"kind": "firm", "name": "西安新厂机械", "uscc": "", "region": "610113", "idempotency_key": uuid4().hex}


WRONG: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "offer",
        {"machine_ids": [], "hours": "-5", "price": "便宜", "lead_time_days": "999", "quantity_min": "0", "note": "夜班也做"},
        ["请选择设备", "每周小时数须大于 0", "请填写金额", "交期须为 0–365 天", "起订量须大于 0"],
    ),
    (
        "machine",
        {"name": "", "quantity": "x", "x_mm": "-1", "tolerance_mm": "细", "thickness": "厚得很", "work_days": "9", "note": "白班"},
        ["请填写整数", "须为大于 0 且不超过", "请填写数字", "看不懂「厚得很」", "每周工作天数须为 1–7 天"],
    ),
    (
        "order",
        {"budget_fen": "很多", "delivery_on": "2020-01-01", "region": "99", "parts_0_quantity": "x", "parts_0_x_mm": "-5", "note": "急件"},
        ["请填写金额", "交货日期须在今天之后", "请从列表中选择地区", "请填写整数"],
    ),
    (
        "quote",
        {"lines_0_unit_price_fen": "贵", "freight_fen": "免", "lead_days": "0", "valid_on": "2020-01-01", "payment_days": "999", "note": "含包装"},
        ["请填写金额", "交期须为 1–", "报价有效期不能早于", "账期须为 0–365 天"],
    ),
    (
        "task",
        {"title": "", "budget_max_fen": "看着给", "skills": [], "delivery_on": "2020-01-01", "closes_at": "2020-01-01T17:00", "deliverables": "三套图"},
        ["请填写任务名称", "请填写金额", "请至少选择一项需要的技能", "交付日期须在今天之后"],
    ),
    ("bid", {"price_fen": "面谈", "days": "0", "tax_bp": "5", "proposal": "短"}, ["请填写金额", "请填写完成天数", "请从列表中选择税率", "请写明设计思路"]),
    ("closure", {"kind": "rain", "first_on": "2020-01-03", "last_on": "2020-01-02", "note": "春节放假"}, ["结束日期不能早于开始日期"]),
    (
        "certification",
        {"legal_name": "短名", "representative": "", "uscc": "1", "valid_until": "2020-01-01"},
        ["请填写营业执照上的全称", "请填写这一项", "营业期限已过", "请上传营业执照照片"],
    ),
    ("organisation", {"name": "", "uscc": "1", "region": "61"}, ["请填写这一项", "请选择到区县"]),
]


@pytest.mark.parametrize(("form", "changed", "said"), WRONG, ids=[case[0] for case in WRONG])
def test_every_mistake_is_said_in_one_answer_and_nothing_typed_is_lost(
    app: Application, client_of: ClientOf, acting_for: Acting, form: str, changed: dict[str, Any], said: list[str]
) -> None:
    site = Site(client_of, acting_for)
    url, sound = getattr(site, form)()
    answer = site.browser.post(url, data=sound | changed)
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert [sentence for sentence in said if sentence not in page] == []
    typed_texts = [value for name, value in changed.items() if isinstance(value, str) and value and name not in ("kind", "region", "tax_bp")]
    assert [value for value in typed_texts if value not in page] == []
