"""Reporting a task, and taking it down."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from crowdsourcing.tasks import actions, queries
from gongchuang.actor import Actor
from gongchuang.refusal import NotFound
from services.moderation.subjects import Moderated, Subject, register
from services.procedures.rules import ENDED

REASON = "平台已下架这项任务"


def subject(task_id: UUID) -> Subject:
    """Return a task as a report names it. A draft is nobody's to report."""
    task = queries.task(task_id)
    if task.procedure.status == "draft":
        raise NotFound
    return Subject(title=task.title, url=f"/tasks/{task.id}", organisation_id=task.organisation_id)


def take_down(actor: Actor, task_id: UUID, now: datetime) -> None:
    """End a task for its owner: it is found no more, its files close, who bid is told. What was decided stays decided."""
    task = queries.task(task_id)
    if task.procedure.status not in ENDED:
        actions.cancel(actor, task, REASON, now)


def start(app: Any) -> None:
    """Let tasks be reported. Nothing is put back after an appeal: the owner publishes the task again."""
    register(Moderated("task", _l("众包任务"), find=subject, take_down=take_down))
