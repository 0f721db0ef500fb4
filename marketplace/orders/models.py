"""Orders (询价单), their parts and who has read them, as stored."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongchuang.database import Model, Policy, Row, Tenant
from gongchuang.types import Code, Codes, Fen, Mm, Status, Text20, Text60, Text200, Text2000
from services.files import models as files
from services.procedures.models import Procedure

assert files  # the parts' foreign keys name its tables

PUT_OUT = "exists (select 1 from procedures p where p.id = {id} and p.status <> 'draft')"


class Order(Tenant, Model):
    """What a firm wants made. Its id is its procedure's, which holds state, deadline and audience; whoever sees that one put out sees the order.

    Kept from the first change on, so everything but the choices may be missing in a draft. Emits OrderPublished, OrderCancelled, OrderFailed,
    OrderExtended, FirmsInvited.
    """

    __tablename__ = "orders"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "id"], ["procedures.organisation_id", "procedures.id"], name="orders_procedure"),
        UniqueConstraint("organisation_id", "draft_key", name="orders_draft_once"),
        CheckConstraint("stage in ('prototype', 'small', 'series')", name="orders_stage"),
        CheckConstraint("supply in ('all_in', 'own_material')", name="orders_supply"),
        CheckConstraint("governs in ('model', 'drawing')", name="orders_governs"),
        CheckConstraint("made_in in ('anywhere', 'province', 'city')", name="orders_made_in"),
        CheckConstraint("invoice in ('special', 'ordinary', 'none')", name="orders_invoice"),
        CheckConstraint("reach in ('public', 'park', 'named')", name="orders_reach"),
        CheckConstraint("file_tier in ('facts', 'preview', 'nda', 'full')", name="orders_file_tier"),
        CheckConstraint("budget_fen > 0", name="orders_budget"),
    )
    __policies__: ClassVar = (Policy("put_out", "select", using=PUT_OUT.format(id="orders.id")),)

    title: Mapped[Text60] = mapped_column(default="")
    stage: Mapped[Status] = mapped_column(default="small")
    supply: Mapped[Status] = mapped_column(default="all_in")
    governs: Mapped[Status] = mapped_column(default="model")
    delivery_on: Mapped[date | None]
    region: Mapped[Code] = mapped_column(default="")
    made_in: Mapped[Status] = mapped_column(default="anywhere")
    certificates: Mapped[Codes]
    budget_fen: Mapped[Fen | None]
    budget_shown: Mapped[bool] = mapped_column(default=False)
    invoice: Mapped[Status] = mapped_column(default="special")
    reach: Mapped[Status] = mapped_column(default="public")
    named: Mapped[Codes]
    file_tier: Mapped[Status] = mapped_column(default="nda")
    note: Mapped[Text2000] = mapped_column(default="")
    draft_key: Mapped[UUID]
    offer_id: Mapped[UUID | None]
    """The offer it was begun from, if any: no reference, for offers end."""
    cloned_from: Mapped[UUID | None]
    procedure: Mapped[Procedure] = relationship(viewonly=True, lazy="joined", innerjoin=True)
    parts: Mapped[list["OrderPart"]] = relationship(order_by="OrderPart.position", cascade="all, delete-orphan", lazy="selectin")

    @property
    def number(self) -> str:
        """What people call it by: XJ, the day it was begun, the tail of its id."""
        return f"XJ{self.created_at:%y%m%d}-{self.id.hex[-5:].upper()}"


class OrderPart(Tenant, Model):
    """One part of an order. Sizes are the file's (`size_source` file) or typed 手填; changed with the order alone, emits nothing."""

    __tablename__ = "order_parts"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "order_id"], ["orders.organisation_id", "orders.id"], name="order_parts_order"),
        CheckConstraint("quantity between 1 and 10000000", name="order_parts_quantity"),
        CheckConstraint("size_source in ('file', 'typed')", name="order_parts_size_source"),
        CheckConstraint("least(x_mm, y_mm, z_mm, tolerance_mm, volume_mm3) > 0", name="order_parts_positive"),
        Index("order_parts_of_order", "order_id", "position"),
    )
    __policies__: ClassVar = (Policy("put_out", "select", using=PUT_OUT.format(id="order_parts.order_id")),)

    order_id: Mapped[UUID]
    position: Mapped[int]
    name: Mapped[Text60] = mapped_column(default="")
    process: Mapped[Code | None]
    material: Mapped[Code | None]
    quantity: Mapped[int | None]
    tolerance: Mapped[Text20] = mapped_column(default="")
    tolerance_mm: Mapped[Mm | None]
    surface: Mapped[Code | None]
    x_mm: Mapped[Mm | None]
    y_mm: Mapped[Mm | None]
    z_mm: Mapped[Mm | None]
    size_source: Mapped[Status | None]
    volume_mm3: Mapped[Mm | None]
    watertight: Mapped[bool | None]
    note: Mapped[Text200] = mapped_column(default="")
    files: Mapped[list["OrderPartFile"]] = relationship(order_by="OrderPartFile.position", cascade="all, delete-orphan", lazy="selectin")

    @property
    def file_ids(self) -> tuple[UUID, ...]:
        return tuple(held.revision_id for held in self.files)

    @property
    def sides(self) -> tuple[float, ...]:
        """The outer size in mm, as far as it is known."""
        return tuple(side for side in (self.x_mm, self.y_mm, self.z_mm) if side is not None)


class OrderPartFile(Tenant, Row):
    """A model, drawing or photograph of a part, by the revision that was attached."""

    __tablename__ = "order_part_files"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "part_id"], ["order_parts.organisation_id", "order_parts.id"], name="order_part_files_part"),
        ForeignKeyConstraint(["organisation_id", "revision_id"], ["file_revisions.organisation_id", "file_revisions.id"], name="order_part_files_file"),
        UniqueConstraint("part_id", "revision_id", name="order_part_files_once"),
        Index("order_part_files_of_file", "revision_id"),
    )
    __policies__: ClassVar = (Policy("put_out", "select", using="exists (select 1 from order_parts o where o.id = order_part_files.part_id)"),)

    part_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    position: Mapped[int]


class OrderView(Tenant, Row):
    """That an organisation has opened an order: the buyer's 已读. Written by the reader's own visit."""

    __tablename__ = "order_views"
    __table_args__ = (
        ForeignKeyConstraint(["buyer_organisation_id", "order_id"], ["orders.organisation_id", "orders.id"], name="order_views_order"),
        UniqueConstraint("order_id", "organisation_id", name="order_views_once"),
    )
    __policies__: ClassVar = (Policy("buyer", "select", using="buyer_organisation_id = org()"),)
    __app_may__: ClassVar = ("select", "insert")

    buyer_organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    order_id: Mapped[UUID]
