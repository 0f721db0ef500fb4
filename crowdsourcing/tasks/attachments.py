"""Who may open a task's files, and how far: the tier the publisher chose until the end, the whole file for who is chosen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from crowdsourcing.tasks import queries
from crowdsourcing.tasks.models import Task
from gongchuang.actor import Actor
from services.files import actions as files
from services.files import queries as file_queries

GRACE = timedelta(days=30)
"""Files of a task that is never decided close by themselves this long after its deadline."""


def _until(task: Task) -> datetime | None:
    return task.procedure.closes_at + GRACE if task.procedure.closes_at else None


def open_to(actor: Actor, task: Task, tokens: Sequence[str]) -> None:
    """Open every file to these audiences at the task's tier."""
    for revision in queries.files_of(task):
        for token in tokens:
            files.grant(actor, revision, token, task.file_tier, _until(task))


def open_again(actor: Actor, task: Task) -> None:
    """Let those who may see the files see them until the new end."""
    for revision in queries.files_of(task):
        for held in file_queries.grants_of(revision):
            files.grant(actor, revision, held.token, held.tier, _until(task))


def close(actor: Actor, task: Task, *, but: UUID | None = None) -> None:
    """End everybody's access, save to files that another standing task of the publisher shows too; the chosen bidder `but` gets the whole files."""
    shared = queries.files_shown_elsewhere(task)
    for revision in queries.files_of(task):
        for held in file_queries.grants_of(revision):
            if revision.id not in shared:
                files.revoke(actor, revision, held.token)
        if but is not None:
            files.grant(actor, revision, f"org:{but}", "full")
