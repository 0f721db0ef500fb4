"""Design tasks 众包任务 and their files, as stored."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongchuang.database import Model, Policy, Row, Tenant
from gongchuang.types import Codes, Fen, Status, Text60, Text2000, Text10000
from services.files import models as files
from services.procedures.models import Procedure

assert files  # the foreign keys of files name its tables

PUT_OUT = "exists (select 1 from procedures p where p.id = {id} and p.status <> 'draft')"


class Task(Tenant, Model):
    """What a manufacturer wants designed. Its id is its procedure's, which holds state, deadline and audience; whoever sees that one put out sees the task.

    Kept from the first change on, so everything but the choices may be missing in a draft. `sealed`: bids stay shut, also from the publisher,
    until the deadline. Money is not held by the platform. Emits TaskPublished, TaskExtended, TaskCancelled, TaskFailed, DesignersInvited.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "id"], ["procedures.organisation_id", "procedures.id"], name="tasks_procedure"),
        UniqueConstraint("organisation_id", "draft_key", name="tasks_draft_once"),
        CheckConstraint("ip_terms in ('publisher', 'designer', 'shared', 'staged')", name="tasks_ip_terms"),
        CheckConstraint("reach in ('public', 'park', 'named')", name="tasks_reach"),
        CheckConstraint("file_tier in ('preview', 'nda', 'full')", name="tasks_file_tier"),
        CheckConstraint("budget_min_fen > 0 and budget_min_fen <= budget_max_fen", name="tasks_budget"),
    )
    __policies__: ClassVar = (Policy("put_out", "select", using=PUT_OUT.format(id="tasks.id")),)

    title: Mapped[Text60] = mapped_column(default="")
    brief: Mapped[Text10000] = mapped_column(default="")
    deliverables: Mapped[Text2000] = mapped_column(default="")
    budget_min_fen: Mapped[Fen | None]
    budget_max_fen: Mapped[Fen | None]
    """Tax included. The same as the least where the budget is fixed."""
    skills: Mapped[Codes]
    delivery_on: Mapped[date | None]
    ip_terms: Mapped[Status | None]
    reach: Mapped[Status] = mapped_column(default="public")
    named: Mapped[Codes]
    sealed: Mapped[bool] = mapped_column(default=False)
    file_tier: Mapped[Status] = mapped_column(default="nda")
    draft_key: Mapped[UUID]
    cloned_from: Mapped[UUID | None]
    procedure: Mapped[Procedure] = relationship(viewonly=True, lazy="joined", innerjoin=True)
    files: Mapped[list["TaskFile"]] = relationship(order_by="TaskFile.position", cascade="all, delete-orphan", lazy="selectin")

    @property
    def number(self) -> str:
        """What people call it by: RW, the day it was begun, the tail of its id."""
        return f"RW{self.created_at:%y%m%d}-{self.id.hex[-5:].upper()}"

    @property
    def file_ids(self) -> tuple[UUID, ...]:
        return tuple(held.revision_id for held in self.files)

    @property
    def fixed(self) -> bool:
        """Whether the budget is one figure, not a range."""
        return self.budget_min_fen == self.budget_max_fen


class TaskFile(Tenant, Row):
    """A drawing, model or photograph of a task's brief, by the revision that was attached."""

    __tablename__ = "task_files"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "task_id"], ["tasks.organisation_id", "tasks.id"], name="task_files_task"),
        ForeignKeyConstraint(["organisation_id", "revision_id"], ["file_revisions.organisation_id", "file_revisions.id"], name="task_files_file"),
        UniqueConstraint("task_id", "revision_id", name="task_files_once"),
        Index("task_files_of_file", "revision_id"),
    )
    __policies__: ClassVar = (Policy("put_out", "select", using=PUT_OUT.format(id="task_files.task_id")),)

    task_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(default=0)
