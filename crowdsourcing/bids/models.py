"""Bids 投标 on design tasks, as stored."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongchuang.database import Model, Policy, Tenant
from gongchuang.types import BasisPoints, Fen, Text10000
from services.files import models as files
from services.procedures.models import Submission

assert files  # the foreign keys of files name its tables

HANDED_IN = """exists (select 1 from submissions s where s.id = bids.id and s.buyer_organisation_id = org() and s.submitted_at is not null
                and s.status <> 'withdrawn')
    and (not sealed or exists (select 1 from procedures p where p.id = bids.task_id and p.closes_at <= now_()))"""
OWN_ANSWER = """organisation_id = org()
    and exists (select 1 from submissions s where s.id = bids.id and s.organisation_id = org() and s.status = 'draft'
                and s.procedure_id = bids.task_id and s.buyer_organisation_id = bids.buyer_organisation_id)
    and exists (select 1 from tasks t where t.id = bids.task_id and t.sealed = bids.sealed)"""


class Bid(Tenant, Model):
    """One version of what an organisation or person asks for a task. Its id is its submission's, which holds the state.

    Never changed: a new version is a new row, and the one before it is withdrawn, all in one step. `organisation_id` is the bidder; the publisher
    reads it once it is handed in, and a sealed one after the deadline only, by the database's clock. `tax_bp` in hundredths of a percent is None
    where a person gives no invoice. Emits BidSubmitted, BidWithdrawn, BidAwarded, BidLost, BidOpened.
    """

    __tablename__ = "bids"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "id"], ["submissions.organisation_id", "submissions.id"], name="bids_submission"),
        ForeignKeyConstraint(["buyer_organisation_id", "task_id"], ["tasks.organisation_id", "tasks.id"], name="bids_task"),
        ForeignKeyConstraint(["organisation_id", "revision_id"], ["file_revisions.organisation_id", "file_revisions.id"], name="bids_file"),
        CheckConstraint("price_fen > 0", name="bids_price"),
        CheckConstraint("days between 1 and 730", name="bids_days"),
        CheckConstraint("tax_bp in (1300, 900, 600, 300, 100, 0)", name="bids_tax_bp"),
        Index("bids_of_task", "task_id", "organisation_id"),
    )
    __policies__: ClassVar = (
        Policy("own", "select", using="organisation_id = org()"),
        Policy("answer", "insert", check=OWN_ANSWER),
        Policy("publisher", "select", using=HANDED_IN),
    )
    __app_may__: ClassVar = ("select", "insert")

    task_id: Mapped[UUID]
    buyer_organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[int] = mapped_column(default=1)
    price_fen: Mapped[Fen]
    """What the publisher pays in all, tax included."""
    tax_bp: Mapped[BasisPoints | None]
    days: Mapped[int]
    proposal: Mapped[Text10000]
    revision_id: Mapped[UUID | None]
    sealed: Mapped[bool] = mapped_column(default=False)
    """What the bidder was promised; the database holds it against the task when the bid is made."""
    submission: Mapped[Submission] = relationship(viewonly=True, lazy="joined", innerjoin=True)

    @property
    def status(self) -> str:
        return self.submission.status
