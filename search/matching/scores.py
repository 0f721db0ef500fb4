"""Scores: how well an offer serves a need, each criterion from 0 to 1. Pure. A criterion is scored only where both sides said something.

The weights of each side say what it cares for; a match is ranked by the harmonic mean of both, so that a lopsided one sinks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import exp, log

from search.documents.document import Document
from search.geography import distance_km
from search.matching.criteria import Score
from search.matching.gates import shared_minutes, tolerance_grades
from search.matching.kinship import coverage
from search.text import terms

FULL = 10_000
DISTANCE_SCALE_KM = 200.0
"""At this distance a third of the points is left: about a day by lorry, there and back."""
PRIOR_REVIEWS = 5
"""How many reviews at the platform's mean every organisation starts with."""
BEST_RATING = 5.0

NEED_WEIGHTS: Mapping[str, int] = {
    "process": 20,
    "material": 15,
    "skill": 30,
    "tolerance": 10,
    "quantity": 10,
    "window": 15,
    "distance": 10,
    "price": 15,
    "reputation": 15,
    "text": 10,
}
OFFER_WEIGHTS: Mapping[str, int] = {
    "process": 15,
    "material": 10,
    "skill": 30,
    "tolerance": 5,
    "quantity": 20,
    "window": 20,
    "distance": 10,
    "price": 20,
    "reputation": 10,
    "text": 10,
}


@dataclass(frozen=True, slots=True)
class TermWeights:
    """How telling each term is: ln(1 + documents / documents with it), a snapshot stored with the rules' version so that a score can be recomputed."""

    version: str = "0"
    documents: int = 0
    weights: Mapping[str, float] = field(default_factory=dict)

    def weight(self, term: str) -> float:
        """Return a term's weight; one never seen is as telling as a term of one document."""
        return self.weights.get(term) or log(1 + max(1, self.documents))


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the rules know beside the two documents: the coming week, the term weights, the platform's mean rating."""

    this_week: int
    terms: TermWeights = TermWeights()
    mean_rating: float = 4.0


@lru_cache(maxsize=8192)
def _terms(title: str, text: str) -> frozenset[str]:
    return terms((title, text))


def _coded(name: str, needed: tuple[str, ...], offered: tuple[str, ...]) -> float | None:
    return coverage(name, needed, offered) if needed and offered else None


def tolerance(offer: Document, need: Document) -> float | None:
    """Just reached 0.7, a tenth more for every standard grade to spare."""
    if offer.tolerance_mm is None or need.tolerance_mm is None or offer.tolerance_mm <= 0 or need.tolerance_mm <= 0:
        return None
    return max(0.0, min(1.0, 0.7 + 0.1 * tolerance_grades(offer.tolerance_mm, need.tolerance_mm)))


def quantity(offer: Document, need: Document) -> float | None:
    """The share of the asked range that the offer takes."""
    low = need.quantity_min if need.quantity_min is not None else need.quantity_max
    high = need.quantity_max if need.quantity_max is not None else need.quantity_min
    if low is None or high is None or (offer.quantity_min is None and offer.quantity_max is None):
        return None
    least, most = offer.quantity_min or 0, offer.quantity_max if offer.quantity_max is not None else high
    return max(0.0, (min(high, most) - max(low, least) + 1) / (high - low + 1)) if high >= low else 0.0


def window(offer: Document, need: Document, this_week: int) -> float | None:
    """Twice the needed minutes is full; without a known effort, the share of the wanted weeks with time left."""
    wanted = {free.week for free in need.weeks if free.week >= this_week}
    if not wanted or not offer.weeks:
        return None
    shared = shared_minutes(offer, need, this_week)
    return min(1.0, sum(shared.values()) / (2 * need.minutes)) if need.minutes else len(shared) / len(wanted)


def distance(offer: Document, need: Document) -> float | None:
    if offer.place is None or need.place is None:
        return None
    return exp(-distance_km(offer.place, need.place) / DISTANCE_SCALE_KM)


def price(offer: Document, need: Document) -> float | None:
    """Within the budget is full, twice the budget half. An hourly price against a total budget needs the minutes."""
    if not offer.price_fen or not need.price_fen:
        return None
    if offer.price_unit == need.price_unit:
        return min(1.0, need.price_fen / offer.price_fen)
    if offer.price_unit == "hour" and need.price_unit == "total" and need.minutes:
        return min(1.0, need.price_fen * 60 / (offer.price_fen * need.minutes))
    return None


def reputation(document: Document, mean: float) -> float | None:
    """The mean of the reviews, shrunk to the platform's mean while they are few."""
    if document.rating is None:
        return None
    return (document.rating * document.ratings + mean * PRIOR_REVIEWS) / (document.ratings + PRIOR_REVIEWS) / BEST_RATING


def text(offer: Document, need: Document, weights: TermWeights) -> float | None:
    """The weight of the terms both hold over that of the side with fewer."""
    one, other = _terms(offer.title, offer.text), _terms(need.title, need.text)
    if not one or not other:
        return None
    smaller = min(sum(map(weights.weight, sorted(one))), sum(map(weights.weight, sorted(other))))
    return min(1.0, sum(map(weights.weight, sorted(one & other))) / smaller)


def strengths(offer: Document, need: Document, known: Knowledge) -> dict[str, float]:
    """Return every criterion both sides filled in, from 0 to 1, in the order of the weights. Private ones are left out."""
    measured: dict[str, Callable[[], float | None]] = {
        "process": lambda: _coded("process", need.processes, offer.processes),
        "material": lambda: _coded("material", need.materials, offer.materials),
        "skill": lambda: _coded("skill", need.skills, offer.skills),
        "tolerance": lambda: tolerance(offer, need),
        "quantity": lambda: quantity(offer, need),
        "window": lambda: window(offer, need, known.this_week),
        "distance": lambda: distance(offer, need),
        "price": lambda: price(offer, need),
        "text": lambda: text(offer, need, known.terms),
    }
    hidden = offer.private | need.private
    found = {name: measure() for name, measure in measured.items() if name not in hidden}
    return {name: value for name, value in found.items() if value is not None}


def weighed(strong: Mapping[str, float], weights: Mapping[str, int]) -> Score:
    """Return 100 · Σ w·s / Σ w in hundredths of a point, and contributions that add up to it (largest remainders get the rest)."""
    total = sum(weights[name] for name in strong)
    if not total:
        return Score(0)
    exact = {name: FULL * weights[name] * value / total for name, value in strong.items()}
    points = round(sum(exact.values()))
    parts = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: (parts[name] - exact[name], name))
    for name in by_remainder[: points - sum(parts.values())]:
        parts[name] += 1
    return Score(points, tuple(parts.items()))


def harmonic(one: int, other: int) -> int:
    """Return the harmonic mean of two scores, rounded; 0 where one is 0."""
    return round(2 * one * other / (one + other)) if one and other else 0
