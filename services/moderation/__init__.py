"""Anything published can be reported, taken down with a reason, appealed.

Owns: reports, take_downs. Publishes: Reported, TakenDown, Appealed, AppealAnswered. Rooms above register their kinds in `subjects`.
"""

from gongchuang.manifest import Feature

from . import api, organisation, permissions, subjects, tasks, views, words

subjects.register(organisation.ORGANISATION)

feature = Feature(
    name="moderation",
    pages=views.pages,
    api=api.api,
    permissions=permissions.POLICY,
    handlers=[tasks.tell_operators, tasks.tell_owner, tasks.tell_security, tasks.tell_answer],
    globals={"report_path": organisation.report_path},
    messages=words.MESSAGES,
)

__all__ = ["feature"]
