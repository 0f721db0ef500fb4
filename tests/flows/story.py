"""The platform's main job from end to end, by pages and API, on a running program: what must always work.

A factory and an SME register and are verified; idle hours, a drawing; the match told to both; a quote that proposes real hours; a rival's quote on
the same hours; an award that books them; the rival's award fails kindly; the losers are told; a design task put out, bid on and awarded.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from PIL import Image

from tests.builders import some_uscc
from tests.flows.site import Site, Visitor, totp, upload, wait_for

ID_NUMBER = "11010519491231002X"
"""The example of GB 11643-1999."""
PARTS = Path(__file__).resolve().parents[2] / "marketplace" / "demo" / "parts" / "files"

SCOPES = [
    *("account", "bid", "capacity", "certification", "conversation", "file", "machine", "message", "moderation", "offer"),
    *("operator", "order", "organisation", "quote", "skill", "task"),
]


@dataclass
class Cast:
    """Who plays."""

    operator: Visitor
    factory: Visitor
    rival: Visitor
    buyer: Visitor
    maker: Visitor


def today() -> date:
    """Today where the platform's people are."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def _api_token(visitor: Visitor) -> None:
    visitor.open("/me")
    visitor.token = visitor.api("POST", "/tokens", {"name": "流程", "scopes": SCOPES})["token"]


def open_operator(site: Site, link: str) -> Visitor:
    """The first operator comes in by the link the command printed, sets up a second factor, and has a token."""
    operator = Visitor(site)
    operator.submit(link)
    if operator.last.endswith("/enrol"):
        secret = re.search(r'<code class="key">([^<]+)</code>', operator.page)
        assert secret, operator.page[:3000]
        operator.open(operator.last, {"code": totp(re.sub("[^A-Z2-7]", "", secret[1].upper()))})
    if operator.last.endswith("/consent"):
        operator.open(operator.last, {"name": "运营员", "privacy": "y"})
    _api_token(operator)
    return operator


def join(site: Site, phone: str, *, name: str, region: str, kind: str = "firm") -> Visitor:
    """Somebody registers by phone and records an organisation."""
    visitor = Visitor(site)
    visitor.sign_in(phone)
    visitor.open("/me")
    said = {"name": name, "region": region, "kind": kind, "uscc": some_uscc() if kind == "firm" else None, "industry": "C34", "size": "small"}
    visitor.api("POST", "/organisations", said)
    visitor.open("/me")
    _api_token(visitor)
    return visitor


def picture(folder: Path, name: str) -> Path:
    """A picture to show as a licence or card."""
    made = folder / f"{name}.png"
    Image.new("RGB", (900, 600), "#eef2f3").save(made)
    return made


def ask_to_be_verified(visitor: Visitor, name: str, folder: Path) -> str:
    """The firm hands in its licence. Returns the case's id."""
    evidence = upload(visitor, picture(folder, "licence"), "licence", "image/png")
    own = visitor.api("GET", "/me")
    organisation = visitor.api("GET", f"/organisations/{own['organisation_id']}")
    case = visitor.api(
        "POST",
        "/certification/firm",
        {"legal_name": name, "uscc": organisation["uscc"], "representative": "示例代表", "contact": "示例联系人", "licence": [evidence]},
    )
    return str(case["id"])


def certify(visitor: Visitor, operator: Visitor, name: str, folder: Path) -> None:
    """The firm hands in its licence, the operator approves."""
    operator.api("POST", f"/operator/certification/{ask_to_be_verified(visitor, name, folder)}/approve", {})


def certify_person(visitor: Visitor, operator: Visitor, folder: Path) -> None:
    """The maker hands in a card, the operator types the number from it; another number is refused."""
    evidence = upload(visitor, picture(folder, "card"), "licence", "image/png")
    case = visitor.api("POST", "/certification/person", {"legal_name": "示例创客", "id_number": ID_NUMBER, "identity": [evidence]})
    assert ID_NUMBER not in str(case)
    operator.api("POST", f"/operator/certification/{case['id']}/approve", {"id_number": "110105194912310021"}, expect=422)
    operator.api("POST", f"/operator/certification/{case['id']}/approve", {"id_number": ID_NUMBER})


def five_axis(visitor: Visitor) -> dict[str, Any]:
    """A five-axis machine with Monday-to-Saturday hours."""
    machine: dict[str, Any] = visitor.api(
        "POST",
        "/machines",
        {
            "kind": "mill-5",
            "name": "五轴加工中心 U650",
            "core": ["milling-5"],
            "supplementary": ["milling-3"],
            "materials": {"aluminium": None, "titanium": None},
            "x_mm": 650,
            "y_mm": 520,
            "z_mm": 475,
            "tolerance_mm": 0.01,
            "opens": 480,
            "closes": 1200,
        },
    )
    return machine


def weeks_from_now(count: int) -> list[int]:
    """ISO weeks as yyyyww, beginning next week."""
    found = [(today() + timedelta(weeks=i)).isocalendar() for i in range(1, count + 1)]
    return [year * 100 + week for year, week, _ in found]


def offer(visitor: Visitor, machine: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = visitor.api(
        "POST",
        "/offers",
        {"machine_ids": [machine["id"]], "weeks": weeks_from_now(6), "minutes_per_week": 2400, "price_fen": 26000, "lead_time_days": 12, "publish": True},
    )
    return made


def order(visitor: Visitor, drawing: str, *, fitting: int = 1) -> dict[str, Any]:
    """A custom order of 24 flanges from their STEP file, published when at least `fitting` firms fit."""
    part = {"name": "法兰", "files": [drawing], "process": "milling-5", "material": "al-7075", "quantity": 24, "tolerance": "±0.02"}
    drafted = visitor.api(
        "POST",
        "/orders",
        {
            "title": "法兰 24 件 7075",
            "parts": [part],
            "delivery_on": (today() + timedelta(days=45)).isoformat(),
            "closes_at": (datetime.now(UTC) + timedelta(days=5)).isoformat(),
            "region": "610113",
            "budget_fen": 1_200_000,
            "budget_shown": True,
            "file_tier": "full",
        },
    )
    assert visitor.api("GET", f"/orders/{drafted['id']}/fit")["organisations"] >= fitting
    published: dict[str, Any] = visitor.api("POST", f"/orders/{drafted['id']}/publish")
    return published


def quote(visitor: Visitor, wanted: dict[str, Any], machine: dict[str, Any], *, price_fen: int, windows: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A quote backed by hours of a machine: the proposed ones, or `windows`."""
    seen = visitor.api("GET", f"/orders/{wanted['id']}")
    minutes = 60 + 24 * 20
    if windows is None:
        decided = datetime.fromisoformat(seen["closes_at"]) + timedelta(days=1)
        proposal = {"minutes": minutes, "not_before": decided.isoformat()}
        windows = visitor.api("POST", f"/machines/{machine['id']}/proposals", proposal)["windows"]
    part = _part_ids(visitor, wanted)[0]
    handed_in: dict[str, Any] = visitor.api(
        "POST",
        f"/orders/{seen['id']}/quotes",
        {
            "lines": [{"part_id": part, "unit_price_fen": price_fen, "minutes_per_piece": 20}],
            "machine_id": machine["id"],
            "setup_minutes": 60,
            "windows": windows,
            "lead_days": 20,
            "valid_on": (today() + timedelta(days=20)).isoformat(),
            "freight_fen": 20000,
        },
    )
    return handed_in


def _part_ids(visitor: Visitor, wanted: dict[str, Any]) -> list[str]:
    return [part["id"] for part in visitor.api("GET", f"/orders/{wanted['id']}")["parts"]]


def told(visitor: Visitor, words: str) -> dict[str, Any]:
    """Wait until the organisation has a message with `words`; return it."""

    heard: set[str] = set()

    def look() -> list[dict[str, Any]]:
        items = [m for tab in ("todo", "notices") for m in visitor.api("GET", f"/messages?tab={tab}")["items"]]
        heard.update(m["text"] for m in items)
        return [m for m in items if words in m["text"]]

    found: dict[str, Any] = wait_for(look, what=lambda: f"a message with {words} among {heard}")[0]
    return found


def enter(site: Site, operator_link: str, folder: Path) -> Cast:
    """Everybody registers and is verified."""
    operator = open_operator(site, operator_link)
    factory = join(site, "13911110001", name="西安测试精密（示例）", region="610113")
    rival = join(site, "13911110002", name="宝鸡测试机械（示例）", region="610302")
    buyer = join(site, "13911110003", name="咸阳测试装备（示例）", region="610402")
    maker = join(site, "13911110004", name="示例创客", region="610113", kind="person")
    for who, name in ((factory, "西安测试精密（示例）"), (rival, "宝鸡测试机械（示例）"), (buyer, "咸阳测试装备（示例）")):
        certify(who, operator, name, folder)
    certify_person(maker, operator, folder)
    return Cast(operator, factory, rival, buyer, maker)


def play_order(cast: Cast) -> None:
    """From idle hours to a booking nobody can take away."""
    machine, other = five_axis(cast.factory), five_axis(cast.rival)
    offer(cast.factory, machine)
    offer(cast.rival, other)
    wanted = order(cast.buyer, upload(cast.buyer, PARTS / "flange-dn100.step", "order_part"))
    told(cast.factory, "法兰 24 件 7075")
    first = quote(cast.factory, wanted, machine, price_fen=42000)
    quote(cast.rival, wanted, other, price_fen=45000)
    told(cast.buyer, "报价")
    second = order(cast.buyer, upload(cast.buyer, PARTS / "flange-dn100.step", "order_part"))
    held = cast.factory.api("GET", f"/machines/{machine['id']}/allocations")["allocations"]
    same = [{"start": a["start"], "end": a["end"], "unit": a.get("unit", 1)} for a in held if a["status"] == "soft"]
    clash = quote(cast.factory, second, machine, price_fen=41000, windows=same)
    won = cast.buyer.api("POST", f"/quotes/{first['id']}/award", {"reason": "价格与交期综合最优"})
    assert (won["status"], won["booked"]) == ("awarded", True)
    cast.buyer.api("POST", f"/quotes/{first['id']}/award", {"reason": "再来一次"}, expect=409)
    refused = cast.buyer.api("POST", f"/quotes/{clash['id']}/award", {"reason": "同一批机时"}, expect=409)
    assert "机时" in refused["detail"], refused
    told(cast.factory, "选定")
    told(cast.rival, "其他供应商")
    booked = [a for a in cast.factory.api("GET", f"/machines/{machine['id']}/allocations")["allocations"] if a["status"] == "booked"]
    assert booked


def task(publisher: Visitor) -> dict[str, Any]:
    """A design task with a drawing, published."""
    said = {
        "title": "甘蔗收割机刀盘罩减重",
        "brief": "现有刀盘罩重 46 公斤，整机前重超限；请减到 34 公斤以内，保留安装孔位，石块冲击工况安全系数不低于 1.5。",
        "deliverables": "STEP 模型、工程图、强度计算报告",
        "files": [upload(publisher, PARTS / "guard-open.stl", "task_brief")],
        "budget_max_fen": 1_800_000,
        "skills": ["lightweighting", "structure-design"],
        "closes_at": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
        "delivery_on": (today() + timedelta(days=28)).isoformat(),
        "ip_terms": "publisher",
    }
    drafted = publisher.api("POST", "/tasks", said)
    assert publisher.api("GET", f"/tasks/{drafted['id']}/fit")["organisations"] >= 2
    published: dict[str, Any] = publisher.api("POST", f"/tasks/{drafted['id']}/publish")
    assert (published["status"], published["funds_held"]) == ("open", False)
    return published


def bid(visitor: Visitor, put_out: dict[str, Any], *, price_fen: int, tax_bp: int | None) -> dict[str, Any]:
    said = {"price_fen": price_fen, "tax_bp": tax_bp, "days": 21, "proposal": "先做拓扑优化找出传力路径，再回到可以折弯和焊接的形状。"}
    handed_in: dict[str, Any] = visitor.api("POST", f"/tasks/{put_out['id']}/bids", said)
    return handed_in


def play_task(cast: Cast) -> None:
    """A design task of the factory: a maker and an SME hear of it and bid, one is chosen with a reason, nobody is chosen twice."""
    for designer, skills in ((cast.maker, ["lightweighting", "structure-design"]), (cast.buyer, ["lightweighting"])):
        designer.api("PUT", "/skills", {"skills": skills, "introduction": "十年钣金与焊接结构设计"})
    put_out = task(cast.factory)
    for designer in (cast.maker, cast.buyer):
        assert put_out["id"] in told(designer, put_out["title"])["url"]
        matched = designer.api("GET", "/tasks/matched")["items"]
        assert any(match["task"]["id"] == put_out["id"] and (match["why"]["satisfied"] or match["why"]["unknown"]) for match in matched), matched
    first, second = bid(cast.maker, put_out, price_fen=1_500_000, tax_bp=None), bid(cast.buyer, put_out, price_fen=1_680_000, tax_bp=600)
    told(cast.factory, "投标")
    seen = cast.factory.api("GET", f"/tasks/{put_out['id']}/bids")["items"]
    assert [b["id"] for b in seen] == [first["id"], second["id"]]
    _nobody_else_reads(cast, first)
    won = cast.factory.api("POST", f"/tasks/{put_out['id']}/award", {"bid_id": first["id"], "reason": "方案可制造，报价合理"})
    assert won["status"] == "awarded"
    cast.factory.api("POST", f"/tasks/{put_out['id']}/award", {"bid_id": second["id"], "reason": "换一家"}, expect=409)
    told(cast.maker, "恭喜中标")
    told(cast.buyer, "选定了其他投标")
    assert cast.buyer.api("GET", f"/bids/{second['id']}")["status"] == "lost"
    rate = cast.rival.api("GET", f"/tasks/{put_out['id']}", expect=(200, 404))
    assert rate.get("award_rate", {"awarded": 1})["awarded"] == 1


def _nobody_else_reads(cast: Cast, handed_in: dict[str, Any]) -> None:
    """A bid of another is no other answer than a bid that never was."""
    foreign = cast.rival.api("GET", f"/bids/{handed_in['id']}", expect=404)
    never = cast.rival.api("GET", f"/bids/{uuid4()}", expect=404)
    assert (foreign["title"], foreign["detail"]) == (never["title"], never["detail"])
