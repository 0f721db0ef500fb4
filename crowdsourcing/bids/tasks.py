"""What follows from bids: telling both sides, opening and closing the bidders' files."""

from dataclasses import dataclass
from uuid import UUID

from crowdsourcing.bids import actions, queries
from crowdsourcing.bids.events import BidAwarded, BidLost, BidOpened, BidSubmitted, BidWithdrawn
from crowdsourcing.bids.models import Bid
from crowdsourcing.tasks import queries as task_queries
from crowdsourcing.tasks.events import TaskCancelled, TaskFailed
from gongchuang.actor import Actor
from gongchuang.database import db
from gongchuang.events import Delivered, Event, emit, handles
from gongchuang.money import yuan
from services.messages.actions import done, show_contacts, tell
from services.procedures import queries as procedures
from services.procedures.events import ProcedureClosed

MESSAGES = {
    "bid.received": "%(firm)s 对「%(title)s」投标：%(price)s，%(days)s 天",
    "bid.replaced": "%(firm)s 更新了对「%(title)s」的投标：%(price)s，%(days)s 天",
    "bid.withdrawn": "「%(title)s」的一份投标撤回了",
    "bid.won": "恭喜中标：%(firm)s 选定了您对「%(title)s」的投标，请与对方联系签约",
    "bid.lost": "%(firm)s 的任务「%(title)s」选定了其他投标，感谢参与；您的方案文件已对对方关闭",
    "bid.cancelled": "%(firm)s 取消了任务「%(title)s」：%(reason)s；您的方案文件已对对方关闭",
    "bid.failed": "%(firm)s 的任务「%(title)s」未选定任何投标：%(reason)s；您的方案文件已对对方关闭",
}
_ENDED = {"awarded": "bid.lost", "cancelled": "bid.cancelled", "failed": "bid.failed"}


@dataclass(frozen=True)
class _Named:
    """A bid as an event names it: the bidder's own row is not read for it."""

    id: UUID
    version: int = 1


@handles(BidSubmitted)
def tell_submitted(event: Delivered) -> None:
    """The publisher hears of every open bid as it comes, and of a sealed one nothing. Both see each other's phone from then on."""
    bid = db.session.get(Bid, event.object_id)
    if bid is None or bid.sealed or bid.status != "submitted":
        return
    task, bidder = task_queries.task(bid.task_id), task_queries.firm(bid.organisation_id)
    code = "bid.received" if bid.number == 1 else "bid.replaced"
    params = {"firm": bidder.short_name, "title": task.title, "price": yuan(bid.price_fen), "days": bid.days}
    url = f"/tasks/{task.id}/bids"
    tell(task.organisation_id, code, url=url, params=params, roles=("buyer", "engineer"), object_id=task.id, key=f"{code}:{bid.id}")
    show_contacts(task.organisation_id, bid.organisation_id, "task", task.id, subject=task.title, url=f"/tasks/{task.id}")


@handles(BidWithdrawn)
def tell_withdrawn(event: Delivered) -> None:
    """The publisher hears that an open bid is gone."""
    bid = db.session.get(Bid, event.object_id)
    if bid is None or bid.sealed:
        return
    task = task_queries.task(bid.task_id)
    url, params = f"/tasks/{task.id}/bids", {"title": task.title}
    tell(task.organisation_id, "bid.withdrawn", url=url, params=params, roles=("buyer", "engineer"), object_id=task.id, key=f"bid.withdrawn:{bid.id}")


@handles(ProcedureClosed, about=("task",))
def open_sealed(event: Delivered) -> None:
    """The deadline opens sealed bids: each bidder's file is shared from the bidder's own side."""
    if not task_queries.task(event.object_id).sealed:
        return
    for submission in procedures.submissions_of(event.object_id):
        if submission.status == "submitted":
            _emit(BidOpened, submission.id, submission.organisation_id)


@handles(BidOpened)
def share_file(event: Delivered) -> None:
    actions.share(Actor.system(event.organisation_id), queries.bid(event.object_id))


@handles(BidAwarded)
def tell_winner(event: Delivered) -> None:
    """The winner hears it, its file is open to the publisher, both see each other's phone; the publisher has decided."""
    bid = queries.bid(event.object_id)
    task = task_queries.task(bid.task_id)
    params = {"firm": task_queries.firm(task.organisation_id).short_name, "title": task.title}
    tell(bid.organisation_id, "bid.won", url=f"/bids/{bid.id}", params=params, object_id=task.id, key=f"bid.won:{bid.id}")
    show_contacts(task.organisation_id, bid.organisation_id, "task", task.id, subject=task.title, url=f"/tasks/{task.id}")
    done(task.organisation_id, "task.decide", task.id)
    _emit(BidOpened, bid.id, bid.organisation_id)


@handles(BidAwarded, TaskCancelled, TaskFailed)
def part_with_losers(event: Delivered) -> None:
    """Each bid that lost has its own event, handled from its bidder's side."""
    task_id = queries.bid(event.object_id).task_id if event.name == "BidAwarded" else event.object_id
    for submission in procedures.submissions_of(task_id):
        if submission.status == "lost":
            _emit(BidLost, submission.id, submission.organisation_id)


def _emit(event: type[Event], bid_id: UUID, bidder_id: UUID) -> None:
    emit(event(_Named(bid_id), organisation_id=bidder_id))


@handles(BidLost)
def part_with_loser(event: Delivered) -> None:
    """The bidder hears how it ended, and its file is its own again."""
    bid = queries.bid(event.object_id)
    actions.unshare(Actor.system(event.organisation_id), bid)
    task = task_queries.task(bid.task_id)
    firm = task_queries.firm(task.organisation_id).short_name
    params = {"firm": firm, "title": task.title, "reason": task.procedure.reason}
    tell(bid.organisation_id, _ENDED[task.procedure.status], url=f"/bids/{bid.id}", params=params, object_id=task.id, key=f"bid.ended:{bid.id}")
