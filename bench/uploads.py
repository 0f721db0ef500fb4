"""Bytes that people send: through the disk store beside a file's copy (at least 0.8 of its rate), and past the web process where MinIO keeps them."""

import http.client
import io
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from urllib3.filepost import encode_multipart_formdata
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from bench.measuring import ROUNDS, beside, ratio
from bench.site import empty
from gongchuang.commands.program import deliver_all
from gongchuang.database import Scope
from gongchuang.database.unit import transaction
from gongchuang.web.application import Application
from services.files.stores import current_store
from tests import builders
from tests.servers.minio import start_minio
from tests.servers.places import Missing

MEBIBYTE = 1 << 20
HEAD = b"AC1032"
BLOCK = 4096


def measure(data: Path, rounds: int = ROUNDS, mebibytes: int = 32) -> None:
    content = HEAD + os.urandom(mebibytes * MEBIBYTE - len(HEAD))
    _through_the_disk_store(data.parent / "uploads", content, rounds)
    try:
        with start_minio() as server:
            keys = {"s3_access_key": server.secrets["access_key"], "s3_secret_key": server.secrets["secret_key"]}
            with empty(data.parent / "past", s3_endpoint=server.url, **keys) as app:
                _past_the_web(app, content[: 16 * MEBIBYTE])
    except Missing as missing:
        print(f"P7 body bytes through web on MinIO, gate 0: not measured, {missing}", flush=True)


def _through_the_disk_store(folder: Path, content: bytes, rounds: int) -> None:
    """Post signed forms to the whole application, as its server hands them over, beside copies that are as durable as an upload is."""
    with empty(folder) as app:
        source = folder / "source"
        source.write_bytes(content)
        with app.app_context():
            bodies = iter([_form(folder / f"body-{n}", f"bench/{n}/original", content) for n in range(rounds + 1)])
        os.sync()  # what was prepared must not be written while either side is measured
        targets = iter([folder / f"copy-{n}" for n in range(rounds + 1)])
        sides = beside(lambda: _upload(app, *next(bodies)), lambda: _copy(source, next(targets)), calls=1, rounds=rounds)
    print(ratio("P7", f"upload of {len(content) // MEBIBYTE} MiB through the disk store / file copy", "0.8", sides, rate=True), flush=True)


def _form(body: Path, key: str, content: bytes) -> tuple[Path, str, str]:
    form = current_store().signed_post(key, len(content), "application/octet-stream")
    text, content_type = encode_multipart_formdata({**form.fields, "file": ("x", content)})
    body.write_bytes(text)
    return body, content_type, form.url


def _upload(app: Application, body: Path, content_type: str, url: str) -> None:
    with body.open("rb") as stream:
        asked = EnvironBuilder(url, method="POST", input_stream=stream, content_type=content_type, content_length=body.stat().st_size)
        _answer, status, _headers = run_wsgi_app(app, asked.get_environ(), buffered=True)
    assert status.startswith("204"), status


def _copy(source: Path, target: Path) -> None:
    """A copy that lies on the disk when it is done, its name too."""
    shutil.copyfile(source, target)
    for path in (target, target.parent):
        opened = os.open(path, os.O_RDONLY)
        os.fsync(opened)
        os.close(opened)


class Counting:
    """The application with every byte of every body kept that goes in or comes out."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.bodies: list[bytes] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        taken = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(taken)
        given = b"".join(self.app.wsgi_app(environ, start_response))
        self.bodies += [taken, given]
        return [given]


def _past_the_web(app: Application, content: bytes) -> None:
    """Upload, check and download a file as pages do, and look for its blocks in all that went through the web process."""
    builders.use(app)
    with app.app_context(), transaction(Scope(system=True)):
        current_store().ensure()
    firm = builders.make_organisation()
    token = builders.make_token(builders.make_user(firm), firm)
    counting = Counting(app)
    asking = _asking(counting, token)
    begun = asking("POST", "/api/v1/files", {"name": "part.dwg", "size": len(content), "content_type": "", "purpose": "order_part"}).get_json()
    form = begun["form"]
    body, content_type = encode_multipart_formdata({**form["fields"], "file": ("x", content)})
    assert _direct("POST", form["url"], body, {"Content-Type": content_type})[0] == 204
    asking("POST", f"/api/v1/files/{begun['id']}/confirm", {})
    deliver_all(app)
    link = asking("GET", f"/files/{begun['id']}/download").headers["Location"]
    status, arrived = _direct("GET", link, None, {})
    assert (status, arrived) == (200, content)
    through = b"".join(counting.bodies)
    found = sum(BLOCK for at in range(0, len(content), BLOCK) if content[at : at + 32] in through)
    print(f"P7 body bytes through web on MinIO for {len(content)} up and down again ({len(through)} of forms and links), gate 0: {found}", flush=True)


def _asking(counting: Counting, token: str) -> Callable[..., Any]:
    client = Client(counting)

    def ask(method: str, path: str, value: Any = None) -> Any:
        answer = client.open(path, method=method, json=value, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code < 400, answer.get_data(as_text=True)[:500]
        return answer

    return ask


def _direct(method: str, url: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
    """Talk to the store itself, as a browser does."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
