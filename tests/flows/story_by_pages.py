"""The story through pages in Chromium, on a phone or at a desk: what people see, and how few taps and fields it takes them."""

import re
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.flows import story
from tests.flows.arrivals import approve, ask_to_be_verified, enter_by_api, open_operator, register, set_up_firm, visitor_as
from tests.flows.person import PATIENCE, Person, Screen
from tests.flows.site import Site, Visitor, upload, wait_for

FIRMS = {"factory": "西安页面精密", "rival": "宝鸡页面机械", "buyer": "咸阳页面装备"}


def firm_of(role: str, screen: Screen) -> str:
    return f"{FIRMS[role]}（{ {'phone': '手机', 'desk': '桌面'}[screen.name] }）".replace(" ", "")


def record_machine(person: Person) -> None:
    """Eight things to say, filled in from the kind of machine."""
    person.go("/machines/new")
    person.sees("登记设备")
    person.begin()
    person.tap(person.page.get_by_role("link", name="五轴", exact=False).first)
    person.sees("加工范围")
    person.fill("name", "五轴加工中心 U650")
    for axis, size in (("x_mm", "650"), ("y_mm", "520"), ("z_mm", "475")):
        person.fill(axis, size)
    person.fill("tolerance_mm", "0.01")
    assert person.fields <= 8
    person.button("登记设备")
    person.sees("五轴加工中心 U650", "未来八周空闲")


def publish_hours(person: Person) -> None:
    """Machines, weeks, hours, price, days: no more than ux.md's six fields."""
    person.link("发布空闲产能")
    person.sees("小时/周")
    person.begin()
    weeks = person.page.locator(".week-picks label")
    for position in range(1, 6):
        if not weeks.nth(position).locator("input").is_checked():
            person.tap(weeks.nth(position))
    person.fields += 1
    person.fill("hours", "40")
    person.fill("price", "260")
    person.fill("lead_time_days", "12")
    assert person.fields <= 6
    person.button("立即发布")
    person.sees("五轴加工中心 U650")


def publish_order(person: Person) -> str:
    """A dropped file, seven fields, four steps. Returns the order's path."""
    person.go("/orders/new")
    person.sees("上传图纸")
    expect(person.page.locator(".steps > li")).to_have_count(4)
    person.begin()
    person.drop("parts_0_files", story.PARTS / "flange-dn100.step")
    expect(person.page.locator(".upload-list")).to_contain_text("220 × 220 × 52 mm")
    person.search("parts_0_process", "五轴")
    person.search("parts_0_material", "7075")
    person.fill("parts_0_quantity", "24")
    person.fill("parts_0_tolerance", "±0.02")
    person.fill("delivery_on", (story.today() + timedelta(days=45)).isoformat())
    expect(person.page.locator("aside")).to_contain_text(re.compile(r"[1-9]\d* ?家"))
    assert person.fields <= 7
    person.look()
    person.button("下一步：核对")
    person.sees("核对并发布", "24")
    person.button("发布询价单")
    person.sees("正在征集报价", "已通知")
    return person.page.url.removeprefix(person.site.address)


def hear(person: Person, words: str, tab: str = "notices") -> None:
    """Wait for a message."""

    def look() -> bool:
        person.go(f"/inbox?tab={tab}")
        return person.page.locator("main a.row-title", has_text=words).count() > 0

    wait_for(look, what=lambda: person.page.locator("main").inner_text())
    person.look()


def open_message(person: Person, words: str) -> None:
    person.begin()
    person.tap(person.page.locator("main a.row-title", has_text=words).first)
    person.page.wait_for_url(lambda address: "/inbox" not in address)


def make_quote(person: Person) -> None:
    """One tap from the message to the order that says why it fits; then five fields."""
    hear(person, "询价单与贵企业的空闲产能匹配")
    open_message(person, "询价单与贵企业的空闲产能匹配")
    assert person.taps == 1
    person.sees("为什么推荐给您", "满足")
    person.link("立即报价")
    person.sees("直接填报价")
    person.begin()
    person.fill("lines_0_unit_price_fen", "420")
    person.fill("lines_0_minutes_per_piece", "20")
    person.fill("lead_days", "20")
    person.fill("setup_minutes", "60")
    person.page.locator("#setup_minutes").blur()
    assert person.fields <= 5
    expect(person.page.locator("#totals")).to_contain_text("壹万零捌拾元整")
    expect(person.page.locator("#windows")).to_contain_text("五轴加工中心 U650")
    expect(person.page.locator("#windows input[name=windows]").first).to_be_attached()
    person.look()
    person.button("提交报价")
    person.sees("报价已送达")


def choose(person: Person, firm: str) -> None:
    """At most three taps from the notification to the award, by way of the comparison."""
    hear(person, firm)
    open_message(person, firm)
    person.sees("比较后可以选定这份报价")
    person.link("选定")
    person.sees("确认选定", "选定后立即锁定对方机时")
    person.button("确认选定")
    person.sees("已选定这家供应商。接下来")
    assert person.taps <= 3


def find_machine(browser: Browser, site: Site, screen: Screen, name: str) -> None:
    """Without signing in: a five-axis shop in 西安 with hours in the week after next, in four taps at most."""
    person = Person.at(browser, site, screen)
    person.go("/")
    person.sees("找到")
    person.begin()
    person.tap(person.page.locator("#find-box"))
    person.page.keyboard.type("西安 五轴")
    person.button("搜索")
    person.sees("西安市", name)
    weeks = person.page.locator(".facets a", has_text="当周")
    if not weeks.first.is_visible():
        person.tap(person.page.get_by_role("button", name="筛选").first)
    person.tap(weeks.nth(1))
    person.page.wait_for_url("**week=**")
    person.sees(name)
    assert person.taps <= 4
    person.page.context.close()


def read_in_english(browser: Browser, site: Site, screen: Screen, buyer: Visitor) -> None:
    """An order with its budget beside the offers, in the language with the longest words."""
    wanted = story.order(buyer, upload(buyer, story.PARTS / "flange-dn100.step", "order_part"))
    person = Person.at(browser, site, screen)
    person.go("/orders")
    person.tap(person.page.get_by_role("link", name="English"))
    person.sees("open for quotes")
    listed = person.page.locator(f"main a[href*='{wanted['id']}']")

    def shown() -> bool:
        person.page.reload()
        return listed.count() > 0

    wait_for(shown, what=lambda: person.page.locator("main").inner_text())
    person.sees("¥12,000.00", "budget incl. tax")
    person.go("/")
    person.sees("Idle capacity found", "¥260.00", "/h excl. tax")
    person.page.context.close()


def declare_skill(person: Person) -> None:
    person.go("/skills")
    person.sees("我的设计技能")
    person.tap(person.page.locator("label[for=skill-lightweighting]"))
    person.button("保存技能")
    person.sees("技能已登记")


def publish_task(person: Person, title: str) -> str:
    """Returns the task's path."""
    person.go("/tasks/new")
    person.sees("资金未托管", "归设计方并许可")
    person.fill("title", title)
    person.fill("brief", "现有刀盘罩重 46 公斤，整机前重超限；请减到 34 公斤以内，保留安装孔位。")
    person.search("skills", "减重优化")
    person.fill("budget_max_fen", "18000")
    person.tap(person.page.locator("label.choice", has_text="归发布方").first)
    expect(person.page.locator("aside")).to_contain_text(re.compile(r"[1-9]\d*"), timeout=PATIENCE)
    person.look()
    person.button("发布任务")
    person.sees("投标中")
    return person.page.url.removeprefix(person.site.address)


def bid_for(person: Person, title: str) -> None:
    """One tap from the message to the task that says why it fits, one to the bid of three fields."""
    hear(person, title)
    open_message(person, title)
    person.sees("为什么推荐给您", "资金未托管")
    person.link("立即投标")
    person.sees("提交投标")
    assert person.taps == 2
    person.begin()
    person.fill("price_fen", "15000")
    person.fill("days", "21")
    person.fill("proposal", "先做拓扑优化找出传力路径，再回到可以折弯和焊接的形状。")
    assert person.fields <= 3
    person.button("提交投标")
    person.sees("截止前可以修改或撤回")


def choose_bid(person: Person, firm: str) -> None:
    hear(person, f"{firm} 对「")
    open_message(person, f"{firm} 对「")
    person.sees("比较投标", "选定")
    person.tap(person.page.locator("td, li, div").get_by_role("link", name="选定", exact=True).locator("visible=true").first)
    person.sees("选定后不能更改")
    person.fill("reason", "方案可制造，报价合理")
    person.button("确认选定")
    person.sees("请与对方签订合同")
    assert person.taps <= 3


def play_task(factory: Person, buyer: Person, rival: Person, others: dict[str, Visitor], names: dict[str, str]) -> None:
    """A design task of the factory, bid on by the SME through pages and by another firm, and awarded."""
    title = f"刀盘罩减重 {factory.screen.name}"
    declare_skill(buyer)
    path = publish_task(factory, title)
    bid_for(buyer, title)
    story.bid(others["rival"], {"id": path.rsplit("/", 1)[1]}, price_fen=1_700_000, tax_bp=600)
    choose_bid(factory, names["buyer"])
    hear(buyer, "恭喜中标")
    open_message(buyer, "恭喜中标")
    buyer.sees("请与发布方签订合同")
    hear(rival, "选定了其他投标")
    open_message(rival, "选定了其他投标")
    rival.sees("这次没有中标")


def play(site: Site, operator_link: str, browser: Browser, screen: Screen, folder: Path, prefix: str = "") -> None:
    prefix = prefix or ("1392222" if screen.phone else "1393333")
    names = {role: firm_of(role, screen) for role in FIRMS}
    operator, factory = Person.at(browser, site, screen), Person.at(browser, site, screen)
    open_operator(operator, operator_link)
    register(factory, f"{prefix}0001")
    set_up_firm(factory, names["factory"])
    ask_to_be_verified(factory, names["factory"], folder)
    others = {role: enter_by_api(site, f"{prefix}000{number}", names[role], folder) for number, role in ((2, "rival"), (3, "buyer"))}
    for name in names.values():
        approve(operator, name)
    buyer, rival = (Person.at(browser, site, screen) for _ in range(2))
    visitor_as(buyer, others["buyer"])
    visitor_as(rival, others["rival"])
    record_machine(factory)
    publish_hours(factory)
    other = story.five_axis(others["rival"])
    story.offer(others["rival"], other)
    find_machine(browser, site, screen, names["factory"])
    path = publish_order(buyer)
    make_quote(factory)
    story.quote(others["rival"], {"id": path.rsplit("/", 1)[1]}, other, price_fen=45000)
    buyer.go(f"{path}/compare")
    buyer.sees("到厂总价", names["factory"][:6], names["rival"][:6])
    choose(buyer, names["factory"])
    hear(factory, "恭喜中选")
    open_message(factory, "恭喜中选")
    factory.sees("您已中选，机时已锁定")
    hear(rival, "已选定其他供应商")
    open_message(rival, "已选定其他供应商")
    rival.sees("采购方选定了其他供应商")
    play_task(factory, buyer, rival, others, names)
    read_in_english(browser, site, screen, others["buyer"])
