"""A running program as people and programs meet it: real processes, its pages over HTTP, the codes it sends read from its terminal."""

import base64
import hashlib
import hmac
import http.cookiejar
import json
import re
import struct
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
PATIENCE = 30.0


@dataclass(frozen=True)
class Site:
    """Where a program answers, the files its processes print into, and how one of its commands is run."""

    address: str
    logs: tuple[Path, ...]
    command: Callable[..., "subprocess.CompletedProcess[str]"]

    def code_for(self, phone: str) -> str:
        """Return the newest code sent to `phone`, as the console sender printed it."""
        pattern = re.compile(rf"\[SMS\] {re.escape(phone)}.*?(\d{{6}})")
        found = wait_for(lambda: [code for log in self.logs for code in pattern.findall(log.read_text(errors="replace"))])
        return str(found[-1])

    def has_nothing_amiss(self) -> None:
        """The invariants hold, and there is nothing to mend: what a story must end with."""
        for command in ("check", "doctor"):
            done = self.command(command)
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def wait_for(look: Callable[[], Any], seconds: float = PATIENCE, what: Callable[[], str] = str) -> Any:
    """Return what `look` finds, as soon as it finds anything."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, f"not there after {seconds} s: {what()} {look}"
        time.sleep(0.1)
    return found


@dataclass
class Visitor:
    """A browser without scripts: cookies, forms with their CSRF token, and after signing in a token for the API."""

    site: Site
    token: str = ""
    last: str = ""
    page: str = ""
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def open(
        self, path: str, form: dict[str, Any] | None = None, *, headers: dict[str, str] | None = None, body: bytes | None = None, method: str | None = None
    ) -> tuple[int, str]:
        """Ask for `path` (following redirects); with `form`, send it. Returns status and text."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        data = body if form is None else urllib.parse.urlencode({"csrf_token": self.csrf(), **form}, doseq=True).encode()
        asked = urllib.request.Request(urllib.parse.urljoin(self.site.address, path), data=data, headers=headers or {}, method=method)
        try:
            with opener.open(asked, timeout=PATIENCE) as answer:
                status, text = answer.status, answer.read().decode()
                self.last = answer.url
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        self.page = text
        return status, text

    def csrf(self) -> str:
        found = CSRF.search(self.page)
        assert found, self.page[:500]
        return found[1]

    def submit(self, path: str, **form: Any) -> str:
        """Open a form's page, fill it in, send it; return the page that follows."""
        self.open(path)
        status, text = self.open(self.last, form)
        assert status == 200, f"{path}: {status} {text[:2000]}"
        return text

    def sign_in(self, phone: str) -> str:
        """Register or sign in by phone and code; return the page that follows the code."""
        self.submit("/sign-in", address=phone)
        status, text = self.open(self.last, {"code": self.site.code_for(f"+86{phone}"), "trusted": "y"})
        assert status == 200, text[:2000]
        if self.last.endswith("/register"):
            status, text = self.open(self.last, {"name": "测试员", "privacy": "y"})
            assert status == 200, text[:2000]
        return text

    def api(self, method: str, path: str, value: Any = None, *, expect: int | tuple[int, ...] = (200, 201, 204)) -> Any:
        """Call the API with the visitor's token; every call carries a key of its own."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex, "Accept-Language": "zh-CN"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        else:
            headers["X-CSRFToken"] = self.csrf()
        body = None if method == "GET" else json.dumps(value if value is not None else {}).encode()
        status, text = self.open(f"/api/v1{path}", headers=headers, body=body, method=method)
        assert status in (expect if isinstance(expect, tuple) else (expect,)), f"{method} {path}: {status} {text[:2000]}"
        return json.loads(text) if text else None


def totp(secret: str) -> str:
    """The six digits of RFC 6238 for now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def upload(visitor: Visitor, path: Path, purpose: str, content_type: str = "application/octet-stream", ends: tuple[str, ...] = ("checked",)) -> str:
    """Send a file as the page does: ask, post to the store by the signed form, confirm, wait until it has been looked at. Returns the revision's id."""
    begun = visitor.api("POST", "/files", {"name": path.name, "size": path.stat().st_size, "purpose": purpose, "content_type": content_type})
    boundary = uuid4().hex
    form = begun["form"]
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in form["fields"].items()]
    parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: {content_type}\r\n\r\n'.encode())
    body = b"".join([*parts, path.read_bytes(), f"\r\n--{boundary}--\r\n".encode()])
    status, text = Visitor(visitor.site).open(form["url"], headers={"Content-Type": f"multipart/form-data; boundary={boundary}"}, body=body)
    assert status in (200, 201, 204), text
    revision = str(begun["id"])
    visitor.api("POST", f"/files/{revision}/confirm")
    wait_for(lambda: visitor.api("GET", f"/files/{revision}")["status"] in ends)
    return revision
