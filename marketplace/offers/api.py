"""Offers for programs: the same list, the same actions."""

from typing import Any

from flask import request

from gongchuang.api import ApiBlueprint, PageQuery
from gongchuang.organisations.queries import organisation
from gongchuang.refusal import refuse_all
from gongchuang.rights import allowed, require
from gongchuang.web import actor, idempotent, now, repeatable
from marketplace.offers import actions, listing, queries
from marketplace.offers.importing import Read
from marketplace.offers.models import Offer
from marketplace.offers.permissions import OfferPermission
from marketplace.offers.schemas import NewOffer, OfferIn, OfferOut, OffersIn, OffersOut, PublishedOut, SearchOut
from search.listing.asking import query_of, refuse_nonsense
from search.matching import queries as matching
from search.matching.schemas import MatchesOut, matches_out
from services.messages.schemas import BegunOut

api = ApiBlueprint("offers", __name__)


@api.get("/offers")
@allowed(OfferPermission.LIST)
@api.input(query_of(listing.SHELF), location="query")
@api.output(SearchOut)
def search(query_data: Any) -> Any:
    """Search what is offered: the same filters as the list page. What names nothing is refused."""
    refuse_nonsense(listing.SHELF, request.args)
    who = actor().organisation_id
    found = listing.found_by(request.args, actor(), now(), request.path, organisation(who).region or None if who else None)
    offers = [{"id": c.object_id, "organisation_id": c.organisation_id, "card": dict(c.data), "kilometres": c.kilometres} for c in found.cards]
    return {"offers": offers, **{n: getattr(found, n) for n in ("facets", "total", "page", "pages", "degraded", "loosened")}}


@api.get("/offers/mine")
@allowed(OfferPermission.MINE)
@api.input(PageQuery, location="query")
@api.output(OffersOut)
def mine(query_data: PageQuery) -> Any:
    """List what the firm offers and has offered, latest first."""
    page = queries.owned_by(actor().organisation_id, query_data.cursor)
    return {"offers": page.items, "next_cursor": page.next_cursor}


@api.get("/offers/favourites")
@allowed(OfferPermission.FAVOUR)
@api.input(PageQuery, location="query")
@api.output(OffersOut)
def favourites(query_data: PageQuery) -> Any:
    """List the offers the token's person keeps."""
    page = queries.favourites_of(actor().user_id, query_data.cursor)
    return {"offers": page.items, "next_cursor": page.next_cursor}


@api.post("/offers")
@allowed(OfferPermission.DRAFT)
@idempotent
@api.input(NewOffer, location="json")
@api.output(OfferOut, status_code=201)
def create(json_data: NewOffer) -> Any:
    """Write an offer down, and with `publish` put it out at once."""
    terms = OfferIn.terms(OfferIn(**json_data.model_dump(exclude={"publish"})))
    if not json_data.publish:
        return actions.draft(actor(), terms)
    require(OfferPermission.PUBLISH)
    return actions.publish_new(actor(), terms, now())


@api.post("/offers/import")
@allowed(OfferPermission.PUBLISH)
@idempotent
@api.input(OffersIn, location="json")
@api.output(PublishedOut, status_code=201)
def take_in(json_data: OffersIn) -> Any:
    """Publish many offers at once: all of them, or none and what is wrong with each."""
    rows = [Read(at, each.terms(), ()) for at, each in enumerate(json_data.offers)]
    published, judged = actions.publish_all(actor(), rows, now())
    for row in judged:
        for refusal in row.errors:
            refusal.field = f"offers.{row.line}.{refusal.field}" if refusal.field else f"offers.{row.line}"
    refuse_all([refusal for row in judged for refusal in row.errors])
    return {"offers": published}


@api.get("/offers/<uuid:offer_id>")
@allowed(OfferPermission.SEE, queries.offer)
@api.output(OfferOut)
def see(offer: Offer) -> Any:
    """Show an offer the reader may see."""
    return offer


@api.put("/offers/<uuid:offer_id>")
@allowed(OfferPermission.DRAFT, queries.offer)
@api.input(OfferIn, location="json")
@api.output(OfferOut)
def edit(offer: Offer, json_data: OfferIn) -> Any:
    """Say anew what is offered."""
    return actions.edit(actor(), offer, json_data.terms(), now())


@api.post("/offers/<uuid:offer_id>/publish")
@allowed(OfferPermission.PUBLISH, queries.offer)
@idempotent
@api.output(OfferOut)
def publish(offer: Offer) -> Any:
    """Put an offer out."""
    return actions.publish(actor(), offer, now())


@api.post("/offers/<uuid:offer_id>/repeat")
@allowed(OfferPermission.PUBLISH, queries.offer)
@idempotent
@api.output(OfferOut, status_code=201)
def repeat(offer: Offer) -> Any:
    """Put the same out again for the weeks that follow."""
    return actions.repeat(actor(), offer, now())


@api.post("/offers/<uuid:offer_id>/withdraw")
@allowed(OfferPermission.WITHDRAW, queries.offer)
@repeatable
@api.output(OfferOut)
def withdraw(offer: Offer) -> Any:
    """Take an offer back."""
    return actions.withdraw(actor(), offer)


@api.post("/offers/<uuid:offer_id>/confirm")
@allowed(OfferPermission.PUBLISH, queries.offer)
@api.output(OfferOut)
def confirm(offer: Offer) -> Any:
    """Say that an offer still stands."""
    return actions.confirm(actor(), offer, now())


@api.put("/offers/<uuid:offer_id>/favourite")
@allowed(OfferPermission.FAVOUR, queries.offer)
@api.output({}, status_code=204)
def favour(offer: Offer) -> Any:
    """Keep an offer."""
    actions.favour(actor(), offer)
    return ""


@api.delete("/offers/<uuid:offer_id>/favourite")
@allowed(OfferPermission.FAVOUR, queries.offer)
@api.output({}, status_code=204)
def unfavour(offer: Offer) -> Any:
    """Keep it no longer."""
    actions.unfavour(actor(), offer)
    return ""


@api.get("/offers/<uuid:offer_id>/matches")
@allowed(OfferPermission.DRAFT, queries.offer)
@api.output(MatchesOut)
def matches(offer: Offer) -> Any:
    """List the orders one's own offer fits, best first, then those it nearly fits, each with why."""
    fitting = matching.for_offer("offer", offer.id)
    return matches_out([*fitting, *matching.for_offer("offer", offer.id, near=True)])


@api.post("/offers/<uuid:offer_id>/conversation")
@allowed(OfferPermission.TALK, queries.offer)
@api.output(BegunOut, status_code=201)
def talk(offer: Offer) -> Any:
    """Open one's conversation with the offering firm; the same one again when it was opened before."""
    return BegunOut(id=actions.talk(actor(), offer).id)
