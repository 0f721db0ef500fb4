"""Somebody at a browser: taps and fields are counted, every page looked at is held to what holds for all pages."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response, expect, sync_playwright

from tests.flows.site import Site

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PATIENCE = 30_000
DROP = """(zone, [name, type, hex]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16))], name, { type }));
    zone.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""
UNSETTLED = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"
"""What the server has sent into the page and is not wired yet."""


@dataclass(frozen=True)
class Screen:
    """What somebody looks at the site on."""

    name: str
    width: int
    height: int
    phone: bool


PHONE = Screen("phone", 375, 760, True)
DESK = Screen("desk", 1280, 800, False)


@contextmanager
def launched(chromium: Path) -> Iterator[Browser]:
    """A browser program, for as long as this is open."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Person:
    """One person's own browser. `taps` and `fields` are counted from `begin` on."""

    site: Site
    screen: Screen
    page: Page
    taps: int = 0
    fields: int = 0
    mistakes: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, browser: Browser, site: Site, screen: Screen) -> "Person":
        """Give somebody a browser."""
        context = browser.new_context(
            base_url=site.address,
            viewport={"width": screen.width, "height": screen.height},
            is_mobile=screen.phone,
            has_touch=screen.phone,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        person = cls(site, screen, context.new_page())
        person.page.on("console", person._hear)
        person.page.on("pageerror", lambda error: person.mistakes.append(f"{person.page.url}: {error}"))
        person.page.on("response", person._received)
        return person

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.mistakes.append(f"{self.page.url}: {message.text}")

    def _received(self, response: Response) -> None:
        if response.status >= 500:
            self.mistakes.append(f"{response.status} {response.url}")

    def begin(self) -> None:
        """Count from here."""
        self.taps = self.fields = 0

    def go(self, path: str) -> None:
        self.page.goto(path)

    def tap(self, target: Locator) -> None:
        """Tap or click something."""
        self.taps += 1
        if self.screen.phone:
            target.tap()
        else:
            target.click()

    def button(self, words: str) -> None:
        self.tap(self.page.get_by_role("button", name=words, exact=True).first)

    def link(self, words: str) -> None:
        self.tap(self.page.locator("main, .heading").get_by_role("link", name=words).first)

    def fill(self, identifier: str, value: str) -> None:
        """Type into a field."""
        self.fields += 1
        box = self.page.locator(f"#{identifier}")
        box.fill(value)
        expect(box).to_have_value(value)

    def check(self, identifier: str) -> None:
        self.fields += 1
        self.page.locator(f"#{identifier}").check()

    def search(self, identifier: str, words: str) -> None:
        """Choose from a list that is searched by typing."""
        self.fields += 1
        box, options = self.page.locator(f"#{identifier}-ts-control"), self.page.locator(f"#{identifier}-ts-dropdown .option")
        self.tap(box)
        expect(options.first).to_be_visible()
        box.fill(words)
        expect(options.first).to_contain_text(words)  # the list answers a moment after typing
        self.tap(options.first)
        if box.evaluate("box => box.closest('.ts-wrapper').classList.contains('multi')"):
            box.press("Escape")  # the list stays open for more
        expect(self.page.locator(f"#{identifier}-ts-dropdown")).to_be_hidden()

    def region(self, *names: str) -> None:
        """Choose province, city and district, each of which fills the next."""
        self.fields += 1
        for level, name in enumerate(names, start=1):
            wanted = self.page.locator(f"#region-{level} option", has_text=name)
            expect(wanted).to_have_count(1)
            expect(self.page.locator(UNSETTLED)).to_have_count(0)
            self.page.locator(f"#region-{level}").select_option(wanted.get_attribute("value"))

    def drop(self, group: str, path: Path, content_type: str = "") -> None:
        """Drop a file into an upload and wait until it has been checked."""
        self.fields += 1
        zone = self.page.locator(f"[data-upload='{group}'] .drop")
        zone.evaluate(DROP, [path.name, content_type, path.read_bytes().hex()])
        expect(self.page.locator(f"[data-upload='{group}'] [data-file-status=checked]")).to_have_count(1, timeout=PATIENCE)

    def sees(self, *words: str) -> None:
        """Find words on the page, which is held to what holds for every page."""
        for each in words:
            expect(self.page.locator("body")).to_contain_text(each, timeout=PATIENCE)
        self.look()

    def look(self) -> None:
        """Nothing in the console, nothing beside the screen, no price under its button, nothing axe objects to."""
        self.page.wait_for_load_state()
        assert self.mistakes == []
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.screen.width, f"{self.page.url} is {width} px wide: {self.wide()}"
        hidden = self.page.evaluate("[...document.querySelectorAll('.deal-text')].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.innerText)")
        assert not hidden, f"{self.page.url} has prices under buttons: {hidden}"
        found = Axe().run(self.page, options={"runOnly": RULES})
        assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"

    def wide(self) -> Sequence[str]:
        """Return what reaches beyond the screen, for the message."""
        script = """(width) => [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > width + 1)
            .slice(0, 5).map((e) => e.outerHTML.slice(0, 120))"""
        found: list[str] = self.page.evaluate(script, self.screen.width)
        return found
