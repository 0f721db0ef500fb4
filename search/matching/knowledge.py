"""What the rules know beside the documents: the coming week and the term weights, learnt from the documents and stored with a number."""

from collections import Counter
from datetime import datetime
from math import log
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from gongchuang.database import db
from search.documents.models import COLUMNS
from search.matching.models import Match, TermTable
from search.matching.scores import Knowledge, TermWeights
from search.text import terms
from search.weeks import week_of

ZONE = ZoneInfo("Asia/Shanghai")
MOST_TERMS = 50_000
LEAST_DOCUMENTS = 2
"""A term of fewer documents gets the weight of one never seen."""


def this_week(now: datetime) -> int:
    """Return the ISO week of `now` where factories keep their calendars."""
    return week_of(now.astimezone(ZONE).date())


def current(now: datetime) -> Knowledge:
    """Return what matching knows now: the latest term weights, or none before the first were learnt."""
    latest = db.session.scalar(select(TermTable.id).order_by(TermTable.number.desc()).limit(1))
    return Knowledge(this_week(now), TermWeights() if latest is None else _weights(latest))


_READ: dict[UUID, TermWeights] = {}
"""The term weights read last: they are large and never change."""


def _weights(identifier: UUID) -> TermWeights:
    if identifier not in _READ:
        row = db.session.execute(select(TermTable.number, TermTable.documents, TermTable.weights).where(TermTable.id == identifier)).one()
        found = TermWeights(str(row.number), row.documents, row.weights)
        _READ.clear()
        _READ[identifier] = found
        return found
    return _READ[identifier]


def as_of(rules_version: str, week: int) -> Knowledge | None:
    """Return the knowledge a stored match was judged with, None where its term weights are gone."""
    number = int(rules_version.partition(".")[2] or 0)
    if number == 0:
        return Knowledge(week)
    row = db.session.execute(select(TermTable.documents, TermTable.weights).where(TermTable.number == number)).one_or_none()
    return Knowledge(week, TermWeights(str(number), row.documents, row.weights)) if row else None


def learn() -> int | None:
    """Learn how telling each term is from all standing documents, and store it under the next number. Returns the number, None without documents."""
    held: Counter[str] = Counter()
    documents = 0
    for row in db.session.execute(select(COLUMNS.title, COLUMNS.text).where(COLUMNS.deleted.is_(False)).execution_options(yield_per=1000)):
        held.update(terms((row.title, row.text)))
        documents += 1
    if not documents:
        return None
    weights = {term: round(log(1 + documents / count), 4) for term, count in held.most_common(MOST_TERMS) if count >= LEAST_DOCUMENTS}
    number = int(db.session.scalar(select(func.coalesce(func.max(TermTable.number), 0))) or 0) + 1
    db.session.add(TermTable(number=number, documents=documents, weights=weights))
    db.session.flush()
    _forget_unused(number)
    return number


def _forget_unused(latest: int) -> None:
    """Delete term weights that no match was judged with."""
    used = {int(version.partition(".")[2] or 0) for version in db.session.scalars(select(Match.rules_version).distinct())}
    for table in db.session.scalars(select(TermTable).where(TermTable.number < latest)):
        if table.number not in used:
            db.session.delete(table)
