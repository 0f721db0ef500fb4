"""Telling people, and the clock that watches licences. Ids in, one thing out, idempotent."""

from datetime import datetime, timedelta
from typing import Any

from gongchuang.database import as_system
from gongchuang.events import Delivered, cron, handles
from gongchuang.organisations import queries as organisations
from gongchuang.organisations.events import JoinDecided, JoinRequested, JoinWithdrawn
from services.messages.actions import done, tell
from services.messages.tasks import write_to_person

from . import actions, queries, rules
from .events import CertificationDecided, CertificationLapsed, CertificationLapsing, CertificationSubmitted, CertificationWithdrawn

ADMIN = ("admin",)


@handles(CertificationSubmitted)
def tell_operators(event: Delivered) -> None:
    """Put the case before every operator of the place, with the 24-hour clock."""
    case = queries.case(event.object_id)
    if case.status != "submitted":
        return
    about: dict[str, Any] = {"params": {"name": case.legal_name}, "object_id": case.id, "due_at": case.due_at, "key": f"{event.id}"}
    for organisation_id in queries.operators_for(case.audience):
        tell(organisation_id, "certification.waiting", url=f"/operator/certification/{case.id}", roles=("operations",), todo=True, **about)


@handles(CertificationDecided)
def tell_organisation(event: Delivered) -> None:
    """Tell the organisation the answer, and settle what waited for the operators."""
    case = queries.case(event.object_id)
    _settle(case.audience, event)
    code = "certification.approved" if case.status in ("approved", "expired") else f"certification.returned.{case.reason}"
    params = {"note": case.note} if case.reason == "other" else {}
    tell(case.organisation_id, code, url="/certification", params=params, roles=ADMIN, object_id=case.id, key=f"{event.id}")


@handles(CertificationWithdrawn)
def settle_withdrawn(event: Delivered) -> None:
    _settle(queries.case(event.object_id).audience, event)


def _settle(audience: list[str], event: Delivered) -> None:
    for organisation_id in queries.operators_for(audience):
        done(organisation_id, "certification.waiting", event.object_id)


@handles(CertificationLapsing)
def tell_lapsing(event: Delivered) -> None:
    case = queries.case(event.object_id)
    params = {"date": case.valid_until.isoformat() if case.valid_until else ""}
    tell(case.organisation_id, "certification.lapsing", url="/certification", params=params, roles=ADMIN, todo=True, object_id=case.id, key=f"{event.id}")


@handles(CertificationLapsed)
def tell_lapsed(event: Delivered) -> None:
    case = queries.case(event.object_id)
    done(case.organisation_id, "certification.lapsing", case.id)
    tell(case.organisation_id, "certification.lapsed", url="/certification", roles=ADMIN, todo=True, object_id=case.id, key=f"{event.id}")


@handles(JoinRequested)
def tell_administrators(event: Delivered) -> None:
    """Somebody asks to become a member: the administrators decide."""
    request = organisations.join_request(event.object_id)
    if request.status == "open":
        params = {"person": request.person or request.contact[-4:]}
        tell(request.organisation_id, "join.requested", url="/members", params=params, roles=ADMIN, todo=True, object_id=request.id, key=f"{event.id}")


@handles(JoinDecided, JoinWithdrawn)
def settle_request(event: Delivered) -> None:
    request = organisations.join_request(event.object_id)
    done(request.organisation_id, "join.requested", request.id)


@handles(JoinDecided, queue="slow", as_system=True)
def write_to_requester(event: Delivered) -> None:
    """Whoever asked may be in no organisation yet, whose messages they could read."""
    request = organisations.join_request(event.object_id)
    firm = organisations.organisation(request.organisation_id).name
    write_to_person(request.user_id, f"join.{request.status}", url=f"/organisations/{request.organisation_id}/join", params={"firm": firm})


@cron("7 1 * * *", queue="slow")
def watch_licences(now: datetime) -> None:
    """Each night: licences that ended make their organisation unverified; those that end within a month are announced once."""
    day = actions.today(now)
    with as_system():
        for case in queries.ending_before(day):
            actions.lapse(case)
        for case in queries.ending_before(day + rules.REMIND_BEFORE + timedelta(days=1), unreminded=True):
            actions.remind(case, now)
