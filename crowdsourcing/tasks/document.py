"""What a task looks like to a searcher."""

from typing import Any

from crowdsourcing.skills.document import MARKET
from crowdsourcing.tasks import queries, rules
from crowdsourcing.tasks.models import Task
from gongchuang import vocabulary
from gongchuang.organisations.models import Organisation
from search.documents.document import Document, Place, Side
from services.procedures import queries as procedures


def of_task(task: Task) -> Document:
    """Return a task as a need of the design market."""
    firm = queries.firm(task.organisation_id)
    procedure = task.procedure
    draft = procedure.status == "draft"
    invited = [*task.named] if draft else [str(i) for i in procedures.invited_to(task.id)]
    audience = rules.audience_of(task.reach, firm.park) if draft else procedure.audience
    place = vocabulary.place(firm.region) if firm.region else None
    return Document(
        kind="task",
        object_id=task.id,
        object_version=task.version + procedure.version,
        side=Side.NEED,
        organisation_id=task.organisation_id,
        title=task.title,
        text="\n".join(part for part in (task.brief, task.deliverables) if part),
        market=MARKET,
        audience=tuple(dict.fromkeys([*audience, *(f"org:{i}" for i in invited)])),
        skills=tuple(task.skills),
        region=firm.region or None,
        park=firm.park,
        price_fen=task.budget_max_fen,
        price_unit="total" if task.budget_max_fen else None,
        place=Place(*place) if place else None,
        confirmed_at=procedure.opens_at,
        open_until=procedure.closes_at,
        card=_card(task, firm),
    )


def _card(task: Task, firm: Organisation) -> dict[str, Any]:
    """Return everything a list shows of a task: codes and figures, put into words when read."""
    procedure = task.procedure
    return {
        "number": task.number if task.created_at else "",
        "title": task.title,
        "firm": firm.short_name,
        "verified": firm.verified,
        "demo": firm.demo,
        "region": firm.region,
        "skills": list(task.skills),
        "budget_min_fen": task.budget_min_fen,
        "budget_max_fen": task.budget_max_fen,
        "closes_at": procedure.closes_at.isoformat() if procedure.closes_at else None,
        "delivery_on": task.delivery_on.isoformat() if task.delivery_on else None,
        "ip_terms": task.ip_terms,
        "sealed": task.sealed,
        "files": len(task.files),
        "brief": task.brief[:160],
    }
