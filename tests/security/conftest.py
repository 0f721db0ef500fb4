"""The made world of the isolation tests, asked by tools that mean harm; every call's rows are put back."""

from collections.abc import Iterator

import pytest

from gongchuang.web.application import Application
from tests.architecture.isolation.calls import Ground
from tests.schema import Wipe


@pytest.fixture(scope="package")
def ground(whole_app: Application, wipe: Wipe) -> Iterator[Ground]:
    with Ground.of(whole_app, wipe) as made:
        yield made
