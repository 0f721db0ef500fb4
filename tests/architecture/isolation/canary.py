"""Words that stand nowhere but in one field of one organisation, so that each can be looked for in what others get."""

import re
from itertools import count

_numbers = count(1)
CANARY = re.compile(r"zq\d{4}x")


def mark() -> str:
    """Return a word that was never used before. Short, for the shortest fields hold twenty characters."""
    return f"zq{next(_numbers):04d}x"


def marks_in(text: str) -> set[str]:
    """Return the canaries of a text."""
    return set(CANARY.findall(text.lower()))
