"""Counterfactuals: for a gate that is shut, the smallest single change that would open it. Pure."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from search.documents.codes import upward
from search.documents.document import Document
from search.matching.criteria import Change, Criterion
from search.matching.gates import shared_minutes
from search.weeks import monday


def _tolerance(offer: Document, need: Document, _: int) -> Change | None:
    return Change("tolerance.relax", {"to": offer.tolerance_mm, "from": need.tolerance_mm})


def _envelope(offer: Document, need: Document, _: int) -> Change | None:
    """Each side as short as the machine takes it; where it names fewer sides, the others no longer than its last."""
    room = offer.sides
    sides = tuple(min(side, room[min(place, len(room) - 1)]) for place, side in enumerate(need.sides))
    over = max(here - there for here, there in zip(need.sides, sides, strict=True))
    return Change("envelope.shrink", {"sides": sides, "over": round(over, 3)})


def _window(offer: Document, need: Document, this_week: int) -> Change | None:
    """Waiting until enough free minutes have come together; where none ever do, less work."""
    wanted = {free.week for free in need.weeks}
    first, last = max(min(wanted), this_week), max(wanted)
    minutes, needed = 0, max(1, need.minutes or 1)
    for free in sorted(offer.weeks, key=lambda free: free.week):
        if free.minutes > 0 and (free.week in wanted or free.week > last) and free.week >= first:
            minutes += free.minutes
            if minutes >= needed:
                return Change("window.wait", {"week": free.week, "days": (monday(free.week) - (monday(last) + timedelta(days=6))).days})
    shared = sum(shared_minutes(offer, need, this_week).values())
    return Change("window.less", {"minutes": shared, "needed": needed}) if shared else None


def _quantity(offer: Document, need: Document, _: int) -> Change | None:
    most = need.quantity_max if need.quantity_max is not None else need.quantity_min
    if offer.quantity_min is not None and most is not None and most < offer.quantity_min:
        return Change("quantity.more", {"to": offer.quantity_min})
    return Change("quantity.fewer", {"to": offer.quantity_max})


def _certificate(offer: Document, need: Document, _: int) -> Change | None:
    return Change("certificate.waive", {"codes": tuple(code for code in need.certificates if code not in offer.certificates)})


def _region(offer: Document, need: Document, _: int) -> Change | None:
    """The narrowest region that holds a wanted one and the offer; where they have none in common, the offer's own city."""
    above = upward("region", offer.region or "")
    for code in above:
        if any(code in upward("region", wanted) for wanted in need.wanted_regions):
            return Change("region.widen", {"to": code})
    return Change("region.add", {"to": above[min(1, len(above) - 1)]})


_CHANGES: Mapping[str, Callable[[Document, Document, int], Change | None]] = {
    "tolerance": _tolerance,
    "envelope": _envelope,
    "window": _window,
    "quantity": _quantity,
    "certificate": _certificate,
    "region": _region,
}


def change_for(criterion: Criterion, offer: Document, need: Document, this_week: int) -> Change | None:
    """Return the change that opens this gate, None where no single change does."""
    found = _CHANGES.get(criterion.code)
    return found(offer, need, this_week) if found else None
