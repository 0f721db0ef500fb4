"""How people come in through pages: they register, record a firm and have it verified by an operator."""

import re
from pathlib import Path

from tests.builders import some_uscc
from tests.flows import story
from tests.flows.person import Person
from tests.flows.site import Site, Visitor, totp


def register(person: Person, phone: str) -> None:
    """Phone and code; the first time also a name and the consent."""
    person.go("/")
    person.sees("空闲产能")
    person.tap(person.page.get_by_role("link", name="登录", exact=True).locator("visible=true").first)
    person.sees("登录或注册")
    person.fill("address", phone)
    person.button("获取验证码")
    person.sees("输入验证码")
    person.fill("code", person.site.code_for(f"+86{phone}"))
    person.button("登录")
    person.sees("完成注册")
    assert not person.page.locator("#privacy").is_checked()
    person.fill("name", "王建国")
    person.check("privacy")
    person.button("完成注册")
    person.sees("从这里开始")


def set_up_firm(person: Person, name: str) -> None:
    person.link("登记企业")
    person.sees("营业执照上的全称")
    person.fill("name", name)
    person.fill("uscc", some_uscc())
    person.region("陕西", "西安", "雁塔区")
    person.button("登记")
    person.sees("已登记")


def ask_to_be_verified(person: Person, name: str, folder: Path) -> None:
    """Six fields: ux.md's budget for a firm's verification."""
    person.link("去核验")
    person.sees("核验后才能发布")
    person.link("开始核验")
    person.begin()
    person.drop("licence", story.picture(folder, "licence"), "image/png")
    person.fill("legal_name", name)
    person.fill("representative", "示例代表")
    person.fill("contact", "示例联系人")
    person.look()
    assert person.fields <= 6
    person.button("提交核验")
    person.sees("材料正在由当地运营人员审核")


def open_operator(person: Person, link: str) -> None:
    """The operator comes in by the link and sets up the second factor."""
    person.go(link)
    person.button("登录")
    person.sees("设置动态码")
    person.fill("code", totp(re.sub("[^A-Z2-7]", "", person.page.locator("code.key").inner_text().upper())))
    person.button("启用")
    person.sees("隐私")
    person.fill("name", "运营员")
    person.check("privacy")
    person.button("完成注册")
    person.page.wait_for_load_state()


def approve(person: Person, name: str) -> None:
    """Three taps from the queue: ux.md's budget for a review."""
    person.go("/operator/certification")
    person.sees(name)
    person.begin()
    person.tap(person.page.locator("li", has_text=name).last.get_by_role("link", name="审核"))
    person.sees("批准")
    person.button("批准")
    person.tap(person.page.locator("dialog[open]").get_by_role("button", name="批准"))
    person.page.wait_for_url("**/operator/certification")
    assert person.taps <= 3


def visitor_as(person: Person, visitor: Visitor) -> None:
    """Give a browser the session of somebody who came in by API."""
    person.page.context.add_cookies([{"name": c.name, "value": c.value or "", "url": person.site.address} for c in visitor.jar])


def enter_by_api(site: Site, phone: str, name: str, folder: Path) -> Visitor:
    """Somebody who comes in by API and asks to be verified."""
    visitor = story.join(site, phone, name=name, region="610402")
    story.ask_to_be_verified(visitor, name, folder)
    return visitor
