"""What clients meant and what they were told, written to a file of its own before and after every call: the truth the site is held against."""

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.fault import disturbs

OK, REFUSED, UNKNOWN = "ok", "refused", "unknown"


@dataclass
class Operation:
    """One intent of one client, sent as often as it took to get an answer, always under the same key."""

    number: int
    flow: str
    what: str
    fault: str
    """The fault that was at work when it was meant, or nothing."""
    before: int
    """How many faults had begun when it was meant."""
    told: dict[str, Any] = field(default_factory=dict)
    outcome: str = UNKNOWN
    answer: Any = None
    status: int | None = None
    tries: int = 0
    unheard: bool = False
    """Whether a try had no answer: it may have been done all the same."""
    seconds: float = 0.0


class History:
    """An append-only log. `wrong` collects answers nobody should ever get."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a", buffering=1)
        self._lock = threading.Lock()
        self.operations: list[Operation] = []
        self.wrong: list[str] = []
        self.fault = ""
        """The fault that is at work, until the probe has arrived after its healing."""
        self.begun = 0

    def begin(self, fault: str) -> None:
        """Note that a fault begins; what was meant before may meet it."""
        with self._lock:
            self.fault, self.begun = fault, self.begun + 1

    def end(self) -> None:
        self.fault = ""

    def must_succeed(self, operation: Operation, but: tuple[str, ...] = ()) -> bool:
        """Whether nothing excuses a 503 or silence: nothing it needs was broken when it was meant, and nothing else has begun since."""
        return operation.before == self.begun and not disturbs(operation.fault, but)

    def intend(self, flow: str, what: str, **told: Any) -> Operation:
        with self._lock:
            operation = Operation(len(self.operations), flow, what, self.fault, self.begun, told)
            self.operations.append(operation)
            self._write({"n": operation.number, "at": time.time(), "flow": flow, "what": what, "fault": self.fault, "told": told})
        return operation

    def answered(self, operation: Operation, status: int | None, answer: Any) -> None:
        with self._lock:
            operation.tries += 1
            operation.status = status
            operation.unheard |= status is None
            self._write({"n": operation.number, "at": time.time(), "status": status, "answer": answer})

    def blame(self, operation: Operation, why: str) -> None:
        with self._lock:
            self.wrong.append(f"{operation.flow}/{operation.what} during {operation.fault or 'peace'}: {why}"[:600])

    def close(self) -> None:
        self._file.close()

    def of(self, *what: str, outcome: str = OK) -> Iterator[Operation]:
        """Yield the operations of these kinds that ended so."""
        return (each for each in list(self.operations) if each.what in what and each.outcome == outcome)

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        os.fsync(self._file.fileno())
