"""Uploading in a real browser: chosen, dropped, refused, retried, turned; without inline script and without axe's objections."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import render_template_string
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from gongchuang.database import db
from gongchuang.events import relay
from gongchuang.rights import public
from gongchuang.settings import Settings
from gongchuang.web.app import create_app
from gongchuang.web.application import Application
from marketplace.demo.parts.make_parts import FILES
from tests import builders
from tests.schema import Wipe
from tests.servers.places import found_or_missing
from tests.servers.plugin import skipped_when_missing

T = TypeVar("T")

PAGE = """{% extends "page.html" %}{% from "files/upload.html" import upload %}{% from "form.html" import submit %}{% block title %}上传{% endblock %}
{% block main %}<h1>上传图纸</h1>
<form method="post" class="card form">{{ upload("files", "order_part", label="图纸或模型") }}{{ submit("发布需求") }}</form>{% endblock %}"""


def elsewhere(act: Callable[[], T]) -> T:
    """Call `act` in a thread of its own: this one runs Playwright's event loop, which Flask refuses to share."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


@pytest.fixture(scope="module")
def site(settings: Settings) -> Iterator[Application]:
    """The program with one page more: a form with an upload field, as orders have it."""
    app = create_app(settings)
    app.add_url_rule("/upload-form", "upload_form", public(lambda: render_template_string(PAGE)))
    yield app

    def close() -> None:
        with app.app_context():
            db.engine.dispose()

    elsewhere(close)


@pytest.fixture(scope="module")
def address(site: Application) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with skipped_when_missing():
        program = found_or_missing("Chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(program), args=["--no-sandbox", "--use-gl=swiftshader", "--enable-unsafe-swiftshader"])
        yield started
        started.close()


@pytest.fixture
def worker(site: Application, wipe: Wipe) -> Iterator[None]:
    """A worker on the queue of files, as the program runs one."""
    builders.use(site)
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.1):
            with site.app_context():
                relay.drain("files")

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()
    wipe()


def signed_in() -> str:
    """A new firm's session."""
    organisation = builders.make_organisation()
    return builders.make_session(builders.make_user(organisation), organisation)


@pytest.fixture
def phone(chromium: Browser, address: str, worker: None) -> Iterator[BrowserContext]:
    session = elsewhere(signed_in)
    made = chromium.new_context(base_url=address, viewport={"width": 375, "height": 760}, locale="zh-CN")
    made.add_cookies([{"name": builders.COOKIE, "value": session, "url": address}])
    yield made
    made.close()


@pytest.fixture
def tab(phone: BrowserContext) -> Page:
    opened = phone.new_page()
    opened.console_errors = []  # type: ignore[attr-defined]
    opened.on("console", lambda message: opened.console_errors.append(message.text) if message.type == "error" else None)  # type: ignore[attr-defined]
    opened.goto("/upload-form")
    return opened


def choose(tab: Page, *paths: Any) -> None:
    tab.locator("#files-choose").set_input_files(list(paths))


def test_several_files_are_uploaded_and_their_facts_appear(tab: Page) -> None:
    choose(tab, FILES / "flange-dn100.step", FILES / "guard-open.stl", FILES / "flange-dn100.dxf")
    expect(tab.locator("[data-file-status=checked]")).to_have_count(3, timeout=30_000)
    expect(tab.locator(".upload-list")).to_contain_text("220 × 220 × 52 mm")
    expect(tab.locator(".upload-list")).to_contain_text("模型未封闭")
    assert tab.locator("input[type=hidden][name=files]").count() == 3
    pictures = tab.locator(".file-picture img")
    assert pictures.count() == 2
    assert pictures.first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 400
    assert tab.console_errors == []  # type: ignore[attr-defined]
    assert tab.evaluate("document.documentElement.scrollWidth") <= 375
    found = Axe().run(tab, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()


def test_a_bad_file_says_why_and_can_be_removed(tab: Page, tmp_path: Path) -> None:
    bad = tmp_path / "图.step"
    bad.write_text("这不是模型")
    (tmp_path / "空.stl").touch()
    (tmp_path / "a.zip").write_bytes(b"PK")
    choose(tab, bad, tmp_path / "空.stl", tmp_path / "a.zip")
    expect(tab.locator(".upload-list")).to_contain_text("文件名写的是 STEP，内容却是纯文本", timeout=20_000)
    expect(tab.locator(".upload-list")).to_contain_text("空.stl 是空的")
    expect(tab.locator(".upload-list")).to_contain_text("a.zip：不支持这种文件")
    assert tab.locator("input[type=hidden][name=files]").count() == 0
    for _ in range(3):
        tab.locator(".file-button").first.focus()
        tab.keyboard.press("Enter")
    expect(tab.locator(".upload-list li:not(.visually-hidden)")).to_have_count(0)


def test_a_dropped_file_is_taken(tab: Page) -> None:
    text = (FILES / "guard-open.stl").read_bytes().hex()
    tab.evaluate(
        """(hex) => {
            const data = new DataTransfer();
            data.items.add(new File([Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16))], "罩.stl"));
            document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        text,
    )
    expect(tab.locator("[data-file-status=checked]")).to_have_count(1, timeout=20_000)


def test_a_lost_connection_is_tried_again(tab: Page) -> None:
    lost = []

    def lose(route: Any) -> None:
        lost.append(route)
        if len(lost) <= 2:
            route.abort("connectionreset")
        else:
            route.continue_()

    tab.route("**/store/upload", lose)
    choose(tab, FILES / "guard-open.stl")
    expect(tab.locator("[data-file-status=checked]")).to_have_count(1, timeout=30_000)
    assert len(lost) == 3


def test_a_store_that_stays_away_leaves_a_button_to_try_again(tab: Page) -> None:
    tab.route("**/store/upload", lambda route: route.abort("connectionreset"))
    choose(tab, FILES / "guard-open.stl")
    again = tab.get_by_role("button", name="重试")
    expect(again).to_be_visible(timeout=20_000)
    tab.unroute("**/store/upload")
    again.click()
    expect(tab.locator("[data-file-status=checked]")).to_have_count(1, timeout=20_000)


def test_a_form_waits_for_its_files(tab: Page) -> None:
    tab.route("**/store/upload", lambda route: (time.sleep(1.5), route.continue_()))
    choose(tab, FILES / "guard-open.stl")
    tab.get_by_role("button", name="发布需求").click()
    expect(tab.locator("[data-file-status=checked]")).to_have_count(1, timeout=20_000)
    assert tab.url.endswith("/upload-form")


def test_a_model_can_be_turned(tab: Page) -> None:
    choose(tab, FILES / "bearing-seat-220.step")
    expect(tab.locator("[data-file-status=checked]")).to_have_count(1, timeout=20_000)
    tab.locator(".file-name a").click()
    expect(tab.locator("h1")).to_have_text("bearing-seat-220.step")
    assert tab.locator("model-viewer").count() == 0
    found = Axe().run(tab, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    tab.get_by_role("button", name="转动查看").click()
    expect(tab.locator("model-viewer")).to_be_visible(timeout=20_000)
    tab.locator("model-viewer").evaluate("viewer => viewer.loaded || new Promise((done) => viewer.addEventListener('load', done))")
    assert [text for text in tab.console_errors if "Content Security Policy" in text and "frame" not in text] == []  # type: ignore[attr-defined]
