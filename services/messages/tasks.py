"""Carrying messages outside: mail, SMS, chat robots. At least once; an outage is retried by the outbox."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import structlog
import urllib3
from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy import RowMapping, text

from gongchuang import outgoing
from gongchuang.accounts import mail, sms
from gongchuang.database import as_system, db
from gongchuang.events import Delivered, handles
from gongchuang.refusal import Refusal, Unavailable
from services.messages import rules
from services.messages.actions import tell
from services.messages.events import LineSaid, MessageTold
from services.messages.models import Conversation, ConversationLine, Message, Robot
from services.messages.words import put

log = structlog.get_logger(__name__)

_MEMBERS = text(
    """select u.phone, u.email, u.language, m.roles || m.duties as roles, coalesce(p.mail, 'all') as mail, coalesce(p.sms, 'todo') as sms
       from memberships m join users u on u.id = m.user_id and u.status = 'active' join organisations o on o.id = m.organisation_id and not o.demo
       left join message_preferences p on p.user_id = u.id
       where m.organisation_id = :organisation and m.status = 'active' order by u.id"""
)
_PERSON = text("select phone, email, language from users where id = :id and status = 'active'")


def _site() -> str:
    settings = current_app.config["SETTINGS"]
    return str(settings.public_url or f"http://{settings.host}:{settings.port}")


def _in(language: str) -> AbstractContextManager[None]:
    """Speak a person's language."""
    spoken: AbstractContextManager[None] = force_locale("en" if language == "en" else "zh_Hans_CN")
    return spoken


def _message(event: Delivered) -> Message | None:
    with as_system():
        return db.session.get(Message, event.object_id)


@handles(MessageTold, queue="slow", as_system=True)
def write_to_people(event: Delivered) -> None:
    """Mail to the members whom a message concerns, each in their language, as they chose. Demo organisations get none."""

    def write(member: RowMapping, message: Message, words: str, link: str) -> bool:
        if not member["email"] or not rules.wanted(member["mail"], todo=message.todo):
            return False
        mail.send(member["email"], words[:120], f"{words}\n\n{link}\n\n{gettext('在「消息设置」中可以更改接收方式。')}")
        return True

    _carry(event, write)


@handles(MessageTold, queue="slow", as_system=True)
def text_people(event: Delivered) -> None:
    """SMS likewise."""

    def write(member: RowMapping, message: Message, words: str, link: str) -> bool:
        if not member["phone"] or not rules.wanted(member["sms"], todo=message.todo):
            return False
        sms.sender().send(member["phone"], f"{words} {link}")
        return True

    _carry(event, write)


def write_to_person(user_id: UUID, code: str, *, url: str, params: Mapping[str, Any]) -> None:
    """Write to one person, by mail or else by SMS, what no organisation's message can tell them. For a handler that does nothing else and runs as the system.

    Raises GatewayUnavailable where the gateway is away: the delivery waits.
    """
    person = db.session.execute(_PERSON, {"id": user_id}).mappings().one_or_none()
    if person is None:
        return
    with _in(person["language"]):
        words, link = put(code, params), f"{_site()}{url}"
    try:
        if person["email"]:
            mail.send(person["email"], words[:120], f"{words}\n\n{link}")
        else:
            sms.sender().send(person["phone"], f"{words} {link}")
    except sms.NotSent as error:
        log.warning("message refused by its gateway", user_id=str(user_id), code=code, error=str(error))


def _carry(event: Delivered, write: Callable[[RowMapping, Message, str, str], bool]) -> None:
    """Write to each member by one channel; `write` says whether something went out.

    Whom the gateway refuses holds nobody else up. A gateway that is away is waited for as long as it takes while nobody was written to yet; afterwards
    it counts as an attempt, for trying again repeats what went out.
    """
    message = _message(event)
    if message is None:
        return
    link, gone = f"{_site()}/inbox/{message.id}", 0
    for member in db.session.execute(_MEMBERS, {"organisation": message.organisation_id}).mappings().all():
        if not rules.concerns(message.roles, member["roles"]):
            continue
        with _in(member["language"]):
            try:
                gone += write(member, message, put(message.code, message.params), link)
            except sms.NotSent as error:
                log.warning("message refused by its gateway", message_id=str(message.id), error=str(error))
            except Unavailable as error:
                if gone:
                    raise RuntimeError(f"the gateway went away after {gone} members were written to") from error
                raise


@handles(MessageTold, queue="slow", as_system=True)
def repeat_by_robots(event: Delivered) -> None:
    """Post the message to the organisation's chat robots. A robot that refuses is marked, with its reason, on the settings page."""
    message = _message(event)
    if message is None:
        return
    allow = current_app.config["SETTINGS"].outgoing_allowed
    for robot in db.session.query(Robot).filter_by(organisation_id=message.organisation_id).all():
        if robot.todo_only and not message.todo:
            continue
        words = put(message.code, message.params)
        title = gettext("工创云待办") if message.todo else gettext("工创云通知")
        call = rules.robot_call(
            robot.kind, robot.url, robot.secret, title=title, text=words, link=f"{_site()}/inbox/{message.id}", timestamp=int(time.time() * 1000)
        )
        robot.last_error = _post(robot.kind, call, allow) or ""
        robot.status = "failing" if robot.last_error else "active"


def _post(kind: str, call: rules.RobotCall, allow: frozenset[str]) -> str | None:
    try:
        answer = outgoing.post(call.url, json.dumps(call.body, ensure_ascii=False).encode(), {"Content-Type": "application/json"}, allow)
    except (Refusal, urllib3.exceptions.HTTPError) as error:
        return f"{type(error).__name__}"[:180]
    return rules.robot_refused(kind, answer.status, answer.json())


@handles(LineSaid, as_system=True)
def tell_other_side(event: Delivered) -> None:
    """Tell the other organisation that somebody wrote; one open notice a conversation and hour is enough."""
    line = db.session.get(ConversationLine, event.object_id)
    conversation = db.session.get(Conversation, line.conversation_id) if line else None
    if line is None or conversation is None:
        return
    other = conversation.counterparty_id if conversation.organisation_id == line.author_organisation_id else conversation.organisation_id
    name = db.session.execute(text("select short_name from organisations where id = :id"), {"id": line.author_organisation_id}).scalar_one()
    key = f"line:{conversation.id}:{other}:{event.occurred_at:%Y%m%d%H}"
    params = {"firm": name, "subject": conversation.subject}
    tell(other, "conversation.line", url=f"/conversations/{conversation.id}", params=params, object_id=conversation.id, key=key)
