"""What operators do besides reviewing: try deliveries again, suspend, make operators."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text, update

from gongchuang import vocabulary
from gongchuang.accounts import actions as accounts
from gongchuang.accounts import sessions
from gongchuang.accounts.models import User
from gongchuang.actor import Actor, OrganisationKind, Role
from gongchuang.audit import record
from gongchuang.database import after_commit, as_system, db
from gongchuang.jobs.queues import poke
from gongchuang.organisations.actions import initials_of
from gongchuang.organisations.models import Membership, Organisation
from gongchuang.organisations.rules import why_not_roles
from gongchuang.refusal import NotFound, Refusal, refuse_if

from . import queries, rules

FIRST_LINK_LASTS = timedelta(hours=24)

_RETRY = text(
    """update outbox_deliveries set status = 'pending', attempts = 0, available_at = clock_timestamp() where id = any(:ids) and status = 'parked'
       returning queue"""
)


def retry(actor: Actor, ids: Sequence[UUID]) -> int:
    """Put parked deliveries of the actor's place back into their queues; return how many. Their effect is exactly once, however often they are tried."""
    mine = [parked.id for parked in queries.parked_of(actor) if parked.id in set(ids)]
    if not mine:
        raise NotFound
    with as_system():
        woken = list(db.session.scalars(_RETRY, {"ids": mine}))
    for queue in set(woken):
        after_commit(lambda name=queue: poke(name))  # type: ignore[misc]
    record(actor, "delivery:retry", deliveries=mine)
    return len(woken)


def suspend_person(actor: Actor, person: queries.Person, now: datetime, *, reason: str) -> None:
    """Shut a person out everywhere at once."""
    if person.id == actor.user_id:
        raise Refusal("person.self", "不能暂停自己")
    if not reason.strip():
        raise Refusal("reason.missing", "请填写原因", field="reason")
    with as_system():
        changed = update(User).where(User.id == person.id, User.status == "active").values(status="suspended").returning(User.id)
        if db.session.scalar(changed) is None:
            raise Refusal("state.conflict", "此人已被暂停", status=409)
    sessions.end_all_of(person.id, now)
    record(actor, "person:suspend", user_id=person.id, reason=reason.strip()[:200])


def restore_person(actor: Actor, person: queries.Person) -> None:
    """Let a suspended person sign in again."""
    with as_system():
        changed = update(User).where(User.id == person.id, User.status == "suspended").values(status="active").returning(User.id)
        if db.session.scalar(changed) is None:
            raise Refusal("state.conflict", "此人没有被暂停", status=409)
    record(actor, "person:restore", user_id=person.id)


def name_of_place(region: str) -> str:
    """Return how the operator of a place is called: 陕西省工业云运营中心."""
    if not region:
        return "工业云运营中心"
    if vocabulary.known("parks", region):
        return f"{vocabulary.label('parks', region)}运营中心"[:60]
    return f"{''.join(term.zh for term in vocabulary.region_path(region))}工业云运营中心"[:60]


def make_operator(now: datetime, *, phone: str, region: str, duty: str, name: str = "") -> str:
    """Make the operator of a place where it is missing, and `phone` its member on `duty`; return a one-time link. For the terminal alone.

    The first operator is administrator too, and invites the others from the members page; each has one duty.
    """
    refuse_if(rules.why_not_place(region=region, known=vocabulary.known("regions", region) or vocabulary.known("parks", region)))
    refuse_if(why_not_roles(roles=(), duties=(duty,), operator=True))
    user = accounts.person_of({"phone": phone})
    with as_system():
        organisation = db.session.scalar(
            select(Organisation).where(Organisation.kind == "operator", Organisation.operator_region == region, ~Organisation.demo)
        )
        if organisation is None:
            organisation = _new_operator(region, name or name_of_place(region), now)
        _join(organisation, user, duty)
    sessions.end_all_of(user.id, now)
    record(Actor.system(organisation.id), "operator:make", organisation, user_id=user.id, duty=duty)
    return accounts.one_time_link(user, now, lasts=FIRST_LINK_LASTS)


def _new_operator(region: str, name: str, now: datetime) -> Organisation:
    park = region if vocabulary.known("parks", region) else None
    organisation = Organisation(
        name=name,
        short_name=name[:20],
        initials=initials_of(name),
        kind=OrganisationKind.OPERATOR.value,
        status="verified",
        verified_at=now,
        region=vocabulary.park(region).region if park else region,
        park=park,
        operator_region=region,
    )
    db.session.add(organisation)
    db.session.flush()
    return organisation


def _join(organisation: Organisation, user: User, duty: str) -> None:
    """Give the duty. The organisation's first member administers it. Runs as the system role."""
    members = list(db.session.scalars(select(Membership).where(Membership.organisation_id == organisation.id, Membership.status == "active")))
    mine = next((m for m in members if m.user_id == user.id), None)
    if mine is not None:
        mine.duties = [duty]
    else:
        roles = [] if any(Role.ADMIN in m.roles for m in members) else [Role.ADMIN.value]
        db.session.add(Membership(organisation_id=organisation.id, user_id=user.id, roles=roles, duties=[duty]))
    db.session.flush()
