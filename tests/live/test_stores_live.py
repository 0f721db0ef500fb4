"""The store contract on a real MinIO, and what only S3 can show."""

import io

import pytest
import urllib3
from minio import Minio as Client
from minio.commonconfig import ENABLED

from services.files.s3 import S3Address, S3Store
from services.files.store import StoreUnavailable
from tests.live.conftest import Minio
from tests.services.test_stores import StoreContract


@pytest.fixture(scope="session")
def s3(minio: Minio) -> S3Store:
    store = S3Store(S3Address(minio.endpoint, minio.endpoint, minio.access_key, minio.secret_key, "gongchuang-contract"))
    store.ensure()
    return store


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

    def test_browsers_of_other_origins_may_upload(self, s3: S3Store) -> None:
        asked = {"Origin": "https://gongchuang.example", "Access-Control-Request-Method": "POST"}
        answer = urllib3.request("OPTIONS", s3.signed_post("org-1/cors/original", 1, "model/step").url, headers=asked)
        assert answer.headers.get("Access-Control-Allow-Origin") in {"*", "https://gongchuang.example"}

    def test_links_carry_the_public_address(self, minio: Minio) -> None:
        store = S3Store(S3Address(minio.endpoint, "https://files.gongchuang.example", minio.access_key, minio.secret_key, "gongchuang-contract"))
        assert store.signed_get("a/b", "a.step").startswith("https://files.gongchuang.example/gongchuang-contract/a/b?")
        assert store.signed_post("a/b", 1, "model/step").url == "https://files.gongchuang.example/gongchuang-contract"

    def test_a_store_that_does_not_answer_is_said(self) -> None:
        store = S3Store(S3Address("http://127.0.0.1:9", "http://127.0.0.1:9", "nobody", "nothing-at-all", "gongchuang-contract"))
        with pytest.raises(StoreUnavailable):
            store.put("a/b", io.BytesIO(b"x"), 1, "model/step")
