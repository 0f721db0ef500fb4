"""Quotes (报价单) as stored: their lines, papers, what a low price is explained with, and who declined."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongchuang.database import Model, Policy, Row, Tenant
from gongchuang.types import BasisPoints, Currency, Fen, Json, Minutes, Mm, Status, Text2000
from marketplace.machines import models as machines
from marketplace.orders import models as orders
from services.files import models as files
from services.procedures.models import Submission

assert machines
assert orders
assert files  # foreign keys name their tables

STILL_DRAFT = "organisation_id = org() and exists (select 1 from submissions s where s.id = {id} and s.status = 'draft')"
OWN = Policy("own", "select", using="organisation_id = org()")


class Quote(Tenant, Model):
    """A supplier's answer to an order. Its id is its submission's, which holds its state; once that is handed in, the database lets nobody change it.

    Money in fen; `tax_bp` in basis points. `landed_fen` is 到厂总价 (含税含运), `net_fen` what it costs a buyer who deducts the tax of a 专票.
    Emits QuoteSubmitted, QuoteWithdrawn, QuoteAwarded, QuoteLost, QuoteJustified.
    """

    __tablename__ = "quotes"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "id"], ["submissions.organisation_id", "submissions.id"], name="quotes_submission"),
        ForeignKeyConstraint(["buyer_organisation_id", "order_id"], ["orders.organisation_id", "orders.id"], name="quotes_order"),
        ForeignKeyConstraint(["organisation_id", "machine_id"], ["machines.organisation_id", "machines.id"], name="quotes_machine"),
        CheckConstraint("tax_bp in (0, 100, 300, 600, 900, 1300)", name="quotes_tax"),
        CheckConstraint("invoice in ('special', 'ordinary')", name="quotes_invoice"),
        CheckConstraint("payment in ('prepaid', 'monthly', 'acceptance')", name="quotes_payment"),
        CheckConstraint("prepaid_percent between 0 and 100", name="quotes_prepaid"),
        CheckConstraint("payment_days between 0 and 365", name="quotes_payment_days"),
        CheckConstraint("tooling_fen >= 0 and freight_fen >= 0 and landed_fen > 0 and net_fen > 0", name="quotes_money"),
        CheckConstraint("lead_days between 1 and 730", name="quotes_lead"),
        Index("quotes_of_order", "order_id"),
    )
    __policies__: ClassVar = (
        OWN,
        Policy("write", "all", using=STILL_DRAFT.format(id="quotes.id"), check=STILL_DRAFT.format(id="quotes.id")),
        Policy("buyer", "select", using="buyer_organisation_id = org() and exists (select 1 from submissions s where s.id = quotes.id)"),
    )

    buyer_organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    order_id: Mapped[UUID]
    prices_include_tax: Mapped[bool] = mapped_column(default=True)
    tax_bp: Mapped[BasisPoints] = mapped_column(default=1300)
    invoice: Mapped[Status] = mapped_column(default="special")
    tooling_fen: Mapped[Fen] = mapped_column(default=0)
    freight_fen: Mapped[Fen] = mapped_column(default=0)
    currency: Mapped[Currency]
    landed_fen: Mapped[Fen | None]
    net_fen: Mapped[Fen | None]
    payment: Mapped[Status] = mapped_column(default="prepaid")
    prepaid_percent: Mapped[int] = mapped_column(default=30)
    payment_days: Mapped[int] = mapped_column(default=30)
    lead_days: Mapped[int | None]
    valid_on: Mapped[date | None]
    """The last day (Shanghai) the quote binds its supplier."""
    note: Mapped[Text2000] = mapped_column(default="")
    machine_id: Mapped[UUID | None]
    setup_minutes: Mapped[Minutes] = mapped_column(default=0)
    machine_minutes: Mapped[Minutes] = mapped_column(default=0)
    submission: Mapped[Submission] = relationship(viewonly=True, lazy="joined", innerjoin=True)
    lines: Mapped[list["QuoteLine"]] = relationship(order_by="QuoteLine.position", cascade="all, delete-orphan", lazy="selectin")
    papers: Mapped[list["QuotePaper"]] = relationship(order_by="QuotePaper.position", cascade="all, delete-orphan", lazy="selectin")

    @property
    def number(self) -> str:
        """What people call it by: BJ, the day it was begun, the tail of its id."""
        return f"BJ{self.created_at:%y%m%d}-{self.id.hex[-5:].upper()}"


SEEN = "exists (select 1 from submissions s where s.id = {id} and s.buyer_organisation_id = org())"


def _child_policies(table: str) -> tuple[Policy, ...]:
    of_quote = f"{table}.quote_id"
    draft = STILL_DRAFT.format(id=of_quote)
    return (OWN, Policy("write", "all", using=draft, check=draft), Policy("buyer", "select", using=SEEN.format(id=of_quote)))


class QuoteLine(Tenant, Row):
    """The price of one part. `breaks` is {"100": fen, …}: the unit price from that quantity on (阶梯价)."""

    __tablename__ = "quote_lines"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "quote_id"], ["quotes.organisation_id", "quotes.id"], name="quote_lines_quote"),
        ForeignKeyConstraint(["buyer_organisation_id", "part_id"], ["order_parts.organisation_id", "order_parts.id"], name="quote_lines_part"),
        UniqueConstraint("quote_id", "part_id", name="quote_lines_once"),
        CheckConstraint("unit_price_fen > 0 and quantity > 0", name="quote_lines_money"),
        CheckConstraint("minutes_per_piece > 0", name="quote_lines_minutes"),
    )
    __policies__: ClassVar = _child_policies("quote_lines")

    quote_id: Mapped[UUID]
    buyer_organisation_id: Mapped[UUID]
    part_id: Mapped[UUID]
    position: Mapped[int]
    quantity: Mapped[int]
    unit_price_fen: Mapped[Fen | None]
    breaks: Mapped[Json]
    minutes_per_piece: Mapped[Mm | None]


class QuotePaper(Tenant, Row):
    """A file that comes with a quote."""

    __tablename__ = "quote_papers"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "quote_id"], ["quotes.organisation_id", "quotes.id"], name="quote_papers_quote"),
        ForeignKeyConstraint(["organisation_id", "revision_id"], ["file_revisions.organisation_id", "file_revisions.id"], name="quote_papers_file"),
        UniqueConstraint("quote_id", "revision_id", name="quote_papers_once"),
    )
    __policies__: ClassVar = _child_policies("quote_papers")

    quote_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    position: Mapped[int]


class Justification(Tenant, Row):
    """How a supplier explains an abnormally low price. Said once, never changed; the buyer reads it."""

    __tablename__ = "quote_justifications"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "quote_id"], ["quotes.organisation_id", "quotes.id"], name="quote_justifications_quote"),
        UniqueConstraint("quote_id", name="quote_justifications_once"),
    )
    __policies__: ClassVar = (Policy("buyer", "select", using="buyer_organisation_id = org()"),)
    __app_may__: ClassVar = ("select", "insert")

    quote_id: Mapped[UUID]
    buyer_organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    text: Mapped[Text2000]


class Decline(Tenant, Row):
    """That a firm will not quote, and why 婉拒: the buyer learns what is in the way."""

    __tablename__ = "quote_declines"
    __table_args__ = (
        ForeignKeyConstraint(["buyer_organisation_id", "order_id"], ["orders.organisation_id", "orders.id"], name="quote_declines_order"),
        UniqueConstraint("order_id", "organisation_id", name="quote_declines_once"),
        CheckConstraint("reason in ('busy', 'process', 'tolerance', 'date', 'price', 'quantity', 'other')", name="quote_declines_reason"),
    )
    __policies__: ClassVar = (
        Policy("own", "select", using="organisation_id = org()"),
        Policy("buyer", "select", using="buyer_organisation_id = org()"),
        Policy(
            "say",
            "insert",
            check="organisation_id = org() and exists (select 1 from orders o where o.id = order_id and o.organisation_id = buyer_organisation_id)",
        ),
    )
    __app_may__: ClassVar = ("select", "insert")

    buyer_organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    order_id: Mapped[UUID]
    reason: Mapped[Status]
    note: Mapped[Text2000] = mapped_column(default="")
