"""What publishers do with tasks. Each: rule, change, document, audit, event."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crowdsourcing.tasks import attachments, document, queries, rules
from crowdsourcing.tasks.events import DesignersInvited, TaskCancelled, TaskExtended, TaskFailed, TaskPublished
from crowdsourcing.tasks.models import Task, TaskFile
from crowdsourcing.tasks.rules import TaskFacts
from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import db, refuse_if_excluded, take_turns, uuid7
from gongchuang.events import emit
from gongchuang.refusal import NotFound, Refusal, refuse_all
from gongchuang.types import clean_text
from search.documents import actions as documents
from services.messages import actions as messages
from services.messages.models import Conversation
from services.procedures import actions as procedures
from services.procedures import rules as procedure_rules
from services.procedures.queries import known_firms, named_firms

DEFAULT_DAYS = timedelta(days=7)
PLAIN = ("title", "brief", "deliverables", "budget_min_fen", "budget_max_fen", "delivery_on", "ip_terms", "reach", "sealed", "file_tier")


def begin(actor: Actor, draft_key: UUID, facts: TaskFacts, now: datetime, *, cloned_from: UUID | None = None) -> Task:
    """Keep a new draft. `draft_key` is the form's own: the same form saves the same draft, however often it is sent."""
    facts = _cleaned(facts)
    refuse_all(rules.why_not_say(facts, today=_today(now)))
    task_id = uuid7()
    procedure = procedures.draft(actor, "task", task_id)
    task = Task(id=task_id, organisation_id=actor.organisation_id, draft_key=draft_key, cloned_from=cloned_from, procedure=procedure, files=[])
    with refuse_if_excluded("tasks_draft_once", Refusal("task.saved_meanwhile", "草稿刚在另一个窗口保存，请刷新页面", status=409)):
        db.session.add(task)
    record(actor, "task:begin", task)
    return _write(task, facts)


def save(actor: Actor, task: Task, facts: TaskFacts, now: datetime) -> Task:
    """Keep what was said of a draft. Refuses what cannot be true, and everything once it is put out."""
    take_turns("task draft", task.organisation_id, task.draft_key)
    db.session.refresh(task)
    if task.procedure.status != "draft":
        raise Refusal("task.published", "已发布的任务不能修改，可以取消后再次发布", status=409)
    facts = _cleaned(facts)
    refuse_all(rules.why_not_say(facts, today=_today(now)))
    return _write(task, facts)


def draft_of(actor: Actor, draft_key: UUID) -> Task | None:
    """Return a form's draft, to be changed: once no other request of the form is saving it."""
    take_turns("task draft", actor.organisation_id, draft_key)
    return queries.draft_of(actor.organisation_id, draft_key)


def keep(actor: Actor, draft_key: UUID, facts: TaskFacts, now: datetime) -> Task:
    """Keep what is believable of a form still being filled in; begin the draft when there is none yet."""
    facts = rules.believable(facts, rules.why_not_say(facts, today=_today(now)))
    task = draft_of(actor, draft_key)
    return begin(actor, draft_key, facts, now) if task is None else save(actor, task, facts, now)


def _today(now: datetime) -> Any:
    return rules.day_of(now)


def _cleaned(facts: TaskFacts) -> TaskFacts:
    for name in ("title", "brief", "deliverables"):
        clean_text(getattr(facts, name), field=name)
    return facts


def _write(task: Task, facts: TaskFacts) -> Task:
    for name in PLAIN:
        setattr(task, name, getattr(facts, name))
    if facts.budget_min_fen is None:
        task.budget_min_fen = facts.budget_max_fen
    elif facts.budget_max_fen is None:
        task.budget_max_fen = facts.budget_min_fen
    task.skills = list(dict.fromkeys(facts.skills))
    task.named = [str(i) for i in named_firms(facts.named, except_for=task.organisation_id)]
    task.procedure.closes_at = facts.closes_at
    kept = {held.revision_id: held for held in task.files}
    own = [row.id for row in queries.own_files(facts.files, task.organisation_id)]
    task.files = [kept.get(i) or TaskFile(organisation_id=task.organisation_id, revision_id=i) for i in own]
    for position, held in enumerate(task.files):
        held.position = position
    db.session.flush()
    return task


def facts_of(task: Task) -> TaskFacts:
    """Return what the publisher said of a stored task."""
    return TaskFacts(
        **{name: getattr(task, name) for name in PLAIN},
        skills=tuple(task.skills),
        named=tuple(UUID(i) for i in task.named),
        closes_at=task.procedure.closes_at,
        files=task.file_ids,
    )


def why_not_publish(task: Task, now: datetime) -> list[Refusal]:
    """Return everything that still keeps a task from being put out: what its page lists."""
    park = queries.firm(task.organisation_id).park
    facts = facts_of(task)
    found = rules.why_not_publish(facts, file_states=[row.status for row in queries.files_of(task)], today=_today(now), park=park)
    late = procedure_rules.why_not_close_at(facts.closes_at, now)
    return [*found, late] if late else found


def publish(actor: Actor, task: Task, now: datetime) -> Task:
    """Put a task out: readable by its audience, found, matched, taking bids until its deadline. Its files open at the chosen tier."""
    refuse_all(why_not_publish(task, now))
    invited = [UUID(i) for i in task.named]
    audience = rules.audience_of(task.reach, queries.firm(task.organisation_id).park)
    procedures.open_(actor, task.procedure, closes_at=task.procedure.closes_at, audience=audience, invited=invited, now=now)
    attachments.open_to(actor, task, [*audience, *(f"org:{i}" for i in invited)])
    documents.mirror(document.of_task(task))
    record(actor, "task:publish", task, files=len(task.files), invited=len(invited))
    emit(TaskPublished(task))
    return task


def invite(actor: Actor, task: Task, organisation_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Ask more organisations for a bid; return those that were not asked before."""
    wanted = known_firms(organisation_ids, except_for=task.organisation_id)
    if len(wanted) < len(set(organisation_ids)):
        raise NotFound
    new = procedures.invite(actor, task.procedure, wanted, now)
    if new:
        task.named = [*task.named, *(str(i) for i in new)]
        db.session.flush()
        attachments.open_to(actor, task, [f"org:{i}" for i in new])
        documents.mirror(document.of_task(task))
        emit(DesignersInvited(task))
    return new


def extend(actor: Actor, task: Task, closes_at: datetime | None, now: datetime) -> Task:
    """Move the deadline later; the delivery date must still follow it."""
    day = rules.day_of(closes_at)
    if day is not None and task.delivery_on is not None and task.delivery_on <= day:
        raise Refusal("task.delivery_before", "交付日期须晚于投标截止日期", field="closes_at")
    procedures.extend(actor, task.procedure, closes_at, now)
    db.session.flush()
    attachments.open_again(actor, task)
    documents.mirror(document.of_task(task))
    emit(TaskExtended(task))
    return task


def cancel(actor: Actor, task: Task, reason: str, now: datetime) -> Task:
    """Call a task off: it is found no more, its files close, who bid is told the reason."""
    was_out = task.procedure.status != "draft"
    procedures.cancel(actor, task.procedure, reason, now)
    shut(actor, task)
    record(actor, "task:cancel", task)
    if was_out:
        emit(TaskCancelled(task))
    return task


def fail(actor: Actor, task: Task, reason: str, now: datetime) -> Task:
    """End a task with nobody chosen, with the reason."""
    procedures.fail(actor, task.procedure, reason, now)
    shut(actor, task)
    record(actor, "task:fail", task)
    emit(TaskFailed(task))
    return task


def shut(actor: Actor, task: Task, *, but: UUID | None = None) -> None:
    """Take an ended task out of what can be found, and end everybody's access to its files but the chosen one's."""
    documents.remove("task", task.id)
    attachments.close(actor, task, but=but)


def clone(actor: Actor, task: Task, now: datetime) -> Task:
    """Begin a new draft with everything a task said; dates that have passed are asked again."""
    facts = facts_of(task)
    still = facts.delivery_on if facts.delivery_on and facts.delivery_on > _today(now) + DEFAULT_DAYS else None
    anew = {"delivery_on": still, "closes_at": now + DEFAULT_DAYS, "named": tuple(known_firms(facts.named, except_for=task.organisation_id))}
    values = {name: getattr(facts, name) for name in facts.__dataclass_fields__} | anew
    return begin(actor, uuid7(), TaskFacts(**values), now, cloned_from=task.id)


def ask(actor: Actor, task: Task) -> Conversation:
    """Open the conversation of a designer with a task's publisher."""
    return messages.converse(actor, task.organisation_id, "task", task.id, subject=task.title, url=f"/tasks/{task.id}")
