"""The whole story through pages in Chromium, on a phone and at a desk, on the program as a newcomer starts it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.flows import story_by_pages
from tests.flows.conftest import Running
from tests.flows.person import DESK, PHONE, Screen


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=lambda screen: screen.name)
def test_the_story_is_played_by_pages(running: Running, browser: Browser, screen: Screen, tmp_path: Path) -> None:
    story_by_pages.play(running.site, running.operator_links[screen is DESK], browser, screen, tmp_path)
