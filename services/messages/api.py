"""Messages and conversations by API."""

from typing import Any
from uuid import UUID

from flask import current_app

from gongchuang.api import ApiBlueprint
from gongchuang.rights import allowed
from gongchuang.web import actor, idempotent, now
from services.messages import actions, queries
from services.messages.models import Conversation, ConversationLine, Message, Robot
from services.messages.permissions import MessagePermission
from services.messages.schemas import (
    ConversationOut,
    ConversationsOut,
    LineIn,
    LineOut,
    LinesOut,
    MessageOut,
    MessagesOut,
    MessagesQuery,
    PreferenceIn,
    RobotIn,
    RobotOut,
    RobotsOut,
)
from services.messages.words import put

api = ApiBlueprint("messages", __name__)


def _out(message: Message, seen: set[UUID]) -> MessageOut:
    return MessageOut(
        id=message.id,
        code=message.code,
        text=put(message.code, message.params),
        url=message.url,
        todo=message.todo,
        read=message.id in seen,
        due_at=message.due_at,
        done_at=message.done_at,
        created_at=message.created_at,
    )


@api.get("/messages")
@allowed(MessagePermission.READ)
@api.input(MessagesQuery, location="query")
@api.output(MessagesOut)
def list_messages(query_data: MessagesQuery) -> Any:
    """List what the organisation is told: 待办 or notices."""
    page = queries.notices_of(actor(), query_data.cursor) if query_data.tab == "notices" else queries.todos_of(actor())
    seen = queries.read_ids(actor(), page.items)
    return MessagesOut(items=[_out(m, seen) for m in page.items], next_cursor=page.next_cursor)


@api.post("/messages/<uuid:message_id>/read")
@allowed(MessagePermission.READ, queries.message)
@api.output({}, status_code=204)
def read_message(message: Message) -> Any:
    """Mark one message as read."""
    actions.mark_all_read(actor(), [message.id])
    return ""


@api.put("/messages/preference")
@allowed(MessagePermission.PREFER)
@api.input(PreferenceIn, location="json")
@api.output(PreferenceIn)
def set_preference(json_data: PreferenceIn) -> Any:
    """Choose how the acting person is told."""
    actions.prefer(actor(), mail=json_data.mail, sms=json_data.sms)
    return json_data


@api.get("/robots")
@allowed(MessagePermission.ROBOTS)
@api.output(RobotsOut)
def list_robots() -> Any:
    """List the group robots that repeat the organisation's messages."""
    return RobotsOut(items=[RobotOut.model_validate(robot) for robot in queries.robots()])


@api.post("/robots")
@allowed(MessagePermission.ROBOTS)
@idempotent
@api.input(RobotIn, location="json")
@api.output(RobotOut, status_code=201)
def add_robot(json_data: RobotIn) -> Any:
    """Connect a group robot."""
    return actions.add_robot(actor(), **json_data.model_dump(), allow=current_app.config["SETTINGS"].outgoing_allowed)


@api.delete("/robots/<uuid:robot_id>")
@allowed(MessagePermission.REMOVE_ROBOT, queries.robot)
@api.output({}, status_code=204)
def remove_robot(robot: Robot) -> Any:
    """Disconnect a group robot."""
    actions.remove_robot(actor(), robot)
    return ""


@api.get("/conversations")
@allowed(MessagePermission.READ)
@api.output(ConversationsOut)
def list_conversations() -> Any:
    """List the organisation's conversations in which something was said, latest first (a hundred at most)."""
    names = ("id", "object_kind", "object_id", "subject", "url", "last_line_at")
    found = queries.conversations_of(actor())
    return ConversationsOut(items=[ConversationOut(**{name: getattr(c, name) for name in names}, firm=firm) for c, firm in found])


def _line(line: ConversationLine, firm: str) -> LineOut:
    own = line.author_organisation_id == actor().organisation_id
    return LineOut(id=line.id, firm=firm, own=own, text=line.text, created_at=line.created_at)


@api.get("/conversations/<uuid:conversation_id>")
@allowed(MessagePermission.SAY, queries.conversation)
@api.output(LinesOut)
def list_lines(conversation: Conversation) -> Any:
    """List what was said in a conversation."""
    return LinesOut(items=[_line(line, firm) for line, firm in queries.lines_of(conversation)])


@api.post("/conversations/<uuid:conversation_id>")
@allowed(MessagePermission.SAY, queries.conversation)
@idempotent
@api.input(LineIn, location="json")
@api.output(LinesOut, status_code=201)
def say(conversation: Conversation, json_data: LineIn) -> Any:
    """Say something to the other side."""
    actions.say(actor(), conversation, json_data.text, now())
    return LinesOut(items=[_line(line, firm) for line, firm in queries.lines_of(conversation)])
