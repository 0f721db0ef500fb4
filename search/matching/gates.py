"""Gates: whether an offer can serve a need at all, one question each. Pure.

A criterion about which neither side says anything is none. What only one side says is a question to the other (unknown), never a failure.
"""

from collections.abc import Callable
from math import floor, log10

from search.documents.codes import upward
from search.documents.document import Document
from search.matching.criteria import Criterion, State
from search.matching.kinship import covers, related

EPSILON = 1e-9
STEPS_PER_DECADE = 5
"""Standard tolerance grades grow by the fifth root of ten from grade to grade (ISO 286-1), so the logarithm counts grades."""

SATISFIED, UNSATISFIED, UNKNOWN = State.SATISFIED, State.UNSATISFIED, State.UNKNOWN


def _coded(field: str, needed: tuple[str, ...], offered: tuple[str, ...]) -> Criterion | None:
    """Judge codes by family: all covered satisfies; some covered, or only of one family, is a question; strangers fail."""
    if not needed and not offered:
        return None
    if not needed or not offered:
        return Criterion(field, UNKNOWN, {"asked": "offer" if needed else "need", "needed": needed, "offered": offered})
    open_codes = tuple(code for code in needed if not any(covers(field, code, other) for other in offered))
    covered = tuple(code for code in needed if code not in open_codes)
    if not open_codes:
        return Criterion(field, SATISFIED, {"needed": needed})
    if covered or (field != "skill" and related(field, needed, offered)):
        return Criterion(field, UNKNOWN, {"asked": "offer", "needed": open_codes, "offered": offered})
    return Criterion(field, UNSATISFIED, {"needed": needed, "offered": offered})


def process(offer: Document, need: Document, _: int) -> Criterion | None:
    return _coded("process", need.processes, offer.processes)


def material(offer: Document, need: Document, _: int) -> Criterion | None:
    return _coded("material", need.materials, offer.materials)


def skill(offer: Document, need: Document, _: int) -> Criterion | None:
    return _coded("skill", need.skills, offer.skills)


def audience(offer: Document, need: Document, _: int) -> Criterion | None:
    """Each side must be among those the other lets see it. Nothing is said where that holds."""
    if offer.holder.isdisjoint(need.readers) or need.holder.isdisjoint(offer.readers):
        return Criterion("audience", UNSATISFIED)
    return None


def envelope(offer: Document, need: Document, _: int) -> Criterion | None:
    """The part fits in some orientation: sides compared longest to longest (exact for a box in a box with parallel edges)."""
    part, room = need.sides, offer.sides
    if not part and not room:
        return None
    if not part or not room:
        return Criterion("envelope", UNKNOWN, {"asked": "offer" if part else "need"})
    spare = min(there - here for here, there in zip(part, room, strict=False))
    if spare < -EPSILON:
        return Criterion("envelope", UNSATISFIED, {"part": part, "room": room, "over": round(-spare, 3)})
    if len(room) < len(part):
        return Criterion("envelope", UNKNOWN, {"asked": "offer", "part": part, "room": room})
    return Criterion("envelope", SATISFIED, {"spare": round(spare, 3)})


def tolerance_grades(offered: float, needed: float) -> int:
    """Return how many standard grades finer `offered` is than `needed`."""
    return floor(STEPS_PER_DECADE * log10(needed / offered) + EPSILON) if offered > 0 else 0


def tolerance(offer: Document, need: Document, _: int) -> Criterion | None:
    if need.tolerance_mm is None:
        return None
    if offer.tolerance_mm is None:
        return Criterion("tolerance", UNKNOWN, {"asked": "offer", "needed": need.tolerance_mm})
    figures = {"needed": need.tolerance_mm, "offered": offer.tolerance_mm}
    if offer.tolerance_mm > need.tolerance_mm + EPSILON:
        return Criterion("tolerance", UNSATISFIED, figures)
    return Criterion("tolerance", SATISFIED, figures | {"grades": tolerance_grades(offer.tolerance_mm, need.tolerance_mm)})


def shared_minutes(offer: Document, need: Document, this_week: int) -> dict[int, int]:
    """Return the free minutes of each coming week in which the need may be made."""
    wanted = {free.week for free in need.weeks if free.week >= this_week}
    return {free.week: free.minutes for free in offer.weeks if free.week in wanted and free.minutes > 0}


def window(offer: Document, need: Document, this_week: int) -> Criterion | None:
    """Enough free minutes lie in the weeks in which the need may be made; without a known effort, any."""
    if not offer.weeks and not need.weeks:
        return None
    if not offer.weeks or not need.weeks:
        return Criterion("window", UNKNOWN, {"asked": "offer" if need.weeks else "need"})
    shared = shared_minutes(offer, need, this_week)
    figures = {"minutes": sum(shared.values()), "needed": need.minutes}
    if sum(shared.values()) < max(1, need.minutes or 1):
        return Criterion("window", UNSATISFIED, figures)
    return Criterion("window", SATISFIED, figures | {"first": min(shared)})


def certificate(offer: Document, need: Document, _: int) -> Criterion | None:
    if not need.certificates:
        return None
    if not offer.certificates:
        return Criterion("certificate", UNKNOWN, {"asked": "offer", "needed": need.certificates})
    missing = tuple(code for code in need.certificates if code not in offer.certificates)
    return Criterion("certificate", UNSATISFIED if missing else SATISFIED, {"needed": missing or need.certificates})


def region(offer: Document, need: Document, _: int) -> Criterion | None:
    if not need.wanted_regions:
        return None
    if offer.region is None:
        return Criterion("region", UNKNOWN, {"asked": "offer", "wanted": need.wanted_regions})
    within = not set(need.wanted_regions).isdisjoint(upward("region", offer.region))
    return Criterion("region", SATISFIED if within else UNSATISFIED, {"wanted": need.wanted_regions, "region": offer.region})


def quantity(offer: Document, need: Document, _: int) -> Criterion | None:
    """The asked quantities and the ones the offer takes overlap; a bound nobody gave bounds nothing."""
    least, most = need.quantity_min, need.quantity_max
    if (least is None and most is None) or (offer.quantity_min is None and offer.quantity_max is None):
        return None
    low, high = least if least is not None else most, most if most is not None else least
    assert low is not None
    assert high is not None
    figures = {"least": offer.quantity_min, "most": offer.quantity_max, "asked": (low, high)}
    too_few = offer.quantity_min is not None and high < offer.quantity_min
    too_many = offer.quantity_max is not None and low > offer.quantity_max
    return Criterion("quantity", UNSATISFIED if too_few or too_many else SATISFIED, figures)


Gate = Callable[[Document, Document, int], Criterion | None]

GATES: tuple[Gate, ...] = (process, material, skill, envelope, tolerance, window, quantity, certificate, region, audience)
"""In the order people read them."""

RELAXABLE = frozenset({"envelope", "tolerance", "window", "quantity", "certificate", "region"})
"""What a single change could mend: these make a near miss. Another process, material or audience is another need."""
