"""What others see of an offer: what is left of it, its search document, its machines and their photographs. Only `actions` calls it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from gongchuang.actor import Actor
from gongchuang.database import db, move
from gongchuang.organisations.models import Organisation
from gongchuang.organisations.queries import organisation
from marketplace.capacity import queries as capacity
from marketplace.capacity.spans import day_of, weeks_from
from marketplace.machines import queries as machine_queries
from marketplace.machines.models import Machine
from marketplace.offers import document, queries, rules
from marketplace.offers.models import TRANSITIONS, Offer
from search.documents.actions import mirror, remove
from services.files import actions as file_actions
from services.files import queries as files


def left_of(offer: Offer, now: datetime) -> list[int]:
    """Return the minutes still to be had in each of the offer's weeks."""
    codes = weeks_from(day_of(now), rules.AHEAD)
    reached = codes[: codes.index(max(offer.weeks)) + 1] if offer.weeks and max(offer.weeks) in codes else codes[:1]
    free = capacity.free_minutes_by_week(offer.machine_ids, now, len(reached))
    sold = capacity.booked_since(offer.machine_ids, offer.published_at or now, reached)
    return rules.left(offer.weeks, offer.minutes_per_week, free, sold)


def show(offer: Offer, now: datetime) -> None:
    """Count what is left, set who may see it, and write its search document."""
    firm: Organisation = organisation(offer.organisation_id)
    offer.audience = rules.audience(offer.reach, firm.park, offer.named)
    offer.free_minutes = left_of(offer, now)
    offer.counted_at = now
    db.session.flush()
    machines = queries.machines_of(offer)
    offer.title = machines[0].name
    db.session.flush()
    mirror(document.of_offer(offer, machines, firm, machine_queries.certificates_in_force(offer.organisation_id, day_of(now))))


def close(offer: Offer, to: str) -> None:
    """Move an offer to a state in which nobody else sees it."""
    move(offer, TRANSITIONS, to=to, audience=[])
    remove(document.KIND, offer.id)
    open_machines(offer.machine_ids)


def open_machines(machine_ids: Iterable[UUID]) -> None:
    """Let those see a machine who may see a published offer of it, and nobody else."""
    db.session.flush()
    ids = set(machine_ids)
    shown = db.session.execute(select(Offer.machine_ids, Offer.audience).where(Offer.machine_ids.overlap(list(ids)), Offer.status == "published")).all()
    for machine_id in sorted(ids):
        tokens = sorted({token for row in shown if machine_id in row.machine_ids for token in row.audience})
        opened = update(Machine).where(Machine.id == machine_id).values(audience=tokens)
        db.session.execute(opened.execution_options(synchronize_session="fetch"))
        _open_photo(machine_id, tokens)


def _open_photo(machine_id: UUID, tokens: list[str]) -> None:
    """Show a machine's photograph to those who may see the machine."""
    row = db.session.execute(select(Machine.organisation_id, Machine.photo_id).where(Machine.id == machine_id)).one_or_none()
    if row is None or row.photo_id is None:
        return
    system = Actor.system(row.organisation_id)
    for revision in files.revisions([row.photo_id]):
        held = {grant.token for grant in files.grants_of(revision)}
        for token in sorted(set(tokens) - held):
            file_actions.grant(system, revision, token, "preview")
        for token in sorted(held - set(tokens)):
            file_actions.revoke(system, revision, token)
