"""Files the demo's organisations upload: by the real actions, each distinct file parsed once."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID

from gongchuang.actor import Actor
from gongchuang.database import Scope
from services.demo.travel import moment
from services.files import actions, checking, child, keeping, sniff
from services.files.stores import current_store


class Shelf:
    """Files by name. Parsing starts at once, two at a time, and is waited for when a file is first uploaded."""

    def __init__(self, contents: Mapping[str, bytes], keep: Path) -> None:
        self._keep = keep
        self._bytes = dict(contents)
        self._parsed: dict[str, Future[child.Found]] = {}
        self._uploaded: dict[tuple[UUID | None, str], UUID] = {}
        self._pool = ThreadPoolExecutor(2)
        for name, content in self._bytes.items():
            kind = sniff.kind_of(name)
            if kind in sniff.PARSED:
                self._parsed[hashlib.sha256(content).hexdigest()] = self._pool.submit(self._parse, name, kind)

    def _parse(self, name: str, kind: str) -> child.Found:
        folder = self._keep / name
        folder.mkdir()
        (folder / "input").write_bytes(self._bytes[name])
        return child.read(folder, kind)

    def _read(self, folder: Path, kind: str) -> child.Found:
        digest = hashlib.sha256((folder / "input").read_bytes()).hexdigest()
        found = self._parsed[digest].result()
        products = {product: Path(shutil.copy(path, folder / product)) for product, path in found.products.items()}
        return child.Found(dict(found.facts), products, list(found.lockdown))

    def upload(self, actor: Actor, name: str, purpose: str, now: datetime, shown_as: str = "") -> UUID:
        """Upload a file for the actor's organisation and check it; return the revision's id. The same one again is not uploaded twice."""
        key = (actor.organisation_id, name)
        if key not in self._uploaded:
            store, content = current_store(), self._bytes[name]
            title = (shown_as or Path(name).stem) + Path(name).suffix
            revision, _form = actions.start_upload(actor, store, name=title, size=len(content), declared_type="application/octet-stream", purpose=purpose)
            store.put(revision.object_key, BytesIO(content), len(content), "application/octet-stream")
            actions.confirm(actor, store, revision, now)
            checking.inspect(actor, store, revision, now, self._read)
            self._uploaded[key] = revision.id
        return self._uploaded[key]

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


@contextmanager
def shelf(contents: Mapping[str, bytes]) -> Iterator[Shelf]:
    """Open a shelf; what was parsed is thrown away afterwards, and what lies there since weeks is compared with its hash, as the clock would have."""
    with tempfile.TemporaryDirectory(prefix="gongchuang-demo-") as keep:
        opened = Shelf(contents, Path(keep))
        try:
            yield opened
        finally:
            opened.close()
    with moment(Scope(system=True)) as now:
        keeping.verify_some(current_store(), now)
