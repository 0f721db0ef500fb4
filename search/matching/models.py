"""Matches as stored: what the rules said about an offer and a need, for both to read."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database import Model, Policy
from gongchuang.types import BasisPoints, Code, Json


class Match(Model):
    """An offer and a need that fit (`gate`) or nearly do (`near`), as the rules judged these versions of both. Emits MatchFound.

    Written by the matching job alone; both organisations read it. It counts only while both documents still stand in these versions:
    read through `queries`. Scores and rank are hundredths of a point, 0 to 10,000. `explanation` holds codes and figures (see `criteria`).
    """

    __tablename__ = "matches"
    __policies__: ClassVar = (Policy("own", "select", using="offer_organisation_id = org() or need_organisation_id = org()"),)
    __system_writes__: ClassVar = ("*",)
    __app_may__: ClassVar = ("select",)
    __table_args__ = (
        UniqueConstraint("offer_document_id", "need_document_id", "offer_version", "need_version", name="matches_once"),
        ForeignKeyConstraint(
            ["offer_organisation_id", "offer_document_id"],
            ["search_documents.organisation_id", "search_documents.id"],
            name="matches_offer",
            ondelete="cascade",
        ),
        ForeignKeyConstraint(
            ["need_organisation_id", "need_document_id"],
            ["search_documents.organisation_id", "search_documents.id"],
            name="matches_need",
            ondelete="cascade",
        ),
        Index("matches_of_offer", "offer_kind", "offer_id"),
        Index("matches_of_need", "need_kind", "need_id"),
        Index("matches_of_need_document", "need_document_id"),
        Index("matches_of_offer_organisation", "offer_organisation_id"),
        Index("matches_of_need_organisation", "need_organisation_id"),
    )

    offer_organisation_id: Mapped[UUID]
    offer_document_id: Mapped[UUID]
    offer_kind: Mapped[Code]
    offer_id: Mapped[UUID]
    offer_version: Mapped[int]
    need_organisation_id: Mapped[UUID]
    need_document_id: Mapped[UUID]
    need_kind: Mapped[Code]
    need_id: Mapped[UUID]
    need_version: Mapped[int]
    gate: Mapped[bool]
    near: Mapped[bool]
    score_offer: Mapped[BasisPoints]
    score_need: Mapped[BasisPoints]
    rank: Mapped[BasisPoints]
    potential: Mapped[BasisPoints]
    explanation: Mapped[Json]
    rules_version: Mapped[Code]


class TermTable(Model):
    """The term weights of one version of the rules, kept as long as a match refers to them. Written by the system."""

    __tablename__ = "match_terms"
    __policies__: ClassVar = (Policy("everyone", "select", using="true"),)
    __system_writes__: ClassVar = ("*",)
    __app_may__: ClassVar = ("select",)
    __table_args__ = (UniqueConstraint("number", name="match_terms_number"),)

    number: Mapped[int] = mapped_column(BigInteger)
    documents: Mapped[int]
    weights: Mapped[Json]
