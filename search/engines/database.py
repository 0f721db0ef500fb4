"""The table itself as an engine: filters and plain words. It answers when nothing else does, and finds what others have not taken over yet."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import Float, String, and_, case, cast, false, func, literal, not_, or_, select, true, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from gongchuang.database import as_system, db
from search.documents.fields import CODED, Entry, Gone
from search.documents.models import COLUMNS
from search.engines.clauses import All, AtLeast, AtMost, Clause, Has, Known, Not, Some
from search.engines.port import DEEPEST, Health, Hit, Hits, Query, Sort
from search.engines.words import phrase
from search.geography import EARTH_KM
from search.text import tokens

Condition = Any

_TOKENS: dict[str, Any] = {"kind": COLUMNS.kind, "side": COLUMNS.side, "market": COLUMNS.market}
_NUMBERS: dict[str, Any] = {
    "side_a": COLUMNS.side_a,
    "side_b": COLUMNS.side_b,
    "side_c": COLUMNS.side_c,
    "tolerance": COLUMNS.tolerance_mm,
    "quantity_min": COLUMNS.quantity_min,
    "quantity_max": COLUMNS.quantity_max,
    "price": COLUMNS.price_fen,
    "lead_time": COLUMNS.lead_time_days,
    "latitude": COLUMNS.latitude,
    "longitude": COLUMNS.longitude,
    "confirmed": func.extract("epoch", COLUMNS.confirmed_at),
    "open_until": func.extract("epoch", COLUMNS.open_until),
    "free_minutes": func.coalesce(select(func.sum(func.unnest(COLUMNS.week_minutes).column_valued())).scalar_subquery(), 0),
}


def _text_array(values: Iterable[str]) -> Any:
    """Return the values as one parameter: as many would be a statement of their own, compiled anew, for every number of them."""
    return literal(sorted(values), ARRAY(String(80)))


def _number(field: str) -> Any:
    return cast(_NUMBERS[field], Float(53))


def of_clause(clause: Clause) -> Condition:  # noqa: PLR0911 - one line for each word of the language
    """Return the SQL condition that finds what `clause` holds for. Never NULL, so that it may be counted and negated."""
    match clause:
        case Has(field, values):
            return _has(field, values)
        case AtLeast(field, value):
            return func.coalesce(_number(field) >= value, false())
        case AtMost(field, value):
            return func.coalesce(_number(field) <= value, false())
        case Known(field):
            return _known(field)
        case Not(inner):
            return not_(of_clause(inner))
        case All(clauses):
            return and_(true(), *(of_clause(inner) for inner in clauses))
        case Some(clauses, at_least):
            return _some([of_clause(inner) for inner in clauses], at_least)


def _has(field: str, values: frozenset[str]) -> Condition:
    if not values:
        return false()
    if field in CODED:
        return COLUMNS.tokens.overlap(_text_array(f"{field}:{value}" for value in values))
    if field == "audience":
        return COLUMNS.audience.overlap(_text_array(values))
    if field == "organisation":
        return COLUMNS.organisation_id.in_([UUID(value) for value in sorted(values)])
    return func.coalesce(_TOKENS[field].in_(sorted(values)), false())


def _known(field: str) -> Condition:
    if field in CODED:
        return func.exists(select(1).where(func.starts_with(func.unnest(COLUMNS.tokens).column_valued("token"), f"{field}:")).scalar_subquery())
    if field in _NUMBERS:
        return _NUMBERS[field].is_not(None)
    return _TOKENS[field].is_not(None) if field in _TOKENS else true()


def _some(conditions: Sequence[Condition], at_least: int) -> Condition:
    if at_least == 1 and conditions:
        return or_(*conditions)
    counted = sum((case((condition, 1), else_=0) for condition in conditions), literal(0))
    return counted >= at_least


def _word_condition(query: Query) -> list[Condition]:
    groups = [[phrase(text) for text in word.alternatives if tokens(text)] for word in query.words]
    held = [or_(*(_holds(text) for text in group)) for group in groups if group]
    if not query.loose or not held:
        return held
    pairs = {f" {' '.join(pair)} " for word in query.words for text in word.alternatives for pair in _pairs(tokens(text))}
    return [or_(*(_holds(pair) for pair in sorted(pairs)))]


def _pairs(parts: list[str]) -> list[tuple[str, ...]]:
    return list(pairwise(parts)) or [tuple(parts)]


def _holds(text: str) -> Condition:
    """Tell whether the table's `words` hold a phrase: by position, so that no sign is a pattern."""
    return func.strpos(COLUMNS.words, text) > 0


def _score(query: Query) -> Any:
    """Return a plain score: 2 for each word in the title, 1 for each in the text, and the preferences' weights."""
    parts: list[Any] = []
    for word in query.words:
        texts = [phrase(text) for text in word.alternatives if tokens(text)]
        if texts:
            title = func.strpos(func.lower(COLUMNS.title), word.alternatives[0].lower()) > 0
            parts.append(case((title, 2.0), (or_(*(_holds(text) for text in texts)), 1.0), else_=0.0))
    parts += [case((of_clause(p.clause), p.weight), else_=0.0) for p in query.preferences]
    return sum(parts, cast(literal(0.0), Float(53)))


def _distance(latitude: float, longitude: float) -> Any:
    """Return the great-circle distance in kilometres as SQL."""
    north = func.radians(COLUMNS.latitude - latitude) / 2
    east = func.radians(COLUMNS.longitude - longitude) / 2
    part = func.power(func.sin(north), 2) + func.cos(func.radians(latitude)) * func.cos(func.radians(COLUMNS.latitude)) * func.power(func.sin(east), 2)
    return 2 * EARTH_KM * func.asin(func.least(1.0, func.sqrt(part)))


class DatabaseEngine:
    """Filters and plain words by SQL over the table, as the system role, answering ids only. Nothing to write: it is the truth."""

    name = "database"
    shows_within = timedelta(0)

    def search(self, query: Query) -> Hits:
        found = self._found(query)
        score = _score(query).label("score")
        listed = select(COLUMNS.id, score, func.count().over().label("total")).where(*found).order_by(*self._order(query, score))
        size = max(0, min(query.size, DEEPEST - query.offset))
        with as_system():
            rows = db.session.execute(listed.offset(query.offset).limit(size)).all()
            total = rows[0].total if rows else db.session.scalar(select(func.count()).select_from(COLUMNS.id.table).where(*found))
            facets = self._facets(query)
        return Hits(tuple(Hit(row.id, float(row.score)) for row in rows), int(total or 0), facets)

    def candidates(self, clause: Clause, also: Condition | None = None) -> Iterator[UUID]:
        """Yield the ids that satisfy `clause` (and `also`, which only SQL can say)."""
        found = select(COLUMNS.id).where(COLUMNS.deleted.is_(False), of_clause(clause), *([] if also is None else [also]))
        with as_system():
            yield from list(db.session.scalars(found))

    def write(self, changes: Sequence[Entry | Gone]) -> None:
        """Do nothing: the rows are there already."""

    def rebuild(self, entries: Iterable[Entry]) -> int:
        """Do nothing but count: the table is what others are rebuilt from."""
        return sum(1 for _ in entries)

    def exists(self) -> bool:
        return True

    def versions(self) -> Iterator[tuple[UUID, int]]:
        with as_system():
            yield from ((row.id, row.sequence) for row in db.session.execute(select(COLUMNS.id, COLUMNS.sequence).where(COLUMNS.deleted.is_(False))).all())

    def health(self) -> Health:
        with as_system():
            counted = db.session.scalar(select(func.count()).select_from(COLUMNS.id.table).where(COLUMNS.deleted.is_(False)))
        return Health(self.name, True, int(counted or 0))

    def _found(self, query: Query, without: str | None = None) -> list[Condition]:
        return [COLUMNS.deleted.is_(False), of_clause(query.without(without)), *_word_condition(query)]

    def _order(self, query: Query, score: Any) -> list[Any]:
        fresh = [COLUMNS.confirmed_at.desc(), COLUMNS.id]
        if query.sort is Sort.LEAD_TIME:
            return [COLUMNS.lead_time_days.asc().nulls_last(), *fresh]
        if query.sort is Sort.PRICE:
            return [COLUMNS.price_fen.asc().nulls_last(), *fresh]
        if query.sort is Sort.DISTANCE and query.origin is not None:
            return [_distance(query.origin.latitude, query.origin.longitude).asc().nulls_last(), *fresh]
        return [score.desc(), *fresh] if query.words and query.sort is Sort.MATCH else fresh

    def _facets(self, query: Query) -> dict[str, tuple[tuple[str, int], ...]]:
        """Count all facets in one statement."""
        counts = []
        for name in query.facets:
            unnested = func.unnest(COLUMNS.tokens).table_valued("token", name=f"of_{name}").render_derived()
            token = unnested.c.token
            counted = select(literal(name).label("facet"), func.substr(token, len(name) + 2).label("code"), func.count().label("count"))
            counted = counted.select_from(COLUMNS.id.table.join(unnested, true()))
            counts.append(counted.where(*self._found(query, name), func.starts_with(token, f"{name}:")).group_by(token))
        found: dict[str, list[tuple[str, int]]] = {name: [] for name in query.facets}
        for facet, code, count in db.session.execute(union_all(*counts)) if counts else ():
            found[facet].append((code, int(count)))
        return {name: tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0]))) for name, pairs in found.items()}
