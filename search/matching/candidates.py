"""What to ask an engine for: every document that could match or nearly match, and few others. Pure.

Always a superset of what the rules keep: strict gates must hold coarsely, and of the others at most one may fail (a near miss has one
failed gate). A property test holds this against the rules.
"""

from datetime import datetime

from search.documents.codes import upward, widened
from search.documents.document import Document, Side
from search.engines.clauses import All, AtLeast, AtMost, Clause, Has, Known, Not, Some, every, has, some, unless_known
from search.matching.kinship import kin


def opposite_of(document: Document, now: datetime) -> Clause:
    """Return what must hold for the other side's candidates for `document`."""
    return every(
        has("market", document.market or ""),
        has("side", document.side.opposite.value),
        Not(has("organisation", str(document.organisation_id))),
        Not(AtMost("open_until", now.timestamp())),
        *_visible(document),
        *_kindred(document),
    )


def nearly_fitting(document: Document) -> Clause:
    """Return the coarse conditions of which at most one may fail to hold for a candidate."""
    relaxable = _relaxable(document)
    return Some(relaxable, at_least=len(relaxable) - 1)


def _visible(document: Document) -> list[Clause]:
    """Return that each may see the other."""
    clauses: list[Clause] = [Has("audience", document.holder)]
    if "public" not in document.readers:
        named = frozenset(token.removeprefix("org:") for token in document.readers if token.startswith("org:"))
        parks = frozenset(token.removeprefix("park:") for token in document.readers if token.startswith("park:"))
        clauses.append(some(Has("organisation", named), Has("park", parks)))
    return clauses


def _kindred(document: Document) -> list[Clause]:
    """Return that processes, materials and skills are of one family, or not said."""
    clauses: list[Clause] = []
    for field, codes in (("process", document.processes), ("material", document.materials)):
        if codes:
            clauses.append(unless_known(Has(field, frozenset(kin(field, code) for code in codes))))
    if document.skills:
        clauses.append(unless_known(Has("skill", frozenset(widened("skill", document.skills)))))
    return clauses


def _relaxable(document: Document) -> tuple[Clause, ...]:
    """Return one coarse condition for each gate of which at most one may be shut."""
    offers = document.side is Side.NEED
    clauses = [_envelope(document.sides, offers), _tolerance(document.tolerance_mm, offers), _quantity(document, offers)]
    weeks = frozenset(str(free.week) for free in document.weeks)
    clauses.append(unless_known(Has("week", weeks)) if weeks else None)
    if offers and document.certificates:
        held = All(tuple(has("certificate", code) for code in document.certificates))
        clauses.append(some(held, Not(Known("certificate"))))
    clauses.append(_region(document, offers))
    return tuple(clause for clause in clauses if clause is not None)


def _envelope(sides: tuple[float, ...], offers: bool) -> Clause | None:
    if not sides:
        return None
    names = ("side_a", "side_b", "side_c")
    compared = [AtLeast(name, side - 1e-6) if offers else AtMost(name, side + 1e-6) for name, side in zip(names, sides, strict=False)]
    return every(*(unless_known(clause) for clause in compared))


def _tolerance(tolerance: float | None, offers: bool) -> Clause | None:
    if tolerance is None:
        return None
    return unless_known(AtMost("tolerance", tolerance + 1e-6) if offers else AtLeast("tolerance", tolerance - 1e-6))


def _quantity(document: Document, offers: bool) -> Clause | None:
    low = document.quantity_min if document.quantity_min is not None or not offers else document.quantity_max
    high = document.quantity_max if document.quantity_max is not None or not offers else document.quantity_min
    clauses: list[Clause] = []
    if low is not None:
        clauses.append(unless_known(AtLeast("quantity_max", low)))
    if high is not None:
        clauses.append(unless_known(AtMost("quantity_min", high)))
    return every(*clauses) if clauses else None


def _region(document: Document, offers: bool) -> Clause | None:
    if offers and document.wanted_regions:
        return unless_known(Has("region", frozenset(document.wanted_regions)))
    if not offers and document.region:
        return unless_known(Has("wanted_region", frozenset(upward("region", document.region))))
    return None
