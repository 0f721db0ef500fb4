"""The whole story on production's processes over real PostgreSQL, Redis, MinIO and Elasticsearch; afterwards nothing is amiss."""

from pathlib import Path

from tests.flows import story
from tests.flows.conftest import OPERATOR_PHONE, invite_operator
from tests.flows.site import Site

from .production import PROCESSES, PROGRAM, Production


def test_the_story_is_played_in_production(production: Production, tmp_path: Path) -> None:
    link = invite_operator(production.run(PROGRAM, "operator", "invite", OPERATOR_PHONE, "--region", "61"))
    logs = tuple(production.folder / f"{name}.log" for name in PROCESSES)
    site = Site(f"http://127.0.0.1:{production.port}", logs, lambda *words: production.run(PROGRAM, *words).stdout)
    cast = story.enter(site, link, tmp_path)
    story.play_order(cast)
    story.play_task(cast)
    for command in ("check", "doctor"):
        done = production.run(PROGRAM, command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
