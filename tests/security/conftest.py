"""The made world of the isolation tests, asked by tools that mean harm; every call's rows are put back."""

from collections.abc import Iterator

import pytest

from gongchuang.web.application import Application
from tests import builders
from tests.architecture.isolation.world import make_world
from tests.schema import Wipe
from tests.security.stage import Stage


@pytest.fixture(scope="package")
def stage(whole_app: Application, wipe: Wipe) -> Iterator[Stage]:
    builders.use(whole_app)
    made = Stage(make_world(whole_app, wipe), wipe)
    with made.listening():
        yield made
    made.close()
    wipe()
