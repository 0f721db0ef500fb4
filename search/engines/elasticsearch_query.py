"""Clauses and words as Elasticsearch queries: terms and ranges only. What people type arrives as values, never as a query string."""

from typing import Any

from search.documents.fields import FIELDS
from search.engines.clauses import All, AtLeast, AtMost, Clause, Has, Known, Not, Some
from search.engines.port import Query, Sort
from search.engines.words import Terms, terms_of

Json = dict[str, Any]
SUBFIELDS = {"chars": "text_words", "bigrams": "text_words.bigrams"}


def field(name: str) -> str:
    """Return a field's name in the mapping: its use stands before it."""
    return f"{FIELDS[name]}_{name}"


def of_clause(clause: Clause) -> Json:  # noqa: PLR0911 - one line for each word of the language
    """Return the query that finds what `clause` holds for."""
    match clause:
        case Has(name, values):
            return {"terms": {field(name): sorted(values)}}
        case AtLeast(name, value):
            return {"range": {field(name): {"gte": value}}}
        case AtMost(name, value):
            return {"range": {field(name): {"lte": value}}}
        case Known(name):
            return {"exists": {"field": field(name)}}
        case Not(inner):
            return {"bool": {"must_not": [of_clause(inner)]}}
        case All(clauses):
            return {"bool": {"filter": [of_clause(inner) for inner in clauses]}} if clauses else {"match_all": {}}
        case Some(clauses, at_least):
            return _some(clauses, at_least)


def _some(clauses: tuple[Clause, ...], at_least: int) -> Json:
    if at_least <= 0:
        return {"match_all": {}}
    if at_least > len(clauses):
        return {"match_none": {}}
    return {"bool": {"should": [of_clause(inner) for inner in clauses], "minimum_should_match": at_least}}


def _term(subfield: str, term: str) -> Json:
    return {"term": {SUBFIELDS[subfield]: {"value": term}}}


def _all_terms(terms: Terms) -> Json:
    name, wanted = terms.demanded
    return {"bool": {"filter": [_term(name, term) for term in wanted]}}


def _scored(terms: Terms) -> Json:
    parts = [_term("chars", term) for term in terms.tokens] + [_term("bigrams", term) for term in terms.bigrams]
    return {"bool": {"should": parts}}


def found_words(query: Query) -> list[Json]:
    """Return the conditions that the words make."""
    groups = terms_of(query.words)
    if query.loose and groups:
        wanted = [_term(name, term) for group in groups for terms in group for name, found in [terms.demanded] for term in found]
        return [{"bool": {"should": wanted, "minimum_should_match": 1}}]
    return [{"bool": {"should": [_all_terms(terms) for terms in group], "minimum_should_match": 1}} for group in groups]


def scored(query: Query) -> Json:
    """Return the whole query: what is found without the chosen filters (they come after the facets), and how well it fits."""
    should: list[Json] = [{"dis_max": {"queries": [_scored(terms) for terms in group]}} for group in terms_of(query.words)]
    should += [{"constant_score": {"filter": of_clause(p.clause), "boost": p.weight}} for p in query.preferences]
    return {"bool": {"filter": [of_clause(query.base), *found_words(query)], "should": should, "minimum_should_match": 0}}


def chosen(query: Query, without: str | None = None) -> Json:
    """Return the chosen filters, save those of one facet."""
    return {"bool": {"filter": [of_clause(f.clause) for f in query.filters if f.facet != without]}}


def facets(query: Query, most: int) -> Json:
    """Return the aggregations: each facet counted under the filters of the others."""
    return {name: {"filter": chosen(query, without=name), "aggs": {"tokens": {"terms": {"field": field(name), "size": most}}}} for name in query.facets}


def order(query: Query) -> list[Json]:
    """Return the sort, the same as the other engines': ties by freshness, then by id; what is unknown last."""
    fresh: list[Json] = [{field("confirmed"): {"order": "desc", "missing": "_last"}}, {"filter_id": "asc"}]
    if query.sort in (Sort.LEAD_TIME, Sort.PRICE):
        return [{f"sort_{query.sort}": {"order": "asc", "missing": "_last"}}, *fresh]
    if query.sort is Sort.DISTANCE and query.origin is not None:
        point = {"lat": query.origin.latitude, "lon": query.origin.longitude}
        return [{"_geo_distance": {"place_point": point, "order": "asc", "unit": "km"}}, *fresh]
    return [{"_score": "desc"}, *fresh] if query.words and query.sort is Sort.MATCH else fresh
