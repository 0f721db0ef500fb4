"""The store contract on a real MinIO, and what only S3 can show."""

import hashlib
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
import urllib3
from minio import Minio as Client
from minio.commonconfig import ENABLED

from gongchuang.database import Scope
from gongchuang.database.unit import transaction
from gongchuang.web.application import Application
from marketplace.demo.parts.make_parts import FILES
from services.files.s3 import S3Address, S3Store
from services.files.store import StoreUnavailable
from services.files.tasks import check_objects
from tests.builders import make_organisation
from tests.live.conftest import Minio
from tests.services.test_stores import StoreContract


@pytest.fixture(scope="session")
def s3(minio: Minio) -> S3Store:
    store = S3Store(S3Address(minio.endpoint, minio.endpoint, minio.access_key, minio.secret_key, "gongchuang-contract"))
    store.ensure()
    return store


def test_a_file_goes_its_whole_way_through_minio(
    app: Application, s3: S3Store, client_of: Any, run_outbox: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun by API, posted by the browser straight to the store, checked by the worker, downloaded by its link; changed bytes are not served."""
    monkeypatch.setitem(app.extensions, "store", s3)
    content = (FILES / "bracket-l120.step").read_bytes()
    client = client_of(make_organisation())
    begun = client.post("/api/v1/files", json={"name": "支架.step", "size": len(content), "purpose": "order_part"}).json
    fields = {**begun["form"]["fields"], "file": ("支架.step", content, "model/step")}
    assert urllib3.request("POST", begun["form"]["url"], fields=fields).status == 204
    assert client.post(f"/api/v1/files/{begun['id']}/confirm", json={}).json["status"] == "received"
    run_outbox()
    found = client.get(f"/api/v1/files/{begun['id']}").json
    assert (found["status"], found["sha256"]) == ("checked", hashlib.sha256(content).hexdigest())
    assert client.get(f"/files/{begun['id']}/thumbnail.png").data.startswith(b"\x89PNG")
    link = client.post(f"/api/v1/files/{begun['id']}/links").json["url"]
    assert urllib3.request("GET", link).data == content
    other = content.replace(b"120.", b"121.")
    urllib3.request("POST", begun["form"]["url"], fields={**begun["form"]["fields"], "file": ("支架.step", other, "model/step")})
    link = client.post(f"/api/v1/files/{begun['id']}/links").json["url"]
    assert urllib3.request("GET", link).data == content
    with app.app_context(), transaction(Scope(system=True)):
        assert [sentence for sentence in check_objects() if begun["id"] in sentence] == []


class TestS3Store(StoreContract):
    @pytest.fixture
    def store(self, s3: S3Store) -> S3Store:
        return s3

    @pytest.fixture
    def base(self) -> str:
        return ""

    def test_the_bucket_keeps_versions_and_allows_locks(self, s3: S3Store) -> None:
        client: Client = s3.client
        assert client.get_bucket_versioning(s3.bucket).status == ENABLED
        assert client.get_object_lock_config(s3.bucket) is not None

    @pytest.mark.parametrize(("origin", "allowed"), [("https://gongchuang.example", "https://gongchuang.example"), ("https://elsewhere.example", None)])
    def test_only_pages_of_the_platform_may_upload(self, s3: S3Store, origin: str, allowed: str | None) -> None:
        """The setting of MinIO that docs/production.md names; without it every origin may."""
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = urllib3.request("OPTIONS", s3.signed_post("org-1/cors/original", 1, "model/step").url, headers=asked)
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed

    def test_links_carry_the_public_address(self, minio: Minio) -> None:
        store = S3Store(S3Address(minio.endpoint, "https://files.gongchuang.example", minio.access_key, minio.secret_key, "gongchuang-contract"))
        assert store.signed_get("a/b", "a.step").startswith("https://files.gongchuang.example/gongchuang-contract/a/b?")
        assert store.signed_post("a/b", 1, "model/step").url == "https://files.gongchuang.example/gongchuang-contract"

    def test_a_store_that_does_not_answer_is_said(self) -> None:
        store = S3Store(S3Address("http://127.0.0.1:9", "http://127.0.0.1:9", "nobody", "nothing-at-all", "gongchuang-contract"))
        with pytest.raises(StoreUnavailable):
            store.put("a/b", io.BytesIO(b"x"), 1, "model/step")

    @pytest.mark.parametrize("hours", [3, -48])
    def test_a_store_whose_clock_is_another_is_not_there(self, s3: S3Store, hours: int) -> None:
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
            for ask in (s3.ensure, lambda: s3.stat("a/b"), lambda: s3.put("a/b", io.BytesIO(b"x"), 1, "model/step"), lambda: list(s3.list())):
                with pytest.raises(StoreUnavailable):
                    ask()

    def test_a_store_of_other_keys_is_not_there(self, minio: Minio) -> None:
        store = S3Store(S3Address(minio.endpoint, minio.endpoint, minio.access_key, "another-secret", "gongchuang-contract"))
        with pytest.raises(StoreUnavailable):
            store.ensure()
