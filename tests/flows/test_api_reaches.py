"""What the pages tell, the API tells too: codes, matches with why, how an order is answered, conversations, who asks to be let in, robots."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from gongchuang.organisations.models import Organisation
from tests.builders import make_organisation
from tests.flows.story import weeks_from_now
from tests.marketplace.making import make_machine
from tests.marketplace.ordering import PART, make_order


@pytest.fixture
def met(app: Any, api_of: Any, run_outbox: Any) -> dict[str, Any]:
    """A firm's idle hours and a buyer's order that fit each other, matched."""
    firm, buyer = make_organisation(), make_organisation()
    machine, seller = make_machine(firm), api_of(firm)
    said = {"machine_ids": [str(machine.id)], "weeks": weeks_from_now(6), "minutes_per_week": 2400, "price_fen": 26000, "lead_time_days": 12}
    offer = seller.post("/api/v1/offers", json=said | {"publish": True}, headers={"Idempotency-Key": "offer-of-the-firm"})
    assert offer.status_code == 201, offer.json
    order_id = make_order(buyer, parts=(replace(PART, material="al-7075", tolerance="±0.1", x_mm=120.0, y_mm=80.0, z_mm=20.0),))
    run_outbox()
    return {
        "firm": firm,
        "buyer": buyer,
        "seller": seller,
        "asker": api_of(buyer),
        "order": f"/api/v1/orders/{order_id}",
        "offer": f"/api/v1/offers/{offer.json['id']}",
    }


def items(client: Any, path: str) -> list[dict[str, Any]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.json
    found: list[dict[str, Any]] = answer.json["items"]
    return found


def test_both_sides_read_why_they_match(met: dict[str, Any]) -> None:
    (for_buyer,), (for_seller,) = items(met["asker"], f"{met['order']}/matches"), items(met["seller"], f"{met['offer']}/matches")
    (own,) = items(met["seller"], f"{met['order']}/fitting")
    assert for_buyer["object_id"] == met["offer"].rpartition("/")[2]
    assert for_seller["object_id"] == own["object_id"] == met["order"].rpartition("/")[2]
    for match in (for_buyer, for_seller, own):
        assert match["fits"]
        assert any("五轴铣削" in sentence for sentence in match["why"]["satisfied"]), match["why"]
    assert (for_buyer["score"], for_buyer["other_score"]) == (for_seller["other_score"], for_seller["score"])
    assert met["seller"].get(f"{met['order']}/matches").status_code == 403
    assert met["asker"].get(f"{met['offer']}/matches").status_code == 403


def test_a_buyer_reads_how_the_order_is_answered(met: dict[str, Any]) -> None:
    answer = met["asker"].get(f"{met['order']}/response")
    assert answer.json == {"told": 1, "read": 0, "writing": 0, "quoted": 0, "change": None, "adds": None}
    assert met["seller"].get(f"{met['order']}/response").status_code == 403


def test_the_list_of_orders_counts_its_filters(met: dict[str, Any]) -> None:
    (process,) = [facet for facet in met["seller"].get("/api/v1/orders").json["facets"] if facet["field"] == "process"]
    (five,) = [option for option in process["options"] if option["code"] == "milling-5"]
    assert five["label"] == "五轴铣削"
    assert five["count"] >= 1


def test_a_conversation_begins_once_and_is_listed_with_what_it_is_about(met: dict[str, Any]) -> None:
    begun = [met["seller"].post(f"{met['order']}/conversation") for _ in range(2)]
    assert {answer.status_code for answer in begun} == {201}
    assert begun[0].json == begun[1].json
    said = met["seller"].post(f"/api/v1/conversations/{begun[0].json['id']}", json={"text": "材料可否用 7075？"}, headers={"Idempotency-Key": "a-question"})
    assert said.status_code == 201, said.json
    for client, other in ((met["seller"], met["buyer"]), (met["asker"], met["firm"])):
        (one,) = items(client, "/api/v1/conversations")
        assert (one["id"], one["object_kind"], one["firm"]) == (begun[0].json["id"], "order", other.short_name)
    about = met["asker"].post(f"{met['offer']}/conversation")
    assert about.status_code == 201
    assert about.json != begun[0].json
    assert met["asker"].post(f"{met['order']}/conversation").status_code in (403, 404), "nobody talks with itself"


def test_codes_are_found_in_the_readers_language(visitor: Any) -> None:
    assert "processes" in visitor.get("/api/v1/vocabulary").json["schemes"]
    chinese = {term["code"]: term["label"] for term in items(visitor, "/api/v1/vocabulary/processes")}
    english = {t["code"]: t["label"] for t in visitor.get("/api/v1/vocabulary/processes", headers={"Accept-Language": "en"}).json["items"]}
    assert chinese["milling-5"] == "五轴铣削"
    assert english["milling-5"].isascii()
    assert visitor.get("/api/v1/vocabulary/nothing").status_code == 404


def test_who_asks_to_be_let_in_is_listed_and_may_take_it_back(app: Any, api_of: Any) -> None:
    firm = make_organisation()
    asker, admin = api_of(make_organisation(kind="person")), api_of(firm)
    asked = asker.post("/api/v1/join-requests", json={"organisation_id": str(firm.id), "message": "销售部新人"})
    assert asked.status_code == 201, asked.json
    assert [(each["id"], each["message"]) for each in items(admin, "/api/v1/join-requests")] == [(asked.json["id"], "销售部新人")]
    assert items(api_of(make_organisation()), "/api/v1/join-requests") == []
    assert asker.delete(f"/api/v1/join-requests/{asked.json['id']}").status_code == 204
    assert items(admin, "/api/v1/join-requests") == []


def test_invitations_are_listed_without_their_links(app: Any, api_of: Any) -> None:
    admin = api_of(make_organisation())
    made = admin.post("/api/v1/invitations", json={"roles": ["sales"]}).json
    (one,) = items(admin, "/api/v1/invitations")
    assert (one["id"], one["roles"], one["path"]) == (made["id"], ["sales"], None)


def test_robots_are_connected_and_removed_and_never_show_their_address(app: Any, api_of: Any) -> None:
    admin = api_of(make_organisation())
    said = {"kind": "wecom", "url": "https://192.0.2.1/robot", "secret": "hush"}
    made = admin.post("/api/v1/robots", json=said, headers={"Idempotency-Key": "our-only-robot"})
    assert made.status_code == 201, made.json
    assert items(admin, "/api/v1/robots") == [{"id": made.json["id"], "kind": "wecom", "todo_only": False, "status": "active", "last_error": ""}]
    assert items(api_of(make_organisation()), "/api/v1/robots") == []
    assert admin.delete(f"/api/v1/robots/{made.json['id']}").status_code == 204
    assert items(admin, "/api/v1/robots") == []


def test_only_administrators_see_robots_and_requests(app: Any, api_of: Any) -> None:
    firm: Organisation = make_organisation()
    seller = api_of(firm, "sales")
    for path in ("robots", "join-requests", "invitations"):
        assert seller.get(f"/api/v1/{path}").status_code == 403, path


def test_many_offers_are_published_or_none(app: Any, api_of: Any) -> None:
    firm = make_organisation()
    machine, seller = make_machine(firm), api_of(firm)
    right = {"machine_ids": [str(machine.id)], "weeks": weeks_from_now(4), "minutes_per_week": 600, "price_fen": 26000, "lead_time_days": 12}
    wrong = right | {"weeks": [202401]}
    refused = seller.post("/api/v1/offers/import", json={"offers": [right, wrong]}, headers={"Idempotency-Key": "one-of-them-is-wrong"})
    assert refused.status_code == 422
    assert {error["field"] for error in refused.json["errors"]} == {"offers.1.weeks"}
    assert seller.get("/api/v1/offers/mine").json["offers"] == []
    for _ in range(2):
        taken = seller.post("/api/v1/offers/import", json={"offers": [right, right | {"price_fen": 24000}]}, headers={"Idempotency-Key": "both-are-right"})
        assert taken.status_code == 201, taken.json
        assert [offer["status"] for offer in taken.json["offers"]] == ["published"] * 2
    assert len(seller.get("/api/v1/offers/mine").json["offers"]) == 2


def test_whoever_lost_the_answer_sends_the_same_again_and_is_not_told_that_somebody_was_faster(met: dict[str, Any], api_of: Any, app: Any) -> None:
    seller, admin = met["seller"], api_of(met["firm"])
    machine = make_machine(met["firm"])
    link = admin.post("/api/v1/invitations", json={"roles": ["sales"]}).json["id"]
    asked = [
        (seller, "POST", f"{met['offer']}/withdraw"),
        (seller, "POST", f"/api/v1/machines/{machine.id}/retire"),
        (seller, "POST", f"/api/v1/machines/{machine.id}/restore"),
        (admin, "DELETE", f"/api/v1/invitations/{link}"),
    ]
    for client, method, path in asked:
        key = str(uuid4())
        first, again = (client.open(path, method=method, headers={"Idempotency-Key": key}) for _ in range(2))
        assert first.status_code in (200, 204), (path, first.json)
        assert (again.status_code, again.data, again.headers["Idempotency-Replayed"]) == (first.status_code, first.data, "true"), path
        assert client.open(path, method=method, headers={"Idempotency-Key": str(uuid4())}).status_code == 409, path
