"""How an offer becomes a search document."""

from collections.abc import Iterable, Sequence
from typing import Any

from gongchuang import vocabulary
from gongchuang.organisations.models import Organisation
from marketplace.machines import rules as machine_rules
from marketplace.machines.models import Machine
from marketplace.offers.models import Offer
from search.documents.document import Document, FreeWeek, Place, Side

KIND = "offer"
MARKET = "production"


def of_offer(offer: Offer, machines: Sequence[Machine], firm: Organisation, certificates: Sequence[str]) -> Document:
    """Return what an offer looks like to a searcher. `machines` stand largest first: envelope and tolerance are those of the first, so that no part fits
    a machine made up of several."""
    core = _together(m.core for m in machines)
    processes = _together([core, *(m.supplementary for m in machines)])
    materials = sorted(_together(m.materials for m in machines), key=_is_family)
    return Document(
        kind=KIND,
        object_id=offer.id,
        object_version=offer.version,
        side=Side.OFFER,
        organisation_id=offer.organisation_id,
        title=offer.title,
        text=_text(offer, machines, firm, [*processes, *materials, *certificates]),
        market=MARKET,
        audience=tuple(offer.audience),
        processes=tuple(processes),
        materials=tuple(materials),
        certificates=tuple(certificates),
        quantity_min=offer.quantity_min,
        price_fen=offer.price_fen,
        price_unit=offer.price_unit if offer.price_fen is not None else None,
        weeks=tuple(FreeWeek(week, minutes) for week, minutes in zip(offer.weeks, offer.free_minutes, strict=True) if minutes > 0),
        lead_time_days=offer.lead_time_days,
        confirmed_at=offer.confirmed_at,
        open_until=offer.ends_at,
        card=_card(offer, machines, firm, core, materials),
        **_where(firm),
        **_limits(machines[0]),
    )


def _where(firm: Organisation) -> dict[str, Any]:
    """Return where a firm is and what it belongs to."""
    return {"region": firm.region or None, "park": firm.park, "place": _place(firm.region), "industries": (firm.industry,) if firm.industry else ()}


def _limits(lead: Machine) -> dict[str, Any]:
    """Return how large and how fine a machine works."""
    sides = tuple(side for side in (lead.x_mm, lead.y_mm, lead.z_mm) if side is not None)
    return {"envelope": sides or None, "tolerance_mm": lead.tolerance_mm}


def _together(lists: Iterable[Iterable[str]]) -> list[str]:
    """Return every code once, in order of first mention."""
    return list(dict.fromkeys(code for codes in lists for code in codes))


def _is_family(material: str) -> bool:
    """Tell whether a material is a whole family: grades are shown before families, for they say more."""
    return bool(vocabulary.children("materials", material))


def _place(region: str) -> Place | None:
    found = vocabulary.place(region) if region else None
    return Place(*found) if found else None


def _text(offer: Offer, machines: Sequence[Machine], firm: Organisation, codes: Sequence[str]) -> str:
    """Return everything words may find it by: names, labels in both languages with their synonyms, place, note."""
    words = [firm.name, firm.short_name, firm.initials, *(m.name for m in machines), *(m.model for m in machines)]
    words += vocabulary.synonyms(machines[0].kind) if vocabulary.known("machine_kinds", machines[0].kind) else ()
    words += [word for code in codes for word in vocabulary.synonyms(code)]
    if vocabulary.known("regions", firm.region):
        words += [term.zh for term in vocabulary.region_path(firm.region)]
    if firm.park and vocabulary.known("parks", firm.park):
        words += vocabulary.synonyms(firm.park)
    return " ".join(filter(None, [*words, *(m.note for m in machines), offer.note]))


def _card(offer: Offer, machines: Sequence[Machine], firm: Organisation, core: Sequence[str], materials: Sequence[str]) -> dict[str, object]:
    """Return all a list shows: codes and figures, put into words for each reader."""
    lead = machines[0]
    return {
        "title": offer.title,
        "kind": lead.kind,
        "photo": str(lead.photo_id) if lead.photo_id else None,
        "count": sum(m.quantity for m in machines),
        "firm": firm.short_name or firm.name,
        "verified": firm.verified,
        "demo": firm.demo,
        "region": firm.region,
        "park": firm.park,
        "envelope": machine_rules.envelope_words(lead.kind, lead.x_mm, lead.y_mm, lead.z_mm, lead.mass_kg),
        "tolerance_mm": lead.tolerance_mm,
        "core": list(core),
        "materials": list(materials),
        "weeks": [[week, minutes] for week, minutes in zip(offer.weeks, offer.free_minutes, strict=True)],
        "price_fen": offer.price_fen,
        "price_unit": offer.price_unit,
        "tax_rate": offer.tax_rate,
        "lead_time_days": offer.lead_time_days,
        "quantity_min": offer.quantity_min,
        "confirmed_at": offer.confirmed_at.isoformat() if offer.confirmed_at else None,
        "reach": offer.reach,
    }
