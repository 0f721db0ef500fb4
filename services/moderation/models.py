"""Reports and take-downs, as stored."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database import AUDIENCE, Model, Policy, Tenant
from gongchuang.types import Code, Codes, Status, Text200, Text2000


class Report(Model):
    """That somebody finds a published thing wrong. Seen by who reported and by the operators of the owner's place, never by the owner. Emits Reported."""

    __tablename__ = "reports"
    __table_args__ = (
        CheckConstraint("status in ('open', 'dismissed', 'upheld')", name="reports_status"),
        Index("reports_once", "object_id", "reporter_id", unique=True, postgresql_where="status = 'open'"),
        Index("reports_open", "created_at", postgresql_where="status = 'open'"),
    )
    __policies__: ClassVar = (
        Policy("mine", "select", using="reporter_id = user_id()"),
        AUDIENCE,
        Policy("report", "insert", check="reporter_id = user_id() and status = 'open' and decided_by is null"),
    )
    __app_may__: ClassVar = ("select", "insert")
    __system_writes__: ClassVar = ("status", "decided_by", "decided_at")

    kind: Mapped[Code]
    object_id: Mapped[UUID]
    title: Mapped[Text200]
    url: Mapped[Text200]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    audience: Mapped[Codes]
    reporter_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[Status]
    note: Mapped[Text2000] = mapped_column(default="")
    status: Mapped[Status] = mapped_column(default="open")
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]


class TakeDown(Tenant, Model):
    """That an operator took an organisation's thing down, with the reason; the organisation may appeal once, another operator answers.

    Emits TakenDown, Appealed, AppealAnswered.
    """

    __tablename__ = "take_downs"
    __table_args__ = (
        CheckConstraint("status in ('down', 'appealed', 'upheld', 'restored')", name="take_downs_status"),
        CheckConstraint("answered_by is null or answered_by <> taken_by", name="take_downs_two_persons"),
        Index("take_downs_of_object", "object_id"),
    )
    __policies__: ClassVar = (
        Policy("own", "select", using="organisation_id = org()"),
        AUDIENCE,
        Policy("appeal", "update", using="organisation_id = org() and status = 'down'", check="organisation_id = org() and status = 'appealed'"),
    )
    __app_may__: ClassVar = ("select", "update")
    __system_writes__: ClassVar = ("insert", "status", "answer", "answered_by", "answered_at")

    kind: Mapped[Code]
    object_id: Mapped[UUID]
    title: Mapped[Text200]
    url: Mapped[Text200]
    audience: Mapped[Codes]
    reason: Mapped[Status]
    note: Mapped[Text2000] = mapped_column(default="")
    taken_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    taken_at: Mapped[datetime]
    status: Mapped[Status] = mapped_column(default="down")
    appeal: Mapped[Text2000 | None]
    appealed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    appealed_at: Mapped[datetime | None]
    answer: Mapped[Text2000 | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]


REPORT_TRANSITIONS = {"open": {"dismissed", "upheld"}, "dismissed": set(), "upheld": set()}
TAKE_DOWN_TRANSITIONS = {"down": {"appealed"}, "appealed": {"upheld", "restored"}, "upheld": set(), "restored": set()}
