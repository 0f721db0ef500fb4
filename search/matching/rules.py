"""The rules of matching, pure and exact: whether an offer serves a need, how well for each side, why, and what would help.

    match = gate × 100 × Σ wᵢ sᵢ / Σ wᵢ          over the criteria both sides filled in

The explanation is the score itself: its contributions add up to it. Everything follows from the two documents and `Knowledge`; anyone can
recompute it from what is stored with `version(...)`.
"""

from datetime import datetime

from search.documents.document import Document, Side
from search.matching.changes import change_for
from search.matching.criteria import Judgement, Score, State
from search.matching.gates import GATES, RELAXABLE
from search.matching.scores import NEED_WEIGHTS, OFFER_WEIGHTS, Knowledge, harmonic, reputation, strengths, weighed

RULES = "1"
"""Grows with every change of meaning in gates, scores, weights or changes."""


def version(known: Knowledge) -> str:
    """Return what a score was computed with: the rules and the term weights."""
    return f"{RULES}.{known.terms.version}"


def are_opposite(one: Document, other: Document) -> bool:
    """Tell whether the two can be matched at all: offer and need of one market, of different organisations."""
    return one.market is not None and one.market == other.market and one.side is not other.side and one.organisation_id != other.organisation_id


def stands(document: Document, now: datetime) -> bool:
    """Tell whether a document is still open at `now`."""
    return document.open_until is None or document.open_until > now


def sides(one: Document, other: Document) -> tuple[Document, Document]:
    """Return (offer, need)."""
    return (one, other) if one.side is Side.OFFER else (other, one)


def judge(offer: Document, need: Document, known: Knowledge) -> Judgement:
    """Return what the rules say about an offer and a need of one market."""
    found = (gate(offer, need, known.this_week) for gate in GATES)
    criteria = tuple(criterion for criterion in found if criterion is not None)
    shut = [criterion for criterion in criteria if criterion.state is State.UNSATISFIED]
    change = change_for(shut[0], offer, need, known.this_week) if len(shut) == 1 and shut[0].code in RELAXABLE else None
    if shut and change is None:
        return Judgement(criteria, gate=False, near=False, offer=Score(0), need=Score(0), rank=0, potential=0)
    for_offer, for_need = _scores(offer, need, known)
    rank = harmonic(for_offer.points, for_need.points)
    if change is not None:
        return Judgement(criteria, gate=False, near=True, offer=Score(0), need=Score(0), rank=0, potential=rank, changes=(change,))
    return Judgement(criteria, gate=True, near=False, offer=for_offer, need=for_need, rank=rank, potential=rank)


def _scores(offer: Document, need: Document, known: Knowledge) -> tuple[Score, Score]:
    """Return the score with the offering side's weights and with the needing side's. Each side weighs the other's reputation."""
    common = strengths(offer, need, known)
    hidden = offer.private | need.private
    of_need = None if "reputation" in hidden else reputation(need, known.mean_rating)
    of_offer = None if "reputation" in hidden else reputation(offer, known.mean_rating)
    for_offer = common if of_need is None else common | {"reputation": of_need}
    for_need = common if of_offer is None else common | {"reputation": of_offer}
    return weighed(for_offer, OFFER_WEIGHTS), weighed(for_need, NEED_WEIGHTS)
