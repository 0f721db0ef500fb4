"""Reporting an offer, and taking it down."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from gongchuang.actor import Actor
from gongchuang.refusal import NotFound
from marketplace.offers import actions, queries
from services.moderation.subjects import Moderated, Subject, register


def subject(offer_id: UUID) -> Subject:
    """Return an offer as a report names it. A draft is nobody's to report."""
    offer = queries.offer(offer_id)
    if offer.status == "draft":
        raise NotFound
    return Subject(title=offer.title, url=f"/offers/{offer.id}", organisation_id=offer.organisation_id)


def take_down(actor: Actor, offer_id: UUID, now: datetime) -> None:
    """Withdraw an offer for its owner: nobody finds it any more; quotes and bookings stay."""
    offer = queries.offer(offer_id)
    if offer.status in actions.STANDING:
        actions.withdraw(actor, offer)


def start(app: Any) -> None:
    """Let offers be reported. Nothing is put back after an appeal: the owner publishes the hours again."""
    register(Moderated("offer", _l("空闲产能"), find=subject, take_down=take_down))
