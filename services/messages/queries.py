"""Reads of messages and conversations. Row-level security has already removed other organisations' rows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select, text
from sqlalchemy.orm import aliased

from gongchuang.actor import Actor, Role
from gongchuang.database import as_system, db, found_or_404
from gongchuang.organisations.models import Organisation
from gongchuang.pages import Page, page_of
from gongchuang.refusal import Refusal
from services.messages.models import Conversation, ConversationLine, Message, MessagePreference, MessageRead, Robot
from services.messages.rules import DUTIES


def message(message_id: UUID) -> Message:
    return found_or_404(Message, message_id)


def robot(robot_id: UUID) -> Robot:
    return found_or_404(Robot, robot_id)


def conversation(conversation_id: UUID) -> Conversation:
    return found_or_404(Conversation, conversation_id)


def has_party(actor: Actor, obj: Any) -> Refusal | None:
    """Whether the actor's organisation is one of a conversation's two."""
    if obj is None or actor.organisation_id in (obj.organisation_id, obj.counterparty_id):
        return None
    return Refusal("right.not_party", "只有参与方可以查看", status=403)


def _mine(actor: Actor) -> Select[Message]:
    """What concerns a person: their organisation's messages for their roles."""
    held = [*(str(r) for r in actor.roles), *actor.operator_duties]
    mine = [Message.roles == [], Message.roles.overlap(held)]
    if Role.ADMIN in actor.roles:
        mine.append(~Message.roles.overlap(list(DUTIES)))
    return select(Message).where(Message.organisation_id == actor.organisation_id, or_(*mine))


def todos_of(actor: Actor, cursor: str | None = None) -> Page[Message]:
    """What only this organisation can do now, soonest first."""
    far = func.coalesce(Message.due_at, text("'infinity'::timestamptz"))
    query = _mine(actor).where(Message.todo, Message.done_at.is_(None)).order_by(far, Message.id)
    items = list(db.session.scalars(query.limit(100)))
    return Page(items, None)


def notices_of(actor: Actor, cursor: str | None = None) -> Page[Message]:
    """Everything else, latest first."""
    return page_of(_mine(actor).where(or_(~Message.todo, Message.done_at.is_not(None))).order_by(Message.id.desc()), cursor)


def read_ids(actor: Actor, messages: Sequence[Message]) -> set[UUID]:
    """Which of `messages` the person has opened."""
    found = select(MessageRead.message_id).where(MessageRead.user_id == actor.user_id, MessageRead.message_id.in_([m.id for m in messages]))
    return set(db.session.scalars(found))


def todo_count_of(actor: Actor) -> int:
    """How much waits for the person's organisation, up to a hundred."""
    waiting = _mine(actor).where(Message.todo, Message.done_at.is_(None)).limit(100).subquery()
    return db.session.scalar(select(func.count()).select_from(waiting)) or 0


def unread_count(actor: Actor) -> int:
    """How many notices the person has not opened."""
    unread = (
        _mine(actor).where(~Message.todo, ~exists().where(MessageRead.message_id == Message.id, MessageRead.user_id == actor.user_id)).limit(100).subquery()
    )
    return db.session.scalar(select(func.count()).select_from(unread)) or 0


def preference_of(user_id: UUID | None) -> MessagePreference:
    """How a person wants to be told."""
    found = db.session.get(MessagePreference, user_id) if user_id else None
    return found or MessagePreference(user_id=user_id, mail="all", sms="todo")


def robots() -> list[Robot]:
    return list(db.session.scalars(select(Robot).order_by(Robot.id)))


def conversations_of(actor: Actor, cursor: str | None = None) -> list[tuple[Conversation, str]]:
    """The organisation's conversations, latest first, each with the other side's name."""
    own, other = aliased(Organisation), aliased(Organisation)
    query = (
        select(Conversation, own, other)
        .join(own, own.id == Conversation.organisation_id)
        .join(other, other.id == Conversation.counterparty_id)
        .where(Conversation.last_line_at.is_not(None))
        .order_by(Conversation.last_line_at.desc())
        .limit(100)
    )
    return [(c, b.short_name if c.organisation_id == actor.organisation_id else a.short_name) for c, a, b in db.session.execute(query)]


def lines_of(conversation: Conversation) -> list[tuple[ConversationLine, str]]:
    """What was said, oldest first, with each author's organisation."""
    query = (
        select(ConversationLine, Organisation.short_name)
        .join(Organisation, Organisation.id == ConversationLine.author_organisation_id)
        .where(ConversationLine.conversation_id == conversation.id)
        .order_by(ConversationLine.id.desc())
        .limit(200)
    )
    return [(line, name) for line, name in db.session.execute(query)][::-1]


def contacts_of(organisation_id: UUID) -> list[tuple[str, str]]:
    """Name and phone of the people a counterparty may call: sales, buyers and administrators. Asked only where contacts are shown."""
    with as_system():
        rows = db.session.execute(
            text(
                """select u.name, u.phone from memberships m join users u on u.id = m.user_id
                   where m.organisation_id = :o and m.status = 'active' and u.phone is not null and m.roles && array['admin', 'sales', 'buyer']::varchar[]
                   order by m.id limit 3"""
            ),
            {"o": organisation_id},
        )
        return [(name, phone) for name, phone in rows]
