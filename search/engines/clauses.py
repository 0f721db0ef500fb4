"""The language of filters: few words, the same meaning in every engine.

Whoever asks (a list page, a match) composes clauses from field names of `search.documents.fields`; each engine translates them. `holds` is the
meaning itself: the contract suite holds every engine against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Has:
    """The document carries at least one of these tokens in the field."""

    field: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The document's figure is known and not below `value`."""

    field: str
    value: float


@dataclass(frozen=True, slots=True)
class AtMost:
    """The document's figure is known and not above `value`."""

    field: str
    value: float


@dataclass(frozen=True, slots=True)
class Known:
    """The document says something in this field."""

    field: str


@dataclass(frozen=True, slots=True)
class Not:
    clause: "Clause"


@dataclass(frozen=True, slots=True)
class All:
    """Every clause holds; an empty one always does."""

    clauses: tuple["Clause", ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """At least `at_least` of the clauses hold."""

    clauses: tuple["Clause", ...]
    at_least: int = 1


Clause = Has | AtLeast | AtMost | Known | Not | All | Some
Fields = Mapping[str, Any]
"""A document as engines see it: tuples of tokens and plain floats by field name; what is not known is absent."""

EVERYTHING = All()


def has(field: str, *values: str) -> Has:
    return Has(field, frozenset(values))


def every(*clauses: Clause) -> All:
    return All(clauses)


def some(*clauses: Clause, at_least: int = 1) -> Some:
    return Some(clauses, at_least)


def unless_known(clause: Has | AtLeast | AtMost) -> Clause:
    """Return `clause`, forgiving a document that says nothing about it: missing data is a question, not a failure."""
    return Some((clause, Not(Known(clause.field))))


def holds(clause: Clause, fields: Fields) -> bool:  # noqa: PLR0911 - one line for each word of the language
    """Tell whether a document satisfies `clause`."""
    match clause:
        case Has(field, values):
            return not values.isdisjoint(fields.get(field, ()))
        case AtLeast(field, value):
            return field in fields and bool(fields[field] >= value)
        case AtMost(field, value):
            return field in fields and bool(fields[field] <= value)
        case Known(field):
            return field in fields
        case Not(inner):
            return not holds(inner, fields)
        case All(clauses):
            return all(holds(inner, fields) for inner in clauses)
        case Some(clauses, at_least):
            return sum(holds(inner, fields) for inner in clauses) >= at_least
