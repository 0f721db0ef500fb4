"""Procedures, submissions and awards, as stored."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database import AUDIENCE, Model, Policy, Tenant
from gongchuang.types import Code, Codes, Status, Text2000

PUT_OUT = "status <> 'draft'"
INVITED = "exists (select 1 from participants p where p.object_id = procedures.id and p.organisation_id = org())"
SEEN_PROCEDURE = "exists (select 1 from procedures p where p.id = procedure_id and p.organisation_id = buyer_organisation_id and {open})"


class Procedure(Tenant, Model):
    """What is put out for offers: an order, a task. Its id is the id of that object, so `participants` of the one are those of the other.

    `organisation_id` is who put it out. Readable by its audience and by whoever takes part (invited, or having submitted) once it is open;
    the object's own tables repeat none of this: their policies ask whether the reader sees the procedure.
    Emits ProcedureClosed; what people do with it is told by the object's own events.
    """

    __tablename__ = "procedures"
    __table_args__ = (
        CheckConstraint("status in ('draft', 'open', 'closed', 'awarded', 'cancelled', 'failed')", name="procedures_status"),
        CheckConstraint("status = 'draft' or status = 'cancelled' or (opens_at is not null and closes_at > opens_at)", name="procedures_dated"),
        Index("procedures_due", "closes_at", postgresql_where="status = 'open'"),
    )
    __policies__: ClassVar = (
        Policy("audience", "select", using=f"{PUT_OUT} and {AUDIENCE.using}"),
        Policy("party", "select", using=f"{PUT_OUT} and {INVITED}"),
    )
    __system_writes__: ClassVar = ("status",)

    object_kind: Mapped[Code]
    """`order` or `task`."""
    status: Mapped[Status] = mapped_column(default="draft")
    audience: Mapped[Codes]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    extensions: Mapped[int] = mapped_column(default=0)
    decided_at: Mapped[datetime | None]
    reason: Mapped[Text2000] = mapped_column(default="")

    @property
    def object_id(self) -> UUID:
        return self.id


TRANSITIONS = {
    "draft": {"open", "cancelled"},
    "open": {"closed", "awarded", "cancelled", "failed"},
    "closed": {"awarded", "cancelled", "failed"},
    "awarded": set[str](),
    "cancelled": set[str](),
    "failed": set[str](),
}


class Submission(Tenant, Model):
    """That an organisation answers a procedure: a quote, a bid. Its id is the id of that object.

    `organisation_id` is the supplier; the buyer sees it once it is submitted and can change nothing of it. The database accepts it only from
    who sees the procedure, and lets it become `submitted` only before `closes_at` by its own clock. What a buyer's decision moves
    (`awarded`, `lost`) goes through the system role, which may write nothing but the state.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        ForeignKeyConstraint(["buyer_organisation_id", "procedure_id"], ["procedures.organisation_id", "procedures.id"], name="submissions_procedure"),
        CheckConstraint("status in ('draft', 'submitted', 'withdrawn', 'awarded', 'lost')", name="submissions_status"),
        CheckConstraint("organisation_id <> buyer_organisation_id", name="submissions_of_another"),
        CheckConstraint("status = 'draft' or status = 'withdrawn' or submitted_at is not null", name="submissions_dated"),
        Index("submissions_once", "procedure_id", "organisation_id", unique=True, postgresql_where="status <> 'withdrawn'"),
        Index("submissions_of_buyer", "buyer_organisation_id", "procedure_id"),
    )
    __policies__: ClassVar = (
        Policy("own", "select", using="organisation_id = org()"),
        Policy("buyer", "select", using="buyer_organisation_id = org() and submitted_at is not null"),
        Policy("begin", "insert", check=f"organisation_id = org() and status = 'draft' and {SEEN_PROCEDURE.format(open='true')}"),
        Policy(
            "answer",
            "update",
            using="organisation_id = org() and status in ('draft', 'submitted')",
            check="organisation_id = org() and (status in ('draft', 'withdrawn') or (status = 'submitted' and "
            + SEEN_PROCEDURE.format(open="p.status = 'open' and now_() < p.closes_at")
            + "))",
        ),
        Policy("drop", "delete", using="organisation_id = org() and status = 'draft'"),
    )
    __app_may__: ClassVar = ("select", "insert", "update (status, submitted_at, version)", "delete")
    __system_writes__: ClassVar = ("status", "decided_at")

    buyer_organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    procedure_id: Mapped[UUID]
    object_kind: Mapped[Code]
    """`quote` or `bid`."""
    status: Mapped[Status] = mapped_column(default="draft")
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]


SUBMISSION_TRANSITIONS = {
    "draft": {"submitted", "withdrawn"},
    "submitted": {"withdrawn", "awarded", "lost"},
    "withdrawn": set[str](),
    "awarded": set[str](),
    "lost": set[str](),
}


class Award(Tenant, Model):
    """The owner's decision for one submission, with its reason. One for each procedure, never changed; the winner may read it."""

    __tablename__ = "awards"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "procedure_id"], ["procedures.organisation_id", "procedures.id"], name="awards_procedure"),
        ForeignKeyConstraint(["supplier_organisation_id", "submission_id"], ["submissions.organisation_id", "submissions.id"], name="awards_submission"),
        UniqueConstraint("organisation_id", "procedure_id", name="awards_once"),
        Index("awards_of_supplier", "supplier_organisation_id"),
    )
    __policies__: ClassVar = (Policy("winner", "select", using="supplier_organisation_id = org()"),)
    __app_may__: ClassVar = ("select", "insert")

    procedure_id: Mapped[UUID]
    submission_id: Mapped[UUID]
    supplier_organisation_id: Mapped[UUID]
    reason: Mapped[Text2000]
