"""Codes as engines compare them: each with what it stands under, so that a coarse filter finds the fine."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gongchuang import vocabulary
from search.documents.document import Document, Side

SCHEMES = {
    "process": "processes",
    "material": "materials",
    "skill": "skills",
    "certificate": "certificates",
    "industry": "industries",
    "region": "regions",
    "wanted_region": "regions",
    "park": "parks",
}
"""The vocabulary's scheme of each coded field."""


def upward(field: str, code: str) -> tuple[str, ...]:
    """Return the code and everything it stands under, nearest first. A code the vocabulary does not know (any more) stands alone."""
    scheme = SCHEMES[field]
    if not vocabulary.known(scheme, code):
        return (code,)
    return (code, *(above.code for above in vocabulary.ancestors(scheme, code)))


def widened(field: str, codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes with all they stand under, sorted, each once."""
    return tuple(sorted({above for code in codes for above in upward(field, code)}))


def telling(field: str, codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes one can judge by, each once. A group above the families (金属, 切削) says too little, as if nothing had been said."""
    scheme = SCHEMES[field]
    has_families = field in ("process", "material")
    return tuple(code for code in dict.fromkeys(codes) if not (has_families and vocabulary.known(scheme, code) and not vocabulary.term(scheme, code).family))


def told(document: Document) -> Document:
    """Return the document with telling codes only: what is mirrored, matched and counted."""
    return replace(document, processes=telling("process", document.processes), materials=telling("material", document.materials))


def exact(document: Document) -> dict[str, tuple[str, ...]]:
    """Return the document's codes by field, as the room gave them."""
    return {
        "process": document.processes,
        "material": document.materials,
        "skill": document.skills,
        "certificate": document.certificates,
        "industry": document.industries,
        "region": (document.region,) if document.region else (),
        "park": (document.park,) if document.park else (),
        "wanted_region": document.wanted_regions,
    }


BUDGETS: Mapping[str, int | None] = {"budget-1": 1_000_000, "budget-2": 2_000_000, "budget-3": 5_000_000, "budget-4": 10_000_000, "budget-5": None}
"""Brackets of total budgets people choose by: each code with the fen it stays under."""


def budget_of(document: Document) -> tuple[str, ...]:
    """Return the bracket of a total price that may be shown."""
    if document.price_fen is None or document.price_unit != "total" or "price" in document.private:
        return ()
    return (next(code for code, under in BUDGETS.items() if under is None or document.price_fen < under),)


def searched(document: Document) -> dict[str, tuple[str, ...]]:
    """Return the tokens by field that filters and facets see: widened codes, the weeks with time left, the budget's bracket."""
    found = {field: widened(field, codes) for field, codes in exact(document).items()}
    found["week"] = tuple(sorted({str(free.week) for free in document.weeks if free.minutes > 0 or document.side is Side.NEED}))
    found["budget"] = budget_of(document)
    return found


def prefixed(codes: dict[str, tuple[str, ...]]) -> list[str]:
    """Return codes as one list of tokens such as `process:milling-5`, in the order given: it is the order people said them in."""
    return [f"{field}:{code}" for field, held in codes.items() for code in dict.fromkeys(held)]


def by_field(tokens: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return prefixed tokens apart again, by field."""
    held: dict[str, list[str]] = {}
    for token in tokens:
        field, _, code = token.partition(":")
        held.setdefault(field, []).append(code)
    return {field: tuple(codes) for field, codes in held.items()}
