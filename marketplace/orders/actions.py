"""What buyers do with orders. Each: rule, change, document, audit, event."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql

from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import db, refuse_if_excluded, take_turns, uuid7
from gongchuang.events import emit
from gongchuang.refusal import NotFound, Refusal, refuse_all
from marketplace.orders import document, drawings, measuring, queries, rules, tolerances
from marketplace.orders.events import FirmsInvited, OrderCancelled, OrderExtended, OrderFailed, OrderPublished
from marketplace.orders.models import Order, OrderPart, OrderPartFile, OrderView
from marketplace.orders.rules import OrderFacts, PartFacts
from search.documents import actions as documents
from services.procedures import actions as procedures
from services.procedures import rules as procedure_rules
from services.procedures.queries import known_firms, named_firms

DEFAULT_DAYS = timedelta(days=7)
PLAIN = ("title", "stage", "supply", "governs", "delivery_on", "region", "made_in", "budget_fen", "budget_shown", "invoice", "reach", "file_tier", "note")


def begin(actor: Actor, draft_key: UUID, facts: OrderFacts, now: datetime, *, offer_id: UUID | None = None, cloned_from: UUID | None = None) -> Order:
    """Keep a new draft. `draft_key` is the form's own: the same form saves the same draft, however often it is sent."""
    order_id = uuid7()
    procedure = procedures.draft(actor, "order", order_id)
    order = Order(id=order_id, organisation_id=actor.organisation_id, draft_key=draft_key, offer_id=offer_id, cloned_from=cloned_from, procedure=procedure)
    order.parts = []
    with refuse_if_excluded("orders_draft_once", Refusal("order.saved_meanwhile", "草稿刚在另一个窗口保存，请刷新页面", status=409)):
        db.session.add(order)
    record(actor, "order:begin", order)
    return _write(order, facts, now)


def save(actor: Actor, order: Order, facts: OrderFacts, now: datetime) -> Order:
    """Keep what was said of a draft. Refuses what cannot be true, and everything once it is put out."""
    take_turns("order draft", order.organisation_id, order.draft_key)
    db.session.refresh(order)
    if order.procedure.status != "draft":
        raise Refusal("order.published", "已发布的询价单不能修改，可以撤销后再次发布", status=409)
    refuse_all(rules.why_not_say(facts, today=today(now)))
    return _write(order, facts, now)


def draft_of(actor: Actor, draft_key: UUID) -> Order | None:
    """Return a form's draft, to be changed: once no other request of the form is saving it."""
    take_turns("order draft", actor.organisation_id, draft_key)
    return queries.draft_of(actor.organisation_id, draft_key)


def keep(actor: Actor, draft_key: UUID, facts: OrderFacts, now: datetime) -> Order:
    """Keep what is believable of a form still being filled in; begin the draft when there is none yet."""
    facts = rules.believable(facts, rules.why_not_say(facts, today=today(now)))
    order = draft_of(actor, draft_key)
    if order is None:
        return begin(actor, draft_key, facts, now)
    return save(actor, order, facts, now)


def today(now: datetime) -> Any:
    return rules.day_of(now)


def _write(order: Order, facts: OrderFacts, now: datetime) -> Order:
    for name in PLAIN:
        setattr(order, name, getattr(facts, name))
    order.certificates = list(dict.fromkeys(facts.certificates))
    order.named = [str(i) for i in named_firms(facts.named, except_for=order.organisation_id)]
    order.procedure.closes_at = facts.closes_at
    held = measuring.revisions_of((i for part in facts.parts for i in part.files), order.organisation_id)
    for position, said in enumerate(facts.parts):
        part = order.parts[position] if position < len(order.parts) else OrderPart(organisation_id=order.organisation_id)
        if position >= len(order.parts):
            order.parts.append(part)
        _say(part, position, said, order.organisation_id)
        part.name = said.name or measuring.called(said, held)
        measuring.measure(part, said, held)
    del order.parts[len(facts.parts) :]
    db.session.flush()
    return order


def _say(part: OrderPart, position: int, said: PartFacts, organisation_id: UUID) -> None:
    part.position = position
    for name in ("name", "process", "material", "quantity", "tolerance", "surface", "note"):
        setattr(part, name, getattr(said, name))
    kept = {held.revision_id: held for held in part.files}
    wanted = list(dict.fromkeys(said.files))
    part.files = [kept.get(i) or OrderPartFile(organisation_id=organisation_id, revision_id=i) for i in wanted]
    for place, held in enumerate(part.files):
        held.position = place


def facts_of(order: Order) -> OrderFacts:
    """Return what the buyer said of a stored order."""
    return OrderFacts(
        **{name: getattr(order, name) for name in PLAIN},
        certificates=tuple(order.certificates),
        named=tuple(UUID(i) for i in order.named),
        closes_at=order.procedure.closes_at,
        parts=tuple(measuring.said_of(part) for part in order.parts),
    )


def why_not_publish(actor: Actor, order: Order, now: datetime) -> list[Refusal]:
    """Return everything that still keeps an order from being put out: what the check page lists."""
    park = queries.park_of(order.organisation_id)
    closes_at = order.procedure.closes_at
    found = rules.why_not_publish(facts_of(order), measuring.states_of(order), today=today(now), park=park, closes_on=rules.day_of(closes_at))
    for index, part in enumerate(order.parts):
        try:
            tolerances.read(part.tolerance, max(part.sides, default=None))
        except Refusal as refusal:
            refusal.field = rules.at(index, "tolerance")
            found.append(refusal)
    audience = rules.audience_of(order.reach, park)
    late = procedure_rules.why_not_open(status=order.procedure.status, closes_at=closes_at, audience=audience, invited=len(order.named), now=now)
    return [*found, late] if late and late.field not in {r.field for r in found} else found


def publish(actor: Actor, order: Order, now: datetime) -> Order:
    """Put an order out: readable by its audience, found, matched, taking quotes until its deadline. Its drawings open at the chosen tier."""
    remeasure(order)
    refuse_all(why_not_publish(actor, order, now))
    order.title = rules.titled(order.title, [(p.name, p.quantity) for p in order.parts])
    invited = [UUID(i) for i in order.named]
    audience = rules.audience_of(order.reach, queries.park_of(order.organisation_id))
    procedures.open_(actor, order.procedure, closes_at=order.procedure.closes_at, audience=audience, invited=invited, now=now)
    drawings.open_to(actor, order, [*audience, *(f"org:{i}" for i in invited)])
    documents.mirror(document.of_order(order))
    record(actor, "order:publish", order, parts=len(order.parts), invited=len(invited))
    emit(OrderPublished(order))
    return order


def remeasure(order: Order) -> None:
    """Take over what files have told since the parts were last saved."""
    held = measuring.revisions_of((i for part in order.parts for i in part.file_ids), order.organisation_id)
    for part in order.parts:
        if part.files:
            measuring.measure(part, measuring.said_of(part), held)
    db.session.flush()


def invite(actor: Actor, order: Order, organisation_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Ask more firms for a quote; return those that were not asked before."""
    wanted = known_firms(organisation_ids, except_for=order.organisation_id)
    if len(wanted) < len(set(organisation_ids)):
        raise NotFound
    new = procedures.invite(actor, order.procedure, wanted, now)
    if new:
        order.named = [*order.named, *(str(i) for i in new)]
        drawings.open_to(actor, order, [f"org:{i}" for i in new])
        documents.mirror(document.of_order(order))
        emit(FirmsInvited(order))
    return new


def extend(actor: Actor, order: Order, closes_at: datetime | None, now: datetime) -> Order:
    """Move the deadline later; the delivery date must still follow it."""
    day = rules.day_of(closes_at)
    if day is not None and order.delivery_on is not None and order.delivery_on <= day:
        raise Refusal("order.delivery_before", "交货日期须晚于报价截止日期", field="closes_at")
    procedures.extend(actor, order.procedure, closes_at, now)
    drawings.open_again(actor, order)
    documents.mirror(document.of_order(order))
    emit(OrderExtended(order))
    return order


def cancel(actor: Actor, order: Order, reason: str, now: datetime) -> Order:
    """Call an order off: it is found no more, its drawings close, who quoted is told."""
    was_out = order.procedure.status != "draft"
    procedures.cancel(actor, order.procedure, reason, now)
    shut(actor, order)
    record(actor, "order:cancel", order)
    if was_out:
        emit(OrderCancelled(order))
    return order


def fail(actor: Actor, order: Order, reason: str, now: datetime) -> Order:
    """End an order without a chosen supplier, with the reason."""
    procedures.fail(actor, order.procedure, reason, now)
    shut(actor, order)
    record(actor, "order:fail", order)
    emit(OrderFailed(order))
    return order


def shut(actor: Actor, order: Order) -> None:
    """Take an ended order out of what can be found, and end everybody's access to its drawings."""
    documents.remove("order", order.id)
    drawings.close(actor, order)


def clone(actor: Actor, order: Order, now: datetime) -> Order:
    """Begin a new draft with everything an order said; dates that have passed are asked again."""
    facts = facts_of(order)
    still: dict[str, Any] = {"delivery_on": facts.delivery_on if facts.delivery_on and facts.delivery_on > today(now) + DEFAULT_DAYS else None}
    still["named"] = tuple(known_firms(facts.named, except_for=order.organisation_id))
    values = {name: getattr(facts, name) for name in facts.__dataclass_fields__} | still | {"closes_at": now + DEFAULT_DAYS}
    return begin(actor, uuid7(), OrderFacts(**values), now, cloned_from=order.id)


def note_view(actor: Actor, order_id: UUID, buyer_organisation_id: UUID) -> None:
    """Note that an organisation has opened an order. A second visit changes nothing."""
    if actor.organisation_id is None or actor.organisation_id == buyer_organisation_id:
        return
    values = {"id": uuid7(), "organisation_id": actor.organisation_id, "buyer_organisation_id": buyer_organisation_id, "order_id": order_id}
    db.session.execute(postgresql.insert(OrderView).values(values).on_conflict_do_nothing())


def measured(revision_ids: Iterable[UUID]) -> int:
    """Take a file's facts over into the drafts that name it; return how many. Runs for the file's own organisation."""
    changed = 0
    for order in queries.drafts_with_files(list(revision_ids)):
        remeasure(order)
        changed += 1
    return changed
