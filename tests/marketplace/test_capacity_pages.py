"""The calendar's page, closing days, and the API of hours."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests import builders
from tests.marketplace.making import make_machine


@pytest.fixture
def firm(app):
    return builders.make_organisation()


def pieces(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]+)"', page)


def test_outside_work_is_noted_and_taken_back_in_one_tap_each(client_of, firm):
    machine = make_machine(firm, shift="two", work_days=6, quantity=2)
    client = client_of(firm, "production")
    url = f"/machines/{machine.id}/calendar"
    free = pieces(client.get(url).text, "block")
    assert len(free) > 80
    assert client.post(url, data={"block": free[20]}).status_code == 303
    page = client.get(url).text
    assert pieces(page, "free") == [free[20]]
    assert client.post(url, data={"block": free[20]}, follow_redirects=True).status_code == 200
    assert client.post(url, data={"free": free[20]}).status_code == 303
    assert pieces(client.get(url).text, "free") == []
    client.post(url, data={"block": free[21], "unit": "2"})
    assert pieces(client.get(f"{url}?unit=1").text, "free") == []
    assert pieces(client.get(f"{url}?unit=2").text, "free") == [free[21]]


FOOLISH = ("", "morgen", "2026-11-24T00:00:00/480", "2020-01-01T00:00:00+00:00/480", "2026-11-24T00:00:00+00:00/-5", "2026-11-24T00:00:00+00:00/" + "9" * 20)


@pytest.mark.parametrize("value", FOOLISH)
def test_a_piece_nobody_showed_is_refused_with_a_sentence(client_of, firm, value):
    machine = make_machine(firm)
    url = f"/machines/{machine.id}/calendar"
    answer = client_of(firm).post(url, data={"block": value}, headers={"Referer": f"http://localhost{url}"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "时段" in answer.text
    assert "notice-bad" in answer.text


def test_closing_days_are_noted_listed_and_taken_back(client_of, firm):
    machine = make_machine(firm)
    client = client_of(firm, "production")
    first = datetime.now(UTC).date() + timedelta(days=10)
    days = {"first_on": first.isoformat(), "last_on": (first + timedelta(days=2)).isoformat()}
    data = {"kind": "maintenance", "machine_id": str(machine.id), "note": "主轴保养", **days}
    assert client.post("/closures", data={**data, "idempotency_key": uuid4().hex}).status_code == 303
    for name in days:
        assert client.post("/closures", data={**data, name: "\u3000", "idempotency_key": uuid4().hex}).status_code == 422
    page = client.get("/closures").text
    assert "主轴保养" in page
    wrong = client.post("/closures", data={**data, "last_on": (first - timedelta(days=2)).isoformat(), "idempotency_key": uuid4().hex})
    assert wrong.status_code == 422
    assert "结束日期不能早于开始日期" in wrong.text
    assert "主轴保养" in wrong.text
    [closure] = re.findall(r"/closures/([0-9a-f-]{36})/remove", page)
    stranger = client_of(builders.make_organisation())
    assert stranger.post(f"/closures/{closure}/remove").status_code == 404
    assert client.post(f"/closures/{closure}/remove").status_code == 303
    assert "主轴保养" not in client.get("/closures").text


def test_the_api_blocks_proposes_and_shows_hours(api_of, firm):
    machine = make_machine(firm)
    api, url = api_of(firm), f"/api/v1/machines/{machine.id}"
    base = (datetime.now(UTC) + timedelta(days=7)).replace(hour=0, minute=0, second=0, microsecond=0)
    window = {"start": base.isoformat(), "end": (base + timedelta(hours=8)).isoformat()}
    made = api.post(f"{url}/blocks", json={"windows": [window], "note": "电话订单"}, headers={"Idempotency-Key": uuid4().hex})
    assert made.status_code == 201, made.text
    taken = api.post(f"{url}/blocks", json={"windows": [window]}, headers={"Idempotency-Key": uuid4().hex})
    assert (taken.status_code, taken.json["code"]) == (409, "capacity.taken")
    assert "最近可用" in taken.json["detail"]
    proposed = api.post(f"{url}/proposals", json={"minutes": 90, "not_before": base.isoformat()}).json["windows"]
    assert datetime.fromisoformat(proposed[0]["start"]) == base + timedelta(hours=8)
    assert [a["note"] for a in api.get(f"{url}/allocations").json["allocations"]] == ["电话订单"]
    weeks = api.get(f"{url}/weeks").json["weeks"]
    assert len(weeks) == 8
    assert min(w["free_minutes"] for w in weeks[1:]) == 7 * 24 * 60 - 480
    assert api.post(f"{url}/blocks/remove", json={"windows": [window]}).json == {"minutes": 480}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"end": "2020-01-01T00:00:00+08:00"}, "capacity.reversed"),
        ({"start": "2020-01-01T00:00:00+08:00", "end": "2020-01-01T08:00:00+08:00"}, "capacity.past"),
        ({"unit": 7}, "capacity.unit"),
        ({"start": "2026-11-24T08:00:00"}, "invalid"),
        ({"colour": 1}, "invalid"),
    ],
)
def test_impossible_hours_are_refused_by_the_api(api_of, firm, changed, code):
    machine = make_machine(firm)
    base = datetime.now(UTC) + timedelta(days=7)
    window = {"start": base.isoformat(), "end": (base + timedelta(hours=1)).isoformat(), **changed}
    answer = api_of(firm).post(f"/api/v1/machines/{machine.id}/blocks", json={"windows": [window]}, headers={"Idempotency-Key": uuid4().hex})
    assert (answer.status_code, answer.json["code"]) == (422, code), answer.text
