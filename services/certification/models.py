"""Cases of verification and their evidence, as stored."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongchuang.database import AUDIENCE, Model, Policy, Row, Tenant
from gongchuang.types import Code, Codes, Digest, Status, Text60, Text200


class CertificationCase(Tenant, Model):
    """One request of an organisation to be verified 企业核验 (a person: by real name). Emits CertificationSubmitted, CertificationDecided, CertificationLapsed.

    `audience` names the operators of its province, city and park: they read the case by it, and nobody else does. Only the system role decides a
    case, in the operator's transaction. An ID number is kept as a keyed digest alone.
    """

    __tablename__ = "certification_cases"
    __table_args__ = (
        CheckConstraint("status in ('submitted', 'approved', 'returned', 'withdrawn', 'expired')", name="certification_cases_status"),
        CheckConstraint("status not in ('approved', 'returned') or decided_at is not null", name="certification_cases_decided"),
        CheckConstraint("reviewer_id is null or reviewer_id <> submitted_by", name="certification_cases_two_persons"),
        Index("certification_cases_open", "organisation_id", unique=True, postgresql_where="status = 'submitted'"),
        Index("certification_cases_queue", "submitted_at", postgresql_where="status = 'submitted'"),
    )
    __policies__: ClassVar = (
        Policy("own", "select", using="organisation_id = org()"),
        AUDIENCE,
        Policy("submit", "insert", check="organisation_id = org() and status = 'submitted' and reviewer_id is null"),
        Policy("withdraw", "update", using="organisation_id = org() and status = 'submitted'", check="organisation_id = org() and status = 'withdrawn'"),
    )
    __system_writes__: ClassVar = ("status", "reviewer_id", "reviewer_organisation_id", "decided_at", "reason", "note", "reminded_at")

    kind: Mapped[Status]
    legal_name: Mapped[Text60]
    uscc: Mapped[str | None] = mapped_column(String(18))
    representative: Mapped[Text60] = mapped_column(default="")
    contact: Mapped[Text60] = mapped_column(default="")
    id_number_digest: Mapped[Digest | None]
    valid_until: Mapped[date | None]
    region: Mapped[Code]
    park: Mapped[Code | None]
    audience: Mapped[Codes]
    status: Mapped[Status] = mapped_column(default="submitted")
    submitted_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime]
    due_at: Mapped[datetime]
    reviewer_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    reviewer_organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[Status | None]
    note: Mapped[Text200 | None]
    reminded_at: Mapped[datetime | None]
    evidence: Mapped[list["CertificationEvidence"]] = relationship(order_by="CertificationEvidence.id")


class CertificationEvidence(Tenant, Row):
    """A picture that supports a case, with the day it is valid until (None: no end). Never changed: a new case brings new evidence."""

    __tablename__ = "certification_evidence"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "case_id"], ["certification_cases.organisation_id", "certification_cases.id"], name="certification_evidence_case"
        ),
        ForeignKeyConstraint(
            ["organisation_id", "revision_id"], ["file_revisions.organisation_id", "file_revisions.id"], name="certification_evidence_revision"
        ),
        CheckConstraint("kind in ('licence', 'identity')", name="certification_evidence_kind"),
        Index("certification_evidence_of_case", "case_id"),
    )
    __policies__: ClassVar = (
        Policy("own", "select", using="organisation_id = org()"),
        AUDIENCE,
        Policy("submit", "insert", check="organisation_id = org()"),
    )
    __app_may__: ClassVar = ("select", "insert")

    case_id: Mapped[UUID]
    kind: Mapped[Status]
    revision_id: Mapped[UUID]
    valid_until: Mapped[date | None]
    audience: Mapped[Codes]


TRANSITIONS = {
    "submitted": {"approved", "returned", "withdrawn"},
    "approved": {"expired"},
    "returned": set(),
    "withdrawn": set(),
    "expired": set(),
}
