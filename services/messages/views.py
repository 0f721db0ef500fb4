"""Pages of the inbox and of conversations."""

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for

from gongchuang.database import afterwards
from gongchuang.rights import allowed
from gongchuang.web import Answer, actor, now
from gongchuang.web.safety import safe_path
from services.messages import actions, queries
from services.messages.forms import LineForm, PreferenceForm, RobotForm
from services.messages.models import Conversation, Message, Robot
from services.messages.permissions import MessagePermission
from services.messages.words import put

pages = Blueprint("messages", __name__, template_folder="templates")


def todo_count() -> int:
    """How much waits for the reader, for every page's header: one statement a request."""
    if "todo_count" not in g:
        g.todo_count = queries.todo_count_of(actor()) if actor().organisation_id else 0
    count: int = g.todo_count
    return count


@pages.get("/inbox")
@allowed(MessagePermission.READ)
def inbox() -> Answer:
    """待办 first, then 通知, then 会话."""
    tab = request.args.get("tab", "todo")
    page = queries.notices_of(actor(), request.args.get("cursor")) if tab == "notices" else queries.todos_of(actor())
    conversations = queries.conversations_of(actor()) if tab == "conversations" else []
    seen = queries.read_ids(actor(), page.items)
    unread = queries.unread_count(actor())
    return render_template("messages/inbox.html", tab=tab, page=page, seen=seen, put=put, now=now(), conversations=conversations, unread=unread)


@pages.get("/inbox/<uuid:message_id>")
@allowed(MessagePermission.READ, queries.message)
def open_message(message: Message) -> Answer:
    """One tap from the message to where it can be acted on."""
    reader = actor().user_id
    if reader:
        afterwards(lambda: actions.mark_read(reader, message.id))
    return redirect(safe_path(message.url) or url_for(".inbox"), 303)


@pages.post("/inbox/read")
@allowed(MessagePermission.READ)
def read_all() -> Answer:
    page = queries.notices_of(actor())
    actions.mark_all_read(actor(), [m.id for m in page.items])
    return redirect(url_for(".inbox", tab="notices"), 303)


@pages.route("/inbox/settings", methods=["GET", "POST"])
@allowed(MessagePermission.PREFER)
def settings() -> Answer:
    form = PreferenceForm(obj=queries.preference_of(actor().user_id))
    if form.submitted():
        actions.prefer(actor(), **form.values())
        return redirect(url_for(".settings"), 303)
    return render_template("messages/settings.html", form=form, robots=queries.robots())


@pages.route("/inbox/robots/new", methods=["GET", "POST"])
@allowed(MessagePermission.ROBOTS)
def add_robot() -> Answer:
    form = RobotForm()
    if form.submitted():
        actions.add_robot(actor(), **form.values(), allow=current_app.config["SETTINGS"].outgoing_allowed)
        return redirect(url_for(".settings"), 303)
    return render_template("messages/robot.html", form=form)


@pages.post("/inbox/robots/<uuid:robot_id>/remove")
@allowed(MessagePermission.REMOVE_ROBOT, queries.robot)
def remove_robot(robot: Robot) -> Answer:
    actions.remove_robot(actor(), robot)
    return redirect(url_for(".settings"), 303)


@pages.route("/conversations/<uuid:conversation_id>", methods=["GET", "POST"])
@allowed(MessagePermission.SAY, queries.conversation)
def conversation(conversation: Conversation) -> Answer:
    form = LineForm()
    if form.submitted():
        actions.say(actor(), conversation, form.text.data, now())
        return redirect(url_for(".conversation", conversation_id=conversation.id), 303)
    own = actor().organisation_id
    other = conversation.counterparty_id if conversation.organisation_id == own else conversation.organisation_id
    contacts = queries.contacts_of(other) if conversation.contacts_shown else []
    lines = queries.lines_of(conversation)
    return render_template("messages/conversation.html", conversation=conversation, form=form, lines=lines, own=own, contacts=contacts, now=now())
