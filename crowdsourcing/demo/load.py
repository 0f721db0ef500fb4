"""Loading the crowdsourcing demo: makers with their skills, design tasks of the marketplace demo's firms, and bids, by the real actions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid5
from zlib import crc32
from zoneinfo import ZoneInfo

from flask import Flask

from crowdsourcing.bids import actions as bids
from crowdsourcing.bids import queries as bid_queries
from crowdsourcing.bids.rules import BidFacts
from crowdsourcing.skills import actions as skills
from crowdsourcing.tasks import actions as tasks
from crowdsourcing.tasks import queries as task_queries
from crowdsourcing.tasks.rules import TaskFacts
from gongchuang.database import Scope
from gongchuang.settings import Settings
from services.demo import firms, travel
from services.demo.firms import Firm
from services.demo.shelf import Shelf, shelf
from services.demo.tables import Row, codes, fen, rows
from services.demo.travel import moment
from services.procedures.tasks import close_due

from . import sheets

HERE = "crowdsourcing.demo"
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_NUMBER = 60
"""Where the makers' codes and phones begin: after those of the marketplace's firms."""
MODELS = {
    "hood": ("刀盘罩现状.stl", sheets.HOOD, 6.0, 730.0),
    "guard": ("护罩外形.stl", sheets.GUARD, 3.0, 300.0),
    "tank-wall": ("油箱箱壁.stl", sheets.TANK_WALL, 6.0, 1500.0),
}
CHOSEN = "方案完整、案例相近，工期与预算符合要求"
LOADED = timedelta(days=60)


def load(app: Flask) -> None:
    """Load makers, tasks and bids beside the marketplace's firms. Loading twice, or without those firms, does nothing."""
    table = rows(HERE, "tasks")
    with moment(Scope(system=True)) as now:
        standing = firms.standing()
    publishers = {row["organisation"]: standing[row["organisation"]] for row in table if row["organisation"] in standing}
    makers = rows(HERE, "makers")
    if not publishers or any(row["short_name"] in standing for row in makers):
        return
    settings: Settings = app.config["SETTINGS"]
    contents = {name: sheets.bent(profile, thickness, length) for name, profile, thickness, length in MODELS.values()}
    with shelf(contents) as files, travel.permitted(settings):
        bidders = _gather(makers, now)
        ids = {}
        for row in sorted(table, key=lambda row: _published_at(row, now)):
            ids[row["key"]] = _put_out(row, publishers, bidders, files, now)
            _hear_bids(row, ids[row["key"]], bidders, now)
            _decide(row, ids[row["key"]], publishers[row["organisation"]], bidders, now)
    with moment(Scope(system=True)) as now:
        close_due(now)


def _gather(makers: list[Row], now: datetime) -> dict[str, Firm]:
    with moment(Scope(system=True), LOADED) as then:
        made = firms.found(makers, then, first=FIRST_NUMBER)
    for row in makers:
        firm = made[row["key"]]
        with moment(firm.scope(), LOADED - timedelta(days=1)):
            skills.declare(firm.actor("admin"), codes(row["skills"]), row["introduction"])
    return made


def _published_at(row: Row, now: datetime) -> datetime:
    day = now.astimezone(SHANGHAI) - timedelta(days=int(row["published_days_ago"]))
    return min(day.replace(hour=9, minute=crc32(row["key"].encode()) % 60, second=0, microsecond=0), now - timedelta(hours=2))


def _closes_at(row: Row, now: datetime) -> datetime:
    return (now.astimezone(SHANGHAI) + timedelta(days=int(row["closes_in_days"]))).replace(hour=17, minute=0, second=0, microsecond=0)


def _put_out(row: Row, publishers: Mapping[str, Firm], bidders: Mapping[str, Firm], files: Shelf, now: datetime) -> UUID:
    firm = publishers[row["organisation"]]
    with moment(firm.scope("engineer"), now - _published_at(row, now)) as then:
        actor = firm.actor("engineer")
        model = MODELS.get(row["model"])
        uploaded = (files.upload(actor, model[0], "task_brief", then),) if model else ()
        task = tasks.begin(actor, uuid5(firm.id, row["key"]), _facts(row, uploaded, now), then)
        tasks.publish(actor, task, then)
        tasks.invite(actor, task, [bidders[key].id for key in codes(row["invited"])], then)
        return task.id


def _facts(row: Row, uploaded: tuple[UUID, ...], now: datetime) -> TaskFacts:
    closes_at = _closes_at(row, now)
    budget = fen(row["budget_yuan"])
    return TaskFacts(
        title=row["title"],
        brief=row["brief"],
        deliverables=row["deliverables"],
        files=uploaded,
        budget_min_fen=budget,
        budget_max_fen=budget,
        skills=codes(row["skills"]),
        closes_at=closes_at,
        delivery_on=(closes_at + timedelta(days=int(row["days"]))).date(),
        ip_terms=row["ip"],
        reach=row["audience"],
        sealed=bool(row["sealed"]),
        file_tier="full",
    )


def _hear_bids(row: Row, task_id: UUID, bidders: Mapping[str, Firm], now: datetime) -> None:
    mine = [bid for bid in rows(HERE, "bids") if bid["task"] == row["key"]]
    start, end = _published_at(row, now), min(_closes_at(row, now), now)
    for order, bid in enumerate(mine, 1):
        bidder = bidders[bid["organisation"]]
        with moment(bidder.scope(), now - (start + (end - start) * order / (len(mine) + 1))):
            actor, task = bidder.actor("admin"), task_queries.task(task_id)
            tax_bp = None if bidder.kind == "person" else 300
            handed = bids.submit(actor, task, BidFacts(price_fen=fen(bid["price_yuan"]), tax_bp=tax_bp, days=int(bid["days"]), proposal=bid["proposal"]))
            if bid["state"] == "withdrawn":
                bids.withdraw(actor, handed)


def _decide(row: Row, task_id: UUID, firm: Firm, bidders: Mapping[str, Firm], now: datetime) -> None:
    """End a task as its table says, sixteen hours after its deadline."""
    if row["state"] in ("open", "closed"):
        return
    with moment(firm.scope("engineer"), now - _closes_at(row, now) - timedelta(hours=16)) as then:
        actor, task = firm.actor("engineer"), task_queries.task(task_id)
        if row["state"] == "awarded":
            winner = next(bid["organisation"] for bid in rows(HERE, "bids") if bid["task"] == row["key"] and bid["state"] == "awarded")
            chosen = next(bid for bid in bid_queries.of_task(task) if bid.organisation_id == bidders[winner].id)
            bids.award(actor, task, chosen, CHOSEN, then)
        elif row["state"] == "cancelled":
            tasks.cancel(actor, task, row["brief"].split("；")[-1], then)
        else:
            tasks.fail(actor, task, "投标方案均达不到节拍要求，暂缓实施", then)
