"""What tests of this room begin with."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crowdsourcing.bids import actions as bids
from crowdsourcing.bids.rules import BidFacts
from crowdsourcing.tasks import actions as tasks
from crowdsourcing.tasks import queries as task_queries
from crowdsourcing.tasks.rules import TaskFacts
from gongchuang.actor import Actor
from gongchuang.database import now, uuid7
from gongchuang.organisations.models import Organisation

Acting = Callable[..., AbstractContextManager[Actor]]
BRIEF = "现有刀盘罩重 46 公斤，整机前重超限；请减到 34 公斤以内，保留安装孔位，石块冲击工况安全系数不低于 1.5。"


def facts(moment: datetime, **said: Any) -> TaskFacts:
    """What a publisher says about a sound task, at `moment`."""
    sound: dict[str, Any] = {
        "title": "甘蔗收割机刀盘罩减重",
        "brief": BRIEF,
        "deliverables": "STEP 模型、工程图、强度计算报告",
        "budget_max_fen": 1_800_000,
        "skills": ("lightweighting", "structure-design"),
        "closes_at": moment + timedelta(days=7),
        "delivery_on": (moment + timedelta(days=28)).date(),
        "ip_terms": "publisher",
    }
    return TaskFacts(**sound | said)


def put_out(acting_for: Acting, publisher: Organisation, **said: Any) -> UUID:
    """Publish a task and return its id."""
    with acting_for(publisher) as actor:
        task = tasks.begin(actor, uuid7(), facts(now(), **said), now())
        return tasks.publish(actor, task, now()).id


def bid_facts(**said: Any) -> BidFacts:
    sound: dict[str, Any] = {"price_fen": 1_680_000, "tax_bp": 600, "days": 21, "proposal": "拓扑优化找传力路径，再回到钣金可制造形。"}
    return BidFacts(**sound | said)


def bid_on(acting_for: Acting, bidder: Organisation, task_id: UUID, **said: Any) -> UUID:
    """Hand in a bid and return its id."""
    with acting_for(bidder) as actor:
        return bids.submit(actor, task_queries.task(task_id), bid_facts(**said)).id
