"""Messages and conversations by API."""

from typing import Any
from uuid import UUID

from gongchuang.api import ApiBlueprint
from gongchuang.rights import allowed
from gongchuang.web import actor, idempotent, now
from services.messages import actions, queries
from services.messages.models import Conversation, ConversationLine, Message
from services.messages.permissions import MessagePermission
from services.messages.schemas import LineIn, LineOut, LinesOut, MessageOut, MessagesOut, MessagesQuery, PreferenceIn
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
