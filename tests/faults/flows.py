"""The flows that stand, each played over and over by a client of its own while things break. Names carry a mark, so that what was done can be counted."""

import threading
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.faults.client import TRACES, Client, GaveUp, fetch
from tests.faults.history import OK, REFUSED, UNKNOWN, Operation
from tests.faults.play import Play, mark
from tests.flows.story import certify, join, today, weeks_from_now

LEFT_STANDING = 0.1
"""The part of what nobody took that stays on the market: all of it would be thousands of an hour's offers and orders, and each new one fits them all."""
PUBLISHED = {"publish": True}
"""Put out at once, where one offer is written."""


def moment(days: float) -> str:
    """Return the moment so many days from now."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def hours(play: Play) -> None:
    """A machine, outside work on it, and idle hours: published, confirmed, withdrawn."""
    firm = play.client("factory")
    machine = new_machine(firm, "hours")
    start = datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=play.random.randrange(3, 40))
    note = mark()
    window = {"start": start.isoformat(), "end": (start + timedelta(hours=3)).isoformat(), "unit": 1}
    firm.act("hours", "block", f"/machines/{machine}/blocks", {"windows": [window], "note": note}, mark=note)
    offer = firm.done("hours", "publish offer", "/offers", offered(machine) | PUBLISHED, mark=machine)
    firm.act("hours", "confirm offer", f"/offers/{offer['id']}/confirm", id=offer["id"])
    if play.random.random() > LEFT_STANDING:
        firm.act("hours", "withdraw offer", f"/offers/{offer['id']}/withdraw", id=offer["id"])
    _table(play, firm)


def _table(play: Play, firm: Client) -> None:
    """Two machines' hours come in as the rows of one table: both or none."""
    machines = [new_machine(firm, "hours") for _ in range(2)]
    rows = [offered(each) for each in machines]
    taken = firm.done("hours", "take in table", "/offers/import", {"offers": rows}, machines=machines)
    for offer in taken["offers"]:
        firm.act("hours", "withdraw offer", f"/offers/{offer['id']}/withdraw", id=offer["id"])


def new_machine(firm: Client, flow: str) -> str:
    """Note a machine down; return its id."""
    name = mark()
    return str(firm.done(flow, "add machine", "/machines", machine_said(name), mark=name)["id"])


def machine_said(name: str) -> dict[str, Any]:
    """Return what a machine says of itself."""
    size = {"x_mm": 650, "y_mm": 520, "z_mm": 475, "tolerance_mm": 0.01, "opens": 60, "closes": 1380}
    return {"kind": "mill-5", "name": name, "quantity": 1, "core": ["milling-5"], "supplementary": [], "materials": {"aluminium": None}, **size}


def offered(machine: str) -> dict[str, Any]:
    """Return what an offer of a machine's hours says."""
    return {"machine_ids": [machine], "weeks": weeks_from_now(4), "minutes_per_week": 1200, "price_fen": 26000, "lead_time_days": 12}


def orders(play: Play) -> None:
    """Two orders, quotes on the very same hours for both, both awarded at once: one must get the hours, the other must be told. Most end called off."""
    buyer, firm, rival = play.client("buyer"), play.client("factory"), play.client("rival")
    first, second = market = [publish_order(buyer) for _ in range(2)]
    with calling_off(buyer, "orders", market):
        machine, windows = free_hours(play, "factory", "quotes")
        ids = [quote_on(firm, each, machine, 42000, windows, "quotes")["id"] for each in market]
        other = _quoted(rival, first, play.machines["rival"], 45000, [], "quotes")
    race = mark()
    _race([lambda one=one: buyer.act("awards", "award quote", f"/quotes/{one}/award", {"reason": "综合最优"}, quote=one, race=race) for one in ids])
    if other.outcome == OK:
        rival.act("quotes", "withdraw quote", f"/quotes/{other.answer['id']}/withdraw", id=other.answer["id"])
    for order in (first, second, publish_order(buyer)):
        if play.random.random() > LEFT_STANDING:
            buyer.act("orders", "cancel order", f"/orders/{order['id']}/cancel", {"reason": "设计变更"}, id=order["id"])


@contextmanager
def calling_off(buyer: Client, flow: str, market: Sequence[dict[str, Any]]) -> Iterator[None]:
    """Call off what a flow that gives up would leave on the market, which else grows for an hour."""
    try:
        yield
    except GaveUp:
        for order in market:
            buyer.act(flow, "cancel order", f"/orders/{order['id']}/cancel", {"reason": "设计变更"}, id=order["id"])
        raise


SOON = timedelta(days=40)


def free_hours(play: Play, name: str, flow: str) -> tuple[str, list[dict[str, Any]]]:
    """Return a machine of the factory with its next four free hours beyond the validity of quotes; another machine where the first is booked out for long."""
    firm = play.client("factory")
    for machine in (play.machines[name], ""):
        play.machines[name] = machine or new_machine(firm, flow)
        asked = {"minutes": 240, "not_before": moment(6)}
        windows = firm.done(flow, "propose hours", f"/machines/{play.machines[name]}/proposals", asked)["windows"]
        if windows and datetime.fromisoformat(windows[0]["start"]) < datetime.now(UTC) + SOON:
            break
    return play.machines[name], windows


def publish_order(buyer: Client, flow: str = "orders") -> dict[str, Any]:
    """Draft an order that every factory's offer fits, put it out, and return it."""
    title = mark()
    part = {"name": "法兰", "process": "milling-5", "material": "al-7075", "quantity": 8, "tolerance": "±0.02", "x_mm": 120, "y_mm": 80, "z_mm": 20}
    said = {"title": title, "parts": [part], "delivery_on": (today() + timedelta(days=45)).isoformat(), "closes_at": moment(5), "region": "610113"}
    drafted = buyer.done(flow, "draft order", "/orders", said | {"file_tier": "full"}, mark=title)
    buyer.done(flow, "publish order", f"/orders/{drafted['id']}/publish", id=drafted["id"])
    found: dict[str, Any] = buyer.read(flow, f"/orders/{drafted['id']}")
    return found


def quote_on(firm: Client, order: dict[str, Any], machine: str | None, price: int, windows: list[dict[str, Any]], flow: str) -> dict[str, Any]:
    """Quote, and return the quote; the flow ends where it is not taken."""
    made = _quoted(firm, order, machine, price, windows, flow)
    if made.outcome != OK:
        raise GaveUp(f"not quoted: {made.status} {made.answer}")
    answer: dict[str, Any] = made.answer
    return answer


def _quoted(firm: Client, order: dict[str, Any], machine: str | None, price: int, windows: list[dict[str, Any]], flow: str) -> Operation:
    line, note = {"part_id": order["parts"][0]["id"], "unit_price_fen": price, "minutes_per_piece": 22.5}, mark()
    valid = {"lead_days": 20, "valid_on": (today() + timedelta(days=20)).isoformat(), "freight_fen": 20000, "note": note}
    said = {"lines": [line], "machine_id": machine, "setup_minutes": 60, "windows": windows, **valid}
    return firm.act(flow, "quote", f"/orders/{order['id']}/quotes", said, mark=note)


def _race(calls: list[Callable[[], Any]]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def tasks(play: Play) -> None:
    """A design task, two bids, both awarded at once: one wins."""
    publisher, maker, buyer, title = play.client("factory"), play.client("maker"), play.client("buyer"), mark()
    drafted = publisher.done("tasks", "draft task", "/tasks", task_said(title), mark=title)
    publisher.done("tasks", "publish task", f"/tasks/{drafted['id']}/publish", id=drafted["id"])
    bids = []
    for bidder, price in ((maker, 1_500_000), (buyer, 1_680_000)):
        words = mark()
        said = {"price_fen": price, "tax_bp": 600 if bidder is buyer else None, "days": 21, "proposal": f"先做拓扑优化找出传力路径。{words}"}
        bids.append(bidder.done("tasks", "bid", f"/tasks/{drafted['id']}/bids", said, mark=words))
    path, race = f"/tasks/{drafted['id']}/award", mark()
    _race([lambda b=b: publisher.act("awards", "award bid", path, {"bid_id": b["id"], "reason": "方案可制造"}, bid=b["id"], race=race) for b in bids])


def task_said(title: str) -> dict[str, Any]:
    """Return what a design task says."""
    said = {"title": title, "brief": "现有刀盘罩重 46 公斤，请减到 34 公斤以内，保留安装孔位。", "deliverables": "STEP 模型", "budget_max_fen": 1_800_000}
    days = {"closes_at": moment(7), "delivery_on": (today() + timedelta(days=28)).isoformat()}
    return said | days | {"skills": ["lightweighting"], "ip_terms": "publisher"}


def words(play: Play) -> None:
    """A line in a conversation."""
    said = mark()
    buyer = play.client(play.random.choice(["buyer", "factory"]))
    buyer.act("words", "say", f"/conversations/{play.conversation}", {"text": f"请问最早哪天能发货？{said}"}, mark=said)


PUT_ASIDE, ANSWERED = 0.3, 0.5


def moderation(play: Play) -> None:
    """An offer is reported; the report is put aside, or the offer taken down, appealed for, and restored or not."""
    firm, buyer, operator = play.client("rival"), play.client("buyer"), play.client("operator")
    offer = firm.done("moderation", "publish offer", "/offers", offered(play.machines["rival"]) | PUBLISHED)
    note = f"图片与设备不符 {mark()}"
    said = {"kind": "offer", "object_id": offer["id"], "reason": "false", "note": note}
    report = buyer.act("moderation", "report", "/reports", said, mark=note)
    if report.outcome != OK:
        return
    path = f"/operator/reports/{report.answer['id']}"
    if play.random.random() < PUT_ASIDE:
        operator.act("moderation", "dismiss", f"{path}/dismiss", id=report.answer["id"])
        firm.act("moderation", "withdraw offer", f"/offers/{offer['id']}/withdraw", id=offer["id"])
        return
    down = operator.act("moderation", "take down", f"{path}/take-down", {"reason": "false", "note": "核实属实，请更正"})
    if down.outcome != OK:
        return
    taken = down.answer["id"]
    appeal = firm.act("moderation", "appeal", f"/take-downs/{taken}/appeal", {"words": "已更换为现场照片，请复核。"}, id=taken)
    if appeal.outcome == OK and play.random.random() < ANSWERED:
        said = {"answer": "核实属实，予以恢复", "restore": True}
        play.client("guard").act("moderation", "answer appeal", f"/operator/appeals/{taken}/answer", said, id=taken)


LISTS = ("/", "/orders", "/tasks", "/?q=五轴", "/organisations")
LONGEST_PAGE = 12.0
"""Seconds within which a page answers while a server it needs is broken (not while the program itself starts again)."""
OF_SERVERS = ("postgresql", "redis", "store", "search", "network")


def look(play: Play) -> None:
    """Somebody looks at the lists."""
    path = play.random.choice(LISTS)
    operation = play.history.intend("lists", f"open {path.split('?')[0]}")
    began = datetime.now(UTC)
    quoted = path.replace("五轴", "%E4%BA%94%E8%BD%B4")
    status, text = fetch(urllib.request.Request(f"{play.cast.buyer.site.address}{quoted}", headers={"Accept-Language": "zh-CN"}))
    operation.seconds = (datetime.now(UTC) - began).total_seconds()
    operation.outcome = OK if status == 200 else UNKNOWN if status is None else REFUSED
    play.history.answered(operation, status, None)
    undisturbed = play.history.must_succeed(operation, but=("store", "network: web and store"))
    if status not in (None, 200, 503) or any(trace in text for trace in TRACES) or (status != 200 and undisturbed):
        play.history.blame(operation, f"answered {status}: {text[:200]}")
    if status == 503 and "稍" not in text:
        play.history.blame(operation, f"503 does not say what to do: {text[:300]}")
    if operation.seconds > LONGEST_PAGE and operation.fault.startswith(OF_SERVERS):
        play.history.blame(operation, f"{'took' if status else 'had no answer in'} {operation.seconds:.0f} s")


def opening(play: Play) -> None:
    """In peace: machines that quotes propose hours on, one whose offered hours nobody takes, skills, and a conversation."""
    for machine, name in (("factory", "factory"), ("rival", "rival"), ("chances", "factory"), ("explanations", "factory")):
        play.machines[machine] = play.client(name).done("opening", "add machine", "/machines", machine_said(mark()))["id"]
    for name in ("factory", "buyer"):
        play.organisations[name] = play.client(name).read("opening", "/me")["organisation_id"]
    for number, name in ((5, "third"), (6, "fourth")):
        firm = f"渭南测试第{number}厂（示例）"
        play.others[name] = join(play.cast.buyer.site, f"1391111000{number}", name=firm, region="610502")
        certify(play.others[name], play.cast.operator, firm, play.folder)
    for name in ("maker", "buyer"):
        play.client(name).done("opening", "skills", "/skills", {"skills": ["lightweighting"], "introduction": "结构设计"}, method="PUT")
    factory = play.client("factory")
    for machine in (play.machines["factory"], new_machine(factory, "opening")):
        offer = factory.done("opening", "publish offer", "/offers", offered(machine) | PUBLISHED)
    buyer = play.cast.buyer
    buyer.open(f"/offers/{offer['id']}")
    buyer.open(f"/offers/{offer['id']}/talk", {"idempotency_key": uuid4().hex})
    play.conversation = buyer.last.rstrip("/").rsplit("/", 1)[1]
