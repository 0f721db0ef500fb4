"""Who plays the flows, on what, and what is remembered between rounds."""

import random
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from tests.faults.client import Client
from tests.faults.history import History
from tests.flows.site import Visitor
from tests.flows.story import Cast


@dataclass
class Play:
    """One campaign's people, its log, its choices."""

    cast: Cast
    history: History
    seed: int
    random: random.Random
    machines: dict[str, str]
    folder: Path
    conversation: str = ""

    def client(self, name: str) -> Client:
        visitor: Visitor = getattr(self.cast, name)
        return Client(name, replace(visitor), self.history)


def mark() -> str:
    """Return a name that nothing else bears, so that what was done can be counted."""
    return f"记号{uuid4().hex[:12]}"
