"""Tasks 众包任务: what a manufacturer wants designed, from the brief to the chosen bid.

Owns: tasks, task_files. Publishes: TaskPublished, DesignersInvited, TaskExtended, TaskCancelled, TaskFailed.
Builds on: services.procedures (state, deadline, audience), services.files, search (found and matched with skills), services.messages.
"""

from flask_babel import lazy_gettext as _l

from gongchuang.manifest import Feature, NavItem

from . import api, checks, document, models, moderation, permissions, presentation, tasks, views

feature = Feature(
    name="tasks",
    pages=views.pages,
    api=api.api,
    permissions=permissions.POLICY,
    documents=[document.of_task],
    handlers=[tasks.tell_invited, tasks.close_task, tasks.tell_extended, tasks.settle, tasks.tell_of_match, tasks.tell_of_matches],
    checks=[checks.tasks_hold],
    nav=[NavItem(_l("众包任务"), "tasks.index", 30, icon="bulb")],
    messages=tasks.MESSAGES,
    start=[moderation.start],
    globals=presentation.GLOBALS,
)

__all__ = ["feature", "models"]
