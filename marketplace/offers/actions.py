"""What people and the clock do with offers. Each: rule, change, document, audit, event."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql

from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import db, latest, move, uuid7
from gongchuang.events import emit
from gongchuang.organisations.queries import organisation
from gongchuang.refusal import Refusal, refuse_all
from marketplace.capacity import queries as capacity
from marketplace.capacity.spans import day_of, week_code, week_span
from marketplace.machines import queries as machine_queries
from marketplace.machines.models import Machine
from marketplace.offers import events, queries, rules, showing
from marketplace.offers.importing import Read
from marketplace.offers.models import TRANSITIONS, Favourite, Offer
from marketplace.offers.rules import Chosen, Terms
from services.messages import actions as messages
from services.messages.models import Conversation
from services.moderation import queries as moderation

STANDING = ("published", "hidden")


def terms_of(offer: Offer) -> Terms:
    """Return what an offer says."""
    names = ("minutes_per_week", "price_fen", "price_unit", "tax_rate", "lead_time_days", "quantity_min", "reach", "note")
    lists: dict[str, Any] = {"machine_ids": tuple(offer.machine_ids), "weeks": tuple(offer.weeks), "named": tuple(offer.named)}
    return Terms(**{name: getattr(offer, name) for name in names}, **lists)


def draft(actor: Actor, terms: Terms) -> Offer:
    """Write an offer down without showing it to anyone."""
    machines = _checked(actor, terms)
    offer = Offer(organisation_id=actor.organisation_id, **_columns(terms, machines))
    db.session.add(offer)
    db.session.flush()
    record(actor, "offer:draft", offer)
    return offer


def edit(actor: Actor, offer: Offer, terms: Terms, now: datetime) -> Offer:
    """Say anew what is offered. A published offer stays published under its new terms, or is refused as it would be at publishing."""
    machines = _checked(actor, terms)
    before = set(offer.machine_ids)
    for name, value in _columns(terms, machines).items():
        setattr(offer, name, value)
    if offer.status in STANDING:
        _refuse_unpublishable(offer.organisation_id, terms, now)
        _stand(offer, now)
        showing.show(offer, now)
        showing.open_machines(before | set(offer.machine_ids))
        emit(events.OfferChanged(offer))
    db.session.flush()
    record(actor, "offer:edit", offer)
    return offer


def publish(actor: Actor, offer: Offer, now: datetime) -> Offer:
    """Put an offer out to those it is meant for: from now on it is found and matched."""
    _checked(actor, terms_of(offer))
    _refuse_unpublishable(offer.organisation_id, terms_of(offer), now)
    move(offer, TRANSITIONS, to="published", published_at=now, confirmed_at=now, reminded_at=None, ends_at=rules.ends_at(offer.weeks))
    showing.show(offer, now)
    showing.open_machines(offer.machine_ids)
    record(actor, "offer:publish", offer, price_fen=offer.price_fen, weeks=offer.weeks, minutes_per_week=offer.minutes_per_week, reach=offer.reach)
    emit(events.OfferPublished(offer))
    return offer


def publish_new(actor: Actor, terms: Terms, now: datetime) -> Offer:
    """Write an offer and put it out at once."""
    return publish(actor, draft(actor, terms), now)


def publish_all(actor: Actor, rows: Sequence[Read], now: datetime) -> tuple[list[Offer], list[Read]]:
    """Publish every row of a table, or none: the offers, or the rows with what is wrong with each."""
    judged = [replace(row, errors=_wrong_with(actor, row, now)) for row in rows]
    if any(row.errors for row in judged):
        return [], judged
    return [publish_new(actor, row.terms, now) for row in judged if row.terms is not None], judged


def _wrong_with(actor: Actor, row: Read, now: datetime) -> tuple[Refusal, ...]:
    if row.terms is None:
        return row.errors
    try:
        _checked(actor, row.terms)
        _refuse_unpublishable(actor.organisation_id, row.terms, now)
    except Refusal as refusal:
        return (refusal, *refusal.others)
    return ()


def repeat(actor: Actor, offer: Offer, now: datetime) -> Offer:
    """Put the same out again for the weeks that follow, in one tap: an offer that stands moves on, one that is over is published anew."""
    if moderation.is_down(offer.id):
        raise Refusal("offer.taken_down", "这条空闲产能已被平台下架，不能再发；请先申诉，或改正后另发一条", status=409, remedy="/take-downs")
    weeks = rules.shifted(offer.weeks, day_of(offer.published_at or now), day_of(now))
    terms = replace(terms_of(offer), weeks=weeks)
    if offer.status in STANDING:
        edit(actor, offer, terms, now)
        return confirm(actor, offer, now)
    return publish_new(actor, terms, now)


def withdraw(actor: Actor, offer: Offer) -> Offer:
    """Take an offer back: nobody finds it any more. Quotes and bookings stay."""
    latest(offer)
    showing.close(offer, "withdrawn")
    record(actor, "offer:withdraw", offer)
    emit(events.OfferWithdrawn(offer))
    return offer


def take_back(offer: Offer) -> Offer:
    """Take an offer back because its machines are out of work or its firm is suspended."""
    return withdraw(Actor.system(offer.organisation_id), offer)


def confirm(actor: Actor, offer: Offer, now: datetime) -> Offer:
    """Say that an offer still stands: it ranks as fresh again, and shows again where it had been hidden."""
    latest(offer)
    if offer.ends_at is not None and offer.ends_at <= now:
        raise Refusal("offer.over", "这条空闲产能已到期，请再发一次", status=409)
    if offer.status not in STANDING:
        raise Refusal("offer.not_published", "只有已发布的空闲产能可以确认", status=409)
    if offer.status == "hidden":
        move(offer, TRANSITIONS, to="published")
    offer.confirmed_at = now
    showing.show(offer, now)
    showing.open_machines(offer.machine_ids)
    record(actor, "offer:confirm", offer)
    emit(events.OfferConfirmed(offer))
    return offer


def keep(offer: Offer, now: datetime) -> None:
    """Do what the clock asks: let an offer end, hide it, remind its owner, or count its hours anew. Repeating changes nothing."""
    system = Actor.system(offer.organisation_id)
    if offer.status not in STANDING or offer.ends_at is None or offer.confirmed_at is None:
        return
    if offer.ends_at <= now:
        showing.close(offer, "expired")
        record(system, "offer:expire", offer)
        emit(events.OfferExpired(offer))
    elif offer.status == "published" and rules.age(offer.confirmed_at, now) == "hides":
        showing.close(offer, "hidden")
        record(system, "offer:hide", offer)
        emit(events.OfferHidden(offer))
    elif offer.status == "published":
        refresh(offer, now)
        if rules.age(offer.confirmed_at, now) == "lower" and (offer.reminded_at is None or offer.reminded_at < offer.confirmed_at):
            offer.reminded_at = now
            emit(events.OfferUnconfirmed(offer))


def refresh(offer: Offer, now: datetime, *, anyway: bool = False) -> bool:
    """Count what is left of an offer and mirror it if that changed (or `anyway`: its machines or its firm changed). Return whether it did."""
    if offer.status != "published":
        return False
    free = showing.left_of(offer, now)
    counted = offer.counted_at is not None and offer.counted_at >= week_span(week_code(day_of(now))).start
    if free == offer.free_minutes and counted and not anyway:
        return False
    showing.show(offer, now)
    return True


def follow(offer: Offer, now: datetime) -> None:
    """Show an offer as its machines and its firm now are."""
    refresh(offer, now, anyway=True)
    showing.open_machines(offer.machine_ids)


def favour(actor: Actor, offer: Offer) -> None:
    """Keep an offer for the acting person. Twice is once."""
    values = {"id": uuid7(), "organisation_id": actor.organisation_id, "user_id": actor.user_id, "version": 1}
    of = {"offer_organisation_id": offer.organisation_id, "offer_id": offer.id}
    db.session.execute(postgresql.insert(Favourite).values(**values, **of).on_conflict_do_nothing(constraint="favourites_once"))
    record(actor, "offer:favour", offer)


def unfavour(actor: Actor, offer: Offer) -> None:
    """Keep it no longer."""
    kept = queries.favourite(actor.user_id, offer.id)
    if kept is not None:
        db.session.delete(kept)
        db.session.flush()
        record(actor, "offer:unfavour", offer)


def _checked(actor: Actor, terms: Terms) -> list[Machine]:
    """Return the chosen machines, largest first, or refuse terms that are impossible even as a draft."""
    machines = machine_queries.by_ids(terms.machine_ids)
    chosen = [Chosen(m.id, m.organisation_id == actor.organisation_id, m.status == "active", m.kind, m.quantity) for m in machines]
    wrong = rules.why_not_draft(terms, chosen)
    if terms.reach == "named" and len(queries.organisations_by_ids(terms.named)) != len(set(terms.named)):
        wrong.append(Refusal("offer.named_unknown", "指定的客户不存在，请重新选择", field="named"))
    refuse_all(wrong)
    return machines


def _columns(terms: Terms, machines: list[Machine]) -> dict[str, Any]:
    lead = max(machines, key=lambda m: (m.x_mm or 1) * (m.y_mm or 1) * (m.z_mm or 1))
    weeks = sorted(terms.weeks)
    return {
        "machine_ids": list(dict.fromkeys(terms.machine_ids)),
        "title": lead.name,
        "weeks": weeks,
        "free_minutes": [0] * len(weeks),
        "minutes_per_week": terms.minutes_per_week,
        "price_fen": terms.price_fen,
        "price_unit": terms.price_unit,
        "tax_rate": terms.tax_rate,
        "lead_time_days": terms.lead_time_days,
        "quantity_min": terms.quantity_min,
        "reach": terms.reach,
        "named": list(dict.fromkeys(terms.named)) if terms.reach == "named" else [],
        "note": terms.note.strip(),
    }


def _refuse_unpublishable(organisation_id: UUID | None, terms: Terms, now: datetime) -> None:
    free = capacity.free_minutes_by_week(terms.machine_ids, now, rules.AHEAD)
    park = organisation(organisation_id).park if organisation_id else None
    refuse_all(rules.why_not_publish(terms, today=day_of(now), in_park=bool(park), free=free))


def _stand(offer: Offer, now: datetime) -> None:
    """Let an offer under new terms stand from now on: what was booked before is no longer sold of it."""
    if offer.status == "hidden":
        move(offer, TRANSITIONS, to="published")
    offer.published_at = offer.confirmed_at = now
    offer.ends_at = rules.ends_at(offer.weeks)


def talk(actor: Actor, offer: Offer) -> Conversation:
    """Open the conversation with the offering firm."""
    return messages.converse(actor, offer.organisation_id, "offer", offer.id, subject=offer.title, url=f"/offers/{offer.id}")
