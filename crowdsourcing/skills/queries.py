"""Reads of designers. Row-level security has already removed what the reader may not see."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from crowdsourcing.skills.models import Designer
from gongchuang.database import db, found_or_404
from gongchuang.organisations.models import Organisation


def designer(designer_id: UUID) -> Designer:
    return found_or_404(Designer, designer_id)


def designer_of(organisation_id: UUID | None) -> Designer | None:
    """Return what an organisation declared, None when it declared nothing or the reader may not see it."""
    return db.session.scalar(select(Designer).where(Designer.organisation_id == organisation_id)) if organisation_id else None


def designers_of(organisation_ids: Iterable[UUID]) -> dict[UUID, Designer]:
    """Return the designers among these organisations, by organisation."""
    found = db.session.scalars(select(Designer).where(Designer.organisation_id.in_(list(organisation_ids))))
    return {row.organisation_id: row for row in found}


def designers(designer_ids: Iterable[UUID]) -> dict[UUID, Designer]:
    """Return these designers by id."""
    return {row.id: row for row in db.session.scalars(select(Designer).where(Designer.id.in_(list(designer_ids))))}


def firm(organisation_id: UUID) -> Organisation:
    return found_or_404(Organisation, organisation_id)
