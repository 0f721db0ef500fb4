"""Reads of organisations."""

from uuid import UUID

from sqlalchemy import select

from gongchuang.database import db, found_or_404
from gongchuang.organisations.models import Membership, Organisation


def organisation(organisation_id: UUID) -> Organisation:
    return found_or_404(Organisation, organisation_id)


def audience_tokens(organisation_id: UUID | None, park: str | None) -> tuple[str, ...]:
    """Return the audiences an organisation belongs to: everyone's, its park's, its own."""
    tokens = ["public"]
    if organisation_id:
        tokens.append(f"org:{organisation_id}")
    if park:
        tokens.append(f"park:{park}")
    return tuple(tokens)


def audience_of(organisation_id: UUID | None) -> tuple[str, ...]:
    """Return the audience tokens of an organisation by its id."""
    if organisation_id is None:
        return ("public",)
    return audience_tokens(organisation_id, db.session.scalar(select(Organisation.park).where(Organisation.id == organisation_id)))


def members_of(organisation_id: UUID) -> list[Membership]:
    return list(db.session.scalars(select(Membership).where(Membership.organisation_id == organisation_id).order_by(Membership.id)))
