"""What bidders do with bids, and the publisher's choice. Each: rule, change, audit, event."""

from datetime import datetime

from crowdsourcing.bids import queries, rules
from crowdsourcing.bids.events import BidAwarded, BidSubmitted, BidWithdrawn
from crowdsourcing.bids.models import Bid
from crowdsourcing.bids.rules import BidFacts
from crowdsourcing.tasks import actions as tasks
from crowdsourcing.tasks.models import Task
from gongchuang.actor import Actor, OrganisationKind
from gongchuang.audit import record
from gongchuang.database import db, now, uuid7
from gongchuang.events import emit
from gongchuang.refusal import Refusal, refuse_all, refuse_if
from gongchuang.types import clean_text
from services.files import actions as files
from services.files.models import FileRevision
from services.messages import actions as messages
from services.messages.models import Conversation
from services.procedures import actions as procedures
from services.procedures import queries as procedure_queries


def submit(actor: Actor, task: Task, facts: BidFacts) -> Bid:
    """Hand in a bid, accepted iff the database's clock is before the deadline at that moment.

    Who has bid already hands in a new version: the one before it is withdrawn in the same step, so that never two stand.
    """
    revision = _checked(actor, facts)
    before = _taken_back(actor, task)
    submission = procedures.draft_submission(actor, task.procedure, "bid", uuid7())
    bid = Bid(
        id=submission.id,
        organisation_id=actor.organisation_id,
        task_id=task.id,
        buyer_organisation_id=task.organisation_id,
        number=queries.latest_number(task.id, actor.organisation_id) + 1,
        price_fen=facts.price_fen,
        tax_bp=facts.tax_bp,
        days=facts.days,
        proposal=facts.proposal.strip(),
        revision_id=facts.file,
        sealed=task.sealed,
        submission=submission,
    )
    db.session.add(bid)
    db.session.flush()
    procedures.submit(actor, submission)
    if revision is not None and not task.sealed:
        files.grant(actor, revision, f"org:{task.organisation_id}", "full")
    if before is not None:
        unshare(actor, before)
    record(actor, "bid:submit", bid, task_id=task.id, number=bid.number)
    emit(BidSubmitted(bid))
    return bid


def _taken_back(actor: Actor, task: Task) -> Bid | None:
    """Withdraw the bid that a new version replaces, if there is one."""
    before = queries.own_on(task.id, actor.organisation_id)
    if before is not None:
        refuse_if(rules.why_not_take_back(closes_at=task.procedure.closes_at, now=now()))
        procedures.withdraw(actor, before.submission)
        db.session.flush()
    return before


def _checked(actor: Actor, facts: BidFacts) -> FileRevision | None:
    clean_text(facts.proposal, field="proposal")
    revision = queries.own_file(facts.file, actor.organisation_id)
    refuse_all(rules.why_not_bid(facts, person=actor.kind is OrganisationKind.PERSON, file_status=revision.status if revision else None))
    return revision


def withdraw(actor: Actor, bid: Bid) -> Bid:
    """Take a bid back, until the deadline: judged by the clock read while decisions are held off."""
    procedures.withdraw(actor, bid.submission)
    refuse_if(rules.why_not_take_back(closes_at=procedure_queries.procedure(bid.task_id).closes_at, now=now()))
    unshare(actor, bid)
    record(actor, "bid:withdraw", bid, task_id=bid.task_id)
    emit(BidWithdrawn(bid))
    return bid


def award(actor: Actor, task: Task, bid: Bid, reason: str, at: datetime) -> Bid:
    """Choose a bid. Of parallel choices exactly one comes through. The others lose, the task is found no more, its files stay open to the chosen one alone."""
    refuse_if(rules.why_not_choose(sealed=task.sealed, closes_at=task.procedure.closes_at, now=now()))
    if not reason.strip():
        raise Refusal("award.no_reason", "请写明选定的理由", field="reason")
    procedures.award(actor, task.procedure, procedure_queries.submission(bid.id), reason.strip(), at)
    tasks.shut(actor, task, but=bid.organisation_id)
    record(actor, "bid:award", bid, task_id=task.id)
    emit(BidAwarded(bid, organisation_id=task.organisation_id))
    return bid


def share(actor: Actor, bid: Bid) -> None:
    """Open the bidder's file to the publisher. Runs for the bidder."""
    revision = queries.own_file(bid.revision_id, bid.organisation_id)
    if revision is not None and revision.status == "checked":
        files.grant(actor, revision, f"org:{bid.buyer_organisation_id}", "full")


def unshare(actor: Actor, bid: Bid) -> None:
    """End the publisher's access to the bidder's file: what was not chosen stays the bidder's own. Runs for the bidder."""
    revision = queries.own_file(bid.revision_id, bid.organisation_id)
    if revision is not None and not queries.shown_by_another(bid):
        files.revoke(actor, revision, f"org:{bid.buyer_organisation_id}")


def talk(actor: Actor, bid: Bid, task: Task) -> Conversation:
    """Open the conversation with the other side of a bid about the task."""
    other = bid.organisation_id if actor.organisation_id == task.organisation_id else task.organisation_id
    return messages.converse(actor, other, "task", task.id, subject=task.title, url=f"/tasks/{task.id}")
