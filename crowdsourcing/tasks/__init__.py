"""Tasks 众包任务: what a manufacturer wants designed, from the brief to the chosen bid.

Owns: tasks, task_files. Publishes: TaskPublished, DesignersInvited, TaskExtended, TaskCancelled, TaskFailed.
Builds on: services.procedures (state, deadline, audience), services.files, search (found and matched with skills), services.messages.
"""

from gongchuang.manifest import Feature

from . import document, models, permissions

feature = Feature(name="tasks", permissions=permissions.POLICY, documents=[document.of_task])

__all__ = ["feature", "models"]
