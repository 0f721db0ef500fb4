"""Orders: what may be said and when it may be put out, what the draft keeps, who sees what, how it ends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import ProgrammingError

from gongchuang.actor import Actor
from gongchuang.database import db, now, uuid7
from gongchuang.refusal import NotFound, Refusal
from marketplace.orders import actions, checks, document, queries, rules, tolerances
from marketplace.orders.models import Order, OrderPart
from marketplace.orders.rules import OrderFacts, PartFacts, PartState
from search.documents.models import SearchDocument
from services.files import queries as files
from services.messages.models import Message
from services.moderation.subjects import moderated
from services.procedures import tasks as procedure_tasks
from tests.builders import as_the_system, make_organisation
from tests.marketplace.ordering import PART, make_draft, make_file, make_order, make_quote, order_facts, quote_row, someone, unit

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "longest", "mm"),
    [
        ("±0.02", None, 0.02),
        ("0.02", None, 0.02),
        ("＋/-0.05 mm", None, 0.05),
        ("2丝", None, 0.02),
        ("5 条", None, 0.05),
        ("20μm", None, 0.02),
        ("φ220H7", 400.0, 0.023),
        ("220 h7", None, 0.023),
        ("IT7", 320.0, 0.0285),
        ("H8", 50.0, 0.0195),
        ("", 100.0, None),
    ],
)
def test_a_tolerance_is_read_as_people_write_it(text: str, longest: float | None, mm: float | None) -> None:
    found = tolerances.read(text, longest)
    assert (found and found.mm) == mm


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("很准", "order.tolerance"),
        ("±0", "order.tolerance_range"),
        ("±99", "order.tolerance_range"),
        ("IT7", "order.tolerance_size"),
        ("φ9999H7", "order.tolerance_table"),
    ],
)
def test_a_tolerance_nobody_can_keep_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        tolerances.read(text, None)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"delivery_on": TODAY}, "delivery_on"),
        ({"delivery_on": date(2030, 1, 1)}, "delivery_on"),
        ({"region": "999999"}, "region"),
        ({"budget_fen": -1}, "budget_fen"),
        ({"budget_fen": 0}, "budget_fen"),
        ({"reach": "moon"}, "reach"),
        ({"certificates": ("nonsense",)}, "certificates"),
        ({"named": tuple(uuid4() for _ in range(21))}, "named"),
        ({"parts": (PartFacts(quantity=0),)}, "parts_0_quantity"),
        ({"parts": (PartFacts(quantity=10**21),)}, "parts_0_quantity"),
        ({"parts": (PartFacts(x_mm=float("nan")),)}, "parts_0_x_mm"),
        ({"parts": (PartFacts(x_mm=float("inf")),)}, "parts_0_x_mm"),
        ({"parts": (PartFacts(y_mm=-1.0),)}, "parts_0_y_mm"),
        ({"parts": (PartFacts(), PartFacts(process="魔法"))}, "parts_1_process"),
        ({"parts": (PartFacts(tolerance="差不多"),)}, "parts_0_tolerance"),
    ],
)
def test_what_cannot_be_true_is_refused_at_its_field_and_left_out_of_a_draft(facts: dict[str, Any], field: str) -> None:
    said = OrderFacts(**facts)
    wrong = rules.why_not_say(said, today=TODAY)
    assert [refusal.field for refusal in wrong] == [field]
    assert rules.why_not_say(rules.believable(said, wrong), today=TODAY) == []


WHOLE = PartState(process="milling-5", material="steel-45", quantity=24, sides=(320.0, 180.0, 46.0))


@pytest.mark.parametrize(
    ("part", "facts", "fields"),
    [
        (WHOLE, {}, []),
        (PartState(process=None, material=None, quantity=None, sides=()), {}, ["parts_0_process", "parts_0_material", "parts_0_quantity", "parts_0_x_mm"]),
        (PartState(process="milling-5", material="steel-45", quantity=1, sides=(), file_states=("received",)), {}, ["parts_0_files"]),
        (PartState(process="milling-5", material="steel-45", quantity=1, sides=(1.0, 1.0, 1.0), file_states=("refused",)), {}, ["parts_0_files"]),
        (WHOLE, {"delivery_on": None}, ["delivery_on"]),
        (WHOLE, {"delivery_on": date(2026, 11, 27)}, ["delivery_on"]),
        (WHOLE, {"region": ""}, ["region"]),
        (WHOLE, {"reach": "park"}, ["reach"]),
        (WHOLE, {"reach": "named"}, ["named"]),
    ],
)
def test_what_is_missing_keeps_an_order_from_being_put_out(part: PartState, facts: dict[str, Any], fields: list[str]) -> None:
    said = OrderFacts(**{"parts": (PartFacts(),), "region": "4501", "delivery_on": date(2026, 12, 20)} | facts)
    found = rules.why_not_publish(said, [part], today=TODAY, park=None, closes_on=date(2026, 11, 27))
    assert [refusal.field for refusal in found] == fields


def test_weight_follows_the_material() -> None:
    assert rules.weight_kg(1_000_000.0, "steel-45") == pytest.approx(7.85)
    assert rules.weight_kg(None, "steel-45") is None
    assert rules.weight_kg(1.0, None) is None


# With the database


def test_a_published_order_is_found_told_and_its_drawings_open_at_its_tier(app: object, run_outbox: Callable[[], int]) -> None:
    buyer, invited, other = make_organisation(), make_organisation(), make_organisation()
    revision_id = make_file(buyer)
    order_id = make_order(buyer, parts=(PartFacts(**_only(PART, x_mm=None, y_mm=None, z_mm=None), files=(revision_id,)),), named=(invited.id,))
    run_outbox()
    with unit(someone(other)) as actor:
        order = queries.order(order_id)
        assert order.title == "轴承座 24 件"
        assert order.parts[0].sides == (320.0, 180.0, 46.0)
        assert order.parts[0].size_source == "file"
        assert order.parts[0].tolerance_mm == 0.023
        assert files.access_of(actor, files.revision(revision_id)).tier == "nda"
    with as_the_system():
        told = db.session.scalars(select(Message.organisation_id).where(Message.code == "order.invited")).all()
        assert told == [invited.id]
        found = db.session.scalars(select(SearchDocument).where(SearchDocument.object_id == order_id)).one()
        assert (found.side_a, found.tolerance_mm, found.quantity_max) == (320.0, 0.023, 24)
        assert "process:milling-5" in found.codes
        assert checks.orders_hold() == []


def _only(part: PartFacts, **changes: Any) -> dict[str, Any]:
    values = {name: getattr(part, name) for name in part.__dataclass_fields__ if name != "files"}
    return values | changes


def test_a_named_order_is_seen_by_the_named_alone(app: object) -> None:
    buyer, named, stranger = make_organisation(), make_organisation(), make_organisation()
    order_id = make_order(buyer, reach="named", named=(named.id,))
    with unit(someone(named)):
        assert queries.order(order_id).parts[0].quantity == 24
    with unit(someone(stranger)):
        with pytest.raises(NotFound):
            queries.order(order_id)
        assert db.session.scalars(select(OrderPart)).all() == []


def test_a_park_order_is_seen_in_the_park(app: object) -> None:
    buyer, neighbour, stranger = make_organisation(park="xa-hitech"), make_organisation(park="xa-hitech"), make_organisation()
    order_id = make_order(buyer, reach="park")
    with unit(someone(neighbour)):
        assert queries.order(order_id).id == order_id
    with unit(someone(stranger)), pytest.raises(NotFound):
        queries.order(order_id)


def test_a_foreign_file_is_the_404_that_a_missing_one_is(app: object, some_id: UUID) -> None:
    buyer, other = make_organisation(), make_organisation()
    for identifier in (make_file(other), some_id):
        with pytest.raises(NotFound):
            make_draft(buyer, parts=(PartFacts(files=(identifier,)),))


def test_the_same_form_keeps_one_draft(app: object) -> None:
    buyer = make_organisation()
    key, facts = uuid7(), order_facts(delivery_on=date(2020, 1, 1))
    for _ in range(2):
        with unit(someone(buyer)) as actor:
            actions.keep(actor, key, facts, now())
    with unit(someone(buyer)):
        order = db.session.scalars(select(Order)).unique().one()
        assert order.delivery_on is None
        assert order.parts[0].process == "milling-5"


def test_parts_come_and_go_with_the_draft(app: object) -> None:
    buyer = make_organisation()
    first, second = make_file(buyer), make_file(buyer, "b.stl")
    order_id = make_draft(buyer, parts=(PartFacts(files=(first,)), PartFacts(files=(second, first))))
    with unit(someone(buyer)) as actor:
        order = queries.order(order_id)
        assert [part.file_ids for part in order.parts] == [(first,), (second, first)]
        facts = actions.facts_of(order)
    with unit(someone(buyer)) as actor:
        order = queries.order(order_id)
        actions.save(actor, order, replace(facts, parts=(facts.parts[1],)), now())
    with unit(someone(buyer)):
        assert [part.file_ids for part in queries.order(order_id).parts] == [(second, first)]


def test_an_order_that_is_out_is_not_changed(app: object) -> None:
    buyer = make_organisation()
    order_id, facts = make_order(buyer), order_facts()
    with unit(someone(buyer)) as actor, pytest.raises(Refusal, match=r"order\.published"):
        actions.save(actor, queries.order(order_id), facts, now())


def test_an_order_that_lacks_something_says_all_of_it(app: object) -> None:
    buyer = make_organisation()
    order_id = make_draft(buyer, parts=(PartFacts(),), region="", delivery_on=None, closes_at=None)
    with unit(someone(buyer)) as actor, pytest.raises(Refusal) as refused:
        actions.publish(actor, queries.order(order_id), now())
    fields = {refusal.field for refusal in (refused.value, *refused.value.others)}
    assert {"parts_0_process", "parts_0_material", "parts_0_quantity", "region", "delivery_on", "closes_at"} <= fields


def test_nobody_writes_anothers_order(app: object) -> None:
    buyer, other = make_organisation(), make_organisation()
    order_id = make_order(buyer)
    with unit(someone(other)):
        changed = db.session.execute(update(Order).where(Order.id == order_id).values(title="偷").returning(Order.id))
        assert changed.all() == []
    with pytest.raises(ProgrammingError, match="row-level security"), unit(someone(other)):
        smuggle(buyer, order_id)


def smuggle(buyer: Any, order_id: UUID) -> None:
    db.session.add(OrderPart(organisation_id=buyer.id, order_id=order_id, position=9))
    db.session.flush()


def test_cancelling_closes_the_drawings_and_tells_who_quoted_why(app: object, run_outbox: Callable[[], int]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    revision_id = make_file(buyer)
    order_id = make_order(buyer, parts=(PartFacts(**_only(PART), files=(revision_id,)),))
    make_quote(supplier, order_id)
    with unit(someone(buyer)) as actor:
        actions.cancel(actor, queries.order(order_id), "项目推迟", now())
    run_outbox()
    with unit(someone(supplier)):
        with pytest.raises(NotFound):
            files.revision(revision_id)
        message = db.session.scalars(select(Message).where(Message.code == "order.cancelled")).one()
        assert message.params["reason"] == "项目推迟"
    with as_the_system():
        assert db.session.scalars(select(SearchDocument.deleted).where(SearchDocument.object_id == order_id)).one()


def test_a_passed_deadline_makes_the_buyer_decide(app: object, run_outbox: Callable[[], int], shift_clock: Callable[[timedelta], None]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    quoted, empty = make_order(buyer), make_order(buyer)
    make_quote(supplier, quoted)
    shift_clock(timedelta(days=8))
    with as_the_system():
        procedure_tasks.close_due(now())
    run_outbox()
    with unit(someone(buyer)):
        told = {message.object_id: message for message in db.session.scalars(select(Message).where(Message.code.in_(("order.decide", "order.nobody"))))}
        assert (told[quoted].code, told[quoted].todo, told[quoted].url) == ("order.decide", True, f"/orders/{quoted}/compare")
        assert (told[empty].code, told[empty].todo) == ("order.nobody", False)
        closed = queries.mine(buyer.id, "closed", None, now())
        assert {order.id for order in closed.items} == {quoted, empty}


def test_a_clone_asks_passed_dates_again(app: object, shift_clock: Callable[[timedelta], None]) -> None:
    buyer = make_organisation()
    order_id = make_order(buyer, note="去毛刺")
    shift_clock(timedelta(days=60))
    with unit(someone(buyer)) as actor:
        new = actions.clone(actor, queries.order(order_id), now())
        assert (new.procedure.status, new.note, new.delivery_on, new.cloned_from) == ("draft", "去毛刺", None, order_id)
        assert new.procedure.closes_at is not None
        assert new.procedure.closes_at > now()
        assert new.parts[0].process == "milling-5"


def test_inviting_opens_an_order_to_the_invited(app: object, run_outbox: Callable[[], int]) -> None:
    buyer, named, late = make_organisation(), make_organisation(), make_organisation()
    order_id = make_order(buyer, reach="named", named=(named.id,))
    with unit(someone(buyer)) as actor:
        assert actions.invite(actor, queries.order(order_id), [late.id, named.id], now()) == [late.id]
    run_outbox()
    with unit(someone(late)):
        assert queries.order(order_id).id == order_id
        assert db.session.scalars(select(Message.code)).all() == ["order.invited"]
    with unit(someone(buyer)) as actor, pytest.raises(NotFound):
        actions.invite(actor, queries.order(order_id), [uuid4()], now())


def test_the_buyer_sees_how_an_order_is_answered(app: object) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    order_id = make_order(buyer, named=(supplier.id,))
    with unit(someone(supplier)) as actor:
        actions.note_view(actor, order_id, buyer.id)
        actions.note_view(actor, order_id, buyer.id)
    make_quote(supplier, order_id)
    with unit(someone(buyer)):
        assert queries.response_to(queries.order(order_id)) == queries.Response(told=1, read=1, writing=0, quoted=1)


def test_who_quotes_has_read_however_the_order_was_opened(app: object) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    order_id = make_order(buyer, named=(supplier.id,))
    make_quote(supplier, order_id)
    with unit(someone(buyer)):
        assert queries.response_to(queries.order(order_id)) == queries.Response(told=1, read=1, writing=0, quoted=1)


def test_reading_by_api_counts_as_read_and_shows_only_the_buyer_whom_it_names(app: object, api_of: Callable[..., FlaskClient]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    order_id = make_order(buyer, reach="named", named=(supplier.id,))
    seen = api_of(supplier).get(f"/api/v1/orders/{order_id}")
    assert (seen.status_code, seen.get_json()["named"]) == (200, None)
    assert api_of(buyer).get(f"/api/v1/orders/{order_id}").get_json()["named"] == [str(supplier.id)]
    with unit(someone(buyer)):
        assert queries.response_to(queries.order(order_id)).read == 1


def test_naming_nobody_there_is_is_refused_not_forgotten(app: object, api_of: Callable[..., FlaskClient]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    order_id, program = make_draft(buyer, named=(supplier.id,)), api_of(buyer)
    answer = program.put(f"/api/v1/orders/{order_id}", json={"reach": "named", "named": [str(supplier.id), str(uuid4())]})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "procedure.named_unknown")
    assert [each["field"] for each in answer.get_json()["errors"]] == ["named"]
    assert program.get(f"/api/v1/orders/{order_id}").get_json()["named"] == [str(supplier.id)]


def test_a_budget_stays_the_buyers_unless_it_is_shown(app: object) -> None:
    buyer = make_organisation()
    for shown in (False, True):
        order_id = make_order(buyer, budget_fen=123_456_700, budget_shown=shown)
        with unit(someone(buyer)):
            found = document.of_order(queries.order(order_id))
            assert ("price" in found.private) is not shown
            assert (found.card["budget_fen"] == 123_456_700) is shown


def test_a_file_checked_later_gives_its_sizes_to_the_draft(app: object) -> None:
    buyer = make_organisation()
    revision_id = make_file(buyer, status="received")
    order_id = make_draft(buyer, parts=(PartFacts(files=(revision_id,)),))
    with unit(someone(buyer)):
        row = files.revision(revision_id)
        row.sha256, row.status, row.facts = "0" * 64, "checked", {"box_mm": [10.0, 20.0, 30.0], "volume_mm3": 6000.0, "watertight": True}
    with unit(someone(buyer)):
        assert actions.measured([revision_id]) == 1
        assert queries.order(order_id).parts[0].sides == (10.0, 20.0, 30.0)


def test_of_publishing_twice_at_once_one_is_a_conflict(app: object) -> None:
    buyer = make_organisation()
    order_id = make_order(buyer)
    with unit(someone(buyer)) as actor, pytest.raises(Refusal, match=r"procedure\.already_open"):
        actions.publish(actor, queries.order(order_id), now())


def test_an_order_that_is_taken_down_is_found_no_more_and_tells_who_quoted(app: object, run_outbox: Callable[[], int]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    order_id = make_order(buyer)
    quote_id = make_quote(supplier, order_id)
    with unit(someone(supplier)):
        assert moderated("order").find(order_id).organisation_id == buyer.id
    with unit(someone(buyer)):
        for _ in range(2):
            moderated("order").take_down(Actor.system(buyer.id), order_id, now())
    run_outbox()
    with as_the_system():
        assert db.session.scalars(select(SearchDocument.deleted).where(SearchDocument.object_id == order_id)).one()
        assert db.session.scalars(select(Message.organisation_id).where(Message.code == "order.cancelled")).all() == [supplier.id]
    assert quote_row(quote_id).submission.status == "lost"
    draft_id = make_draft(buyer)
    with unit(someone(buyer)), pytest.raises(NotFound):
        moderated("order").find(draft_id)
