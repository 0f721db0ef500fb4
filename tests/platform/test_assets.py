"""The pages' assets: built once, small, whole, and nothing in a template that the content policy would refuse."""

import gzip
import json
import re
import time
from pathlib import Path

import pytest

from gongchuang import assets, vocabulary

ROOT = Path(assets.__file__).parents[2]
TEMPLATES = [file for room in ("platform/gongchuang", *assets.ROOMS) for file in (ROOT / room).rglob("templates/**/*.html")]
EVERY_PAGE = ("app.css", "app.js", "icons.svg", "machines.svg")


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    assets.build()


def contents(name: str) -> str:
    return (assets.STATIC / assets.file_of(name)).read_text("utf-8")


def symbols(name: str) -> set[str]:
    return set(re.findall(r'<symbol id="([^"]+)"', contents(name)))


def test_assets_that_are_up_to_date_are_not_built_again_and_take_no_time() -> None:
    started = time.perf_counter()
    assert assets.build() is False
    assert time.perf_counter() - started < 0.5


def test_every_icon_written_in_a_template_is_in_the_sprite() -> None:
    assert set(assets.icons_used(ROOT)) <= symbols("icons.svg")


def test_every_machine_kind_of_the_vocabulary_has_a_drawing() -> None:
    drawings = {vocabulary.machine_kind(term.code).drawing for term in vocabulary.terms("machine_kinds")} | {"other", "mark"}
    assert drawings <= symbols("machines.svg")


def test_what_every_page_loads_stays_small() -> None:
    assert sum(len(gzip.compress((assets.STATIC / assets.file_of(name)).read_bytes(), 9)) for name in EVERY_PAGE) < 90_000


def test_a_browser_gets_the_smallest_form_it_accepts() -> None:
    css = assets.STATIC / assets.file_of("app.css")
    assert assets.encoded(css, "gzip, deflate, br")[1] == "br"
    assert assets.encoded(css, "gzip, br;q=0")[1] == "gzip"
    assert assets.encoded(css, "") == (css, None)
    stored, coding = assets.encoded(css, "gzip")
    assert coding == "gzip"
    assert gzip.decompress(stored.read_bytes()) == css.read_bytes()


def test_a_name_that_is_not_built_says_how_to_build() -> None:
    with pytest.raises(assets.AssetsError, match=r"python -m gongchuang\.assets"):
        assets.file_of("no-such.css")


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_holds_what_the_content_policy_refuses(template: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", template.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r"\sstyle\s*=", text), "inline style: use a class"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "inline handler: use a module"
    assert not re.search(r"<style\b", text), "a style element: use static/css"
    assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script\b[^>]*>", text)), "inline script: use a module"
    assert not re.search(r"\bhx-on\b|hx-vals=[\"']js:", text), "htmx may not evaluate"
