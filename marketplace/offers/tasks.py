"""What follows events, and the clock over offers."""

from datetime import datetime

from gongchuang.database import db, now
from gongchuang.events import Delivered, cron, emit, handles
from gongchuang.organisations.events import OrganisationChanged, OrganisationVerified
from gongchuang.organisations.queries import organisation
from marketplace.capacity.events import CapacityChanged
from marketplace.capacity.spans import day_of, week_code, week_span
from marketplace.machines.events import CertificatesChanged, MachineChanged
from marketplace.offers import actions, events, queries
from marketplace.offers.models import Offer
from services.messages.actions import done, tell


def _offer(event: Delivered) -> Offer | None:
    return db.session.get(Offer, event.object_id)


@handles(CapacityChanged)
def count_hours(event: Delivered) -> None:
    """Hours of a machine changed: count what is left of its offers."""
    for offer in queries.with_machine(event.object_id, ("published",)):
        actions.refresh(offer, now())


@handles(MachineChanged)
def follow_machine(event: Delivered) -> None:
    """A machine changed: its offers show it as it is. One whose machines are all retired is taken back."""
    for offer in queries.with_machine(event.object_id, ("published",)):
        if all(machine.status == "retired" for machine in queries.machines_of(offer)):
            actions.take_back(offer)
        else:
            actions.follow(offer, now())


@handles(CertificatesChanged, OrganisationChanged, OrganisationVerified)
def follow_firm(event: Delivered) -> None:
    """A firm changed: its offers show it as it is; those of a suspended one are taken back."""
    suspended = organisation(event.object_id).status == "suspended"
    for offer in queries.standing_of(event.object_id):
        if suspended:
            actions.take_back(offer)
        else:
            actions.follow(offer, now())


@handles(events.OfferDue)
def keep_offer(event: Delivered) -> None:
    """Do what the clock found."""
    offer = _offer(event)
    if offer is not None:
        actions.keep(offer, now())


@cron(seconds=300)
def find_due(now: datetime) -> None:
    """Find the offers that ended, grew old, or were last counted before this week."""
    for offer in queries.due(now, week_span(week_code(day_of(now))).start):
        emit(events.OfferDue(offer))


@handles(events.OfferUnconfirmed)
def remind(event: Delivered) -> None:
    """Remind the owner, with the page where one tap confirms."""
    offer = _offer(event)
    if offer is None:
        return
    tell(
        offer.organisation_id,
        "offer.unconfirmed",
        url=f"/offers/{offer.id}/confirm",
        params={"title": offer.title},
        roles=("sales",),
        todo=True,
        object_id=offer.id,
        key=f"offer.unconfirmed:{offer.id}:{offer.confirmed_at:%Y%m%d%H%M%S}",
    )


@handles(events.OfferHidden, events.OfferExpired)
def tell_gone(event: Delivered) -> None:
    """Tell the owner that an offer is no longer found, and where to put it out again."""
    offer = _offer(event)
    if offer is None:
        return
    hidden = event.name == "OfferHidden"
    done(offer.organisation_id, "offer.unconfirmed", offer.id)
    tell(
        offer.organisation_id,
        "offer.hidden" if hidden else "offer.expired",
        url=f"/offers/{offer.id}/confirm" if hidden else f"/offers/{offer.id}",
        params={"title": offer.title},
        roles=("sales",),
        todo=hidden,
        object_id=offer.id,
        key=f"{event.name}:{offer.id}:{event.object_version}",
    )


@handles(events.OfferConfirmed, events.OfferWithdrawn, events.OfferChanged)
def settle(event: Delivered) -> None:
    """What the owner had to do about it is done."""
    if event.organisation_id is not None:
        done(event.organisation_id, "offer.unconfirmed", event.object_id)
        done(event.organisation_id, "offer.hidden", event.object_id)


MESSAGES = {
    "offer.unconfirmed": "空闲产能「%(title)s」已 7 天未确认，排名已下降；再过 7 天将隐藏。还有效吗？",
    "offer.hidden": "空闲产能「%(title)s」14 天未确认，已隐藏。确认后立即恢复显示",
    "offer.expired": "空闲产能「%(title)s」已到期，可以再发一次",
}
