"""Registering and passkeys in a real browser: the fewest fields, a device that asks its holder, no objection of axe's."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright
from werkzeug.serving import make_server

from gongchuang.accounts import sms
from gongchuang.database import db
from gongchuang.settings import Settings
from gongchuang.web.app import create_app
from gongchuang.web.application import Application
from tests import builders
from tests.platform.test_accounts import Outbox
from tests.schema import Wipe
from tests.servers.places import found_or_missing
from tests.servers.plugin import skipped_when_missing

T = TypeVar("T")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def elsewhere(act: Callable[[], T]) -> T:
    """Call `act` in a thread of its own: this one runs Playwright's event loop, which Flask refuses to share."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


@pytest.fixture(scope="module")
def site(settings: Settings) -> Iterator[Application]:
    app = create_app(settings)
    yield app

    def close() -> None:
        with app.app_context():
            db.engine.dispose()

    elsewhere(close)


@pytest.fixture(scope="module")
def address(site: Application) -> Iterator[str]:
    """The site by name: a passkey belongs to a name, so a bare address has none."""
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with skipped_when_missing():
        program = found_or_missing("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def phone(site: Application, wipe: Wipe) -> Iterator[Outbox]:
    builders.use(site)
    outbox = Outbox()
    before = sms.use_sender(outbox)
    yield outbox
    sms.use_sender(before)
    wipe()


@pytest.fixture
def page(chromium: Browser, address: str, phone: Outbox) -> Iterator[Page]:
    """A phone with a fingerprint reader."""
    context = chromium.new_context(base_url=address, viewport={"width": 375, "height": 812}, locale="zh-CN")
    opened = context.new_page()
    mistakes: list[str] = []
    opened.on("pageerror", lambda error: mistakes.append(str(error)))
    device = context.new_cdp_session(opened)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})
    yield opened
    context.close()
    assert mistakes == []


def liked_by_axe(page: Page) -> None:
    assert Axe().run(page, options={"runOnly": RULES}).response["violations"] == []


def test_somebody_registers_with_three_entries_and_signs_in_again_by_fingerprint(page: Page, phone: Outbox):
    page.goto("/sign-in")
    liked_by_axe(page)
    page.get_by_label("手机号或邮箱").fill("138 0000 0001")
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("heading", name="输入验证码")).to_be_visible()
    page.get_by_label("验证码", exact=False).first.fill(phone.code)
    page.locator("main form.card button[type=submit]").click()
    expect(page.get_by_role("heading", name="完成注册")).to_be_visible()
    assert not page.locator("#privacy").is_checked()
    assert not page.locator("#marketing").is_checked()
    liked_by_axe(page)
    page.locator("#name").fill("王建国")
    page.locator("#privacy").check()
    page.locator("main form.card button[type=submit]").click()
    expect(page.get_by_role("heading", name="从这里开始")).to_be_visible()
    liked_by_axe(page)

    page.goto("/me/security")
    page.get_by_label("通行密钥名称").fill("我的手机")
    page.get_by_role("button", name="添加").click()
    expect(page.get_by_text("我的手机")).to_be_visible()
    liked_by_axe(page)
    page.context.clear_cookies()
    page.goto("/sign-in?next=/me/security")
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.get_by_role("heading", name="登录与安全")).to_be_visible()


def test_the_place_is_chosen_in_three_taps_that_narrow_each_other(page: Page, address: str):
    user = elsewhere(builders.make_user)
    token = elsewhere(lambda: builders.make_session(user, None))
    page.context.add_cookies([{"name": builders.COOKIE, "value": token, "url": address}])
    page.goto("/organisations/new?kind=firm")
    page.locator("#name").fill("西安新登记机械有限公司")
    page.locator("#uscc").fill(builders.some_uscc())
    page.get_by_label("省", exact=True).select_option(label="陕西省")
    page.get_by_label("市", exact=True).select_option(label="西安市")
    page.get_by_label("区县", exact=True).select_option(label="雁塔区")
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_role("heading", name="西安新登记机械有限公司 已登记")).to_be_visible()
    liked_by_axe(page)


def test_a_province_chosen_before_the_page_is_wired_is_not_lost(page: Page, address: str):
    user = elsewhere(builders.make_user)
    token = elsewhere(lambda: builders.make_session(user, None))
    page.context.add_cookies([{"name": builders.COOKIE, "value": token, "url": address}])
    held: list[Route] = []
    holding = [True]
    page.route("**/*.js", lambda route: held.append(route) if holding else route.continue_())
    page.goto("/organisations/new?kind=firm", wait_until="commit")
    page.get_by_label("省", exact=True).select_option(label="陕西省")
    expect(page.get_by_label("市", exact=True)).to_be_disabled()
    holding.clear()
    for route in held:
        route.continue_()
    expect(page.get_by_label("市", exact=True)).to_be_enabled()
    page.get_by_label("市", exact=True).select_option(label="西安市")
    expect(page.get_by_label("区县", exact=True)).to_be_enabled()


def test_a_city_chosen_in_the_moment_its_list_comes_is_not_lost(page: Page, address: str):
    user = elsewhere(builders.make_user)
    token = elsewhere(lambda: builders.make_session(user, None))
    page.context.add_cookies([{"name": builders.COOKIE, "value": token, "url": address}])
    page.goto("/organisations/new?kind=firm")
    page.evaluate(
        """() => new MutationObserver((_, observer) => {
            const city = document.getElementById("region-2");
            if (city.disabled) return;
            observer.disconnect();
            city.value = [...city.options].find((each) => each.text === "西安市").value;
            city.dispatchEvent(new Event("change", { bubbles: true }));
        }).observe(document.getElementById("region"), { childList: true, subtree: true })"""
    )
    page.get_by_label("省", exact=True).select_option(label="陕西省")
    expect(page.get_by_label("区县", exact=True)).to_be_enabled()
