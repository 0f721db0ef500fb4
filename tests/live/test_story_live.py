"""The whole story on production's processes over real PostgreSQL, Redis, MinIO and Elasticsearch, by API and by page; each time nothing is amiss afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.flows import story, story_by_pages
from tests.flows.conftest import OPERATOR_PHONE, SECOND_OPERATOR_PHONE, invite_operator
from tests.flows.person import DESK, PHONE, Screen, launched
from tests.flows.site import Site

from .production import PROCESSES, PROGRAM, Production

OPERATOR_PHONES = {PHONE: SECOND_OPERATOR_PHONE, DESK: "13911110008"}


@pytest.fixture(scope="module")
def site(production: Production) -> Site:
    logs = tuple(production.folder / f"{name}.log" for name in PROCESSES)
    return Site(f"http://127.0.0.1:{production.port}", logs, lambda *words: production.run(PROGRAM, *words))


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Chromium of this module alone: Playwright's event loop ends with it, for other tests to have theirs."""
    with launched(chromium) as browser:
        yield browser


def invited(site: Site, phone: str) -> str:
    return invite_operator(site.command("operator", "invite", phone, "--region", "61"))


def test_the_story_is_played_in_production(site: Site, tmp_path: Path) -> None:
    cast = story.enter(site, invited(site, OPERATOR_PHONE), tmp_path)
    story.play_order(cast)
    story.play_task(cast)
    site.has_nothing_amiss()


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=lambda screen: screen.name)
def test_the_story_is_played_by_pages_in_production(site: Site, browser: Browser, screen: Screen, tmp_path: Path) -> None:
    """Files go from the browser straight to MinIO, and come from there."""
    story_by_pages.play(site, invited(site, OPERATOR_PHONES[screen]), browser, screen, tmp_path)
    site.has_nothing_amiss()
