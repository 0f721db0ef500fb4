"""Telling organisations what happened and what waits for them; two organisations talking about one thing.

Owns: messages, reads, preferences, robots, conversations. Publishes: MessageTold, LineSaid. Any room tells through `actions.tell`.
"""

from flask import Flask

from gongchuang.manifest import Feature
from services.messages import api, permissions, tasks, views


def _start(app: Flask) -> None:
    app.extensions["todo_count"] = views.todo_count


feature = Feature(
    name="messages",
    pages=views.pages,
    api=api.api,
    permissions=permissions.POLICY,
    handlers=[tasks.write_to_people, tasks.text_people, tasks.repeat_by_robots, tasks.tell_other_side],
    messages={"conversation.line": "%(firm)s 发来消息：%(subject)s"},
    start=[_start],
)
