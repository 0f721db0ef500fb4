"""The demo's offers of idle hours: fresh ones, and one or two in every other state an offer can be in."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from gongchuang.database import db, found_or_404
from marketplace.capacity.spans import day_of, weeks_from
from marketplace.offers import actions
from marketplace.offers.models import Offer
from marketplace.offers.rules import Terms
from services.demo.firms import Firm
from services.demo.tables import Row, codes, fen
from services.demo.travel import moment

WEEKS = 8
SMALL_TAXPAYERS = {"xinfang": 300, "laibin": 300, "weiyang": 300, "hengliang": 600}
"""Small-scale taxpayers invoice at 3 %, services at 6 %."""


def free_hours(rows: Sequence[Row]) -> dict[str, list[float]]:
    """Return how many hours each machine of the table has free in each of the coming weeks: the most that any of its offers promises."""
    free: dict[str, list[float]] = {}
    for row in rows:
        hours = _hours(row)
        for key in codes(row["machines"]):
            free[key] = [max(pair) for pair in zip(hours, free.get(key, hours), strict=True)]
    return free


def _hours(row: Row) -> list[float]:
    return [float(hours) for hours in row["weekly_hours"].split()]


def published_at(row: Row, now: datetime) -> datetime:
    """Return when an offer was put out."""
    return now - timedelta(hours=float(row["published_hours_ago"]))


def put_out(row: Row, firms: Mapping[str, Firm], machines: Mapping[str, list[UUID]], now: datetime) -> UUID:
    """Write an offer and put it out where its state says so; return its id."""
    firm = firms[row["organisation"]]
    then = published_at(row, now)
    with moment(firm.scope("sales"), now - then) as moved:
        actor = firm.actor("sales")
        terms = _terms(row, firms, machines, moved if row["state"] == "expired" else now)
        offer = actions.draft(actor, terms)
        if row["state"] != "draft":
            actions.publish(actor, offer, moved)
        offer_id = offer.id
    if row["state"] in ("withdrawn", "hidden", "expired", "stale"):
        _age(row, firm, offer_id)
    return offer_id


def _age(row: Row, firm: Firm, offer_id: UUID) -> None:
    with moment(firm.scope("sales")) as now:
        offer = found_or_404(Offer, offer_id)
        if row["state"] == "withdrawn":
            actions.withdraw(firm.actor("sales"), offer)
        else:
            actions.keep(offer, now)
        db.session.flush()


def _terms(row: Row, firms: Mapping[str, Firm], machines: Mapping[str, list[UUID]], now: datetime) -> Terms:
    hours = _hours(row)
    weeks = weeks_from(day_of(now), 2 if row["state"] == "expired" else WEEKS)
    named = tuple(firms[token.removeprefix("org:")].id for token in codes(row["audience"]) if token.startswith("org:"))
    return Terms(
        machine_ids=tuple(identifier for key in codes(row["machines"]) for identifier in machines[key]),
        weeks=tuple(week for week, free in zip(weeks, hours, strict=False) if free),
        minutes_per_week=round(max(hours) * 60),
        price_fen=fen(row["price_yuan"]),
        price_unit=row["unit"],
        tax_rate=SMALL_TAXPAYERS.get(row["organisation"], 1300),
        lead_time_days=int(row["lead_days"]),
        quantity_min=int(row["min_quantity"]),
        reach="named" if named else row["audience"].split(":")[0],
        named=named,
        note=f"{row['title']}。{row['note']}",
    )
