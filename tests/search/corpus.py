"""Documents for tests: typed builders, a deterministic crowd of them, and documents as engines see them without a database."""

from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from search.documents import actions, queries
from search.documents.codes import told
from search.documents.document import Document, FreeWeek, Place, Side
from search.documents.fields import Entry

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
THIS_WEEK = 202647
WEEKS = (202646, 202647, 202648, 202649, 202650, 202652)

OFFER, ORDER = "test_offer", "test_order"
"""Kinds no room has: upper rooms' handlers leave them alone."""

PROCESSES = ("milling-3", "milling-5", "turning", "laser-cutting", "wire-cutting", "bending")
MATERIALS = ("aluminium", "al-7075", "al-6061", "steel-45", "carbon-steel", "ti-tc4", "stainless")
CERTIFICATES = ("iso-9001", "gjb-9001c", "as-9100")
REGIONS = ("610113", "610302", "610502", "450203", "652301")
SKILLS = ("structure-design", "finite-element", "lightweighting", "skill-mechanical")
TITLES = (
    "五轴加工中心空闲",
    "数控车床 CK6150 接单",
    "铝合金壳体 打样",
    "钛合金支架五轴加工",
    "激光切割 6kW 钣金",
    "轴承座 QT450-10",
    "甘蔗收割机刀盘罩减重",
    "Five-axis milling of TC4",
)
TEXTS = ("西安高新区，可连续排产", "航空结构件 公差严格", "表面阳极氧化", "当天报价 长期合作", "夹具齐全，三坐标检测", "")


def numbered(number: int) -> UUID:
    return UUID(int=(0x0190 << 112) | (0x7 << 76) | (0x2 << 62) | number)


def make_document(number: int = 1, **values: Any) -> Document:
    """Return an offer of production by organisation 1 unless told otherwise."""
    given: dict[str, Any] = {
        "kind": OFFER,
        "object_id": numbered(number),
        "object_version": 1,
        "side": Side.OFFER,
        "organisation_id": numbered(1_000_001),
        "title": f"空闲产能 {number}",
        "market": "production",
        "confirmed_at": NOW,
    }
    if values.get("side") is Side.NEED:
        given |= {"kind": ORDER, "organisation_id": numbered(1_000_002)}
    return Document(**(given | values))


def some_document(random: Random, number: int, organisations: list[tuple[UUID, str | None]], *, kindred: bool = False) -> Document:
    """Return a plausible document: each field sometimes unsaid. `kindred` ones are of one market and few families, so that many match."""

    def maybe(value: Any, chance: float = 0.7) -> Any:
        return value if random.random() < chance else None

    side = random.choice((Side.OFFER, Side.NEED))
    organisation, park = random.choice(organisations)
    offers = side is Side.OFFER
    box = [random.choice((50.0, 120.0, 300.0, 475.0, 520.0, 650.0, 1500.0)) for _ in range(random.choice((1, 2, 3, 3, 3)))]
    low = random.choice((1, 5, 20, 100))
    narrow: list[tuple[str, ...]] = [("park:xa-hitech",), (f"org:{random.choice(organisations)[0]}",), ()]
    audiences = [("public",)] * (14 if kindred else 2) + narrow
    region = maybe(random.choice(REGIONS))
    return make_document(
        number,
        kind=OFFER if offers else ORDER,
        side=side,
        organisation_id=organisation,
        park=park,
        title=random.choice(TITLES),
        text=random.choice(TEXTS),
        market="production" if kindred else random.choice(("production", "production", "production", "design", None)),
        audience=random.choice(audiences),
        processes=tuple(random.sample(PROCESSES[: 2 if kindred else None], random.choice((0, 1, 1, 2)))),
        materials=tuple(random.sample(MATERIALS[: 3 if kindred else None], random.choice((0, 1, 1, 2)))),
        skills=tuple(random.sample(SKILLS, random.choice((0, 0, 1)))),
        certificates=tuple(random.sample(CERTIFICATES, random.choice((0, 0, 1, 2)))),
        region=region,
        wanted_regions=() if offers else random.choice(((), (), ("6101",), ("45", "610302"))),
        envelope=maybe(tuple(box)),
        tolerance_mm=maybe(random.choice((0.003, 0.01, 0.02, 0.05, 0.1))),
        quantity_min=maybe(low, 0.5),
        quantity_max=maybe(low + random.choice((0, 10, 500)), 0.5),
        price_fen=maybe(random.choice((4_500, 26_000, 180_000))),
        price_unit="hour" if offers else "total",
        minutes=None if offers else maybe(random.choice((60, 600, 3000)), 0.5),
        weeks=tuple(FreeWeek(week, random.choice((0, 120, 2400)) if offers else 0) for week in sorted(random.sample(WEEKS, random.choice((0, 1, 3))))),
        lead_time_days=maybe(random.choice((2, 5, 12, 25))),
        place=maybe(Place(34.2 + random.random() * 3, 108.9 + random.random() * 4)),
        rating=maybe(random.choice((3.5, 4.6, 5.0)), 0.4),
        ratings=random.choice((0, 3, 40)),
        confirmed_at=NOW - timedelta(minutes=random.randrange(0, 20_000)),
        open_until=maybe(NOW + timedelta(days=random.choice((-1, 3, 30))), 0.3),
        private=frozenset({"price"}) if random.random() < 0.2 else frozenset(),
        card={"number": number},
    )


def crowd(seed: int, size: int, organisations: list[tuple[UUID, str | None]]) -> list[Document]:
    random = Random(seed)
    return [some_document(random, number, organisations) for number in range(1, size + 1)]


ORGANISATIONS: list[tuple[UUID, str | None]] = [(numbered(1_000_000 + n), "xa-hitech" if n % 2 else None) for n in range(1, 6)]


def row_of(document: Document, sequence: int = 1) -> SimpleNamespace:
    """Return the row `mirror` would write, without a database."""
    values = actions._values(told(document))
    return SimpleNamespace(**values, id=document.object_id, sequence=sequence, deleted=False)


def entry_of(document: Document, sequence: int = 1) -> Entry:
    """Return a document as engines take it over."""
    change = queries.change(row_of(document, sequence))  # type: ignore[arg-type]
    assert isinstance(change, Entry)
    return change
