"""Bids by API: everything the pages do, by the same actions."""

from typing import Any

from crowdsourcing.bids import actions, queries, rules
from crowdsourcing.bids.models import Bid
from crowdsourcing.bids.permissions import BidPermission
from crowdsourcing.bids.schemas import AwardIn, BidIn, BidOut, BidsOut, MineOut
from crowdsourcing.tasks import queries as task_queries
from crowdsourcing.tasks.models import Task
from crowdsourcing.tasks.permissions import TaskPermission
from gongchuang.api import ApiBlueprint, PageQuery
from gongchuang.rights import allowed
from gongchuang.web import actor, idempotent, now
from services.messages.schemas import BegunOut

api = ApiBlueprint("bids", __name__)


def out(bid: Bid) -> BidOut:
    said = {name: getattr(bid, name) for name in ("id", "task_id", "organisation_id", "status", "number", "price_fen", "tax_bp", "days", "proposal")}
    net = rules.net_fen(bid.price_fen, bid.tax_bp)
    return BidOut(**said, net_fen=net, file=bid.revision_id, submitted_at=bid.submission.submitted_at)


@api.get("/bids")
@allowed(BidPermission.MINE)
@api.input(PageQuery, location="query")
@api.output(MineOut)
def mine(query_data: PageQuery) -> Any:
    """List one's own bids, latest first."""
    page = queries.mine(actor().organisation_id, query_data.cursor)
    return MineOut(items=[out(bid) for bid in page.items], next_cursor=page.next_cursor)


@api.post("/tasks/<uuid:task_id>/bids")
@allowed(BidPermission.SUBMIT, task_queries.task)
@idempotent
@api.input(BidIn, location="json")
@api.output(BidOut, status_code=201)
def make(task: Task, json_data: BidIn) -> Any:
    """Bid, or replace one's bid by a new version; accepted iff the database's clock is before the deadline."""
    return out(actions.submit(actor(), task, rules.BidFacts(**json_data.model_dump())))


@api.get("/tasks/<uuid:task_id>/bids")
@allowed(BidPermission.COMPARE, task_queries.task)
@api.output(BidsOut)
def compare(task: Task) -> Any:
    """Read what was bid on one's own task."""
    return BidsOut(items=[out(bid) for bid in queries.of_task(task)], sealed=task.sealed)


@api.post("/tasks/<uuid:task_id>/award")
@allowed(TaskPermission.AWARD, task_queries.task)
@idempotent
@api.input(AwardIn, location="json")
@api.output(BidOut)
def award(task: Task, json_data: AwardIn) -> Any:
    """Choose a bid. Exactly one of parallel choices comes through."""
    bid = queries.bid_on(task, json_data.bid_id)
    return out(actions.award(actor(), task, bid, json_data.reason, now()))


@api.get("/bids/<uuid:bid_id>")
@allowed(BidPermission.SEE, queries.bid)
@api.output(BidOut)
def see(bid: Bid) -> Any:
    """Read a bid."""
    return out(bid)


@api.post("/bids/<uuid:bid_id>/withdraw")
@allowed(BidPermission.WITHDRAW, queries.bid)
@idempotent
@api.output(BidOut)
def withdraw(bid: Bid) -> Any:
    """Take it back, until the deadline."""
    return out(actions.withdraw(actor(), bid))


@api.post("/bids/<uuid:bid_id>/conversation")
@allowed(BidPermission.SEE, queries.bid)
@api.output(BegunOut, status_code=201)
def talk(bid: Bid) -> Any:
    """Open the conversation with the other side of a bid; the same one again when it was opened before."""
    return BegunOut(id=actions.talk(actor(), bid, task_queries.task(bid.task_id)).id)
