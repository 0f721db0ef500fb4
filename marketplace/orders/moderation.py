"""Reporting an order, and taking it down."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from gongchuang.actor import Actor
from gongchuang.refusal import NotFound
from marketplace.orders import actions, queries
from services.moderation.subjects import Moderated, Subject, register
from services.procedures.rules import ENDED

REASON = "平台已下架这张询价单"


def subject(order_id: UUID) -> Subject:
    """Return an order as a report names it. A draft is nobody's to report."""
    order = queries.order(order_id)
    if order.procedure.status == "draft":
        raise NotFound
    return Subject(title=order.title, url=f"/orders/{order.id}", organisation_id=order.organisation_id)


def take_down(actor: Actor, order_id: UUID, now: datetime) -> None:
    """End an order for its owner: it is found no more, its drawings close, who quoted is told. What was decided stays decided."""
    order = queries.order(order_id)
    if order.procedure.status not in ENDED:
        actions.cancel(actor, order, REASON, now)


def start(app: Any) -> None:
    """Let orders be reported. Nothing is put back after an appeal: the owner issues the order again."""
    register(Moderated("order", _l("询价单"), find=subject, take_down=take_down))
