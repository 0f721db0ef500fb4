"""The folder of a tantivy index: which index is current, who may write, what was written while a new one is being filled.

search/current           name of the index folder that answers
search/writer.lock       held (flock) while a batch is written or a new index is put in place
search/rebuild.lock      held while a new index is filled
search/since.jsonl       changes written meanwhile, replayed into the new index before it answers
search/v1-<time>/        an index
"""

import fcntl
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from search.documents.fields import Entry, Gone
from search.engines.port import EngineUnavailable


class IndexFolder:
    """Files and locks around the indexes. Locks die with their process, so kill -9 leaves nothing shut."""

    def __init__(self, root: Path, schema: str) -> None:
        self.root = root
        self.schema = schema
        self._journal = root / "since.jsonl"
        self._thread_lock = threading.RLock()

    @property
    def pointer(self) -> Path:
        return self.root / "current"

    def current(self) -> Path | None:
        """Return the folder that answers, or None where no index of this schema was made yet."""
        with suppress(FileNotFoundError):
            folder = self.root / self.pointer.read_text().strip()
            if folder.name.startswith(f"{self.schema}-") and (folder / "meta.json").exists():
                return folder
        return None

    def fresh(self) -> Path:
        """Make a new empty index folder."""
        folder = self.root / f"{self.schema}-{time.time_ns()}"
        folder.mkdir(parents=True)
        return folder

    def put_in_place(self, folder: Path) -> None:
        """Let `folder` answer from now on, in one step, and remove the others. Open readers keep their files until they reopen."""
        draft = self.root / "current.new"
        with draft.open("w") as file:
            file.write(folder.name)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.pointer)
        for other in self.root.iterdir():
            if other.is_dir() and other != folder:
                shutil.rmtree(other, ignore_errors=True)

    @contextmanager
    def writing(self, patience: float = 5.0) -> Iterator[None]:
        """Hold the one right to write, across threads and processes. Raises EngineUnavailable when another keeps it too long."""
        if not self._thread_lock.acquire(timeout=patience):
            raise EngineUnavailable("the index is being written by another thread")
        try:
            with self._flock("writer.lock", patience):
                yield
        finally:
            self._thread_lock.release()

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """Hold the one right to rebuild; writers keep a journal meanwhile."""
        with self._flock("rebuild.lock", 0.0):
            with self.writing():
                self._journal.write_text("")
            try:
                yield
            finally:
                self._journal.unlink(missing_ok=True)

    def note(self, changes: Sequence[Entry | Gone]) -> None:
        """Keep in the journal what is written while a new index is being filled; without one, nothing."""
        if not self._journal.exists():
            return
        with self._journal.open("a") as file:
            for change in changes:
                line: dict[str, Any] = {"id": str(change.id), "sequence": change.sequence}
                if isinstance(change, Entry):
                    line |= {"fields": dict(change.fields), "tokens": change.tokens}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def noted(self) -> list[Entry | Gone]:
        """Return what was written meanwhile, in its order."""
        changes: list[Entry | Gone] = []
        for line in self._journal.read_text().splitlines():
            row = json.loads(line)
            if "fields" in row:
                fields = {name: tuple(value) if isinstance(value, list) else value for name, value in row["fields"].items()}
                changes.append(Entry(UUID(row["id"]), row["sequence"], fields, tuple(row["tokens"])))
            else:
                changes.append(Gone(UUID(row["id"]), row["sequence"]))
        return changes

    @contextmanager
    def _flock(self, name: str, patience: float) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + patience
        with (self.root / name).open("a") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise EngineUnavailable(f"{name} is held by another process") from None
                    time.sleep(0.01)
            yield
