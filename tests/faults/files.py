"""The flow of files: real parts go past the program into the store, are looked at, and come back byte for byte."""

import hashlib
import http.client
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.faults.client import Client, fetch
from tests.faults.history import OK
from tests.faults.play import Play
from tests.flows.story import PARTS

DRAWINGS = sorted(PARTS.glob("*.st[el]*"))
EXAMINED_WITHIN = 60.0
"""Seconds somebody waits for a file to be examined before going on to the next."""


def files(play: Play) -> None:
    """A real part is uploaded past the program into the store, looked at, and comes back byte for byte."""
    buyer, part = play.client("buyer"), play.random.choice(DRAWINGS)
    sent = send_file(buyer, "files", part, "order_part", "application/octet-stream")
    if sent is not None and wait_until_examined(buyer, "files", sent):
        download(buyer, sent, digest_of(part))


def send_file(client: Client, flow: str, file: Path, purpose: str, content_type: str) -> str | None:
    """Ask for a place, post the bytes there, confirm; return the revision's id once that was acknowledged."""
    content = file.read_bytes()
    made = client.done(flow, "begin upload", "/files", {"name": file.name, "size": len(content), "purpose": purpose, "content_type": content_type})
    if not _post(made["form"], content):
        return None
    confirmed = client.act(flow, "confirm upload", f"/files/{made['id']}/confirm", id=made["id"], sha256=_digest(content))
    return str(made["id"]) if confirmed.outcome == OK else None


def wait_until_examined(client: Client, flow: str, revision: str) -> bool:
    """Look at a file until it was examined, as its page does; whether it was in time."""
    until = time.monotonic() + EXAMINED_WITHIN
    while client.read(flow, f"/files/{revision}")["status"] != "checked":
        if time.monotonic() > until:
            return False
        time.sleep(1)
    return True


def digest_of(file: Path) -> str:
    return _digest(file.read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _post(form: dict[str, Any], content: bytes) -> bool:
    """Post a file as a browser does, again when the store did not answer; whether it was taken."""
    boundary = uuid4().hex
    fields = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in form["fields"].items()]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: application/octet-stream\r\n\r\n'.encode()
    body = b"".join([*fields, head, content, f"\r\n--{boundary}--\r\n".encode()])
    for _ in range(10):
        asked = urllib.request.Request(form["url"], data=body, headers={"Content-Type": f"multipart/form-data; boundary={boundary}"}, method="POST")
        status, _ = fetch(asked)
        if status is not None and status < 300:
            return True
        threading.Event().wait(1)
    return False


def download(client: Client, revision: str, digest: str, flow: str = "files") -> bool | None:
    """Fetch a file that was checked; whether it is what was sent, None when it cannot be had now."""
    if client.read(flow, f"/files/{revision}")["status"] != "checked":
        return None
    operation = client.act(flow, "download", f"/files/{revision}/links", {}, id=revision)
    if operation.outcome != OK:
        return None
    try:
        with urllib.request.urlopen(operation.answer["url"], timeout=20) as answer:
            got = answer.read()
            whole = len(got) == int(answer.headers["Content-Length"])
    except (OSError, http.client.HTTPException):
        return None
    if whole and _digest(got) != digest:
        client.history.blame(operation, "the bytes are not those that were sent")
        return False
    return whole
