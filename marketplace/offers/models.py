"""Offers of idle hours and what people keep of them, as stored."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database import AUDIENCE, Model, Policy, Tenant
from gongchuang.types import BasisPoints, Codes, Currency, Fen, Minutes, Status, Text60, Text2000


class Offer(Tenant, Model):
    """Idle hours 空闲产能 of machines of one kind in certain weeks. Its row changes with what is left of them, so that matches are judged anew.

    Emits OfferPublished, OfferChanged, OfferWithdrawn, OfferExpired, OfferHidden, OfferUnconfirmed, OfferConfirmed. `reach` and `named` say for whom it is
    meant; `audience` are the tokens in force, empty unless it is published. `weeks` are ISO weeks (202648); `free_minutes` stands beside them: what is
    left of the advertised hours, never more than the machines really have. No price means 面议. Prices are untaxed, the tax rate is stated.
    """

    __tablename__ = "offers"
    __policies__: ClassVar = (AUDIENCE,)
    __app_may__: ClassVar = ("select", "insert", "update")
    __table_args__ = (
        CheckConstraint("status in ('draft', 'published', 'hidden', 'withdrawn', 'expired')", name="offers_status"),
        CheckConstraint("reach in ('public', 'park', 'named')", name="offers_reach"),
        CheckConstraint("price_unit in ('hour', 'piece', 'kg', 'gram', 'stroke', 'kilopoint')", name="offers_price_unit"),
        CheckConstraint("price_fen is null or price_fen between 1 and 100000000000000", name="offers_price"),
        CheckConstraint("minutes_per_week > 0", name="offers_minutes"),
        CheckConstraint("(status = 'published') or audience = '{}'", name="offers_audience_only_published"),
        CheckConstraint("cardinality(weeks) = cardinality(free_minutes)", name="offers_weeks"),
        CheckConstraint(
            "status in ('draft', 'withdrawn') or (published_at is not null and confirmed_at is not null and ends_at is not null)", name="offers_published_whole"
        ),
        Index("offers_of_organisation", "organisation_id", "status"),
        Index("offers_kept", "status", "ends_at"),
        Index("offers_of_machine", "machine_ids", postgresql_using="gin"),
    )

    machine_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    title: Mapped[Text60]
    weeks: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    minutes_per_week: Mapped[Minutes]
    free_minutes: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    price_fen: Mapped[Fen | None]
    currency: Mapped[Currency]
    price_unit: Mapped[Status] = mapped_column(default="hour")
    tax_rate: Mapped[BasisPoints] = mapped_column(default=1300)
    lead_time_days: Mapped[int]
    quantity_min: Mapped[int | None]
    reach: Mapped[Status] = mapped_column(default="public")
    named: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list, server_default="{}")
    note: Mapped[Text2000] = mapped_column(default="")
    status: Mapped[Status] = mapped_column(default="draft")
    audience: Mapped[Codes]
    published_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    counted_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]


TRANSITIONS = {
    "draft": {"published", "withdrawn"},
    "published": {"hidden", "withdrawn", "expired"},
    "hidden": {"published", "withdrawn", "expired"},
    "withdrawn": {"published"},
    "expired": {"published"},
}


_MINE = "organisation_id = org() and user_id = user_id()"


class Favourite(Tenant, Model):
    """That a person keeps an offer 收藏. Seen by that person alone."""

    __tablename__ = "favourites"
    __policies__: ClassVar = (Policy("own", "all", using=_MINE, check=_MINE),)
    __app_may__: ClassVar = ("select", "insert", "delete")
    __table_args__ = (
        ForeignKeyConstraint(["offer_organisation_id", "offer_id"], ["offers.organisation_id", "offers.id"], name="favourites_offer", ondelete="cascade"),
        UniqueConstraint("organisation_id", "user_id", "offer_id", name="favourites_once"),
    )

    user_id: Mapped[UUID]
    offer_organisation_id: Mapped[UUID]
    offer_id: Mapped[UUID]
