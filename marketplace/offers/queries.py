"""Reads of offers."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from gongchuang.database import db, found_or_404
from gongchuang.organisations.models import Organisation
from gongchuang.pages import Page, page_of
from marketplace.machines.models import Machine
from marketplace.offers import rules
from marketplace.offers.models import Favourite, Offer


def offer(offer_id: UUID) -> Offer:
    return found_or_404(Offer, offer_id)


def owned_by(organisation_id: UUID | None, cursor: str | None = None) -> Page[Offer]:
    """Return what a firm offers and has offered, latest first."""
    return page_of(select(Offer).where(Offer.organisation_id == organisation_id).order_by(Offer.id.desc()), cursor)


def machines_of(found: Offer) -> list[Machine]:
    """Return an offer's machines, largest first: its lead is the one that stands for it."""
    machines = list(db.session.scalars(select(Machine).where(Machine.id.in_(found.machine_ids))))
    return sorted(machines, key=_size, reverse=True)


def _size(machine: Machine) -> tuple[float, float, str]:
    volume = 1.0
    for side in (machine.x_mm, machine.y_mm, machine.z_mm):
        volume *= side or 1.0
    return volume, machine.mass_kg or 0.0, str(machine.id)


def with_machine(machine_id: UUID, statuses: Sequence[str]) -> list[Offer]:
    """Return the acting organisation's offers of a machine."""
    return list(db.session.scalars(select(Offer).where(Offer.machine_ids.contains([machine_id]), Offer.status.in_(statuses)).order_by(Offer.id)))


def standing_of(organisation_id: UUID) -> list[Offer]:
    """Return a firm's offers that are published or only hidden."""
    return list(db.session.scalars(select(Offer).where(Offer.organisation_id == organisation_id, Offer.status.in_(("published", "hidden"))).order_by(Offer.id)))


def last_of(organisation_id: UUID | None) -> Offer | None:
    """Return what a firm published last: what one tap publishes again."""
    chosen = select(Offer).where(Offer.organisation_id == organisation_id, Offer.published_at.is_not(None)).order_by(Offer.published_at.desc())
    return db.session.scalars(chosen.limit(1)).one_or_none()


def due(moment: datetime, week_begins: datetime) -> list[Offer]:
    """Return the offers the clock has something to do about: ended, unconfirmed for long, or last counted before this week began. As the system."""
    stale = and_(Offer.status == "published", Offer.confirmed_at <= moment - rules.HIDES)
    unreminded = or_(Offer.reminded_at.is_(None), Offer.reminded_at < Offer.confirmed_at)
    lower = and_(Offer.status == "published", Offer.confirmed_at <= moment - rules.RANKS_LOWER, unreminded)
    counted = and_(Offer.status == "published", or_(Offer.counted_at.is_(None), Offer.counted_at < week_begins))
    ended = and_(Offer.status.in_(("published", "hidden")), Offer.ends_at <= moment)
    return list(db.session.scalars(select(Offer).where(or_(ended, stale, lower, counted)).order_by(Offer.id).limit(2000)))


def favourite(user_id: UUID | None, offer_id: UUID) -> Favourite | None:
    return db.session.scalars(select(Favourite).where(Favourite.user_id == user_id, Favourite.offer_id == offer_id)).one_or_none()


def favourites_of(user_id: UUID | None, cursor: str | None = None) -> Page[Offer]:
    """Return the offers a person keeps that may still be seen, last kept first."""
    kept = select(Favourite.offer_id).where(Favourite.user_id == user_id)
    return page_of(select(Offer).where(Offer.id.in_(kept), Offer.status == "published").order_by(Offer.id.desc()), cursor)


def organisations_by_ids(ids: Iterable[UUID]) -> list[Organisation]:
    return list(db.session.scalars(select(Organisation).where(Organisation.id.in_(list(ids))).order_by(Organisation.name)))


def organisations_named(words: str, but: UUID | None, limit: int = 20) -> list[Organisation]:
    """Return verified organisations whose name or pinyin initials hold `words`: whom an offer can be meant for."""
    wanted = words.strip()[:40].replace("\\", "").replace("%", "").replace("_", "")
    chosen = select(Organisation).where(Organisation.status == "verified", Organisation.id != but)
    if wanted:
        chosen = chosen.where(or_(Organisation.name.ilike(f"%{wanted}%"), Organisation.initials.ilike(f"%{wanted}%")))
    return list(db.session.scalars(chosen.order_by(Organisation.name).limit(limit)))
