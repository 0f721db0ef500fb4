"""What an order looks like to a searcher."""

from datetime import date
from typing import Any

from gongchuang import vocabulary
from gongchuang.database import now
from gongchuang.organisations.models import Organisation
from marketplace.orders import queries, rules
from marketplace.orders.models import Order, OrderPart
from search.documents.document import Document, FreeWeek, Place, Side
from search.weeks import weeks_between
from services.procedures import queries as procedures

MOST_WEEKS = 26


def of_order(order: Order) -> Document:
    """Return an order as a need of the production market. A budget that is not to be shown is neither scored nor put on the card."""
    firm = queries.firm(order.organisation_id)
    procedure = order.procedure
    invited = procedures.invited_to(order.id) if procedure.status != "draft" else [*order.named]
    audience = procedure.audience if procedure.status != "draft" else rules.audience_of(order.reach, firm.park)
    quantities = [part.quantity for part in order.parts if part.quantity is not None]
    place = vocabulary.place(order.region) if order.region else None
    return Document(
        kind="order",
        object_id=order.id,
        object_version=order.version + procedure.version,
        side=Side.NEED,
        organisation_id=order.organisation_id,
        title=rules.titled(order.title, [(p.name, p.quantity) for p in order.parts]),
        text=_text(order),
        market="production",
        audience=tuple(dict.fromkeys([*audience, *(f"org:{i}" for i in invited)])),
        processes=_codes(order, "process"),
        materials=_codes(order, "material"),
        certificates=tuple(order.certificates),
        region=order.region or None,
        park=firm.park,
        wanted_regions=rules.wanted_regions(order.region, order.made_in),
        envelope=envelope(order.parts),
        tolerance_mm=min((p.tolerance_mm for p in order.parts if p.tolerance_mm is not None), default=None),
        quantity_min=min(quantities, default=None),
        quantity_max=max(quantities, default=None),
        price_fen=order.budget_fen,
        price_unit="total" if order.budget_fen else None,
        weeks=_weeks(rules.day_of(now()), order.delivery_on),
        place=Place(*place) if place else None,
        confirmed_at=procedure.opens_at,
        open_until=procedure.closes_at,
        private=frozenset() if order.budget_shown else frozenset({"price"}),
        card=_card(order, firm),
    )


def envelope(parts: list[OrderPart]) -> tuple[float, ...] | None:
    """Return of several parts the greatest of each sorted side."""
    sorted_sides = [sorted(part.sides, reverse=True) for part in parts if len(part.sides) == 3]
    return tuple(max(sides) for sides in zip(*sorted_sides, strict=True)) if sorted_sides else None


def _codes(order: Order, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for part in order.parts if (code := getattr(part, name))))


def _weeks(today: date | None, delivery_on: date | None) -> tuple[FreeWeek, ...]:
    if today is None or delivery_on is None or delivery_on < today:
        return ()
    return tuple(FreeWeek(week) for week in weeks_between(today, delivery_on)[:MOST_WEEKS])


def _text(order: Order) -> str:
    words = [*(part.name for part in order.parts), *(part.note for part in order.parts), order.note]
    return "\n".join(word for word in words if word)


def _card(order: Order, firm: Organisation) -> dict[str, Any]:
    """Return everything a list shows of an order: codes and figures, put into words when read."""
    first = order.parts[0] if order.parts else None
    return {
        "number": order.number if order.created_at else "",
        "title": rules.titled(order.title, [(p.name, p.quantity) for p in order.parts]),
        "firm": firm.short_name,
        "verified": firm.verified,
        "demo": firm.demo,
        "region": order.region,
        "processes": list(_codes(order, "process")),
        "materials": list(_codes(order, "material")),
        "sides": list(first.sides) if first and len(order.parts) == 1 else [],
        "tolerance_mm": min((p.tolerance_mm for p in order.parts if p.tolerance_mm is not None), default=None),
        "quantity": sum(p.quantity or 0 for p in order.parts),
        "parts": len(order.parts),
        "stage": order.stage,
        "supply": order.supply,
        "invoice": order.invoice,
        "delivery_on": order.delivery_on.isoformat() if order.delivery_on else None,
        "closes_at": order.procedure.closes_at.isoformat() if order.procedure.closes_at else None,
        "opens_at": order.procedure.opens_at.isoformat() if order.procedure.opens_at else None,
        "budget_fen": order.budget_fen if order.budget_shown else None,
        "file": bool(first and first.files),
    }
