"""Reads of matches, and what a draft would meet before it is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from gongchuang.database import CLOCK, as_system, db, uuid7
from search.documents.codes import told
from search.documents.document import Document, Side
from search.documents.models import SearchDocument
from search.matching import actions, rules, words
from search.matching.criteria import Change, Judgement
from search.matching.knowledge import current
from search.matching.models import Match

PAGE = 20


@dataclass(frozen=True, slots=True)
class Matched:
    """A match as one side reads it: the other side's card, both scores in points, why."""

    id: UUID
    kind: str
    object_id: UUID
    organisation_id: UUID
    card: Mapping[str, Any]
    gate: bool
    score: float
    other_score: float
    rank: float
    explanation: Mapping[str, Any]
    side: Side

    @property
    def why(self) -> words.Why:
        """The explanation in the reader's language."""
        return words.why(self.explanation, self.side)


def for_need(kind: str, object_id: UUID, *, near: bool = False, limit: int = PAGE) -> list[Matched]:
    """Return the offers that fit a need (or nearly do), best first, as far as the reader may see them: one statement."""
    return _read(Side.NEED, (Match.need_kind == kind, Match.need_id == object_id), near=near, limit=limit)


def for_offer(kind: str, object_id: UUID, *, near: bool = False, limit: int = PAGE) -> list[Matched]:
    """Return the needs that fit an offer (or nearly do), best first, as far as the reader may see them: one statement."""
    return _read(Side.OFFER, (Match.offer_kind == kind, Match.offer_id == object_id), near=near, limit=limit)


def one(match_id: UUID, side: Side) -> Matched | None:
    """Return a match as `side` reads it, None when it no longer stands or the reader may not see it."""
    found = _read(side, (Match.id == match_id,), near=None, limit=1)
    return found[0] if found else None


def between(offer_kind: str, offer_id: UUID, need_kind: str, need_id: UUID, side: Side) -> Matched | None:
    """Return what stands between an offer and a need, as `side` reads it: why it matched, on the page of a quote."""
    pair = (Match.offer_kind == offer_kind, Match.offer_id == offer_id, Match.need_kind == need_kind, Match.need_id == need_id)
    found = _read(side, pair, near=None, limit=1)
    return found[0] if found else None


def _standing(offer: Any, need: Any) -> tuple[Any, Any]:
    """Return how a match hangs on its documents while both stand in the judged versions."""
    on_offer = and_(offer.id == Match.offer_document_id, offer.object_version == Match.offer_version, offer.deleted.is_(False))
    on_need = and_(need.id == Match.need_document_id, need.object_version == Match.need_version, need.deleted.is_(False))
    return on_offer, on_need


def _read(side: Side, where: Sequence[Any], *, near: bool | None, limit: int) -> list[Matched]:
    offer, need = aliased(SearchDocument), aliased(SearchDocument)
    other = offer if side is Side.NEED else need
    on_offer, on_need = _standing(offer, need)
    columns = (Match.id, Match.gate, Match.score_offer, Match.score_need, Match.rank, Match.potential, Match.explanation)
    chosen = select(*columns, other.kind, other.object_id, other.organisation_id, other.card).select_from(Match).join(offer, on_offer).join(need, on_need)
    kind = () if near is None else (Match.near if near else Match.gate,)
    order = (Match.gate.desc(), Match.potential.desc(), Match.id)
    stands = [or_(document.open_until.is_(None), document.open_until > CLOCK) for document in (offer, need)]
    rows = db.session.execute(chosen.where(*where, *kind, *stands).order_by(*order).limit(limit))
    return [_matched(row, side) for row in rows]


def _matched(row: Any, side: Side) -> Matched:
    own, other = (row.score_need, row.score_offer) if side is Side.NEED else (row.score_offer, row.score_need)
    return Matched(row.id, row.kind, row.object_id, row.organisation_id, row.card, row.gate, own / 100, other / 100, row.potential / 100, row.explanation, side)


def counts(side: Side, kind: str, object_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many standing matches each of these objects has: one statement for a whole list."""
    offer, need = aliased(SearchDocument), aliased(SearchDocument)
    on_offer, on_need = _standing(offer, need)
    mine = (Match.need_id, Match.need_kind) if side is Side.NEED else (Match.offer_id, Match.offer_kind)
    counted = select(mine[0], func.count()).select_from(Match).join(offer, on_offer).join(need, on_need)
    rows = db.session.execute(counted.where(mine[1] == kind, mine[0].in_(object_ids), Match.gate).group_by(mine[0])).all() if object_ids else []
    return {identifier: int(count) for identifier, count in rows}


def needs_met(match: Match) -> int:
    """Return how many standing needs of the reader's the match's offer fits: of others' matches it reads none."""
    return counts(Side.OFFER, match.offer_kind, [match.offer_id]).get(match.offer_id, 0)


def news_of(offer_document_id: UUID) -> int:
    """Return how many standing needs an offer fits, 0 if its organisation has met all of them before: of thirty like machines the first is news.

    Whichever version of the offer met them: it may have changed since, and not be judged again yet.
    """
    earlier, need = aliased(Match), aliased(SearchDocument)
    same = (earlier.need_document_id == Match.need_document_id, earlier.offer_organisation_id == Match.offer_organisation_id)
    heard = select(1).where(*same, earlier.gate, earlier.id < Match.id).exists()
    met = select(func.count(Match.need_document_id.distinct()), func.bool_or(~heard)).join(need, need.id == Match.need_document_id)
    count, new = db.session.execute(met.where(Match.offer_document_id == offer_document_id, Match.gate, need.deleted.is_(False))).one()
    return count if new else 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One change of a draft and how many more organisations would then fit."""

    change: Change
    adds: int


@dataclass(frozen=True, slots=True)
class Fit:
    """How many organisations a draft fits, how many nearly, and the one change that adds most."""

    organisations: int
    near: int
    suggestions: tuple[Suggestion, ...] = field(default=())


def count_fitting(document: Document, now: datetime) -> Fit:
    """Return how many organisations fit a draft as it stands, before it is published. Figures only; nothing is stored."""
    fitting, near = _judge_draft(document, now)
    organisations = {organisation for organisation, _ in fitting}
    return Fit(len(organisations), len({o for o, _ in near} - organisations), _suggestions(document.side, near, organisations))


def one_change_that_adds_most(document: Document, now: datetime) -> Suggestion | None:
    """Return the one change of a draft or a standing need that adds most organisations, None where none would."""
    return next(iter(count_fitting(document, now).suggestions), None)


def _judge_draft(document: Document, now: datetime) -> tuple[list[tuple[UUID, Judgement]], list[tuple[UUID, Judgement]]]:
    draft = told(replace(document, object_id=document.object_id or uuid7()))
    with as_system():
        known = current(now)
        others = [each.document for each in actions.others(draft, now)]
    judged = [(other.organisation_id, rules.judge(*rules.sides(draft, other), known)) for other in others]
    return [pair for pair in judged if pair[1].gate], [pair for pair in judged if pair[1].near]


REASONABLE_RELAXATION = 4.0
"""A tolerance four times as wide is another part; waiting longer than eight weeks is another order."""
LONGEST_WAIT_DAYS = 56


def _suggestions(side: Side, near: Sequence[tuple[UUID, Judgement]], already: set[UUID]) -> tuple[Suggestion, ...]:
    """Return each kind of change in the extent that adds most, most first. Changes are the need's to make."""
    if side is not Side.NEED:
        return ()
    by_kind: dict[str, dict[UUID, Change]] = {}
    for organisation, judgement in near:
        for change in judgement.changes:
            if organisation not in already and _reasonable(change):
                held = by_kind.setdefault(_same(change), {})
                held[organisation] = min(held.get(organisation, change), change, key=_extent)
    found = [Suggestion(_widest(list(changes.values())), len(changes)) for changes in by_kind.values()]
    return tuple(sorted(found, key=lambda suggestion: (-suggestion.adds, suggestion.change.code)))


def _same(change: Change) -> str:
    """Return what makes two changes one: their kind, and for codes also which."""
    return f"{change.code}:{change.params.get('codes') or ''}" if change.code.startswith("certificate") else _by_region(change)


def _by_region(change: Change) -> str:
    return f"{change.code}:{change.params['to']}" if change.code.startswith("region") else change.code


def _widest(changes: Sequence[Change]) -> Change:
    """Return the change that covers all of these: the farthest, and of sizes the shortest of each side."""
    farthest = max(changes, key=_extent)
    if farthest.code != "envelope.shrink":
        return farthest
    sides = tuple(min(side) for side in zip(*(change.params["sides"] for change in changes), strict=True))
    return Change(farthest.code, {"sides": sides, "over": farthest.params["over"]})


def _extent(change: Change) -> float:
    """Return how far a change goes; of several extents the farthest covers all."""
    p = change.params
    match change.code:
        case "tolerance.relax" | "quantity.more":
            return float(p["to"])
        case "quantity.fewer" | "window.less":
            return -float(p.get("to") or p.get("minutes") or 0)
        case "window.wait":
            return float(p["week"])
        case "envelope.shrink":
            return float(p["over"])
    return 0.0


def _reasonable(change: Change) -> bool:
    p = change.params
    if change.code == "tolerance.relax":
        return bool(p["to"] <= p["from"] * REASONABLE_RELAXATION)
    return change.code != "window.wait" or bool(p["days"] <= LONGEST_WAIT_DAYS)
