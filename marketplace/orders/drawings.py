"""Who may open an order's drawings, and how far: the tier the buyer chose until the end, the whole file for who is chosen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from gongchuang.actor import Actor
from marketplace.orders import measuring, queries
from marketplace.orders.models import Order
from services.files import actions as files
from services.files import queries as file_queries
from services.files.models import FileRevision

GRACE = timedelta(days=30)
"""Drawings of an order that is never decided close by themselves this long after its deadline."""


def _until(order: Order) -> datetime | None:
    return order.procedure.closes_at + GRACE if order.procedure.closes_at else None


def _files(order: Order) -> list[FileRevision]:
    return [row for row in measuring.files_of(order).values() if row.organisation_id == order.organisation_id]


def open_to(actor: Actor, order: Order, tokens: Sequence[str]) -> None:
    """Open every drawing to these audiences at the order's tier."""
    for revision in _files(order):
        for token in tokens:
            files.grant(actor, revision, token, order.file_tier, _until(order))


def open_again(actor: Actor, order: Order) -> None:
    """Let those who may see the drawings see them until the new end."""
    for revision in _files(order):
        for held in file_queries.grants_of(revision):
            files.grant(actor, revision, held.token, held.tier, _until(order))


def close(actor: Actor, order: Order, *, but: UUID | None = None) -> None:
    """End everybody's access; the chosen supplier `but` gets the whole files instead.

    A file that another standing order of the buyer shows as well stays open there: its own grants are made anew by that order's publishing.
    """
    shared = queries.files_shown_elsewhere(order)
    for revision in _files(order):
        for held in file_queries.grants_of(revision):
            if revision.id not in shared:
                files.revoke(actor, revision, held.token)
        if but is not None:
            files.grant(actor, revision, f"org:{but}", "full")
