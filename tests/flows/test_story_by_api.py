"""The whole story through the API, on the program as a newcomer starts it."""

from pathlib import Path

from tests.flows import story
from tests.flows.conftest import Running


def test_the_story_is_played_by_api(running: Running, tmp_path: Path) -> None:
    cast = story.enter(running.site, running.operator_links[0], tmp_path)
    story.play_order(cast)
    story.play_task(cast)
