"""How long a test goes on: reduced in `make test`, long in `make soak`."""

import os

SOAK = os.environ.get("GONGCHUANG_TEST_SOAK") == "1"


def rounds(reduced: int, long: int) -> int:
    """Return how many rounds, examples or steps to run."""
    return long if SOAK else reduced
