"""Reads of machines and certificates."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from gongchuang.database import db, found_or_404
from marketplace.machines.models import Certificate, Machine


def machine(machine_id: UUID) -> Machine:
    return found_or_404(Machine, machine_id)


def certificate(certificate_id: UUID) -> Certificate:
    return found_or_404(Certificate, certificate_id)


def owned_by(organisation_id: UUID | None, *, retired: bool = False) -> list[Machine]:
    """Return a firm's machines, those at work first made first."""
    chosen = select(Machine).where(Machine.organisation_id == organisation_id).order_by(Machine.status, Machine.id)
    return list(db.session.scalars(chosen if retired else chosen.where(Machine.status == "active")))


def by_ids(machine_ids: Iterable[UUID]) -> list[Machine]:
    """Return these machines as far as the reader may see them, in the order of their making."""
    return list(db.session.scalars(select(Machine).where(Machine.id.in_(list(machine_ids))).order_by(Machine.id)))


def certificates_of(organisation_id: UUID | None) -> list[Certificate]:
    return list(db.session.scalars(select(Certificate).where(Certificate.organisation_id == organisation_id).order_by(Certificate.code)))


def certificates_in_force(organisation_id: UUID, today: date) -> tuple[str, ...]:
    """Return the codes of a firm's certificates that have not run out on `today` (Shanghai)."""
    valid = or_(Certificate.expires_on.is_(None), Certificate.expires_on >= today)
    return tuple(db.session.scalars(select(Certificate.code).where(Certificate.organisation_id == organisation_id, valid).order_by(Certificate.code)))
