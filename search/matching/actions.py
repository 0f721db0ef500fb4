"""Matching a document: candidates, rules, storing, telling."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from gongchuang.database import db, take_turns, uuid7
from gongchuang.events import emit
from search.documents import queries as documents
from search.documents.document import Document, Side
from search.documents.events import Named
from search.documents.models import SearchDocument
from search.engines.choice import index
from search.matching import rules
from search.matching.candidates import nearly_fitting, opposite_of
from search.matching.criteria import Judgement
from search.matching.events import MatchesFound, MatchFound
from search.matching.knowledge import current
from search.matching.models import Match
from search.matching.scores import Knowledge

BATCH = 500
_TABLE: Any = Match.__table__
_MATCHES = _TABLE.c
_JUDGED = ("gate", "near", "score_offer", "score_need", "rank", "potential", "explanation", "rules_version")


def _keep() -> Any:
    """Return the statement that stores a pair, or what has changed about it. Compiled once, for however many."""
    statement = insert(_TABLE)
    changed = {name: statement.excluded[name] for name in _JUDGED} | {"version": _MATCHES.version + 1}
    differs = or_(*(_MATCHES[name].is_distinct_from(statement.excluded[name]) for name in _JUDGED))
    return statement.on_conflict_do_update(constraint="matches_once", set_=changed, where=differs)


_KEEP = _keep()


@dataclass(frozen=True)
class Candidate:
    """A row that could match, and the document it holds."""

    row: Row[Any]
    document: Document


@dataclass(frozen=True)
class Pair:
    """Two rows and what the rules say about them."""

    offer: Row[Any]
    need: Row[Any]
    judgement: Judgement


def match(document_id: UUID, now: datetime) -> int:
    """Match a document with the opposite side, store what fits or nearly does, and tell both sides of what is new.

    One market is matched by one job at a time (an advisory lock), so that of two documents changed at once the later job sees both.
    Repeating it changes nothing and tells nobody again. Returns how many fit.
    """
    row = next(iter(documents.rows([document_id])), None)
    if row is None or row.deleted or row.market is None:
        return 0
    _one_at_a_time(row.market)
    row = next(iter(documents.rows([document_id])))
    document = documents.facts(row)
    if row.deleted or not rules.stands(document, now):
        return 0
    known = current(now)
    pairs = list(_judged(Candidate(row, document), others(document, now), known))
    before = _partners(row)
    stored = _store(row, pairs, known)
    fitting = [pair for pair in pairs if pair.judgement.gate]
    _tell(row, [pair for pair in fitting if other_of(row, pair).id not in before], stored)
    return len(fitting)


def _one_at_a_time(market: str) -> None:
    db.session.execute(text("select set_config('lock_timeout', '50s', true)"))
    take_turns("matching", market)


def others(document: Document, now: datetime) -> list[Candidate]:
    """Return what could match `document`."""
    found = sorted(index().candidates(opposite_of(document, now), nearly_fitting(document)))
    candidates: list[Candidate] = []
    for start in range(0, len(found), BATCH):
        candidates += [Candidate(row, documents.facts(row)) for row in documents.rows(found[start : start + BATCH]) if not row.deleted]
    return [each for each in candidates if rules.are_opposite(document, each.document) and rules.stands(each.document, now)]


def _judged(one: Candidate, candidates: Iterable[Candidate], known: Knowledge) -> Iterable[Pair]:
    """Yield the pairs that fit or nearly do."""
    for other in candidates:
        offer, need = (one, other) if one.document.side is Side.OFFER else (other, one)
        judgement = rules.judge(offer.document, need.document, known)
        if judgement.kept:
            yield Pair(offer.row, need.row, judgement)


def other_of(row: Row[Any], pair: Pair) -> Row[Any]:
    return pair.need if pair.offer.id == row.id else pair.offer


def _mine(row: Row[Any]) -> tuple[Any, Any]:
    """Return the columns of `matches` for this document and for the other side's."""
    mine, other = (_MATCHES.offer_document_id, _MATCHES.need_document_id) if row.side == Side.OFFER else (_MATCHES.need_document_id, _MATCHES.offer_document_id)
    return mine, other


def _partners(row: Row[Any]) -> set[UUID]:
    """Return the documents this one has fitted before, in any version: nobody is told of them again."""
    mine, other = _mine(row)
    return set(db.session.scalars(select(other).where(mine == row.id, _MATCHES.gate)))


def _store(row: Row[Any], pairs: Sequence[Pair], known: Knowledge) -> dict[UUID, Named]:
    """Store the pairs of these versions, forget those that fit no longer; return each match by the other side's document."""
    mine, other = _mine(row)
    own_version = _MATCHES.offer_version if row.side == Side.OFFER else _MATCHES.need_version
    kept = [other_of(row, pair).id for pair in pairs]
    db.session.execute(delete(Match).where(mine == row.id, own_version == row.object_version, other.not_in(kept)))
    found: dict[UUID, Named] = {}
    if pairs:
        db.session.execute(_KEEP, [_values(pair, known) for pair in pairs])
    own = select(_MATCHES.id, _MATCHES.version, _MATCHES.offer_organisation_id, _MATCHES.need_organisation_id, other.label("other"))
    for each in db.session.execute(own.where(mine == row.id, own_version == row.object_version)):
        told = each.need_organisation_id if row.side == Side.OFFER else each.offer_organisation_id
        found[each.other] = Named(each.id, each.version, told)
    return found


def _values(pair: Pair, known: Knowledge) -> dict[str, Any]:
    judgement = pair.judgement
    sides: dict[str, Any] = {}
    for name, row in (("offer", pair.offer), ("need", pair.need)):
        sides |= {f"{name}_organisation_id": row.organisation_id, f"{name}_document_id": row.id, f"{name}_kind": row.kind}
        sides |= {f"{name}_id": row.object_id, f"{name}_version": row.object_version}
    return sides | {
        "id": uuid7(),
        "gate": judgement.gate,
        "near": judgement.near,
        "score_offer": judgement.offer.points,
        "score_need": judgement.need.points,
        "rank": judgement.rank,
        "potential": judgement.potential,
        "explanation": judgement.explanation() | {"week": known.this_week},
        "rules_version": rules.version(known),
    }


def _tell(row: Row[Any], new: Sequence[Pair], stored: dict[UUID, Named]) -> None:
    """Emit one event for each organisation on the other side, by its best match, and one for the publishing side."""
    best: dict[UUID, Pair] = {}
    for pair in new:
        organisation_id = other_of(row, pair).organisation_id
        best[organisation_id] = max(best.get(organisation_id, pair), pair, key=lambda each: each.judgement.potential)
    if new:
        found = [MatchFound(stored[other_of(row, pair).id], organisation_id, pair.need.kind) for organisation_id, pair in best.items()]
        emit(*found, MatchesFound(Named(row.id, row.object_version, row.organisation_id), row.kind))


def forget_superseded(now: datetime) -> int:
    """Delete matches of versions that no longer stand, 90 days after they were made."""
    current_pair = select(1).where(
        SearchDocument.id == _MATCHES.offer_document_id, SearchDocument.object_version == _MATCHES.offer_version, SearchDocument.deleted.is_(False)
    )
    old = text("matches.created_at < cast(:now as timestamptz) - interval '90 days'").bindparams(now=now)
    return int(db.session.execute(delete(Match).where(old, ~current_pair.exists())).rowcount)  # type: ignore[attr-defined]
