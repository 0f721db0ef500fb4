"""Machines and certificates: the record's rules, the actions, the pages and the API."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from gongchuang import vocabulary
from gongchuang.refusal import NotFound, Refusal
from marketplace.machines import actions, queries, rules
from marketplace.machines.rules import Facts
from tests import builders
from tests.marketplace.making import make_machine

GOOD = {"name": "五轴加工中心 U650", "kind": "mill-5", "core": ("milling-5",), "materials": {"aluminium": None}, "x_mm": 650.0, "y_mm": 520.0, "z_mm": 475.0}


def wrong(**changed):
    return {(r.code, r.field) for r in rules.why_not_record(Facts(**{**GOOD, **changed}))}


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({}, set()),
        ({"name": "  "}, {("machine.name", "name")}),
        ({"name": "长" * 61}, {("text.too_long", "name")}),
        ({"kind": "teleporter"}, {("machine.kind", "kind")}),
        ({"core": ()}, {("machine.core", "core")}),
        ({"core": ("milling-99",)}, {("machine.code", "core")}),
        ({"supplementary": ("milling-5",)}, {("machine.twice", "supplementary")}),
        ({"materials": {"unobtainium": None}}, {("machine.code", "materials")}),
        ({"materials": {"aluminium": float("nan")}}, {("machine.thickness", "thickness")}),
        ({"x_mm": float("nan")}, {("machine.size", "x_mm")}),
        ({"y_mm": float("inf")}, {("machine.size", "y_mm")}),
        ({"z_mm": -1.0}, {("machine.size", "z_mm")}),
        ({"mass_kg": 1e21}, {("machine.size", "mass_kg")}),
        ({"tolerance_mm": 0.0}, {("machine.tolerance", "tolerance_mm")}),
        ({"quantity": 0}, {("machine.quantity", "quantity")}),
        ({"quantity": 10**21}, {("machine.quantity", "quantity")}),
        ({"soft_factor": 21}, {("machine.soft_factor", "soft_factor")}),
        ({"shift": "never"}, {("shift.unknown", "shift")}),
        ({"work_days": 8}, {("shift.days_range", "work_days")}),
        ({"shift": "own"}, {("shift.times", "opens")}),
        ({"shift": "own", "opens": 1380, "closes": 900}, {("shift.reversed", "shift")}),
        ({"shift": "own", "opens": 1200, "closes": 360}, set()),
    ],
)
def test_a_record_is_refused_for_every_reason_at_its_field(changed, refused):
    assert wrong(**changed) == refused


def test_every_kind_of_machine_has_a_preset_that_can_be_recorded():
    for kind in vocabulary.terms("machine_kinds"):
        preset = rules.preset(kind.code)
        missing = {r.code for r in rules.why_not_record(preset)}
        assert missing <= ({"machine.core"} if kind.code == "other" else set())


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("碳素钢 20，不锈钢≤10mm", {"carbon-steel": 20.0, "stainless": 10.0}),
        ("铝合金:8", {"aluminium": 8.0}),
        ("Q235 16.5毫米", {"steel-q235b": 16.5}),
        ("", {}),
    ],
)
def test_thicknesses_are_read_as_people_write_them(text, read):
    assert rules.thickness_of(text) == read


@pytest.mark.parametrize("text", ["碳素钢", "木头 20", "20", "碳素钢 nan"])
def test_a_thickness_nobody_can_read_is_refused(text):
    with pytest.raises(Refusal, match=r"machine\.thickness_unreadable"):
        rules.thickness_of(text)


@pytest.mark.parametrize(
    ("kind", "sides", "words"),
    [
        ("mill-5", (650, 520, 475, None), "650×520×475 mm"),
        ("cylindrical-grinder", (320, 320, 1500, None), "φ320×1500 mm"),
        ("laser", (3000, 1500, 20, None), "3000×1500 mm ≤20 mm"),
        ("foundry", (1500, 1500, None, 800), "1500×1500 mm ≤800 kg"),
        ("mill-5", (None, None, None, None), ""),
    ],
)
def test_an_envelope_reads_as_people_write_it(kind, sides, words):
    assert rules.envelope_words(kind, *sides) == words


def test_a_machine_is_recorded_edited_retired_and_brought_back(acting_for, app):
    firm = builders.make_organisation()
    with acting_for(firm) as actor:
        machine = actions.add(actor, Facts(**GOOD))
        assert actions.facts_of(machine) == Facts(**GOOD)
        actions.change(actor, machine, shift="own", opens=20 * 60, closes=6 * 60, note="夜班")
        assert (machine.shifts["week"][0], machine.version) == ([[1200, 1800]], 2)
        assert actions.facts_of(machine).closes == 360
        actions.retire(actor, machine)
        assert queries.owned_by(firm.id) == []
        with pytest.raises(Refusal, match=r"state\.conflict"):
            actions.retire(actor, machine)
        actions.restore(actor, machine)
        assert queries.owned_by(firm.id) == [machine]


def test_nobody_else_sees_a_machine_that_is_not_offered(acting_for, app):
    machine = make_machine(builders.make_organisation())
    with acting_for(builders.make_organisation()), pytest.raises(NotFound):
        queries.machine(machine.id)


def test_certificates_are_kept_once_with_their_end(acting_for, app):
    firm, today = builders.make_organisation(), datetime.now(UTC).date()
    with acting_for(firm) as actor:
        kept = actions.add_certificate(actor, "iso-9001", today + timedelta(days=10), today)
        with pytest.raises(Refusal, match=r"certificate\.twice"):
            actions.add_certificate(actor, "iso-9001", None, today)
        with pytest.raises(Refusal, match=r"certificate\.expired"):
            actions.add_certificate(actor, "as-9100", today - timedelta(days=1), today)
        with pytest.raises(Refusal, match=r"certificate\.code"):
            actions.add_certificate(actor, "iso-0", None, today)
        assert queries.certificates_in_force(firm.id, today) == ("iso-9001",)
        assert queries.certificates_in_force(firm.id, today + timedelta(days=11)) == ()
        actions.renew_certificate(actor, kept, today + timedelta(days=900), today, "X1")
        actions.remove_certificate(actor, kept)
        assert queries.certificates_of(firm.id) == []


PAGE = {
    "kind": "laser", "name": "光纤激光 3015", "quantity": "2", "core": ["laser-cutting"], "materials": ["carbon-steel", "stainless"], "thickness": "碳素钢 20",
    "x_mm": "3000", "y_mm": "1500", "z_mm": "20", "tolerance_mm": "0.1", "shift": "two", "work_days": "6", "soft_factor": "5",
}  # fmt: skip


def test_the_first_machine_is_recorded_from_a_kinds_presets(client_of, app):
    firm = builders.make_organisation()
    client = client_of(firm, "production")
    assert "激光切割机" in client.get("/machines/new").text
    form = client.get("/machines/new?kind=laser").text
    assert 'value="3000"' in form
    answer = client.post("/machines/new?kind=laser", data={**PAGE, "idempotency_key": uuid4().hex})
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "3000×1500 mm ≤20 mm" in page
    assert "碳素钢 ≤20 mm" in page
    assert "光纤激光 3015" in client.get("/machines").text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("x_mm", "nan", "请填写数字"),
        ("x_mm", "1e400", "请填写数字"),
        ("x_mm", "abc", ""),
        ("quantity", "9" * 21, "同型设备数量"),
        ("thickness", "木头 3", "看不懂"),
        ("name", "坏\u202e名", "控制字符"),
        ("kind", "nothing", ""),
        ("shift", "never", ""),
    ],
)
def test_a_wrong_record_keeps_what_was_typed(client_of, app, field, value, said):
    client = client_of(builders.make_organisation())
    answer = client.post("/machines/new?kind=laser", data={**PAGE, field: value, "idempotency_key": uuid4().hex})
    assert answer.status_code in (200, 422)
    assert said in answer.text
    assert "has-error" in answer.text
    assert "光纤激光 3015" in answer.text or field == "name"


def test_who_has_no_role_may_not_record_and_is_told_why(client_of, app):
    answer = client_of(builders.make_organisation(), "finance").post("/machines/new?kind=laser", data={**PAGE, "idempotency_key": uuid4().hex})
    assert answer.status_code == 403
    assert "销售" in answer.text


@pytest.mark.parametrize("path", ["/machines/{}", "/machines/{}/edit", "/machines/{}/calendar"])
def test_anothers_machine_and_none_are_the_same_404(client_of, app, path):
    machine = make_machine(builders.make_organisation())
    stranger = client_of(builders.make_organisation())
    first, second = stranger.get(path.format(machine.id)), stranger.get(path.format(uuid4()))
    assert (first.status_code, second.status_code) == (404, 404)
    assert stranger.post(f"/machines/{machine.id}/retire").status_code == 404
    assert stranger.post(f"/certificates/{uuid4()}/remove").status_code == 404


def test_the_api_does_what_the_pages_do(api_of, app):
    api = api_of(builders.make_organisation())
    body = {"name": "车床", "kind": "lathe", "core": ["turning"], "x_mm": 500, "y_mm": 500, "z_mm": 1000, "shift": "two"}
    key = {"Idempotency-Key": uuid4().hex}
    made = api.post("/api/v1/machines", json=body, headers=key)
    assert made.status_code == 201, made.text
    assert api.post("/api/v1/machines", json=body, headers=key).json == made.json
    assert len(api.get("/api/v1/machines").json["machines"]) == 1
    url = f"/api/v1/machines/{made.json['id']}"
    assert api.put(url, json={**body, "quantity": 3}).json["quantity"] == 3
    assert api.post(f"{url}/retire").json["status"] == "retired"
    refused = api.put(url, json={**body, "colour": "red"})
    assert refused.status_code == 422
    refused = api.put(url, json={**body, "x_mm": -3, "core": []})
    assert {e["field"] for e in refused.json["errors"]} == {"x_mm", "core"}
    assert api.put(url, data='{"x_mm": 1e400}', content_type="application/json").status_code == 422
    until = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
    held = api.post("/api/v1/certificates", json={"code": "iso-9001", "expires_on": until}, headers={"Idempotency-Key": uuid4().hex})
    assert held.status_code == 201
    assert api.delete(f"/api/v1/certificates/{held.json['id']}").status_code == 204
    stranger = api_of(builders.make_organisation())
    assert stranger.get(url).status_code == 404
    assert stranger.get(url).json == stranger.get(f"/api/v1/machines/{uuid4()}").json


def test_a_machine_changed_meanwhile_is_a_conflict(client_of, app, wipe, monkeypatch):
    firm = builders.make_organisation()
    machine = make_machine(firm)
    edit = actions.edit

    def slower(actor, own, facts):
        wipe.execute("update machines set version = version + 1 where id = %s", machine.id)
        return edit(actor, own, facts)

    monkeypatch.setattr(actions, "edit", slower)
    answer = client_of(firm).post(f"/machines/{machine.id}/edit", data={**PAGE, "idempotency_key": uuid4().hex})
    assert answer.status_code == 409
    assert "刚被他人更新" in answer.text
