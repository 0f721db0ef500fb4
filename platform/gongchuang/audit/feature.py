"""What the audit trail contributes: its invariant."""

from uuid import UUID

from sqlalchemy import select, union

from gongchuang.audit.chain import breaks_of
from gongchuang.audit.models import AuditEntry, AuditHead
from gongchuang.database import db
from gongchuang.manifest import Feature


def chains_unbroken() -> list[str]:
    """Every organisation's chain recomputes to its head."""
    chains: list[UUID] = list(db.session.scalars(union(select(AuditHead.organisation_id), select(AuditEntry.organisation_id))))
    return [problem for organisation_id in chains for problem in breaks_of(organisation_id)]


feature = Feature(name="audit", checks=[chains_unbroken])
