"""Who plays the flows, on what, and what is remembered between rounds."""

import random
from dataclasses import dataclass, field, replace
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
    organisations: dict[str, str] = field(default_factory=dict)
    others: dict[str, Visitor] = field(default_factory=dict)
    """Who plays beside the cast: two firms, for an abnormally low price takes four to compare, and the operator on security duty."""

    def client(self, name: str) -> Client:
        visitor: Visitor = self.others.get(name) or getattr(self.cast, name)
        return Client(name, replace(visitor), self.history)


def mark() -> str:
    """Return a name that nothing else bears, so that what was done can be counted."""
    return f"记号{uuid4().hex[:12]}"
