"""What every object store must do, run on the disk store over real HTTP; tests/live runs the same on MinIO."""

import hashlib
import io
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from flask import Flask, Response, request
from urllib3 import encode_multipart_formdata
from werkzeug.serving import make_server

from services.files.disk import BadSignature, DiskStore
from services.files.disk_web import receive, serve
from services.files.store import ObjectMissing, SignedForm, Store, StoreUnavailable

HTTP = urllib3.PoolManager(retries=False)
CONTENT = bytes(range(256)) * 41 + "钣金件".encode()


class StoreContract:
    """Subclasses give the fixtures `store` and `base` (what to put before a relative address)."""

    def upload(self, base: str, form: SignedForm, content: bytes, **changed: str) -> urllib3.BaseHTTPResponse:
        fields: dict[str, Any] = {**form.fields, **changed}
        fields["file"] = ("上传.step", content, form.fields["Content-Type"])
        return HTTP.request("POST", self.absolute(base, form.url), fields=fields)

    def absolute(self, base: str, url: str) -> str:
        return url if url.startswith("http") else base + url

    def test_an_upload_lies_in_the_store_as_it_was_sent(self, store: Store, base: str) -> None:
        key = "org-1/up-load/original"
        answer = self.upload(base, store.signed_post(key, len(CONTENT), "model/step"), CONTENT)
        assert answer.status in {200, 201, 204}, answer.data
        found = store.stat(key)
        assert found.size == len(CONTENT)
        assert found.etag
        with store.open(key, version=found.version) as stream:
            assert stream.read() == CONTENT

    @pytest.mark.parametrize("change", [-1, 1, 5000])
    def test_another_size_than_announced_is_refused(self, store: Store, base: str, change: int) -> None:
        key = f"org-1/size-{change + 1}/original"
        content = CONTENT[:change] if change < 0 else CONTENT + b"x" * change
        answer = self.upload(base, store.signed_post(key, len(CONTENT), "model/step"), content)
        assert answer.status in {400, 403, 413}
        with pytest.raises(ObjectMissing):
            store.stat(key)

    def test_another_key_than_signed_is_refused(self, store: Store, base: str) -> None:
        answer = self.upload(base, store.signed_post("org-1/mine/original", len(CONTENT), "model/step"), CONTENT, key="org-2/theirs/original")
        assert answer.status == 403
        with pytest.raises(ObjectMissing):
            store.stat("org-2/theirs/original")

    def test_another_type_than_signed_is_refused(self, store: Store, base: str) -> None:
        form = store.signed_post("org-1/type/original", len(CONTENT), "model/step")
        assert self.upload(base, form, CONTENT, **{"Content-Type": "text/html"}).status == 403

    def test_a_tampered_policy_is_refused(self, store: Store, base: str) -> None:
        form = store.signed_post("org-1/forged/original", len(CONTENT), "model/step")
        other = store.signed_post("org-1/other/original", len(CONTENT), "model/step")
        assert self.upload(base, form, CONTENT, policy=other.fields["policy"]).status == 403

    def test_a_form_expires(self, store: Store, base: str) -> None:
        form = store.signed_post("org-1/late/original", len(CONTENT), "model/step", seconds=1)
        time.sleep(2.1)
        assert self.upload(base, form, CONTENT).status == 403

    def test_a_link_serves_the_file_as_an_attachment_under_its_name(self, store: Store, base: str) -> None:
        stored = store.put("org-1/link/original", io.BytesIO(CONTENT), len(CONTENT), "model/step")
        answer = HTTP.request("GET", self.absolute(base, store.signed_get(stored.key, "轴承座 v2.step", version=stored.version)))
        assert (answer.status, answer.data) == (200, CONTENT)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "%E8%BD%B4%E6%89%BF%E5%BA%A7" in answer.headers["Content-Disposition"]
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_a_link_serves_ranges(self, store: Store, base: str) -> None:
        store.put("org-1/range/original", io.BytesIO(CONTENT), len(CONTENT), "model/step")
        url = self.absolute(base, store.signed_get("org-1/range/original", "a.step"))
        answer = HTTP.request("GET", url, headers={"Range": "bytes=100-199"})
        assert (answer.status, answer.data) == (206, CONTENT[100:200])
        assert answer.headers["Content-Range"] == f"bytes 100-199/{len(CONTENT)}"
        assert HTTP.request("GET", url, headers={"Range": f"bytes={len(CONTENT)}-"}).status == 416

    def test_a_changed_link_is_refused(self, store: Store, base: str) -> None:
        store.put("org-1/secret/original", io.BytesIO(CONTENT), len(CONTENT), "model/step")
        store.put("org-1/other/original", io.BytesIO(b"other"), 5, "model/step")
        url = self.absolute(base, store.signed_get("org-1/other/original", "a.step"))
        assert HTTP.request("GET", url.replace("org-1/other", "org-1/secret")).status == 403
        assert HTTP.request("GET", re.sub(r"(?i)(signature=)([0-9a-f])", lambda m: m[1] + ("0" if m[2] != "0" else "1"), url)).status == 403
        assert HTTP.request("GET", url.split("?")[0]).status == 403

    def test_a_link_expires(self, store: Store, base: str) -> None:
        store.put("org-1/brief/original", io.BytesIO(CONTENT), len(CONTENT), "model/step")
        url = self.absolute(base, store.signed_get("org-1/brief/original", "a.step", seconds=1))
        time.sleep(2.1)
        assert HTTP.request("GET", url).status == 403

    def test_what_is_deleted_is_gone(self, store: Store) -> None:
        for content in (b"first", b"second"):
            store.put("org-1/gone/thumbnail.png", io.BytesIO(content), len(content), "image/png")
        store.delete("org-1/gone/thumbnail.png")
        store.delete("org-1/gone/thumbnail.png")
        with pytest.raises(ObjectMissing):
            store.stat("org-1/gone/thumbnail.png")
        with pytest.raises(ObjectMissing), store.open("org-1/gone/thumbnail.png"):
            raise AssertionError("opened")

    def test_what_we_make_is_replaced(self, store: Store) -> None:
        for content in (b"first", b"second"):
            stored = store.put("org-1/made/thumbnail.png", io.BytesIO(content), len(content), "image/png")
        with store.open("org-1/made/thumbnail.png", version=stored.version) as stream:
            assert stream.read() == b"second"

    def test_a_walk_finds_all_under_a_prefix_in_order(self, store: Store) -> None:
        for name in ("b", "a", "c"):
            store.put(f"walk/{name}/original", io.BytesIO(b"x"), 1, "model/stl")
        store.put("walked/original", io.BytesIO(b"x"), 1, "model/stl")
        assert [found.key for found in store.list("walk/")] == ["walk/a/original", "walk/b/original", "walk/c/original"]

    def test_a_second_upload_to_a_key_does_not_change_what_was_checked(self, store: Store, base: str) -> None:
        form = store.signed_post("org-1/twice/original", 5, "model/step")
        assert self.upload(base, form, b"first").status in {200, 201, 204}
        checked = store.stat("org-1/twice/original")
        assert self.upload(base, form, b"first").status in {200, 201, 204}
        self.upload(base, form, b"other")
        with store.open("org-1/twice/original", version=checked.version) as stream:
            assert stream.read() == b"first"
        url = store.signed_get("org-1/twice/original", "a.step", version=checked.version)
        assert HTTP.request("GET", self.absolute(base, url)).data == b"first"

    def test_a_large_upload_streams(self, store: Store, base: str) -> None:
        content = hashlib.sha256(b"large").digest() * (8 << 15)
        answer = self.upload(base, store.signed_post("org-1/large/original", len(content), "model/stl"), content)
        assert answer.status in {200, 201, 204}
        digest = hashlib.sha256()
        with store.open("org-1/large/original") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
        assert digest.digest() == hashlib.sha256(content).digest()

    def test_ensuring_twice_changes_nothing(self, store: Store) -> None:
        store.put("org-1/kept/original", io.BytesIO(b"x"), 1, "model/stl")
        store.ensure()
        assert store.stat("org-1/kept/original").size == 1


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> DiskStore:
    store = DiskStore(tmp_path_factory.mktemp("store"), b"a secret of the tests, 32 bytes long")
    store.ensure()
    return store


@pytest.fixture(scope="session")
def disk_base(disk: DiskStore) -> Iterator[str]:
    """The disk store's two addresses, served over real HTTP."""
    app = Flask("store")
    app.add_url_rule("/store/upload", "upload", lambda: receive(disk, request), methods=["POST"])

    def content(key: str) -> Response:
        return serve(disk, request, key)

    app.add_url_rule("/store/object/<path:key>", "object", content)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class TestDiskStore(StoreContract):
    @pytest.fixture
    def store(self, disk: DiskStore) -> DiskStore:
        return disk

    @pytest.fixture
    def base(self, disk_base: str) -> str:
        return disk_base

    def test_nothing_is_left_of_a_refused_upload(self, disk: DiskStore, disk_base: str) -> None:
        self.upload(disk_base, disk.signed_post("org-1/half/original", 50, "model/step"), b"short")
        assert list((disk.folder / "incoming").iterdir()) == []

    def test_other_bytes_under_a_used_key_are_a_conflict(self, disk: DiskStore, disk_base: str) -> None:
        form = disk.signed_post("org-1/conflict/original", 5, "model/step")
        self.upload(disk_base, form, b"first")
        assert self.upload(disk_base, form, b"other").status == 409

    def test_a_file_that_holds_the_end_of_its_own_form_arrives_whole(self, disk: DiskStore, disk_base: str) -> None:
        content = b"solid\r\n--x--\r\nendsolid"
        form = disk.signed_post("org-1/end/original", len(content), "model/step")
        body, kind = encode_multipart_formdata({**form.fields, "file": ("a.stl", content)}, boundary="x")
        assert HTTP.request("POST", disk_base + form.url, body=body, headers={"Content-Type": kind}).status == 204
        with disk.open("org-1/end/original") as stored:
            assert stored.read() == content

    def test_the_file_must_come_after_the_policy(self, disk: DiskStore, disk_base: str) -> None:
        form = disk.signed_post("org-1/order/original", 5, "model/step")
        fields = {"file": ("a.step", b"first", "model/step"), **form.fields}
        assert HTTP.request("POST", disk_base + form.url, fields=fields).status == 403

    @pytest.mark.parametrize("body", [b"", b"no boundary at all", b"--x\r\n", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"z" * 100_000])
    def test_a_body_that_is_no_form_is_refused(self, disk_base: str, body: bytes) -> None:
        answer = HTTP.request("POST", disk_base + "/store/upload", body=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
        assert answer.status == 400

    def test_a_body_without_a_boundary_does_not_fill_memory(self, disk_base: str) -> None:
        answer = HTTP.request("POST", disk_base + "/store/upload", body=b"a" * (32 << 20), headers={"Content-Type": "multipart/form-data; boundary=x"})
        assert answer.status in {400, 413}

    def test_a_download_cannot_become_a_page_of_this_site(self, disk: DiskStore, disk_base: str) -> None:
        disk.put("org-1/page/original", io.BytesIO(b"<script>1</script>"), 18, "model/step")
        answer = HTTP.request("GET", disk_base + disk.signed_get("org-1/page/original", "page.html", inline=True))
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")

    @pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "a/../../b", "a//b", "", "A/B", "a/.hidden", "a/b\0c"])
    def test_a_key_never_leaves_the_folder(self, disk: DiskStore, key: str) -> None:
        with pytest.raises(ValueError, match="not a key"):
            disk.signed_post(key, 1, "model/step")
        with pytest.raises(ObjectMissing):
            disk.stat(key)

    def test_links_of_another_secret_are_refused(self, disk: DiskStore, tmp_path_factory: pytest.TempPathFactory) -> None:
        other = DiskStore(tmp_path_factory.mktemp("other"), b"another secret of the tests, 32 byte")
        url = other.signed_get("org-1/secret/original", "a.step")
        given = dict(pair.split("=") for pair in url.split("?")[1].split("&"))
        with pytest.raises(BadSignature):
            disk.check_link("org-1/secret/original", given)

    def test_a_disk_without_hard_links_serves_too(self, disk: DiskStore, disk_base: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def unable(*_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr("services.files.disk.os.link", unable)
        assert self.upload(disk_base, disk.signed_post("org-1/unlinked/original", 5, "model/step"), b"first").status == 204
        assert disk.stat("org-1/unlinked/original").size == 5

    def test_a_full_disk_is_said(self, disk: DiskStore, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("services.files.disk.os.fsync", full)
        with pytest.raises(StoreUnavailable):
            disk.put("org-1/full/original", io.BytesIO(b"x"), 1, "model/stl")
        assert list((disk.folder / "incoming").iterdir()) == []
