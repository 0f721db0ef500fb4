"""The isolation tests' ground for callers that make their requests themselves: what a block wrote is put back after it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from tests.architecture.isolation.calls import Ground
from tests.architecture.isolation.making import World
from tests.schema import Wipe

WRITTEN = re.compile(r"\b(?:insert\s+into|update|delete\s+from)\s+(\w+)", re.IGNORECASE)


class Stage(Ground):
    """The world's rows, and what any statement wrote since a block began."""

    def __init__(self, world: World, wipe: Wipe) -> None:
        super().__init__(world, wipe)
        self.touched: set[str] = set()

    def _note(self, connection: object, cursor: object, statement: str, *rest: object) -> None:
        self.touched.update(name.lower() for name in WRITTEN.findall(statement))
        super()._note(connection, cursor, statement, *rest)

    @contextmanager
    def put_back(self) -> Iterator[None]:
        """Let a block write; afterwards everything is as it was made."""
        self.touched.clear()
        try:
            yield
        finally:
            self.restore(frozenset(self.touched & set(self.tables)))
