"""Coded data that forms, facets, analysers and matching share: what a process, a material or a place is called, and what it stands under.

Loaded once from the files in `data/`, at first use; no database. A scheme is one list of terms, often a tree:

    processes materials machine_kinds certificates surfaces it_grades skills regions parks industries sizes

Codes are unique across all schemes, so that a list of codes needs no scheme beside it. Codes never change once published: labels may.
"""

from .finding import Found, find
from .places import kilometres, place, region_path
from .terms import (
    MachineKind,
    Material,
    Park,
    Term,
    UnknownTerm,
    ancestors,
    children,
    choices,
    descendants,
    distance,
    grouped_choices,
    known,
    label,
    machine_kind,
    material,
    park,
    scheme_of,
    schemes,
    synonyms,
    term,
    terms,
)
from .tolerances import OutsideTable, it_grade, it_value

__all__ = [
    "Found",
    "MachineKind",
    "Material",
    "OutsideTable",
    "Park",
    "Term",
    "UnknownTerm",
    "ancestors",
    "children",
    "choices",
    "descendants",
    "distance",
    "find",
    "grouped_choices",
    "it_grade",
    "it_value",
    "kilometres",
    "known",
    "label",
    "machine_kind",
    "material",
    "park",
    "place",
    "region_path",
    "scheme_of",
    "schemes",
    "synonyms",
    "term",
    "terms",
]
