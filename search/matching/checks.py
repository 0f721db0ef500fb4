"""Invariants for `gongchuang check`."""

from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from gongchuang.database import db
from search.documents import queries as documents
from search.documents.models import SearchDocument
from search.matching import rules
from search.matching.knowledge import as_of
from search.matching.models import Match

SAMPLE = 200


def matches_are_judged_right() -> list[str]:
    """A random sample of standing matches is recomputed from the two documents: the stored score is what the rules say."""
    wrong = []
    for row in _sample():
        known = as_of(row.rules_version, row.explanation["week"])
        found = {each.id: documents.facts(each) for each in documents.rows([row.offer_document_id, row.need_document_id])}
        if known is None or rules.version(known) != row.rules_version or len(found) != 2:
            continue
        judged = rules.judge(found[row.offer_document_id], found[row.need_document_id], known)
        if (judged.gate, judged.near, judged.offer.points, judged.need.points) != (row.gate, row.near, row.score_offer, row.score_need):
            wrong.append(f"match {row.id} is stored as {row.score_offer}/{row.score_need}, the rules say {judged.offer.points}/{judged.need.points}")
    return wrong


def _sample() -> list[Any]:
    """Return standing matches whose documents have not changed since they were judged."""
    offer, need = aliased(SearchDocument), aliased(SearchDocument)
    on_offer = and_(offer.id == Match.offer_document_id, offer.object_version == Match.offer_version, offer.deleted.is_(False))
    on_need = and_(need.id == Match.need_document_id, need.object_version == Match.need_version, need.deleted.is_(False))
    settled = and_(offer.updated_at < Match.created_at, need.updated_at < Match.created_at)
    chosen = select(Match.__table__).join(offer, on_offer).join(need, on_need).where(settled)
    return list(db.session.execute(chosen.order_by(func.random()).limit(SAMPLE)))
