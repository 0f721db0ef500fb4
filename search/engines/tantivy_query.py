"""Clauses and words as tantivy queries."""

from tantivy import FieldType, Occur, Schema
from tantivy import Query as TantivyQuery

from search.documents.document import Place
from search.documents.fields import FIELDS, Use
from search.engines.clauses import All, AtLeast, AtMost, Clause, Has, Known, Not, Some
from search.engines.port import Query
from search.engines.words import Terms, terms_of
from search.geography import box

MOST_SINGLY = 24


def of_clause(schema: Schema, clause: Clause) -> TantivyQuery:  # noqa: PLR0911 - one line for each word of the language
    """Return the query that finds what `clause` holds for."""
    match clause:
        case Has(field, values):
            return _has(schema, field, sorted(values))
        case AtLeast(field, value):
            return TantivyQuery.range_query(schema, field, FieldType.Float, lower_bound=float(value))
        case AtMost(field, value):
            return TantivyQuery.range_query(schema, field, FieldType.Float, upper_bound=float(value))
        case Known(field):
            return _known(schema, field)
        case Not(inner):
            return TantivyQuery.boolean_query([(Occur.Must, TantivyQuery.all_query()), (Occur.MustNot, of_clause(schema, inner))])
        case All(clauses):
            parts = [(Occur.Must, of_clause(schema, inner)) for inner in clauses]
            return TantivyQuery.boolean_query(parts) if parts else TantivyQuery.all_query()
        case Some(clauses, at_least):
            return _some(schema, clauses, at_least)


def _has(schema: Schema, field: str, values: list[str]) -> TantivyQuery:
    """A set is made an automaton for every pass, which costs the same for one term as for a thousand: a few are asked one by one."""
    if len(values) > MOST_SINGLY:
        return TantivyQuery.term_set_query(schema, field, values)
    singly = [TantivyQuery.term_query(schema, field, value, index_option="basic") for value in values]
    return singly[0] if len(singly) == 1 else TantivyQuery.boolean_query([(Occur.Should, one) for one in singly])


def _known(schema: Schema, field: str) -> TantivyQuery:
    if FIELDS[field] is Use.NUMBER:
        return TantivyQuery.exists_query(field)
    return TantivyQuery.term_query(schema, "known", field, index_option="basic")


def _some(schema: Schema, clauses: tuple[Clause, ...], at_least: int) -> TantivyQuery:
    if at_least <= 0:
        return TantivyQuery.all_query()
    if at_least > len(clauses):
        return TantivyQuery.empty_query()
    return TantivyQuery.boolean_query([(Occur.Should, of_clause(schema, inner)) for inner in clauses], minimum_number_should_match=at_least)


def _silent(query: TantivyQuery) -> TantivyQuery:
    """Let a filter decide without counting in the score."""
    return TantivyQuery.const_score_query(query, 0.0)


def _all_terms(schema: Schema, terms: Terms) -> TantivyQuery:
    field, wanted = terms.demanded
    return TantivyQuery.boolean_query([(Occur.Must, TantivyQuery.term_query(schema, field, term, index_option="freq")) for term in wanted])


def _scored(schema: Schema, terms: Terms) -> TantivyQuery:
    """Return the sum of BM25 over characters and bigrams of one alternative."""
    parts = [(Occur.Should, TantivyQuery.term_query(schema, "chars", term, index_option="freq")) for term in terms.tokens]
    parts += [(Occur.Should, TantivyQuery.term_query(schema, "bigrams", term, index_option="freq")) for term in terms.bigrams]
    return TantivyQuery.boolean_query(parts)


def _any_term(schema: Schema, groups: list[list[Terms]]) -> TantivyQuery:
    wanted = [(field, term) for group in groups for terms in group for field, found in [terms.demanded] for term in found]
    return TantivyQuery.boolean_query([(Occur.Should, TantivyQuery.term_query(schema, field, term, index_option="freq")) for field, term in wanted])


def filtered(schema: Schema, query: Query, without: str | None = None) -> TantivyQuery:
    """Return what decides whether a document is found: conditions (save those of facet `without`) and words, without a score."""
    groups = terms_of(query.words)
    parts = [(Occur.Must, of_clause(schema, query.without(without)))]
    if groups and query.loose:
        parts.append((Occur.Must, _any_term(schema, groups)))
    elif groups:
        for group in groups:
            parts.append((Occur.Must, TantivyQuery.boolean_query([(Occur.Should, _all_terms(schema, terms)) for terms in group])))
    return _silent(TantivyQuery.boolean_query(parts))


def scored(schema: Schema, query: Query) -> TantivyQuery:
    """Return the whole query: what is found, and how well it fits the words and the preferences."""
    parts = [(Occur.Must, filtered(schema, query))]
    for group in terms_of(query.words):
        parts.append((Occur.Should, TantivyQuery.disjunction_max_query([_scored(schema, terms) for terms in group])))
    for preference in query.preferences:
        parts.append((Occur.Should, TantivyQuery.const_score_query(of_clause(schema, preference.clause), preference.weight)))
    return TantivyQuery.boolean_query(parts)


def near(schema: Schema, query: Query, origin: Place, km: float) -> TantivyQuery:
    """Return what is found within a box around `origin` that holds every point within `km`."""
    south, north, west, east = box(origin, km)
    sides = All((AtLeast("latitude", south), AtMost("latitude", north), AtLeast("longitude", west), AtMost("longitude", east)))
    return TantivyQuery.boolean_query([(Occur.Must, filtered(schema, query)), (Occur.Must, of_clause(schema, sides))])
