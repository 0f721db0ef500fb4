"""Telling organisations things, and two of them talking."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql

from gongchuang import outgoing
from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import CLOCK, add_participant, as_system, db, uuid7
from gongchuang.events import emit
from gongchuang.refusal import NotFound, refuse_if
from services.messages import rules
from services.messages.events import LineSaid, MessageTold
from services.messages.models import ONCE, Conversation, ConversationLine, Message, MessagePreference, MessageRead, Robot
from services.messages.words import sentences


def tell(
    organisation_id: UUID,
    code: str,
    *,
    url: str,
    params: Mapping[str, Any] | None = None,
    roles: Iterable[str] = (),
    todo: bool = False,
    object_id: UUID | None = None,
    due_at: datetime | None = None,
    key: str | None = None,
) -> None:
    """Tell an organisation `code` with `params`, and where to act (`url`, a path of this site).

    `todo`: only it can do this now; settle it with `done`. With `key`, a second telling of the same is none. Call it from event handlers.
    """
    if code not in sentences():
        raise ValueError(f"message {code} is not registered in any feature")
    values = {
        "id": uuid7(),
        "organisation_id": organisation_id,
        "code": code,
        "params": dict(params or {}),
        "url": url,
        "roles": list(roles),
        "todo": todo,
        "object_id": object_id,
        "due_at": due_at,
        "key": key,
    }
    with as_system():
        new = postgresql.insert(Message).values(values).on_conflict_do_nothing().returning(Message)
        message = db.session.scalars(new).one_or_none()
        if message is not None:
            emit(MessageTold(message))


def done(organisation_id: UUID, code: str, object_id: UUID) -> None:
    """Settle what an organisation had to do about an object."""
    with as_system():
        open_ = update(Message).where(
            Message.organisation_id == organisation_id, Message.code == code, Message.object_id == object_id, Message.done_at.is_(None)
        )
        db.session.execute(open_.values(done_at=CLOCK).execution_options(synchronize_session=False))


def mark_read(user_id: UUID, message_id: UUID) -> None:
    """Note that a person opened a message."""
    db.session.execute(postgresql.insert(MessageRead).values(user_id=user_id, message_id=message_id).on_conflict_do_nothing())


def mark_all_read(actor: Actor, message_ids: Iterable[UUID]) -> None:
    """Note that a person has seen these."""
    for message_id in message_ids:
        if actor.user_id:
            mark_read(actor.user_id, message_id)


def prefer(actor: Actor, *, mail: str, sms: str) -> None:
    """Set how the acting person is told."""
    values = {"user_id": actor.user_id, "mail": mail, "sms": sms}
    db.session.execute(postgresql.insert(MessagePreference).values(values).on_conflict_do_update(index_elements=["user_id"], set_={"mail": mail, "sms": sms}))
    record(actor, "message:prefer", mail=mail, sms=sms)


def add_robot(actor: Actor, *, kind: str, url: str, secret: str, todo_only: bool, allow: frozenset[str]) -> Robot:
    """Let a chat robot repeat the organisation's messages. Refuses an address that is not a public https one, and a secret no vendor makes."""
    refuse_if(rules.why_not_sign_with(secret))
    outgoing.check_address(url, allow)
    robot = Robot(organisation_id=actor.organisation_id, kind=kind, url=url, secret=secret, todo_only=todo_only)
    db.session.add(robot)
    db.session.flush()
    record(actor, "message:add_robot", robot, kind=kind)
    return robot


def remove_robot(actor: Actor, robot: Robot) -> None:
    """Take a robot away."""
    record(actor, "message:remove_robot", robot)
    db.session.delete(robot)
    db.session.flush()


def converse(actor: Actor, other_organisation_id: UUID, object_kind: str, object_id: UUID, *, subject: str, url: str) -> Conversation:
    """Return the one conversation of the actor's organisation with another about a thing, begun now if there was none."""
    if actor.organisation_id is None or other_organisation_id == actor.organisation_id:
        raise NotFound
    conversation, begun = _between(actor.organisation_id, other_organisation_id, object_kind, object_id, subject=subject, url=url)
    if begun:
        record(actor, "conversation:begin", conversation)
    return conversation


def say(actor: Actor, conversation: Conversation, text: str, now: datetime) -> ConversationLine:
    """Say something to the other side."""
    refuse_if(rules.why_not_say(text))
    line = ConversationLine(conversation_id=conversation.id, author_organisation_id=actor.organisation_id, author_user_id=actor.user_id, text=text)
    db.session.add(line)
    conversation.last_line_at = now
    db.session.flush()
    record(actor, "conversation:say", conversation, line_id=line.id)
    emit(LineSaid(line, organisation_id=actor.organisation_id))
    return line


def show_contacts(organisation_id: UUID, other_organisation_id: UUID, object_kind: str, object_id: UUID, *, subject: str, url: str) -> None:
    """Let two organisations see each other's phone in their conversation: a quote was sent. Runs as the system role."""
    with as_system():
        conversation, _begun = _between(organisation_id, other_organisation_id, object_kind, object_id, subject=subject, url=url)
        db.session.execute(update(Conversation).where(Conversation.id == conversation.id).values(contacts_shown=True))


def _between(organisation_id: UUID, other_organisation_id: UUID, object_kind: str, object_id: UUID, *, subject: str, url: str) -> tuple[Conversation, bool]:
    """Return the one conversation of two organisations about a thing, and whether it was begun now.

    Either may begin it in the moment the other does: the second waits for the first by the index of the pair, and takes up what that one began.
    """
    pair = (organisation_id, other_organisation_id)
    about = (Conversation.object_kind == object_kind, Conversation.object_id == object_id)
    either = select(Conversation).where(*about, Conversation.organisation_id.in_(pair), Conversation.counterparty_id.in_(pair))
    found = db.session.scalars(either).one_or_none()
    if found is not None:
        return found, False
    values = {
        "id": uuid7(),
        "organisation_id": organisation_id,
        "counterparty_id": other_organisation_id,
        "object_kind": object_kind,
        "object_id": object_id,
        "subject": subject,
        "url": url,
    }
    new = postgresql.insert(Conversation).values(values).on_conflict_do_nothing(index_elements=ONCE).returning(Conversation)
    begun = db.session.scalars(new).one_or_none()
    if begun is None:
        return db.session.scalars(either).one(), False
    for each in pair:
        add_participant("conversation", begun.id, each, "party", owner_id=organisation_id)
    return begun, True
