"""The one table of what can be found, as stored."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Float, Index, Integer, String, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database import AUDIENCE, Model, Tenant
from gongchuang.types import Code, Codes, Fen, Json, Mm, Text200


class SearchDocument(Tenant, Model):
    """What one offer, order, task, challenge, service or organisation looks like to a searcher. Emits DocumentChanged.

    Written by `actions.mirror` in the transaction of the change, never by hand. A removed document stays as a tombstone (`deleted`), so that
    engines can be held against the table. `sequence` grows with each change of the row (microseconds of the database's clock, never backwards):
    it is the external version in every engine. `indexed_sequence` and `indexed_at` say what the engine last took over.
    """

    __tablename__ = "search_documents"
    __policies__: ClassVar = (AUDIENCE,)
    __system_writes__: ClassVar = ("*",)
    __app_may__: ClassVar = ("select", "insert", "update")
    __table_args__ = (
        UniqueConstraint("kind", "object_id", name="search_documents_object"),
        CheckConstraint("side in ('offer', 'need')", name="search_documents_side"),
        CheckConstraint("side_a >= side_b and side_b >= side_c", name="search_documents_sides_descend"),
        Index("search_documents_tokens", "tokens", postgresql_using="gin"),
        Index("search_documents_audience", "audience", postgresql_using="gin"),
        Index("search_documents_listed", "kind", "deleted", "confirmed_at"),
        Index("search_documents_market", "market", "side", "deleted"),
        Index("search_documents_unindexed", "sequence", postgresql_where=text("indexed_sequence < sequence")),
        Index("search_documents_lately_indexed", "indexed_at"),
    )

    kind: Mapped[Code]
    object_id: Mapped[UUID]
    object_version: Mapped[int]
    side: Mapped[Code]
    market: Mapped[Code | None]
    audience: Mapped[list[str]] = mapped_column(ARRAY(String(80)))
    title: Mapped[Text200]
    text: Mapped[str] = mapped_column(Text, server_default="")
    words: Mapped[str] = mapped_column(Text, server_default="")
    """Title and text as tokens between blanks: what the degraded engine looks words up in."""
    codes: Mapped[Codes]
    """Codes as the room gave them."""
    tokens: Mapped[Codes]
    """Codes with all they stand under, and weeks: what filters and facets see."""
    side_a: Mapped[Mm | None]
    side_b: Mapped[Mm | None]
    side_c: Mapped[Mm | None]
    tolerance_mm: Mapped[Mm | None]
    quantity_min: Mapped[int | None] = mapped_column(BigInteger)
    quantity_max: Mapped[int | None] = mapped_column(BigInteger)
    price_fen: Mapped[Fen | None]
    price_unit: Mapped[Code | None]
    minutes: Mapped[int | None] = mapped_column(BigInteger)
    weeks: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default="{}")
    week_minutes: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default="{}")
    lead_time_days: Mapped[int | None]
    latitude: Mapped[float | None] = mapped_column(Float(53))
    longitude: Mapped[float | None] = mapped_column(Float(53))
    rating: Mapped[float | None] = mapped_column(Float(53))
    ratings: Mapped[int] = mapped_column(server_default="0")
    confirmed_at: Mapped[datetime]
    open_until: Mapped[datetime | None]
    private: Mapped[Codes]
    card: Mapped[Json]
    deleted: Mapped[bool] = mapped_column(server_default="false")
    sequence: Mapped[int] = mapped_column(BigInteger)
    indexed_sequence: Mapped[int] = mapped_column(BigInteger, server_default="0")
    indexed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


TABLE: Any = SearchDocument.__table__
COLUMNS: Any = TABLE.c
