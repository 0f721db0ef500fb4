"""Offers: their rules, what is found and by whom, how hours and age change them, the pages, the import and the API."""

import io
import re
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import openpyxl
import pytest
from sqlalchemy import select

from gongchuang.database import Scope, as_system, db, now
from gongchuang.database.unit import transaction
from gongchuang.events import emit, relay
from gongchuang.organisations.events import OrganisationChanged
from gongchuang.refusal import NotFound, Refusal
from marketplace.capacity import actions as capacity
from marketplace.capacity.spans import Window, day_of, week_span, weeks_from
from marketplace.machines import actions as machine_actions
from marketplace.machines import queries as machine_queries
from marketplace.machines import rules as machine_rules
from marketplace.offers import actions, importing, queries, rules
from marketplace.offers import feature as offers
from marketplace.offers.models import Offer
from marketplace.offers.rules import Chosen, Terms
from search.documents.queries import of_object
from search.matching import queries as matching
from services.files import queries as files
from services.messages.models import Message
from tests import builders
from tests.answers import report_and_take_down
from tests.marketplace.making import make_machine, make_picture
from tests.marketplace.ordering import PART, make_order
from tests.statements import statements

TODAY = date(2026, 11, 20)
WEEK = weeks_from(TODAY, 30)
ID = uuid4()
OWN = Chosen(ID, True, True, "mill-5", 1)


def terms(**changed):
    return Terms(**{"machine_ids": (ID,), "weeks": (WEEK[1],), "minutes_per_week": 2400, "price_fen": 26000, **changed})


@pytest.mark.parametrize(
    ("changed", "chosen", "refused"),
    [
        ({}, [OWN], None),
        ({"machine_ids": ()}, [], ("offer.machines", "machine_ids")),
        ({}, [], ("offer.machine", "machine_ids")),
        ({}, [Chosen(ID, False, True, "mill-5", 1)], ("offer.machine", "machine_ids")),
        ({}, [Chosen(ID, True, False, "mill-5", 1)], ("offer.retired", "machine_ids")),
        ({"machine_ids": (ID, UUID(int=1))}, [OWN, Chosen(UUID(int=1), True, True, "laser", 1)], ("offer.kinds", "machine_ids")),
        ({"minutes_per_week": 0}, [OWN], ("offer.hours", "hours")),
        ({"minutes_per_week": 168 * 60 + 1}, [OWN], ("offer.hours", "hours")),
        ({"minutes_per_week": 10**21}, [OWN], ("offer.hours", "hours")),
        ({"weeks": (WEEK[1], WEEK[1])}, [OWN], ("offer.weeks_many", "weeks")),
        ({"weeks": (202699,)}, [OWN], ("week.unknown", "weeks")),
        ({"price_fen": 0}, [OWN], ("offer.price", "price")),
        ({"price_fen": -5}, [OWN], ("offer.price", "price")),
        ({"price_fen": 10**21}, [OWN], ("offer.price", "price")),
        ({"price_fen": None}, [OWN], None),
        ({"price_unit": "smile"}, [OWN], ("offer.price_unit", "price_unit")),
        ({"tax_rate": 1700}, [OWN], ("offer.tax", "tax_rate")),
        ({"lead_time_days": -1}, [OWN], ("offer.lead_time", "lead_time_days")),
        ({"quantity_min": 0}, [OWN], ("offer.quantity", "quantity_min")),
        ({"reach": "moon"}, [OWN], ("offer.reach", "reach")),
        ({"reach": "named"}, [OWN], ("offer.named", "named")),
        ({"note": "长" * 2001}, [OWN], ("text.too_long", "note")),
    ],
)
def test_terms_are_refused_for_their_reason_at_their_field(changed, chosen, refused):
    found = [(r.code, r.field) for r in rules.why_not_draft(terms(**changed), chosen)]
    assert found == ([refused] if refused else [])


@pytest.mark.parametrize(
    ("changed", "free", "park", "code"),
    [
        ({}, {WEEK[1]: 60}, False, None),
        ({"weeks": ()}, {}, False, "offer.weeks"),
        ({"weeks": (weeks_from(TODAY - timedelta(days=7), 1)[0],)}, {}, False, "offer.past"),
        ({"weeks": (WEEK[26],)}, {WEEK[26]: 60}, False, "offer.far"),
        ({}, {WEEK[1]: 0, WEEK[2]: 60}, False, "offer.nothing_free"),
        ({"reach": "park"}, {WEEK[1]: 60}, False, "offer.park"),
        ({"reach": "park"}, {WEEK[1]: 60}, True, None),
    ],
)
def test_what_cannot_be_published_is_refused(changed, free, park, code):
    found = [r.code for r in rules.why_not_publish(terms(**changed), today=TODAY, in_park=park, free=free)]
    assert found == ([code] if code else [])


@pytest.mark.parametrize(("days", "age"), [(0, "fresh"), (6, "fresh"), (7, "lower"), (13, "lower"), (14, "hides"), (99, "hides")])
def test_an_offer_ages(days, age):
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    assert rules.age(moment - timedelta(days=days), moment) == age


def test_what_is_left_is_never_more_than_advertised_unsold_or_free():
    assert rules.left([1, 2, 3, 4], 100, {1: 500, 2: 40, 3: 500, 4: 90}, {3: 70, 4: 130}) == [100, 40, 30, 0]


@pytest.mark.parametrize(
    ("first", "count", "published", "today", "shift"),
    [
        (1, 4, TODAY, TODAY, 1),
        (1, 4, TODAY, TODAY + timedelta(days=7), 1),
        (0, 2, TODAY, TODAY + timedelta(days=70), 10),
        (3, 2, TODAY, TODAY + timedelta(days=14), 2),
    ],
)
def test_the_same_again_moves_on_by_the_weeks_that_passed(first, count, published, today, shift):
    assert rules.shifted(WEEK[first : first + count], published, today) == tuple(WEEK[first + shift : first + shift + count])


@pytest.fixture
def firm(app):
    return builders.make_organisation(park="xa-hitech")


@pytest.fixture
def machine(firm):
    return make_machine(firm, "mill-5", name="五轴加工中心 U650", shift="two", work_days=6)


def coming(count: int = 4) -> tuple[int, ...]:
    """The weeks after this one, by the clock of this machine."""
    return tuple(weeks_from(day_of(datetime.now(UTC)), count + 1)[1:])


def offered(actor, machine, **changed) -> Offer:
    given = {"machine_ids": (machine.id,), "weeks": coming(), "minutes_per_week": 46 * 60, "price_fen": 26000, "lead_time_days": 12, **changed}
    return actions.publish_new(actor, Terms(**given), now())


def proved(app) -> list[str]:
    with app.app_context(), transaction(Scope(system=True)):
        return [broken for check in offers.checks for broken in check()]


def test_a_published_offer_is_found_with_everything_a_searcher_asks(app, firm, machine, acting_for, visitor, run_outbox):
    with acting_for(firm) as actor:
        machine_actions.add_certificate(actor, "iso-9001", None, day_of(now()))
        offer = offered(actor, machine)
        document = of_object("offer", offer.id)
        assert (document.side, document.market, document.price_fen, document.lead_time_days) == ("offer", "production", 26000, 12)
        assert (document.side_a, document.side_c, document.tolerance_mm) == (650, 475, 0.01)
        assert list(zip(document.weeks, document.week_minutes, strict=True)) == [(week, 46 * 60) for week in coming()]
        assert {"process:milling-5", "material:aluminium", "certificate:iso-9001", "region:610113", "park:xa-hitech"} <= set(document.codes)
        assert document.object_version == offer.version
    run_outbox()
    page = visitor.get("/?q=西安+五轴+铝合金+±0.02")
    assert "五轴加工中心 U650" in page.text
    assert "¥260.00" in page.text
    assert "五轴加工中心 U650" not in visitor.get("/?q=西安+激光").text
    assert proved(app) == []


def test_nobody_sees_a_draft_or_what_was_taken_back(app, firm, machine, acting_for, client_of, visitor, run_outbox):
    with acting_for(firm) as actor:
        draft = actions.draft(actor, Terms(machine_ids=(machine.id,), weeks=coming(), minutes_per_week=60))
        public = offered(actor, machine)
    assert visitor.get(f"/offers/{draft.id}").status_code == 404
    assert visitor.get(f"/offers/{public.id}").status_code == 200
    with acting_for(firm) as actor:
        actions.withdraw(actor, queries.offer(public.id))
    run_outbox()
    assert visitor.get(f"/offers/{public.id}").status_code == 404
    assert "U650" not in visitor.get("/").text
    with acting_for(builders.make_organisation()), pytest.raises(NotFound):
        machine_queries.machine(machine.id)
    assert proved(app) == []


def test_an_offer_for_a_park_or_named_firms_is_seen_by_them_alone(app, firm, machine, acting_for, client_of, visitor, run_outbox):
    neighbour, friend, stranger = builders.make_organisation(park="xa-hitech"), builders.make_organisation(), builders.make_organisation()
    second = make_machine(firm, "laser", name="激光 3015")
    with acting_for(firm) as actor:
        in_park = offered(actor, machine, reach="park")
        to_friend = offered(actor, second, reach="named", named=(friend.id,))
    run_outbox()
    seen = {name: client_of(who) for name, who in {"neighbour": neighbour, "friend": friend, "stranger": stranger}.items()} | {"visitor": visitor}
    for offer, readers in ((in_park, {"neighbour"}), (to_friend, {"friend"})):
        assert {name for name, client in seen.items() if client.get(f"/offers/{offer.id}").status_code == 200} == readers
        assert {name for name, client in seen.items() if offer.title in client.get("/").text} == readers
    assert proved(app) == []


def test_terms_of_others_machines_or_unknown_firms_are_refused(firm, machine, acting_for):
    other = make_machine(builders.make_organisation())
    with acting_for(firm) as actor:
        with pytest.raises(Refusal, match=r"offer\.machine"):
            offered(actor, other)
        with pytest.raises(Refusal, match=r"offer\.named_unknown"):
            offered(actor, machine, reach="named", named=(uuid4(),))


def test_bookings_and_outside_work_show_in_what_is_left_and_make_matches_anew(app, firm, machine, acting_for, run_outbox):
    buyer, week = builders.make_organisation(), coming()[1]
    monday = week_span(week).start
    with acting_for(firm) as actor:
        offer = offered(actor, machine)
        version = offer.version
        source = uuid4()
        windows = [Window(monday + timedelta(hours=8), monday + timedelta(hours=18))]
        capacity.hold_softly(actor, machine, windows, source_kind="quote", source_id=source, until=now() + timedelta(days=3))
    run_outbox()
    with acting_for(firm):
        assert queries.offer(offer.id).free_minutes == [46 * 60] * 4
    with acting_for(buyer):
        capacity.book("quote", source)
    run_outbox()
    with acting_for(firm) as actor:
        kept = queries.offer(offer.id)
        assert kept.free_minutes == [2760, 2760 - 600, 2760, 2760]
        document = of_object("offer", offer.id)
        assert (document.object_version, document.week_minutes) == (kept.version, kept.free_minutes)
        assert kept.version > version
        capacity.block(actor, machine, [Window(monday, monday + timedelta(days=7))])
    run_outbox()
    with acting_for(firm):
        assert queries.offer(offer.id).free_minutes == [2760, 0, 2760, 2760]
        assert of_object("offer", offer.id).weeks == [week for week in coming() if week != coming()[1]]
    assert proved(app) == []


@pytest.mark.parametrize(("orders", "code"), [(1, "order.new_supply"), (3, "order.new_supply_for_many")])
def test_a_buyer_hears_once_of_an_offer_that_fits_its_orders(app, firm, machine, acting_for, client_of, run_outbox, orders, code):
    buyer = builders.make_organisation()
    for _ in range(orders):
        make_order(buyer, parts=(replace(PART, material="al-7075", tolerance=""),))
    run_outbox()
    with acting_for(firm) as actor:
        offered(actor, machine)
    run_outbox()
    with builders.as_the_system():
        told = db.session.execute(select(Message.code, Message.params, Message.url).where(Message.organisation_id == buyer.id)).all()
    assert [(each.code, each.params["count"]) for each in told] == [(code, orders)]
    page = client_of(buyer, "buyer").get("/inbox?tab=notices").text
    assert ("新发布的产能符合您的 3 个询价单" if orders == 3 else "新发布的产能符合您的询价单") in page


def test_a_supplier_hears_of_the_orders_that_its_new_offer_fits_and_not_of_the_same_again(app, firm, acting_for, client_of, run_outbox):
    buyer = builders.make_organisation()
    for _ in range(2):
        make_order(buyer, parts=(replace(PART, material="al-7075", tolerance=""),))
    run_outbox()
    machines = [make_machine(firm, "mill-5") for _ in range(2)]
    with acting_for(firm) as actor:
        first, second = (offered(actor, each) for each in machines)
    run_outbox()
    with builders.as_the_system():
        told = db.session.execute(select(Message.code, Message.params, Message.url).where(Message.organisation_id == firm.id)).all()
    assert [each.code for each in told] == ["order.fitting"]
    assert told[0].params["count"] == 2
    assert told[0].url in (f"/offers/{first.id}#matches", f"/offers/{second.id}#matches")
    client = client_of(firm)
    assert "符合 2 个正在询价的订单" in client.get("/inbox?tab=notices").text
    assert 'id="matches"' in client.get(told[0].url).text
    with acting_for(firm):
        for offer in (first, second):  # changed since, and not judged again yet
            actions.refresh(queries.offer(offer.id), now() + timedelta(days=8))
        assert sorted(matching.news_of(of_object("offer", each.id).id) for each in (first, second)) == [0, 2]


def clock(app, run_outbox) -> None:
    with app.app_context():
        relay.tick("marketplace.offers.tasks.find_due")
    run_outbox()


def test_an_offer_nobody_confirms_is_reminded_then_hidden_and_comes_back(app, firm, machine, acting_for, client_of, visitor, run_outbox, shift_clock):
    with acting_for(firm) as actor:
        offer = offered(actor, machine)
    shift_clock(timedelta(days=7, minutes=1))
    clock(app, run_outbox)
    clock(app, run_outbox)
    client = client_of(firm)
    inbox = client.get("/inbox").text
    assert inbox.count("已 7 天未确认") == 1
    assert visitor.get(f"/offers/{offer.id}").status_code == 200
    shift_clock(timedelta(days=14, minutes=1))
    clock(app, run_outbox)
    client = client_of(firm)
    assert visitor.get(f"/offers/{offer.id}").status_code == 404
    assert "U650" not in visitor.get("/").text
    assert "已隐藏" in client.get("/inbox").text
    assert "仍然有效" in client.get(f"/offers/{offer.id}/confirm").text
    assert client.post(f"/offers/{offer.id}/confirm").status_code == 303
    run_outbox()
    assert visitor.get(f"/offers/{offer.id}").status_code == 200
    assert "U650" in visitor.get("/").text
    assert "已隐藏" not in client.get("/inbox").text
    assert proved(app) == []


def test_an_offer_ends_with_its_last_week_and_one_tap_publishes_it_again(app, firm, machine, acting_for, client_of, visitor, run_outbox, shift_clock):
    with acting_for(firm) as actor:
        offer = offered(actor, machine, weeks=coming(1))
    shift_clock(timedelta(days=15))
    clock(app, run_outbox)
    with acting_for(firm) as actor:
        assert queries.offer(offer.id).status == "expired"
        with pytest.raises(Refusal, match=r"offer\.over"):
            actions.confirm(actor, queries.offer(offer.id), now())
    answer = client_of(firm).post(f"/offers/{offer.id}/repeat", data={"idempotency_key": uuid4().hex})
    assert answer.status_code == 303
    assert str(offer.id) not in answer.location
    run_outbox()
    assert "U650" in visitor.get("/").text
    assert proved(app) == []


def test_repeating_a_standing_offer_moves_it_on_and_makes_no_second(app, firm, machine, acting_for):
    with acting_for(firm) as actor:
        offer = offered(actor, machine)
        again = actions.repeat(actor, offer, now())
        assert (again.id, tuple(again.weeks)) == (offer.id, coming(5)[1:])


def test_a_draft_is_dropped_and_taken_up_again(app, firm, machine, acting_for, client_of):
    with acting_for(firm) as actor:
        offer = actions.draft(actor, Terms(machine_ids=(machine.id,), weeks=tuple(coming(5)), minutes_per_week=600))
    seller = client_of(firm)
    assert seller.post(f"/offers/{offer.id}/withdraw").status_code == 303
    with acting_for(firm):
        assert queries.offer(offer.id).status == "withdrawn"
    assert proved(app) == []
    assert "已撤下" in seller.get(f"/offers/{offer.id}").text
    assert seller.get("/offers/mine").status_code == 200
    assert seller.post(f"/offers/{offer.id}/repeat", data={"idempotency_key": "taken-up-again"}).status_code == 303
    with acting_for(firm):
        assert sorted(offer.status for offer in queries.owned_by(firm.id, None).items) == ["published", "withdrawn"]


def test_retiring_the_machine_takes_its_offer_back_and_editing_it_shows(app, firm, machine, acting_for, visitor, run_outbox):
    with acting_for(firm) as actor:
        offer = offered(actor, machine)
        machine_actions.change(actor, machine_queries.machine(machine.id), name="五轴 U651", tolerance_mm=0.005)
    run_outbox()
    assert "五轴 U651" in visitor.get("/").text
    with acting_for(firm) as actor:
        machine_actions.retire(actor, machine_queries.machine(machine.id))
    run_outbox()
    with acting_for(firm):
        assert queries.offer(offer.id).status == "withdrawn"
    assert proved(app) == []


def test_a_photograph_is_shown_to_whom_the_offer_is_shown(app, firm, machine, acting_for, run_outbox):
    first, second, stranger = make_picture(firm), make_picture(firm), builders.make_organisation()
    theirs = make_picture(stranger)

    def shown() -> set[UUID]:
        with acting_for(stranger):
            return {revision.id for revision in files.revisions([first, second])}

    with acting_for(firm) as actor:
        own = machine_queries.machine(machine.id)
        with pytest.raises(Refusal, match=r"machine\.photo"):
            machine_actions.change(actor, own, photo_id=theirs)
        machine_actions.change(actor, own, photo_id=first)
        offer = offered(actor, machine)
    assert shown() == {first}
    with acting_for(firm) as actor:
        machine_actions.change(actor, machine_queries.machine(machine.id), photo_id=second)
    run_outbox()
    assert shown() == {second}
    with acting_for(firm) as actor:
        assert of_object("offer", offer.id) is not None
        actions.withdraw(actor, queries.offer(offer.id))
    assert shown() == set()


def test_the_offers_of_a_suspended_firm_are_taken_back(app, firm, machine, acting_for, visitor, run_outbox, wipe):
    with acting_for(firm) as actor:
        offer = offered(actor, machine)
    wipe.execute("update organisations set status = 'suspended' where id = %s", firm.id)
    with app.app_context(), transaction(Scope(system=True)):
        emit(OrganisationChanged(firm, organisation_id=firm.id))
    run_outbox()
    assert visitor.get(f"/offers/{offer.id}").status_code == 404
    assert proved(app) == []


def test_publishing_twice_at_once_is_a_conflict(app, firm, machine, acting_for):
    with acting_for(firm) as actor:
        offer = actions.draft(actor, Terms(machine_ids=(machine.id,), weeks=coming(), minutes_per_week=60))
        actions.publish(actor, offer, now())
        with pytest.raises(Refusal, match=r"state\.conflict"):
            actions.publish(actor, offer, now())


def page_of(machine, **changed):
    chosen = {"machine_ids": [str(machine.id)], "weeks": [str(week) for week in coming()]}
    given = {"hours": "46", "price": "260", "lead_time_days": "12", "reach": "public", "price_unit": "hour", "tax_rate": "1300"}
    return {**chosen, **given, **changed, "idempotency_key": uuid4().hex}


def test_counting_hours_outruns_nobody_who_confirms_or_withdraws(app, firm, machine, acting_for):
    with acting_for(firm) as actor:
        offer = offered(actor, machine)

    def meanwhile(work) -> None:
        def run() -> None:
            with acting_for(firm) as other:
                work(other, db.session.get(Offer, offer.id))

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    with acting_for(firm) as actor:
        own = db.session.get(Offer, offer.id)
        meanwhile(lambda other, row: actions.refresh(row, now(), anyway=True))
        actions.confirm(actor, own, now())
        meanwhile_counted = own.version
    with acting_for(firm) as actor:
        own = db.session.get(Offer, offer.id)
        meanwhile(lambda other, row: actions.refresh(row, now(), anyway=True))
        actions.withdraw(actor, own)
        assert own.version > meanwhile_counted + 1
    with acting_for(firm) as actor, pytest.raises(Refusal, match=r"state\.conflict"):
        actions.withdraw(actor, db.session.get(Offer, offer.id))


def test_a_firm_publishes_in_six_fields(client_of, firm, machine, visitor, run_outbox):
    client = client_of(firm, "sales")
    assert "五轴加工中心 U650" in client.get("/offers/new").text
    answer = client.post("/offers/new", data=page_of(machine))
    assert answer.status_code == 303, answer.text
    run_outbox()
    page = visitor.get(answer.location).text
    assert all(word in page for word in ("¥260.00", "未税 13%", "650×520×475 mm", "12 天", "已核验"))
    assert visitor.get(f"{answer.location}/qr.svg").mimetype == "image/svg+xml"
    assert "顺延再发" in client.get("/offers/mine").text
    assert "按上次再发" in client.get("/offers/new").text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"weeks": []}, "请至少点选一周"),
        ({"weeks": ["202001"]}, "weeks"),
        ({"hours": "nan"}, "请填写数字"),
        ({"hours": "1e400"}, "请填写数字"),
        ({"hours": "-3"}, "每周小时数须大于 0"),
        ({"price": "9" * 21}, "金额须在 0 至 1 万亿元之间"),
        ({"price": "-1"}, "金额须在 0 至 1 万亿元之间"),
        ({"price": "便宜"}, "请填写金额"),
        ({"price": "1.005"}, "最多保留两位小数"),
        ({"lead_time_days": "400"}, "交期须为"),
        ({"machine_ids": [str(uuid4())]}, "machine_ids"),
        ({"machine_ids": ["nonsense"]}, "machine_ids"),
        ({"reach": "named"}, "请指定"),
        ({"note": "a\u202eb"}, "控制字符"),
    ],
)
def test_a_wrong_offer_keeps_what_was_typed(client_of, firm, machine, changed, said):
    answer = client_of(firm).post("/offers/new", data=page_of(machine, **changed))
    assert answer.status_code in (200, 422), answer.status_code
    assert "has-error" in answer.text
    assert said in answer.text
    if "lead_time_days" not in changed:
        assert 'value="12"' in answer.text


def test_an_unverified_firm_drafts_and_reads_why_it_cannot_publish(client_of, app):
    firm = builders.make_organisation(verified=False)
    machine = make_machine(firm)
    client = client_of(firm)
    assert "通过企业核验后" in client.get("/offers/new").text
    answer = client.post("/offers/new", data=page_of(machine))
    page = client.get(answer.location).text
    assert "这是草稿" in page
    assert "通过企业核验后" in page
    assert client.post(f"{answer.location}/publish", data={"idempotency_key": uuid4().hex}).status_code == 403


def test_keeping_talking_and_enquiring_begin_at_the_offer(client_of, firm, machine, acting_for, app):
    with acting_for(firm) as actor:
        offer = offered(actor, machine)
    client = client_of(builders.make_organisation())
    url = f"/offers/{offer.id}"
    assert client.post(f"{url}/favourite").status_code == 303
    client.post(f"{url}/favourite")
    assert "U650" in client.get("/offers/favourites").text
    assert "已收藏" in client.get(url).text
    client.post(f"{url}/favourite", data={"remove": "1"})
    assert "U650" not in client.get("/offers/favourites").text
    assert re.match(r"/conversations/[0-9a-f-]{36}$", client.post(f"{url}/talk").location)
    assert f"offer={offer.id}" in client.get(url).text


@pytest.mark.parametrize("path", ["", "/edit", "/confirm", "/qr.svg"])
def test_anothers_draft_and_none_are_the_same_404(client_of, firm, machine, acting_for, path):
    with acting_for(firm) as actor:
        draft = actions.draft(actor, Terms(machine_ids=(machine.id,), weeks=coming(), minutes_per_week=60))
    stranger = client_of(builders.make_organisation())
    first, second = stranger.get(f"/offers/{draft.id}{path}"), stranger.get(f"/offers/{uuid4()}{path}")
    assert (first.status_code, second.status_code) == (404, 404)


def test_a_published_offer_is_changed_by_its_owner_alone(client_of, firm, machine, acting_for):
    with acting_for(firm) as actor:
        offer = offered(actor, machine)
    stranger = client_of(builders.make_organisation())
    for verb in ("withdraw", "repeat", "publish", "confirm"):
        assert stranger.post(f"/offers/{offer.id}/{verb}", data={"idempotency_key": uuid4().hex}).status_code == 403


def test_the_list_shows_near_misses_and_gathers_the_three_sides(visitor, firm, machine, acting_for, run_outbox):
    with acting_for(firm) as actor:
        offered(actor, machine)
    run_outbox()
    page = visitor.get("/?q=宝鸡+五轴").text
    assert "差一点就合适" in page
    assert "地区 宝鸡市" in page
    moved = visitor.get("/?side_1=600&side_2=500&side_3=&process=milling-5")
    assert moved.status_code == 303
    assert "envelope=600x500" in moved.location
    assert "U650" in visitor.get(moved.location).text
    assert 'class="offer"' not in visitor.get("/?envelope=700x600x500").text


FOOLISH = ("q=%00", "q=%F0%9F%98%80" * 400, "page=999999999", "page=-1", "envelope=nanxnan", "tolerance=1e400", "week=209999", "process=x&sort=y", "side_1=abc")


@pytest.mark.parametrize("query", FOOLISH)
def test_a_foolish_address_still_shows_a_list(visitor, app, query):
    assert visitor.get(f"/?{query}", follow_redirects=True).status_code == 200


def test_how_many_statements_a_list_takes_does_not_depend_on_its_rows(app, firm, acting_for, visitor, run_outbox):
    counts = []
    for times in (1, 2):
        with acting_for(firm) as actor:
            for number in range(4):
                offered(actor, machine_actions.add(actor, replace(machine_rules.preset("lathe"), name=f"车床 {times}{number}")))
        run_outbox()
        with statements() as seen:
            assert visitor.get("/").text.count('class="offer"') == 4 * times
        counts.append(len(seen))
    assert counts[0] == counts[1] < 15


def test_everything_that_can_be_published_is_on_one_page(visitor, client_of, firm):
    assert "登录" in visitor.get("/publish").text
    page = client_of(firm).get("/publish").text
    assert "/offers/new" in page
    assert "/orders/new" in page


MACHINES = {"五轴加工中心 U650": ID}


def read(*rows, head=importing.COLUMNS):
    return importing.rows_of([list(head), *map(list, rows)], MACHINES, TODAY)


def test_a_row_reads_as_people_write_it():
    [row] = read(["五轴加工中心 U650", "下周、2026-W50；2026-12-15", "46", "260.5", "12", "10", "园区", "恒温"])
    weeks = (WEEK[1], 202650, 202651)
    wanted = terms(weeks=weeks, minutes_per_week=2760, price_fen=26050, lead_time_days=12, quantity_min=10, reach="park", note="恒温")
    assert (row.errors, row.terms) == ((), wanted)


@pytest.mark.parametrize(
    ("cells", "fields"),
    [
        (["不存在", "下周", "40"], ["设备"]),
        (["五轴加工中心 U650", "", "40"], ["周"]),
        (["五轴加工中心 U650", "明年", "40"], ["周"]),
        (["五轴加工中心 U650", "2026-W99", "40"], ["周"]),
        (["五轴加工中心 U650", "下周", "nan"], ["每周小时"]),
        (["五轴加工中心 U650", "下周", "40", "贵"], ["单价"]),
        (["五轴加工中心 U650", "下周", "40", "1", "soon"], ["交期天数"]),
        (["五轴加工中心 U650", "下周", "40", "1", "7", "1.5"], ["起订量"]),
        (["五轴加工中心 U650", "下周", "40", "1", "7", "", "月球"], ["可见范围"]),
        (["", "", ""], ["设备", "周", "每周小时"]),
    ],
)
def test_every_wrong_cell_of_a_row_is_named(cells, fields):
    [row] = read(cells)
    assert row.terms is None
    assert [error.field for error in row.errors] == fields


def test_a_reader_of_english_fills_in_an_english_table_and_reads_english_errors(client_of, firm, machine, run_outbox, visitor):
    client = client_of(firm)
    client.set_cookie("gc_language", "en")
    empty = client.get("/offers/import/template.csv").get_data().decode("utf-8-sig")
    assert empty.startswith("Machines,Week,Hours per week,Unit price")
    assert not re.search("[一-鿿]", empty.replace("五轴加工中心 U650", ""))

    def send(filled):
        data = {"file": (io.BytesIO(filled.encode()), "offers.csv"), "idempotency_key": uuid4().hex}
        return client.post("/offers/import", data=data, content_type="multipart/form-data")

    refused = send(empty.replace(",40,,7,", ",none,much,7.5,")).text
    wrong = re.findall(r'tag-bad">([^<]*)</span> ([^<]*)<', refused)
    assert [column for column, _ in wrong] == ["Hours per week", "Unit price", "Lead time in days"]
    assert not re.search("[一-鿿]", str(wrong))
    assert send(empty.replace(",40,,", ",40,Negotiable,")).status_code == 303
    run_outbox()
    assert visitor.get("/").text.count('class="offer"') == 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "import.empty"),
        ("a.csv", b"x" * (2 * 1024 * 1024 + 1), "import.too_large"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "import.kind"),
        ("a.csv", b"a\x00b", "import.kind"),
        ("a.csv", b"\xff\xff\xff\xfe", "import.encoding"),
        ("a.xlsx", b"PK\x03\x04 not a zip", "import.broken"),
        ("a.csv", ("设备,周,每周小时\n" + "x,y,1\n" * 301).encode(), "import.rows"),
    ],
)
def test_a_file_that_is_no_table_is_refused(name, content, code):
    with pytest.raises(Refusal) as refused:
        importing.table_of(name, content)
    assert refused.value.code == code


def test_a_table_without_its_columns_or_rows_is_refused():
    with pytest.raises(Refusal, match=r"import\.columns"):
        read(["x"], head=["设备"])
    with pytest.raises(Refusal, match=r"import\.no_rows"):
        read()


def sheet(*rows) -> bytes:
    book = openpyxl.Workbook()
    for row in (importing.COLUMNS, *rows):
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_table_is_imported_whole_or_not_at_all(client_of, firm, machine, visitor, run_outbox, kind):
    client = client_of(firm)
    good, wrong = ["五轴加工中心 U650", "下周", 40, 260, 7], ["车间那台", "去年", 0, "?", 7]

    def send(*rows):
        content = sheet(*rows) if kind == "xlsx" else "\n".join(",".join(map(str, r)) for r in (importing.COLUMNS, *rows)).encode("gb18030")
        data = {"file": (io.BytesIO(content), f"offers.{kind}"), "idempotency_key": uuid4().hex}
        return client.post("/offers/import", data=data, content_type="multipart/form-data")

    refused = send(good, wrong)
    assert refused.status_code == 422
    assert "第 3 行" in refused.text
    assert "没有名为「车间那台」的设备" in refused.text
    assert "没有发布任何一条" in refused.text
    assert send(good).status_code == 303
    run_outbox()
    assert visitor.get("/").text.count('class="offer"') == 1


def test_the_template_to_fill_in_starts_no_formula(client_of, firm):
    make_machine(firm, name="=HYPERLINK(1)")
    content = client_of(firm).get("/offers/import/template.csv").data.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in content


def test_the_api_does_what_the_pages_do(api_of, firm, machine, run_outbox):
    api = api_of(firm)
    body = {"machine_ids": [str(machine.id)], "weeks": list(coming()), "minutes_per_week": 2760, "price_fen": 26000, "lead_time_days": 12}
    key = {"Idempotency-Key": uuid4().hex}
    made = api.post("/api/v1/offers", json={**body, "publish": True}, headers=key)
    assert made.status_code == 201, made.text
    assert api.post("/api/v1/offers", json={**body, "publish": True}, headers=key).json == made.json
    assert api.post("/api/v1/offers", json=body, headers=key).status_code == 422
    run_outbox()
    stranger = api_of(builders.make_organisation())
    found = stranger.get("/api/v1/offers?q=五轴&process=milling-5").json
    assert [each["id"] for each in found["offers"]] == [made.json["id"]]
    assert next(f for f in found["facets"] if f["field"] == "process")["options"]
    url = f"/api/v1/offers/{made.json['id']}"
    assert stranger.get(url).json["free_minutes"] == [2760] * 4
    assert stranger.put(f"{url}/favourite").status_code == 204
    assert len(stranger.get("/api/v1/offers/favourites").json["offers"]) == 1
    assert stranger.delete(f"{url}/favourite").status_code == 204
    assert stranger.put(url, json=body).status_code == 403
    assert api.put(url, json={**body, "price_fen": None}).json["price_fen"] is None
    assert api.post(f"{url}/confirm").status_code == 200
    assert api.post(f"{url}/withdraw").json["status"] == "withdrawn"
    assert stranger.get(url).status_code == 404
    assert stranger.get(url).json == stranger.get(f"/api/v1/offers/{uuid4()}").json
    assert api.post(f"{url}/publish", headers={"Idempotency-Key": uuid4().hex}).json["status"] == "published"
    assert len(api.get("/api/v1/offers/mine").json["offers"]) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"price_fen": 10**18}, "price"),
        ({"price_fen": 1.5}, "price_fen"),
        ({"minutes_per_week": 0}, "hours"),
        ({"weeks": [202001]}, "weeks"),
        ({"weeks": [202699]}, "weeks"),
        ({"tax_rate": 1}, "tax_rate"),
        ({"machine_ids": [str(uuid4())]}, "machine_ids"),
        ({"note": "a\u202eb"}, "text.forbidden"),
    ],
)
def test_impossible_offers_are_refused_by_the_api(api_of, firm, machine, changed, field):
    body = {"machine_ids": [str(machine.id)], "weeks": list(coming()), "minutes_per_week": 2760, "publish": True, **changed}
    answer = api_of(firm).post("/api/v1/offers", json=body, headers={"Idempotency-Key": uuid4().hex})
    assert answer.status_code == 422, answer.text
    assert field in answer.text


def test_the_checks_see_what_was_broken_behind_the_actions(app, firm, machine, acting_for, wipe):
    other = make_machine(builders.make_organisation())
    with acting_for(firm) as actor:
        offer = offered(actor, machine)
    assert proved(app) == []
    wipe.execute("update machines set audience = '{public}' where id = %s", other.id)
    assert any(str(other.id) in broken for broken in proved(app))
    wipe.execute("update machines set audience = '{}' where id = %s", other.id)
    wipe.execute("update search_documents set deleted = true where object_id = %s", offer.id)
    assert any(str(offer.id) in broken for broken in proved(app))
    wipe.execute("update search_documents set deleted = false where object_id = %s", offer.id)
    wipe.execute("update offers set machine_ids = %s where id = %s", [other.id], offer.id)
    assert any("another firm's machine" in broken for broken in proved(app))


def test_only_the_owners_hours_count_whoever_asks(app, firm, machine, acting_for):
    """A handler that runs for another organisation would count no machine at all."""
    with acting_for(firm) as actor:
        offer = offered(actor, machine)
    with acting_for(builders.make_organisation()):
        with as_system():
            assert db.session.get(Offer, offer.id) is not None
        assert queries.offer(offer.id).free_minutes == [46 * 60] * 4


def test_a_reported_offer_is_taken_down_with_a_reason(app, firm, machine, acting_for, client_of, run_outbox):
    with acting_for(firm) as actor:
        offer_id = offered(actor, machine).id
    organisation, user = builders.make_operator("61", "operations")
    operator = app.test_client()
    operator.set_cookie(builders.COOKIE, builders.make_session(user, organisation))
    report_and_take_down(client_of(builders.make_organisation()), operator, f"/offers/{offer_id}")
    run_outbox()
    with acting_for(firm) as actor:
        assert queries.offer(offer_id).status == "withdrawn"
        with pytest.raises(Refusal) as refused:
            actions.repeat(actor, queries.offer(offer_id), now())
    assert refused.value.code == "offer.taken_down"
