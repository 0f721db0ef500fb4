"""Reporting a task, and taking it down."""

from typing import Any

from flask_babel import lazy_gettext as _l

from crowdsourcing.tasks import actions, queries
from services.procedures.moderation import let_be_reported


def start(app: Any) -> None:
    """Let tasks be reported."""
    let_be_reported("task", _l("众包任务"), url="/tasks", reason="平台已下架这项任务", find=queries.task, cancel=actions.cancel)
