"""Offers of idle hours 空闲产能, their list and pages, what people keep of them; the page from which everything is published.

Owns: offers, favourites. Publishes: OfferPublished, OfferChanged, OfferWithdrawn, OfferExpired, OfferHidden, OfferUnconfirmed, OfferConfirmed.
Builds on machines, capacity, search, services.messages.
"""

from flask_babel import lazy_gettext as _l

from gongchuang.manifest import Feature, NavItem
from marketplace.offers import api, checks, document, moderation, permissions, publishing, tasks, views
from marketplace.offers import models as models

feature = Feature(
    name="offers",
    pages=[views.pages, publishing.pages],
    api=api.api,
    permissions=permissions.POLICY,
    documents=[document.of_offer],
    handlers=[tasks.count_hours, tasks.follow_machine, tasks.follow_firm, tasks.keep_offer, tasks.remind, tasks.tell_gone, tasks.settle],
    crons=[tasks.find_due],
    checks=[checks.published_offers_are_found, checks.offers_are_of_own_machines, checks.machines_are_seen_by_offer],
    nav=[NavItem(_l("空闲产能"), "offers.index", 10, icon="building-factory-2", bottom=True)],
    messages=tasks.MESSAGES,
    start=[moderation.start],
)
