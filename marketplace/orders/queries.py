"""Reads of orders. Row-level security has already removed what the reader may not see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from gongchuang.database import as_system, db, found_or_404
from gongchuang.organisations.models import Organisation
from gongchuang.pages import Page, page_of
from marketplace.orders.models import Order, OrderPart, OrderPartFile, OrderView
from search.matching.models import Match
from services.procedures import queries as procedures
from services.procedures.models import Procedure, Submission


def order(order_id: UUID) -> Order:
    return found_or_404(Order, order_id)


def draft_of(organisation_id: UUID | None, draft_key: UUID) -> Order | None:
    """Return the draft a form has kept under its own key."""
    return db.session.scalar(select(Order).where(Order.organisation_id == organisation_id, Order.draft_key == draft_key))


def mine(organisation_id: UUID | None, status: str | None, cursor: str | None, now: datetime) -> Page[Order]:
    """Return an organisation's orders, latest first; `status` one of draft, open, closed, awarded, ended."""
    chosen = select(Order).join(Order.procedure).where(Order.organisation_id == organisation_id).order_by(Order.id.desc())
    conditions = {
        "draft": Procedure.status == "draft",
        "open": procedures.is_open(now),
        "closed": or_(Procedure.status == "closed", (Procedure.status == "open") & (Procedure.closes_at <= now)),
        "awarded": Procedure.status == "awarded",
        "ended": Procedure.status.in_(("cancelled", "failed")),
    }
    return page_of(chosen.where(conditions[status]) if status in conditions else chosen, cursor)


def drafts_with_files(revision_ids: Sequence[UUID]) -> list[Order]:
    """Return the drafts whose parts name one of these files."""
    named = select(OrderPart.order_id).join(OrderPartFile, OrderPartFile.part_id == OrderPart.id).where(OrderPartFile.revision_id.in_(revision_ids))
    return list(db.session.scalars(select(Order).join(Order.procedure).where(Order.id.in_(named), Procedure.status == "draft")).unique())


def files_shown_elsewhere(ended: Order) -> set[UUID]:
    """Return the files of an order that another order still put out shows too."""
    own = [i for part in ended.parts for i in part.file_ids]
    standing = select(OrderPartFile.revision_id).join(OrderPart, OrderPart.id == OrderPartFile.part_id).join(Procedure, Procedure.id == OrderPart.order_id)
    shown = standing.where(OrderPart.order_id != ended.id, Procedure.status.in_(("open", "closed", "awarded")), OrderPartFile.revision_id.in_(own))
    return set(db.session.scalars(shown)) if own else set()


def park_of(organisation_id: UUID) -> str | None:
    return db.session.scalar(select(Organisation.park).where(Organisation.id == organisation_id))


def firm(organisation_id: UUID) -> Organisation:
    return found_or_404(Organisation, organisation_id)


def firms(organisation_ids: Sequence[UUID]) -> dict[UUID, Organisation]:
    """Return these organisations by id: one statement."""
    found = db.session.scalars(select(Organisation).where(Organisation.id.in_(organisation_ids))) if organisation_ids else ()
    return {row.id: row for row in found}


def firms_called(words: str, *, except_for: UUID | None, limit: int = 10) -> list[Organisation]:
    """Return verified firms whose name or pinyin initials hold `words`: what the box for naming firms offers."""
    pattern = "%" + words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    named = or_(Organisation.name.ilike(pattern), Organisation.initials.ilike(pattern))
    chosen = select(Organisation).where(named, Organisation.status == "verified", Organisation.kind != "operator", Organisation.id != except_for)
    return list(db.session.scalars(chosen.order_by(Organisation.name).limit(limit)))


@dataclass(frozen=True, slots=True)
class Response:
    """How an order is answered: firms told of it, firms that opened or answered it, firms writing a quote, quotes that came."""

    told: int
    read: int
    writing: int
    quoted: int


def response_to(asked: Order) -> Response:
    """Return 已通知 / 已读 / 在报价 of the reader's own order: figures only, drafts of quotes counted without showing whose."""
    matched = select(Match.offer_organisation_id).where(Match.need_kind == "order", Match.need_id == asked.id, Match.gate).distinct()
    answered = {s.organisation_id for s in procedures.submissions_of(asked.id)}
    told = {*db.session.scalars(matched), *procedures.invited_to(asked.id), *answered}
    read = {*db.session.scalars(select(OrderView.organisation_id).where(OrderView.order_id == asked.id)), *answered}
    with as_system():
        counted = select(Submission.status, func.count()).where(Submission.procedure_id == asked.id).group_by(Submission.status)
        by_status = {row[0]: row[1] for row in db.session.execute(counted)}
    quoted = sum(by_status.get(status, 0) for status in ("submitted", "awarded", "lost"))
    return Response(len(told), len(read), by_status.get("draft", 0), quoted)


def fitting_offers(organisation_id: UUID | None, order_id: UUID) -> list[UUID]:
    """Return the matches between an order and the reader's own offers, best first."""
    match = aliased(Match)
    chosen = select(match.id).where(match.need_kind == "order", match.need_id == order_id, match.offer_organisation_id == organisation_id)
    return list(db.session.scalars(chosen.order_by(match.gate.desc(), match.potential.desc()).limit(5)))


@dataclass(frozen=True, slots=True)
class Fitting:
    """How an order fits the best of the reader's own offers."""

    gate: bool
    points: float
    explanation: Mapping[str, Any]


def fitting(organisation_id: UUID | None, order_ids: Sequence[UUID]) -> dict[UUID, Fitting]:
    """Return how each of these orders fits the reader's offers, the best of each: one statement for a whole list."""
    if organisation_id is None or not order_ids:
        return {}
    chosen = select(Match.need_id, Match.gate, Match.potential, Match.explanation)
    mine = chosen.where(Match.need_kind == "order", Match.need_id.in_(order_ids), Match.offer_organisation_id == organisation_id)
    best: dict[UUID, Fitting] = {}
    for row in db.session.execute(mine.order_by(Match.gate.desc(), Match.potential.desc())):
        best.setdefault(row[0], Fitting(row[1], row[2] / 100, row[3]))
    return best


def matched_firms(order_id: UUID, limit: int = 12) -> list[UUID]:
    """Return the organisations whose offers fit the reader's own order, best first: whom to invite."""
    best = func.max(Match.rank)
    chosen = select(Match.offer_organisation_id).where(Match.need_kind == "order", Match.need_id == order_id, Match.gate)
    return list(db.session.scalars(chosen.group_by(Match.offer_organisation_id).order_by(best.desc()).limit(limit)))
