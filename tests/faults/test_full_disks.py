"""The default's own store and search engine on a small disk that is full: they refuse in words, keep what they had, and go on once there is room."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.engines.port import EngineUnavailable, Query
from search.engines.tantivy import TantivyEngine
from services.files.disk import DiskStore
from services.files.store import StoreUnavailable
from tests.faults import disks
from tests.search.corpus import ORGANISATIONS, crowd, entry_of

BODY = b"x" * 100_000
CROWD = [entry_of(document, sequence=number) for number, document in enumerate(crowd(7, 200, ORGANISATIONS), start=1)]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    with disks.small_disk(tmp_path / "small", 8) as mounted:
        if not mounted:
            pytest.skip("a small disk can only be mounted by root")
        yield tmp_path / "small"


def test_a_full_disk_store_refuses_and_keeps(small: Path) -> None:
    store = DiskStore(small / "files", b"k" * 32)
    store.put("org-1/kept", io.BytesIO(BODY), len(BODY), "model/step")
    disks.fill(small)
    for key in ("org-1/new", "org-2/deep/er/new"):
        with pytest.raises(StoreUnavailable, match="full"):
            store.put(key, io.BytesIO(BODY), len(BODY), "model/step")
    with store.open("org-1/kept") as stream:
        assert stream.read() == BODY
    assert list((small / "files" / "incoming").iterdir()) == []
    disks.free(small)
    assert store.put("org-1/new", io.BytesIO(BODY), len(BODY), "model/step").size == len(BODY)
    assert [stored.key for stored in store.list()] == ["org-1/kept", "org-1/new"]


def test_an_engine_on_a_full_disk_is_unavailable_and_still_answers(small: Path) -> None:
    engine = TantivyEngine(small / "search")
    engine.write(CROWD[:10])
    disks.fill(small)
    with pytest.raises(EngineUnavailable):
        engine.write(CROWD)
    with pytest.raises(EngineUnavailable):
        engine.rebuild(CROWD)
    assert engine.search(Query()).total == 10
    disks.free(small)
    engine.write(CROWD)
    assert engine.rebuild(CROWD) == len(CROWD) == engine.search(Query()).total
