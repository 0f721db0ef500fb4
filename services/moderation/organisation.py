"""The one published thing of the ground: an organisation's words about itself."""

from datetime import datetime
from uuid import UUID

from flask import url_for

from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.marking import N_
from gongchuang.organisations import queries
from gongchuang.organisations.actions import hide_introduction

from .subjects import Moderated, Subject


def find(organisation_id: UUID) -> Subject:
    organisation = queries.organisation(organisation_id)
    return Subject(organisation.name, f"/organisations/{organisation.id}", organisation.id)


def take_down(actor: Actor, organisation_id: UUID, now: datetime) -> None:
    """Hide the introduction. Name, number and place stay: they are verified facts, or the security operator suspends the whole organisation."""
    hide_introduction(organisation_id, now)
    record(actor, "organisation:hide_introduction", queries.organisation(organisation_id))


def put_back(actor: Actor, organisation_id: UUID, now: datetime) -> None:
    hide_introduction(organisation_id, None)
    record(actor, "organisation:show_introduction", queries.organisation(organisation_id))


def report_path(kind: str, object_id: UUID) -> str:
    """Return the page that reports something: a global of every template."""
    return url_for("moderation.report", kind=kind, object_id=object_id)


ORGANISATION = Moderated("organisation", N_("企业主页"), find, take_down, put_back)
