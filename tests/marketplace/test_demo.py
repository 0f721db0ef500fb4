"""The demo loads through the real actions, shows the figures people will look for, and leaves nothing behind."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from crowdsourcing.demo import load as crowdsourcing
from gongchuang import vocabulary
from gongchuang.database import Base, Scope, db, now
from gongchuang.database.unit import transaction
from gongchuang.manifest import features
from gongchuang.web.application import Application
from marketplace.demo import links
from marketplace.demo import load as marketplace
from services.files import keeping
from services.files.stores import current_store
from tests import builders
from tests.schema import Wipe

pytestmark = pytest.mark.xdist_group("demo")
Ask = Callable[..., list[Any]]


@pytest.fixture(scope="module")
def ground(whole_app: Application, wipe: Wipe) -> Iterator[None]:
    """One real firm for the demo to stand beside."""
    builders.use(whole_app)
    wipe()
    builders.make_user(builders.make_organisation("西安真实机械有限公司", verified=False))
    yield
    wipe()


@pytest.fixture
def ask(ground: None, whole_app: Application) -> Ask:
    """Load the demo where it does not stand, which is once but after the test that removes it; answer questions about it as the system."""

    def question(statement: str, **values: object) -> list[Any]:
        with whole_app.app_context(), transaction(Scope(system=True)):
            return list(db.session.execute(text(statement), values).all())

    if not question("select 1 from organisations where demo limit 1"):
        with whole_app.app_context():
            marketplace.load(whole_app)
            crowdsourcing.load(whole_app)
    return question


def test_it_is_as_large_as_promised(ask: Ask) -> None:
    least = {
        "organisations where demo and region ~ '^(61|65|45)'": 40,
        "machines": 120,
        "offers": 80,
        "orders": 60,
        "tasks": 20,
        "quotes": 90,
        "bids": 35,
        "file_revisions where status = 'checked' and kind in ('step', 'stl', 'dxf')": 40,
    }
    for what, count in least.items():
        assert ask(f"select count(*) from {what}")[0][0] >= count, what
    provinces = ask("select left(region, 2), count(*) from organisations where demo and kind = 'firm' group by 1")
    assert {province: count >= 10 for province, count in provinces} == {"61": True, "65": True, "45": True}


def test_there_is_something_in_every_state(ask: Ask) -> None:
    def states(statement: str) -> set[str]:
        return {row[0] for row in ask(statement)}

    assert states("select distinct status from offers") == {"draft", "published", "hidden", "withdrawn", "expired"}
    assert states("select distinct status from procedures where object_kind = 'order'") == {"draft", "open", "closed", "awarded", "cancelled", "failed"}
    assert states("select distinct status from procedures where object_kind = 'task'") >= {"open", "closed", "awarded", "cancelled", "failed"}
    assert states("select distinct status from submissions where object_kind = 'quote'") == {"draft", "submitted", "withdrawn", "awarded", "lost"}
    assert states("select distinct status from submissions where object_kind = 'bid'") >= {"submitted", "withdrawn", "awarded", "lost"}
    assert states("select distinct status from allocations") == {"soft", "booked", "blocked", "released"}
    assert states("select distinct status from certification_cases") >= {"submitted", "returned"}


FIGURES = [
    ("岚宇精密", "610113", "mill-5", 26000, "hour", 12),
    ("钛锦金属", "610303", "mill-4", 11000, "hour", 10),
    ("层晶增材", "610502", "metal-printer", 300, "gram", 5),
    ("层晶增材", "610502", "metal-printer", 1100, "gram", 5),
    ("秦钣金属", "610402", "laser", 22000, "hour", 3),
    ("秦钣金属", "610402", "press-brake", 200, "stroke", 3),
    ("慕刻模具", "610702", "wire-edm", 8000, "hour", 5),
    ("衡量检测", "610116", "cmm", 20000, "hour", 2),
    ("庭州容器", "652301", "welder", 650, "kg", 15),
    ("天衡重机", "650106", "vertical-lathe", 24000, "hour", 15),
    ("绿洲车削", "659001", "lathe", 4500, "hour", 7),
    ("油泉石油机械", "650203", "deep-hole", 16000, "hour", 14),
    ("丝路电子", "654004", "smt", 1200, "kilopoint", 6),
    ("龙江铸造", "450204", "foundry", 950, "kg", 25),
    ("漓滨精磨", "450305", "cylindrical-grinder", 7500, "hour", 6),
]
"""What people of these places take for true: price in fen a unit (untaxed), days."""


@pytest.mark.parametrize(("firm", "region", "kind", "price_fen", "unit", "days"), FIGURES)
def test_the_figures_people_look_for_are_there(ask: Ask, *, firm: str, region: str, kind: str, price_fen: int, unit: str, days: int) -> None:
    found = ask(
        """select 1 from offers f join organisations o on o.id = f.organisation_id join machines m on m.id = any(f.machine_ids)
           where o.short_name = :firm and o.region = :region and m.kind = :kind and f.price_fen = :price and f.price_unit = :unit
             and f.lead_time_days = :days and f.status = 'published'""",
        firm=firm, region=region, kind=kind, price=price_fen, unit=unit, days=days,
    )  # fmt: skip
    assert found


def test_machines_reach_what_is_said_of_them(ask: Ask) -> None:
    said = {
        "五轴加工中心 U650": (650, 520, 475, 0.01, "al-7075"),
        "金属打印机 M280（316L 专机）": (250, 250, 325, 0.1, "ss-316l"),
        "光纤激光切割机 6 kW 3015": (3000, 1500, 20, 0.1, "steel-q235b"),
        "慢走丝线切割 400S": (400, 300, 250, 0.003, "steel-cr12mov"),
        "双柱立车 5 m": (5000, 5000, 2500, 0.04, "steel-42crmo"),
        "深孔钻镗床 T2120": (120, 120, 6000, 0.05, "steel-42crmo"),
        "数控外圆磨床 MK1332×1500": (320, 320, 1500, 0.005, "steel-40cr"),
    }
    for name, (*figures, material) in said.items():
        row = ask("select x_mm, y_mm, z_mm, tolerance_mm, materials from machines where name = :name limit 1", name=name)[0]
        assert list(row[:4]) == figures, name
        assert {material, vocabulary.term("materials", material).family} & set(row.materials), name
    assert ask("select quantity from machines where name = '四轴加工中心 XH714'")[0][0] == 6
    assert ask("select quantity from machines where name = '数控车床 CK6150'")[0][0] == 12
    assert ask("select max(mass_kg) from machines where kind = 'foundry' and name = '树脂砂造型线'")[0][0] == 800


def test_the_bearing_seats_have_their_five_quotes_to_the_fen(ask: Ask) -> None:
    order = ask("select id from orders where title like '轴承座 24 件%'")[0][0]
    quotes = ask("select landed_fen, machine_id from quotes where order_id = :order order by landed_fen", order=order)
    assert [row.landed_fen for row in quotes] == [2520000, 3690000, 3840000, 4150000, 4560000]
    assert sum(row.machine_id is not None for row in quotes) == 4
    part = ask("select quantity, material, tolerance, x_mm, volume_mm3, size_source from order_parts where order_id = :order", order=order)[0]
    assert (part.quantity, part.material, part.tolerance, part.size_source) == (24, "iron-qt450-10", "φ220H7", "file")
    assert part.volume_mm3 * 7100e-9 == pytest.approx(60, abs=0.5)


def test_the_cane_harvester_task_is_there(ask: Ask) -> None:
    row = ask("select budget_max_fen, delivery_on - p.closes_at::date as days from tasks join procedures p using (id) where title = '甘蔗收割机刀盘罩减重'")[0]
    assert (row.budget_max_fen, row.days) == (1_800_000, 21)


def test_every_invariant_of_the_platform_holds(ask: Ask, whole_app: Application) -> None:
    broken: list[str] = []
    for feature in features():
        for check in feature.checks:
            with whole_app.app_context(), transaction(Scope(system=True)):
                broken += [f"{check.__name__}: {line}" for line in check() if "index" not in check.__name__]
    assert broken == []


def test_what_lies_there_since_weeks_has_been_compared_at_whatever_hour_it_is_loaded(ask: Ask, whole_app: Application) -> None:
    """Uploads of thirty days ago, at an hour of the day of their own, were late in the afternoon alone."""
    assert ask("select count(*) from file_revisions where created_at < now() - interval '25 days'")[0][0] > 0
    with whole_app.app_context(), transaction(Scope(system=True)):
        in_four_days = now() + timedelta(days=keeping.PROMISED_DAYS - keeping.VERIFY_DAYS - 1)
        assert list(keeping.breaks(current_store(), in_four_days)) == []


def test_nobody_is_left_able_to_move_the_clock(ask: Ask) -> None:
    assert ask("select shift = interval '0' from clock")[0][0] is True
    assert ask("select has_table_privilege('gongchuang_system', 'clock', 'update')")[0][0] is False
    assert ask("select has_table_privilege(session_user, 'clock', 'update')")[0][0] is False


def test_everybody_in_it_is_marked_as_demo(ask: Ask) -> None:
    assert ask("select count(*) from users where demo and phone !~ '^\\+861390000[0-9]{4}$'")[0][0] == 0
    assert ask("select count(*) from users where not demo")[0][0] == 1
    assert ask("select count(*) from organisations where not demo")[0][0] == 1


def test_four_people_can_sign_in_by_link(ask: Ask, whole_app: Application) -> None:
    with whole_app.app_context():
        found = links.sign_in_links()
    assert [kind for kind, _ in found] == ["工厂销售", "中小企业采购", "创客", "园区运营"]
    for _, path in found:
        assert whole_app.test_client().get(path).status_code == 200


def test_loading_again_changes_nothing(ask: Ask, whole_app: Application) -> None:
    before = ask(
        "select (select count(*) from organisations), (select count(*) from orders), (select count(*) from tasks), (select count(*) from audit_entries)"
    )
    with whole_app.app_context():
        marketplace.load(whole_app)
        crowdsourcing.load(whole_app)
    after = ask(
        "select (select count(*) from organisations), (select count(*) from orders), (select count(*) from tasks), (select count(*) from audit_entries)"
    )
    assert before == after


def test_removing_leaves_only_what_was_there_before(ask: Ask, whole_app: Application) -> None:
    with whole_app.app_context():
        marketplace.remove(whole_app)
        left = {stored.key for stored in whole_app.extensions["store"].list()}
    engine = create_engine(whole_app.config["SETTINGS"].database_owner_url)
    with engine.connect() as connection:
        rows = {t.name: connection.execute(text(f"select count(*) from {t.name}")).scalar_one() for t in Base.metadata.sorted_tables}
    engine.dispose()
    assert {name: count for name, count in rows.items() if count} == {"organisations": 1, "users": 1, "memberships": 1}
    assert left == set()
