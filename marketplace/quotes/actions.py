"""What suppliers and buyers do with quotes. Each: rule, change, audit, event.

Locks are taken in one order everywhere, the procedure's row before the machines': else a quote being handed in and an award would wait for each other.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql

from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import db, refuse_if_excluded, take_turns, uuid7
from gongchuang.events import emit
from gongchuang.money import LARGEST_FEN
from gongchuang.refusal import NotFound, Refusal, refuse_all, refuse_if
from marketplace.capacity import actions as capacity
from marketplace.capacity import queries as hours
from marketplace.capacity.spans import Window
from marketplace.machines import queries as machines
from marketplace.machines.models import Machine
from marketplace.orders import actions as orders
from marketplace.orders import drawings, measuring
from marketplace.orders import rules as order_rules
from marketplace.orders.models import Order
from marketplace.quotes import queries, rules
from marketplace.quotes.events import QuoteAwarded, QuoteDeclined, QuoteJustified, QuoteLost, QuoteSubmitted, QuoteWithdrawn
from marketplace.quotes.models import Decline, Justification, Quote, QuoteLine, QuotePaper
from marketplace.quotes.rules import QuoteFacts, Totals
from services.files import actions as files
from services.messages import actions as messages
from services.messages.models import Conversation
from services.procedures import actions as procedures

PLAIN = ("prices_include_tax", "tax_bp", "invoice", "payment", "lead_days", "valid_on", "note", "machine_id")


def quantities_of(order: Order) -> dict[UUID, int]:
    """Return the pieces asked of each part."""
    return {part.id: part.quantity or 1 for part in order.parts}


def totals_of(facts: QuoteFacts, order: Order) -> Totals | None:
    """Return what a quote costs as it stands, None while a price is missing or the whole is beyond counting."""
    quantities = quantities_of(order)
    prices = [(quantities.get(line.part_id, 0), line.unit_price_fen) for line in facts.lines]
    if not prices or any(price is None or not 0 < price <= LARGEST_FEN for _, price in prices) or facts.tax_bp not in rules.TAX_RATES:
        return None
    tooling, freight = facts.tooling_fen or 0, facts.freight_fen or 0
    lines = [(quantity, price) for quantity, price in prices if price is not None]
    found = rules.totals(lines, tooling=tooling, freight=freight, tax_bp=facts.tax_bp, include_tax=facts.prices_include_tax, invoice=facts.invoice)
    return found if 0 < found.landed <= 2 * LARGEST_FEN else None


def minutes_of(facts: QuoteFacts, order: Order) -> int:
    """Return the machine minutes a quote's lines take, set-up included."""
    quantities = quantities_of(order)
    return rules.machine_minutes(facts.setup_minutes, [(quantities.get(line.part_id, 0), line.minutes_per_piece) for line in facts.lines])


def propose(machine: Machine, facts: QuoteFacts, order: Order, now: datetime) -> list[Window]:
    """Return the first free hours of a machine that suffice for the order and lie after its deadline, [] when there are none."""
    minutes = minutes_of(facts, order)
    return hours.propose(machine, minutes, rules.earliest_hours(order.procedure.closes_at, now)) if 0 < minutes <= rules.MOST_MINUTES else []


def keep(actor: Actor, order: Order, facts: QuoteFacts, now: datetime) -> Quote:
    """Keep a quote still being written: its supplier's alone, counted as 在报价. What is not believable yet is left out."""
    quantities = quantities_of(order)
    wrong = {r.field for r in rules.why_not_say(facts, quantities, today=_today(now), closes_on=None)}
    plain = QuoteFacts()
    good = {name: getattr(plain if name in wrong else facts, name) for name in plain.__dataclass_fields__ if name != "lines"}
    lines = []
    for index, line in enumerate(facts.lines):
        empty = rules.LineFacts(part_id=line.part_id)
        names = ("unit_price_fen", "breaks", "minutes_per_piece")
        said = {name: getattr(empty if rules.at(index, name) in wrong else line, name) for name in names}
        if line.part_id in quantities:
            lines.append(rules.LineFacts(part_id=line.part_id, **said))
    return _write(actor, order, QuoteFacts(**good | {"lines": tuple(lines), "papers": (), "windows": ()}), now)


def _today(now: datetime) -> Any:
    return order_rules.day_of(now)


def _write(actor: Actor, order: Order, facts: QuoteFacts, now: datetime) -> Quote:
    """Write a draft quote: begun when there is none yet, refused when one was handed in already, or when it names another's machine or file."""
    machine = _machine(actor, facts.machine_id) if facts.machine_id else None
    measuring.revisions_of(facts.papers, actor.organisation_id)
    take_turns("quote", order.id, actor.organisation_id)
    quote = queries.living(order.id, actor.organisation_id)
    if quote is None:
        quote = _begin(actor, order)
    elif quote.submission.status != "draft":
        raise Refusal("submission.twice", "贵企业已有一份报价，请修改或撤回后再报", status=409)
    for name in PLAIN:
        setattr(quote, name, getattr(facts, name))
    quote.tooling_fen, quote.freight_fen = facts.tooling_fen or 0, facts.freight_fen or 0
    quote.prepaid_percent, quote.payment_days = facts.prepaid_percent or 0, facts.payment_days or 0
    quote.setup_minutes, quote.machine_minutes = facts.setup_minutes or 0, min(minutes_of(facts, order), rules.MOST_MINUTES)
    quote.machine_id = machine.id if machine else None
    found = totals_of(facts, order)
    quote.landed_fen, quote.net_fen = (found.landed, found.net) if found else (None, None)
    _write_lines(quote, order, facts)
    _write_papers(quote, facts)
    db.session.flush()
    return quote


def _begin(actor: Actor, order: Order) -> Quote:
    submission = procedures.draft_submission(actor, order.procedure, "quote", uuid7())
    quote = Quote(
        id=submission.id, organisation_id=submission.organisation_id, buyer_organisation_id=order.organisation_id, order_id=order.id, submission=submission
    )
    quote.lines, quote.papers = [], []
    db.session.add(quote)
    record(actor, "quote:begin", quote, order_id=order.id)
    return quote


def _write_lines(quote: Quote, order: Order, facts: QuoteFacts) -> None:
    kept = {line.part_id: line for line in quote.lines}
    quantities = quantities_of(order)
    quote.lines = [kept.get(said.part_id) or QuoteLine(organisation_id=quote.organisation_id, part_id=said.part_id) for said in facts.lines]
    for position, (line, said) in enumerate(zip(quote.lines, facts.lines, strict=True)):
        line.buyer_organisation_id, line.position, line.quantity = order.organisation_id, position, quantities[said.part_id]
        line.unit_price_fen, line.breaks, line.minutes_per_piece = said.unit_price_fen, rules.breaks_of(said.breaks), said.minutes_per_piece


def _write_papers(quote: Quote, facts: QuoteFacts) -> None:
    kept = {paper.revision_id: paper for paper in quote.papers}
    quote.papers = [kept.get(i) or QuotePaper(organisation_id=quote.organisation_id, revision_id=i) for i in dict.fromkeys(facts.papers)]
    for position, paper in enumerate(quote.papers):
        paper.position = position


def _machine(actor: Actor, machine_id: UUID) -> Machine:
    """Return one of the actor's own machines; another's is the 404 that none is."""
    machine = machines.machine(machine_id)
    if machine.organisation_id != actor.organisation_id:
        raise NotFound
    return machine


def submit(actor: Actor, order: Order, facts: QuoteFacts, now: datetime) -> Quote:
    """Hand a quote in: accepted before the deadline only, its hours held softly until its validity ends.

    Refuses everything wrong at once, and `capacity.taken` with the hours lost and the next free ones when somebody was faster.
    """
    closes_on = order_rules.day_of(order.procedure.closes_at)
    refuse_all(rules.why_not_say(facts, quantities_of(order), today=_today(now), closes_on=closes_on))
    quote = _write(actor, order, facts, now)
    procedures.submit(actor, quote.submission)
    if facts.machine_id:
        _hold(actor, quote, facts, order, now)
    _open_papers(actor, quote)
    record(actor, "quote:submit", quote, order_id=order.id, minutes=quote.machine_minutes)
    emit(QuoteSubmitted(quote))
    return quote


def _hold(actor: Actor, quote: Quote, facts: QuoteFacts, order: Order, now: datetime) -> None:
    assert facts.machine_id is not None
    assert facts.valid_on is not None
    machine = _machine(actor, facts.machine_id)
    refuse_if(rules.why_not_windows(facts.windows, order.procedure.closes_at))
    windows = facts.windows or tuple(propose(machine, facts, order, now))
    if not windows:
        raise Refusal("quote.no_hours", "这台设备近 26 周没有足够的空闲机时，请换一台设备或选择不锁定机时", field="machine_id")
    capacity.hold_softly(actor, machine, windows, source_kind="quote", source_id=quote.id, until=rules.valid_until(facts.valid_on))


def _open_papers(actor: Actor, quote: Quote) -> None:
    held = measuring.revisions_of((paper.revision_id for paper in quote.papers), quote.organisation_id)
    for revision in held.values():
        files.grant(actor, revision, f"org:{quote.buyer_organisation_id}", "full")


def withdraw(actor: Actor, quote: Quote) -> Quote:
    """Take a quote back, until a decision has been made; its hours are free again at once."""
    was_draft = quote.submission.status == "draft"
    procedures.withdraw(actor, quote.submission)
    capacity.release("quote", quote.id)
    record(actor, "quote:withdraw", quote, order_id=quote.order_id)
    if not was_draft:
        emit(QuoteWithdrawn(quote))
    return quote


def justify(actor: Actor, quote: Quote, text: str) -> Justification:
    """Explain an abnormally low price; from now on the buyer may choose the quote."""
    known = bool(queries.justified([quote.id]))
    abnormal = quote.id in queries.abnormal_in(quote.order_id)
    refuse_if(rules.why_not_justify(abnormal=abnormal, justified=known, text=text))
    said = Justification(organisation_id=quote.organisation_id, quote_id=quote.id, buyer_organisation_id=quote.buyer_organisation_id, text=text.strip())
    with refuse_if_excluded("quote_justifications_once", Refusal("quote.justified", "已经说明过", status=409)):
        db.session.add(said)
    record(actor, "quote:justify", quote)
    emit(QuoteJustified(quote))
    return said


def award(actor: Actor, order: Order, quote: Quote, reason: str, now: datetime) -> Quote:
    """Choose a quote: order and quote are decided, its hours become bookings, its supplier gets the drawings, all in this one transaction.

    Refuses expired and unexplained abnormally low quotes, a second decision, and `capacity.taken` or `capacity.begun` with the next free hours when the
    hold was lost or came too late:
    then nothing has happened and nobody is told.
    """
    if quote.order_id != order.id:
        raise NotFound
    if order.procedure.status in ("open", "closed") and quote.submission.status == "submitted":
        refuse_if(why_not_choose(quote, now))
    decided = procedures.award(actor, order.procedure, quote.submission, reason, now)
    rows = capacity.book("quote", quote.id)
    orders.shut(actor, order)
    drawings.close(actor, order, but=quote.organisation_id)
    record(actor, "quote:award", quote, order_id=order.id, landed_fen=quote.landed_fen, booked=rows)
    emit(QuoteAwarded(quote, organisation_id=quote.organisation_id))
    for loser_id, supplier_id in decided.losers:
        emit(QuoteLost(queries.quote(loser_id), organisation_id=supplier_id))
    return quote


def why_not_choose(quote: Quote, now: datetime) -> Refusal | None:
    """Return why a quote itself may not be chosen: run out, or abnormally low and not explained."""
    abnormal = quote.id in queries.abnormal_in(quote.order_id)
    return rules.why_not_award(valid_on=quote.valid_on, abnormal=abnormal, justified=bool(queries.justified([quote.id])), now=now)


def hold_again(actor: Actor, quote: Quote, order: Order, now: datetime) -> Quote:
    """Hold the next free hours for a quote that lost its own to others. Price and dates stay what was quoted."""
    if quote.submission.status != "submitted" or quote.machine_id is None or quote.valid_on is None:
        raise Refusal("quote.no_hold", "这份报价没有可以重新预留的机时", status=409)
    capacity.release("quote", quote.id)
    _hold(actor, quote, replace(facts_of(quote), windows=()), order, now)
    record(actor, "quote:hold_again", quote)
    return quote


def decline(actor: Actor, order: Order, reason: str, note: str) -> None:
    """Say that the actor's firm will not quote. A second time changes nothing."""
    if reason not in rules.DECLINES:
        raise Refusal("decline.reason", "请选择原因", field="reason")
    if order.organisation_id == actor.organisation_id:
        raise NotFound
    values = {
        "id": uuid7(),
        "organisation_id": actor.organisation_id,
        "buyer_organisation_id": order.organisation_id,
        "order_id": order.id,
        "reason": reason,
        "note": note.strip(),
    }
    db.session.execute(postgresql.insert(Decline).values(values).on_conflict_do_nothing())
    record(actor, "quote:decline", order, reason=reason)
    emit(QuoteDeclined(order, organisation_id=order.organisation_id))


def ask(actor: Actor, order: Order) -> Conversation:
    """Open the conversation of a firm with an order's buyer."""
    return messages.converse(actor, order.organisation_id, "order", order.id, subject=order.title, url=f"/orders/{order.id}")


def facts_of(quote: Quote) -> QuoteFacts:
    """Return what a stored quote says."""
    lines = tuple(
        rules.LineFacts(
            part_id=line.part_id, unit_price_fen=line.unit_price_fen, breaks=rules.breaks_words(line.breaks), minutes_per_piece=line.minutes_per_piece
        )
        for line in quote.lines
    )
    same = {name: getattr(quote, name) for name in (*PLAIN, "tooling_fen", "freight_fen", "prepaid_percent", "payment_days", "setup_minutes")}
    return QuoteFacts(**same, lines=lines, papers=tuple(paper.revision_id for paper in quote.papers))


def lose_hours(quote_id: UUID) -> int:
    """Give the hours of a quote that lost back."""
    return capacity.release("quote", quote_id)
