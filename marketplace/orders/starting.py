"""What the order form begins with: a kept draft, what a guest had typed, what an offer gives, what is usual."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, session, url_for
from flask_babel import gettext

from gongchuang.database import uuid7
from gongchuang.web import Answer, actor, now
from gongchuang.web.filters import SHANGHAI
from marketplace.orders import actions, queries
from marketplace.orders.forms import OrderForm, part_data
from marketplace.orders.models import Order
from search.documents import queries as documents

GUEST = "order_draft"
"""Where the visit's cookie keeps what a guest has typed."""


def home() -> str:
    """Return the region of the firm acted for."""
    who = actor()
    return queries.firm(who.organisation_id).region if who.organisation_id else ""


def offer_id() -> UUID | None:
    try:
        return UUID(request.values.get("offer", ""))
    except ValueError:
        return None


def fresh() -> dict[str, Any]:
    """Return what a new form begins with: what a guest had typed, what an offer gives, the deadline a week from now at 17:00."""
    deadline = datetime.combine((now().astimezone(SHANGHAI) + timedelta(days=7)).date(), time(17), SHANGHAI)
    start: dict[str, Any] = {"draft_key": uuid7(), "closes_at": deadline, "region": home(), "parts": [{}]}
    start |= _of_offer() | _of_guest()
    return start


def _of_offer() -> dict[str, Any]:
    """Prefill from an offer the reader may see: its first process and material, and its firm invited."""
    begun_from = offer_id()
    offer = documents.of_object("offer", begun_from) if begun_from else None
    if offer is None:
        return {}
    said = documents.facts(offer)
    part = {"process": next(iter(said.processes), None), "material": next(iter(said.materials), None)}
    return {"parts": [part_data(part)], "named": (said.organisation_id,), "reach": "named"}


def _of_guest() -> dict[str, Any]:
    kept: dict[str, Any] | None = session.get(GUEST)
    if not kept:
        return {}
    return {"parts": [part_data(part) for part in kept["parts"]], "title": kept["title"], "note": kept["note"]}


def sign_in_first(form: OrderForm) -> Answer:
    """Keep a guest's parts in the visit's own cookie, and come back to them after sign-in."""
    form.validate()
    facts = form.facts()
    names = ("name", "process", "material", "quantity", "tolerance", "surface", "x_mm", "y_mm", "z_mm")
    parts = [{name: getattr(part, name) for name in names} for part in facts.parts[:5]]
    session[GUEST] = {"parts": parts, "title": facts.title[:60], "note": facts.note[:300]}
    flash(gettext("已记下您填写的内容，登录后继续"))
    return redirect(url_for("accounts.sign_in", next=url_for("orders.create")), 303)


def said_of(order: Order) -> dict[str, Any]:
    facts = actions.facts_of(order)
    said: dict[str, Any] = {name: getattr(facts, name) for name in facts.__dataclass_fields__}
    parts = [part_data({name: getattr(part, name) for name in part.__dataclass_fields__}) for part in facts.parts] or [{}]
    return said | {"draft_key": order.draft_key, "parts": parts}
