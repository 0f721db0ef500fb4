"""Quotes: what they may say, what they cost, which are too low, what the database lets nobody change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.exc import ProgrammingError

from gongchuang.database import db, now
from gongchuang.refusal import NotFound, Refusal
from marketplace.capacity import actions as capacity
from marketplace.capacity import checks as capacity_checks
from marketplace.capacity.models import Allocation
from marketplace.orders import actions as orders
from marketplace.orders import queries as order_queries
from marketplace.quotes import actions, checks, export, queries, rules
from marketplace.quotes.models import Justification, Quote, QuoteLine
from marketplace.quotes.rules import LineFacts, QuoteFacts
from services.files import queries as files
from services.messages.models import Conversation, Message
from services.procedures import checks as procedure_checks
from services.procedures import queries as procedures
from tests.builders import as_the_system, make_organisation
from tests.marketplace.making import make_machine, window
from tests.marketplace.ordering import PART, clock, make_file, make_order, make_quote, quote_facts, quote_row, someone, unit

TODAY = date(2026, 11, 20)
PART_ID = uuid4()
WHOLE = QuoteFacts(lines=(LineFacts(part_id=PART_ID, unit_price_fen=160_000),), lead_days=26, valid_on=date(2026, 12, 20))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"lines": ()}, "lines"),
        ({"lines": (LineFacts(part_id=uuid4(), unit_price_fen=1),)}, "lines"),
        ({"lines": (LineFacts(part_id=PART_ID),)}, "lines_0_unit_price_fen"),
        ({"lines": (LineFacts(part_id=PART_ID, unit_price_fen=-5),)}, "lines_0_unit_price_fen"),
        ({"lines": (LineFacts(part_id=PART_ID, unit_price_fen=10**21),)}, "lines_0_unit_price_fen"),
        ({"lines": (LineFacts(part_id=PART_ID, unit_price_fen=1, breaks="便宜点"),)}, "lines_0_breaks"),
        ({"lines": (LineFacts(part_id=PART_ID, unit_price_fen=1, breaks="500: 3；100: 4"),)}, "lines_0_breaks"),
        ({"lines": (LineFacts(part_id=PART_ID, unit_price_fen=1, minutes_per_piece=float("nan")),)}, "lines_0_minutes_per_piece"),
        ({"tax_bp": 1200}, "tax_bp"),
        ({"freight_fen": -1}, "freight_fen"),
        ({"tooling_fen": 10**20}, "tooling_fen"),
        ({"prepaid_percent": 101}, "prepaid_percent"),
        ({"payment": "monthly", "payment_days": 400}, "payment_days"),
        ({"payment": "prepaid", "payment_days": None}, None),
        ({"payment": "prepaid", "payment_days": -1}, "payment_days"),
        ({"payment": "monthly", "prepaid_percent": None}, None),
        ({"payment": "monthly", "prepaid_percent": 101}, "prepaid_percent"),
        ({"lead_days": None}, "lead_days"),
        ({"lead_days": 0}, "lead_days"),
        ({"valid_on": None}, "valid_on"),
        ({"valid_on": date(2026, 11, 26)}, "valid_on"),
        ({"valid_on": date(2029, 1, 1)}, "valid_on"),
        ({"machine_id": uuid4()}, "lines_0_minutes_per_piece"),
    ],
)
def test_a_quote_is_refused_at_the_field_that_is_wrong(changes: dict[str, Any], field: str | None) -> None:
    found = rules.why_not_say(replace(WHOLE, **changes), {PART_ID: 24}, today=TODAY, closes_on=date(2026, 11, 27))
    assert [refusal.field for refusal in found] == ([field] if field else [])


@pytest.mark.parametrize(
    ("include", "tax_bp", "invoice", "landed", "net"),
    [
        (True, 1300, "special", 3_840_000, 3_398_230),
        (False, 1300, "special", 4_339_200, 3_840_000),
        (True, 300, "ordinary", 3_840_000, 3_840_000),
        (True, 0, "special", 3_840_000, 3_840_000),
    ],
)
def test_the_landed_cost_is_with_tax_and_freight(include: bool, tax_bp: int, invoice: str, landed: int, net: int) -> None:
    found = rules.totals([(24, 157_500)], tooling=0, freight=60_000, tax_bp=tax_bp, include_tax=include, invoice=invoice)
    assert (found.landed, found.net) == (landed, net)


@given(
    lines=st.lists(st.tuples(st.integers(1, 10_000), st.integers(1, 10**8)), min_size=1, max_size=5),
    freight=st.integers(0, 10**8),
    tax_bp=st.sampled_from(rules.TAX_RATES),
    include=st.booleans(),
)
def test_landed_is_net_and_tax_to_the_fen_and_never_less_than_said(lines: list[tuple[int, int]], freight: int, tax_bp: int, include: bool) -> None:
    found = rules.totals(lines, tooling=0, freight=freight, tax_bp=tax_bp, include_tax=include, invoice="special")
    said = sum(n * p for n, p in lines) + freight
    assert found.landed == found.net + found.tax
    assert found.landed >= said >= found.net
    exact = said * (10_000 + tax_bp) / 10_000 if not include else said
    assert abs(found.landed - exact) <= 0.5 + exact * 1e-12


def test_breaks_are_read_and_written_back() -> None:
    assert rules.breaks_of("100: 42.5；500件起：39 ; 1000=35.05元") == {"100": 4250, "500": 3900, "1000": 3505}
    assert rules.breaks_of(rules.breaks_words({"100": 4250, "500": 3900})) == {"100": 4250, "500": 3900}


@pytest.mark.parametrize(
    ("landed", "low"),
    [
        ((3_690_000, 3_840_000, 4_150_000, 4_560_000, 2_520_000), {4}),
        ((3_690_000, 3_840_000, 2_520_000), set()),
        ((100, 100, 100, 70), set()),
        ((100, 100, 100, 69), {3}),
        ((1, 1, 100, 100), {0, 1}),
    ],
)
def test_far_under_the_median_of_four_is_abnormal(landed: tuple[int, ...], low: set[int]) -> None:
    ids = [uuid4() for _ in landed]
    assert rules.abnormally_low(dict(zip(ids, landed, strict=True))) == {ids[i] for i in low}


def test_machine_minutes_are_whole_and_enough() -> None:
    assert rules.machine_minutes(60, [(24, 30.0)]) == 780
    assert rules.machine_minutes(0, [(3, 0.1)]) == 1
    assert rules.machine_minutes(60, [(3, None)]) == 0


@pytest.mark.parametrize("typed", ["=1+1", "+86", "-5", "@x", "\t=1", " =HYPERLINK(1)", "＝1+1", "　－1", "\r\n=1", "\x00=1"])
def test_no_cell_starts_a_formula(typed: str) -> None:
    assert export.safe(typed).startswith("'")
    assert export.safe(f"x{typed}") == f"x{typed}"


# With the database


def test_a_quote_holds_its_hours_softly_until_its_validity_ends(app: object) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    machine, order_id = make_machine(supplier), make_order(buyer)
    quote_id = make_quote(supplier, order_id, machine=machine, setup_minutes=60)
    with as_the_system():
        rows = db.session.scalars(select(Allocation).where(Allocation.source_id == quote_id)).all()
        assert {row.status for row in rows} == {"soft"}
        assert {row.until for row in rows} == {rules.valid_until(quote_row_valid(quote_id))}
    with unit(someone(buyer)):
        held = queries.hours_of([quote_id], now())[quote_id]
        assert (held.held, held.lost, held.booked) == (780, 0, False)
        assert db.session.scalars(select(Allocation)).all() == []


def held_spans(quote_id: UUID) -> list[tuple[datetime, datetime]]:
    with as_the_system():
        mine = (Allocation.source_id == quote_id, Allocation.status == "soft")
        return [(row.during.lower, row.during.upper) for row in db.session.scalars(select(Allocation).where(*mine).order_by(Allocation.during))]


def test_hours_are_proposed_and_held_only_after_the_buyer_could_decide(app: object) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    machine, order_id = make_machine(supplier), make_order(buyer)
    with unit(someone(supplier)):
        order = order_queries.order(order_id)
        closes_at = order.procedure.closes_at
        assert closes_at is not None
        proposed = actions.propose(machine, quote_facts_of(order_id, machine.id), order, now())
    assert min(window.start for window in proposed) >= closes_at + rules.DECIDING - timedelta(hours=1), "whole half hours are proposed"
    assert held_spans(make_quote(supplier, order_id, machine=machine))[0][0] >= closes_at + rules.DECIDING
    early = (window(closes_at, -1, 11),)
    with pytest.raises(Refusal) as refused:
        make_quote(supplier, make_order(buyer), machine=machine, windows=early)
    assert (refused.value.code, refused.value.field) == ("quote.hours_early", "windows")


def test_hours_that_have_begun_are_not_booked_but_held_again(app: object, shift_clock: Callable[[timedelta], None]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    machine, order_id = make_machine(supplier), make_order(buyer)
    quote_id = make_quote(supplier, order_id, machine=machine)
    start = held_spans(quote_id)[0][0]
    shift_clock(start - clock())
    with pytest.raises(Refusal, match=r"capacity\.begun") as refused, unit(someone(buyer)) as actor:
        actions.award(actor, order_queries.order(order_id), queries.quote(quote_id), "价格合适", now())
    assert refused.value.status == 409
    assert "最近可用" in str(refused.value)
    assert quote_row(quote_id).submission.status == "submitted"
    with unit(someone(supplier)) as actor:
        assert queries.hours_of([quote_id], now())[quote_id].lost == 720
        actions.hold_again(actor, queries.quote(quote_id), order_queries.order(order_id), now())
    assert held_spans(quote_id)[0][0] >= start + rules.DECIDING
    with unit(someone(buyer)) as actor:
        actions.award(actor, order_queries.order(order_id), queries.quote(quote_id), "重新预留后选定", now())
    with as_the_system():
        assert capacity_checks.hours_are_booked_ahead() == []
        db.session.execute(update(Allocation).where(Allocation.status == "booked").values(hardened_at=Allocation.hardened_at + timedelta(days=3)))
        assert len(capacity_checks.hours_are_booked_ahead()) == 1
        db.session.rollback()


@pytest.mark.parametrize("what", ["hours", "validity"])
def test_a_later_deadline_that_passes_hours_or_validity_is_told_and_can_be_mended(
    app: object, client_of: Callable[..., FlaskClient], run_outbox: Callable[[], int], what: str
) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    order_id = make_order(buyer, delivery_on=clock().date() + timedelta(days=60))
    quote_id = make_quote(supplier, order_id, machine=make_machine(supplier))
    closes_at = held_spans(quote_id)[0][0] + timedelta(minutes=1) if what == "hours" else clock() + timedelta(days=40)
    with unit(someone(buyer)) as actor:
        orders.extend(actor, order_queries.order(order_id), closes_at, now())
    run_outbox()
    with as_the_system():
        told = db.session.scalars(select(Message.code).where(Message.organisation_id == supplier.id)).all()
    assert f"quote.outrun_{what}" in told
    client = client_of(supplier)
    assert "报价截止时间已延后到" in client.get(f"/quotes/{quote_id}").text
    if what == "hours":
        assert client.post(f"/quotes/{quote_id}/hours", data={"idempotency_key": uuid4().hex}).status_code == 303
        assert held_spans(quote_id)[0][0] >= closes_at
        assert "报价截止时间已延后到" not in client.get(f"/quotes/{quote_id}").text


def quote_row_valid(quote_id: UUID) -> date:
    found = db.session.scalar(select(Quote.valid_on).where(Quote.id == quote_id))
    assert found is not None
    return found


def test_hours_just_taken_say_which_and_offer_the_next(app: object) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    machine, order_id = make_machine(supplier), make_order(buyer)
    with unit(someone(supplier)) as actor:
        proposed = tuple(actions.propose(machine, quote_facts_of(order_id, machine.id), order_queries.order(order_id), now()))
    with unit(someone(supplier)) as actor:
        capacity.block(actor, machine, list(proposed), "电话单")
    with pytest.raises(Refusal) as refused:
        make_quote(supplier, order_id, machine=machine, windows=proposed)
    assert (refused.value.code, refused.value.field) == ("capacity.taken", "windows")
    assert "最近可用" in refused.value.message
    with as_the_system():
        assert db.session.scalars(select(Quote)).unique().all() == []


def quote_facts_of(order_id: UUID, machine_id: UUID) -> QuoteFacts:
    return quote_facts(order_queries.order(order_id), machine_id=machine_id)


def test_a_quote_after_the_deadline_is_refused(app: object, shift_clock: Callable[[timedelta], None]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    order_id = make_order(buyer)
    shift_clock(timedelta(days=8))
    with pytest.raises(Refusal, match=r"procedure\.past_deadline"):
        make_quote(supplier, order_id, valid_on=(datetime.now().astimezone() + timedelta(days=30)).date())


def test_once_handed_in_nobody_changes_a_quote_not_even_its_supplier(app: object) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    quote_id = make_quote(supplier, make_order(buyer))
    for who in (supplier, buyer):
        with unit(someone(who)):
            assert db.session.execute(update(Quote).where(Quote.id == quote_id).values(landed_fen=1).returning(Quote.id)).all() == []
            assert db.session.execute(update(QuoteLine).where(QuoteLine.quote_id == quote_id).values(unit_price_fen=1).returning(QuoteLine.id)).all() == []
            assert db.session.execute(delete(QuoteLine).where(QuoteLine.quote_id == quote_id).returning(QuoteLine.id)).all() == []
    assert quote_row(quote_id).landed_fen == 24 * 160_000


def test_competitors_and_strangers_see_nothing_of_a_quote(app: object) -> None:
    buyer, supplier, rival = make_organisation(), make_organisation(), make_organisation()
    order_id = make_order(buyer)
    quote_id = make_quote(supplier, order_id)
    make_quote(rival, order_id, 170_000)
    with unit(someone(rival)):
        with pytest.raises(NotFound):
            queries.quote(quote_id)
        assert [quote.organisation_id for quote in queries.of_order(order_id)] == [rival.id]
        assert {line.organisation_id for line in db.session.scalars(select(QuoteLine))} == {rival.id}
    with unit(someone(buyer)):
        assert len(queries.of_order(order_id)) == 2


def test_a_draft_quote_is_its_suppliers_alone_and_counts_as_writing(app: object) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    order_id = make_order(buyer)
    with unit(someone(supplier)) as actor:
        order = order_queries.order(order_id)
        kept = actions.keep(actor, order, QuoteFacts(lines=(LineFacts(part_id=order.parts[0].id, unit_price_fen=-1),), lead_days=9_999, tax_bp=7), now())
        assert (kept.lead_days, kept.tax_bp, kept.lines[0].unit_price_fen) == (None, 1300, None)
    with unit(someone(buyer)):
        assert queries.of_order(order_id) == []
        assert order_queries.response_to(order_queries.order(order_id)).writing == 1
    assert make_quote(supplier, order_id)


def test_both_get_each_others_phone_once_a_quote_is_sent_never_before(app: object, run_outbox: Callable[[], int]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    order_id = make_order(buyer)
    with unit(someone(supplier)) as actor:
        actions.ask(actor, order_queries.order(order_id))
    with as_the_system():
        assert db.session.scalars(select(Conversation.contacts_shown)).all() == [False]
    make_quote(supplier, order_id)
    run_outbox()
    with as_the_system():
        assert db.session.scalars(select(Conversation.contacts_shown)).all() == [True]
        assert db.session.scalars(select(Message.organisation_id).where(Message.code == "quote.received")).all() == [buyer.id]


def test_an_award_books_the_hours_and_tells_winner_and_losers(app: object, run_outbox: Callable[[], int]) -> None:
    buyer, winner, loser = make_organisation(), make_organisation(), make_organisation()
    revision_id = make_file(buyer)
    order_id = make_order(buyer, parts=(replace(PART, files=(revision_id,)),))
    machine, other = make_machine(winner), make_machine(loser)
    won, lost = make_quote(winner, order_id, machine=machine), make_quote(loser, order_id, 170_000, machine=other)
    with unit(someone(buyer)) as actor:
        actions.award(actor, order_queries.order(order_id), queries.quote(won), "到厂总价最低", now())
    run_outbox()
    assert [quote_row(i).submission.status for i in (won, lost)] == ["awarded", "lost"]
    with as_the_system():
        by_source = {row.source_id: row.status for row in db.session.scalars(select(Allocation))}
        assert by_source == {won: "booked", lost: "released"}
        told = {(message.organisation_id, message.code) for message in db.session.scalars(select(Message))}
        assert {(winner.id, "quote.won"), (loser.id, "quote.lost"), (buyer.id, "quote.chosen")} <= told
        assert checks.quotes_hold() + procedure_checks.procedures_hold() == []
    with unit(someone(winner)) as actor:
        assert files.access_of(actor, files.revision(revision_id)).tier == "full"
        assert procedures.award_of(order_id) is not None
    with unit(someone(loser)):
        with pytest.raises(NotFound):
            files.revision(revision_id)
        assert procedures.award_of(order_id) is None


def test_an_award_whose_hours_are_gone_fails_whole_and_tells_nobody(app: object, run_outbox: Callable[[], int]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    machine, order_id = make_machine(supplier), make_order(buyer)
    quote_id = make_quote(supplier, order_id, machine=machine)
    with as_the_system():
        held = [(row.during.lower, row.during.upper) for row in db.session.scalars(select(Allocation).where(Allocation.source_id == quote_id))]
    with unit(someone(supplier)) as actor:
        capacity.block(actor, machine, [window(start, 0, (end - start).total_seconds() / 3600) for start, end in held], "急单")
    run_outbox()
    with pytest.raises(Refusal, match=r"capacity\.taken") as refused, unit(someone(buyer)) as actor:
        actions.award(actor, order_queries.order(order_id), queries.quote(quote_id), "价格合适", now())
    assert "已被占用" in str(refused.value)
    run_outbox()
    assert quote_row(quote_id).submission.status == "submitted"
    with as_the_system():
        codes = set(db.session.scalars(select(Message.code)))
        assert "quote.hours_lost" in codes
        assert not codes & {"quote.won", "quote.lost", "quote.chosen"}
    with unit(someone(supplier)) as actor:
        actions.hold_again(actor, queries.quote(quote_id), order_queries.order(order_id), now())
    with unit(someone(buyer)) as actor:
        actions.award(actor, order_queries.order(order_id), queries.quote(quote_id), "重新预留后选定", now())
    assert quote_row(quote_id).submission.status == "awarded"


def test_an_abnormally_low_quote_is_chosen_only_when_it_is_explained(app: object, run_outbox: Callable[[], int]) -> None:
    buyer, low = make_organisation(), make_organisation()
    order_id = make_order(buyer)
    for price in (150_000, 157_500, 169_000, 178_000):
        make_quote(make_organisation(), order_id, price)
    quote_id = make_quote(low, order_id, 100_000)
    run_outbox()
    with unit(someone(low)):
        assert db.session.scalars(select(Message.todo).where(Message.code == "quote.explain")).all() == [True]
    with unit(someone(buyer)) as actor, pytest.raises(Refusal, match=r"quote\.abnormal"):
        actions.award(actor, order_queries.order(order_id), queries.quote(quote_id), "最便宜", now())
    with pytest.raises(ProgrammingError, match="row-level security"), unit(someone(buyer)):
        forge(low.id, buyer.id, quote_id)
    with unit(someone(low)) as actor:
        actions.justify(actor, queries.quote(quote_id), "自有铸造车间，毛坯成本低，设备闲置")
    run_outbox()
    with unit(someone(buyer)) as actor:
        assert db.session.scalars(select(Message.url).where(Message.code == "quote.explained")).all() == [f"/orders/{order_id}/compare"]
        actions.award(actor, order_queries.order(order_id), queries.quote(quote_id), "理由充分", now())
    assert quote_row(quote_id).submission.status == "awarded"


def forge(supplier_id: UUID, buyer_id: UUID, quote_id: UUID) -> None:
    db.session.add(Justification(organisation_id=supplier_id, quote_id=quote_id, buyer_organisation_id=buyer_id, text="没问题没问题没问题"))
    db.session.flush()


def test_a_quote_that_has_run_out_is_not_chosen(app: object, shift_clock: Callable[[timedelta], None]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    order_id = make_order(buyer)
    quote_id = make_quote(supplier, order_id)
    shift_clock(timedelta(days=40))
    with unit(someone(buyer)) as actor, pytest.raises(Refusal, match=r"quote\.expired"):
        actions.award(actor, order_queries.order(order_id), queries.quote(quote_id), "价格合适", now())


def test_a_withdrawn_quote_frees_its_hours_and_may_be_made_anew(app: object, run_outbox: Callable[[], int]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    machine, order_id = make_machine(supplier), make_order(buyer)
    quote_id = make_quote(supplier, order_id, machine=machine)
    with unit(someone(supplier)) as actor:
        actions.withdraw(actor, queries.quote(quote_id))
    run_outbox()
    with as_the_system():
        assert set(db.session.scalars(select(Allocation.status))) == {"released"}
    assert make_quote(supplier, order_id, 150_000, machine=machine) != quote_id
    with unit(someone(buyer)):
        assert [quote.landed_fen for quote in queries.of_order(order_id)] == [24 * 150_000]


def test_another_firms_machine_or_file_is_the_404_that_none_is(app: object, some_id: UUID) -> None:
    buyer, supplier, other = make_organisation(), make_organisation(), make_organisation()
    order_id, machine = make_order(buyer), make_machine(other)
    for machine_id in (machine.id, some_id):
        with pytest.raises(NotFound):
            make_quote(supplier, order_id, lines=_timed(supplier, order_id), machine_id=machine_id)
    for revision_id in (make_file(other), some_id):
        with pytest.raises(NotFound):
            make_quote(supplier, order_id, papers=(revision_id,))


def _timed(supplier: Any, order_id: UUID) -> tuple[LineFacts, ...]:
    with unit(someone(supplier)):
        return tuple(LineFacts(part_id=part.id, unit_price_fen=1, minutes_per_piece=1.0) for part in order_queries.order(order_id).parts)


def test_a_cancelled_order_gives_every_hour_back(app: object, run_outbox: Callable[[], int]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    machine, order_id = make_machine(supplier), make_order(buyer)
    make_quote(supplier, order_id, machine=machine)
    with unit(someone(buyer)) as actor:
        orders.cancel(actor, order_queries.order(order_id), "项目推迟", now())
    run_outbox()
    with as_the_system():
        assert set(db.session.scalars(select(Allocation.status))) == {"released"}


def test_declining_is_said_once_and_seen_by_the_buyer(app: object, run_outbox: Callable[[], int]) -> None:
    buyer, supplier = make_organisation(), make_organisation()
    order_id = make_order(buyer)
    for _ in range(2):
        with unit(someone(supplier)) as actor:
            actions.decline(actor, order_queries.order(order_id), "busy", "排到明年一月")
    run_outbox()
    with unit(someone(buyer)):
        assert [(d.organisation_id, d.reason) for d in queries.declines_of(order_id)] == [(supplier.id, "busy")]
        assert len(db.session.scalars(select(Message).where(Message.code == "quote.declined")).all()) == 1
