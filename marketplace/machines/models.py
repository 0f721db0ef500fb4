"""Machines and the firm's certificates, as stored."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database import AUDIENCE, Model, Policy, Tenant
from gongchuang.types import Code, Codes, Json, Mm, Status, Text60, Text200


class Machine(Tenant, Model):
    """One machine, or several of the same (`quantity`), each of which does one job at a time. Changed by its owner only; emits MachineChanged.

    `audience` is kept by `offers`: whoever may see a published offer of the machine may see the machine. `materials` maps a material's code to the
    greatest thickness in mm (null: no limit of its own). `shifts` is {"preset": …, "week": seven days of [start, end] in minutes since midnight,
    Asia/Shanghai}. `soft_factor` is how many quotes may hold the same hour softly. `photo_id` is a checked revision of the firm's own, opened with the offers.
    """

    __tablename__ = "machines"
    __policies__: ClassVar = (AUDIENCE,)
    __system_writes__: ClassVar = ("audience",)
    __app_may__: ClassVar = ("select", "insert", "update")
    __table_args__ = (
        CheckConstraint("status in ('active', 'retired')", name="machines_status"),
        CheckConstraint("quantity between 1 and 99", name="machines_quantity"),
        CheckConstraint("soft_factor between 1 and 20", name="machines_soft_factor"),
        CheckConstraint("least(x_mm, y_mm, z_mm, mass_kg, tolerance_mm) > 0", name="machines_sizes_positive"),
        ForeignKeyConstraint(["organisation_id", "photo_id"], ["file_revisions.organisation_id", "file_revisions.id"], name="machines_photo"),
        Index("machines_of_organisation", "organisation_id", "status"),
    )

    name: Mapped[Text60]
    model: Mapped[Text60] = mapped_column(default="")
    kind: Mapped[Code]
    quantity: Mapped[int] = mapped_column(default=1)
    core: Mapped[Codes]
    supplementary: Mapped[Codes]
    materials: Mapped[Json]
    x_mm: Mapped[Mm | None]
    y_mm: Mapped[Mm | None]
    z_mm: Mapped[Mm | None]
    mass_kg: Mapped[Mm | None]
    tolerance_mm: Mapped[Mm | None]
    shifts: Mapped[Json]
    soft_factor: Mapped[int] = mapped_column(default=5)
    note: Mapped[Text200] = mapped_column(default="")
    photo_id: Mapped[UUID | None]
    status: Mapped[Status] = mapped_column(default="active")
    audience: Mapped[Codes]


TRANSITIONS = {"active": {"retired"}, "retired": {"active"}}


class Certificate(Tenant, Model):
    """A certificate 资质证书 the firm holds, until `expires_on` (null: without end). Public, as on its wall. Emits CertificatesChanged."""

    __tablename__ = "certificates"
    __policies__: ClassVar = (Policy("public", "select", using="true"),)
    __table_args__ = (UniqueConstraint("organisation_id", "code", name="certificates_once"),)

    code: Mapped[Code]
    number: Mapped[Text60] = mapped_column(default="")
    expires_on: Mapped[date | None]
