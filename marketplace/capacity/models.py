"""Machine hours as stored: what is held, booked or blocked, and when the firm is closed."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database import Model, Tenant
from gongchuang.types import Code, Instants, Status, Text200

HARD = ("firm", "booked", "blocked")
LIVE = ("soft", *HARD)

_MACHINE = (text("uuidrange(machine_id, machine_id, '[]')"), "&&")
_UNIT = (text("int4range(unit, unit, '[]')"), "&&")
_DURING = (text("during"), "&&")
_HARDNESS = (text("(case status when 'soft' then int4range(0, 1) else int4range(1, 2) end)"), "-|-")


class Allocation(Tenant, Model):
    """Hours of one machine (`unit` of several of the same) given to something: a quote's hold or booking, or work from outside 线下占用.

    Two constraints make a double booking impossible whoever writes: hard hours (`firm`, `booked`, `blocked`) never overlap each other, and soft ones
    never lie over hard ones. The second is an exclusion on adjacent ranges: soft is [0,1), hard is [1,2), and only neighbours are refused, so soft
    hours may overlap soft ones; how many is counted under the machine's row lock. `until` ends a hold by the database's clock. Emits CapacityChanged.
    """

    __tablename__ = "allocations"
    __system_writes__: ClassVar = ("status", "unit", "until", "reason", "hardened_at")
    __app_may__: ClassVar = ("select", "insert", "update")
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "machine_id"], ["machines.organisation_id", "machines.id"], name="allocations_machine"),
        ExcludeConstraint(_MACHINE, _UNIT, _DURING, name="allocations_never_overlap", using="gist", where=text("status in ('firm', 'booked', 'blocked')")),
        ExcludeConstraint(_MACHINE, _UNIT, _DURING, _HARDNESS, name="allocations_soft_yields", using="gist", where=text("status <> 'released'")),
        CheckConstraint("status in ('soft', 'firm', 'booked', 'blocked', 'released')", name="allocations_status"),
        CheckConstraint("(status in ('soft', 'firm')) <= (until is not null)", name="allocations_holds_end"),
        CheckConstraint("(status = 'released') = (reason is not null)", name="allocations_reason"),
        CheckConstraint("not isempty(during) and not lower_inf(during) and not upper_inf(during)", name="allocations_during"),
        CheckConstraint("unit between 1 and 99", name="allocations_unit"),
        Index("allocations_of_source", "source_kind", "source_id"),
        Index("allocations_of_machine", "machine_id", text("upper(during)"), postgresql_where=text("status <> 'released'")),
        Index("allocations_ending", "until", postgresql_where=text("status in ('soft', 'firm')")),
    )

    machine_id: Mapped[UUID]
    unit: Mapped[int] = mapped_column(default=1)
    during: Mapped[Instants]
    status: Mapped[Status]
    source_kind: Mapped[Code]
    source_id: Mapped[UUID]
    until: Mapped[datetime | None]
    reason: Mapped[Status | None]
    """Why hours were released: withdrawn, expired, displaced (a booking or outside work took them)."""
    hardened_at: Mapped[datetime | None]
    note: Mapped[Text200] = mapped_column(default="")


TRANSITIONS = {"soft": {"firm", "booked", "released"}, "firm": {"booked", "released"}, "booked": {"released"}, "blocked": {"released"}, "released": set()}


class Closure(Tenant, Model):
    """Days on which a machine (or, without one, every machine of the firm) is not worked: 停工 or 保养. Emits CapacityChanged of each machine."""

    __tablename__ = "closures"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "machine_id"], ["machines.organisation_id", "machines.id"], name="closures_machine"),
        CheckConstraint("kind in ('holiday', 'maintenance')", name="closures_kind"),
        CheckConstraint("first_on <= last_on", name="closures_order"),
        Index("closures_of_organisation", "organisation_id", "last_on"),
    )

    machine_id: Mapped[UUID | None]
    kind: Mapped[Status]
    first_on: Mapped[date]
    last_on: Mapped[date]
    note: Mapped[Text200] = mapped_column(default="")
