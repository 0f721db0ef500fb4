"""The object store of the default: files in a folder, uploads and downloads through this program's own port with signed forms and links.

It speaks the protocol of S3's browser uploads as far as our pages use it: a multipart form whose fields carry a signed policy (one key, one size,
one type, five minutes), then the file. Bytes go from the wire to the disk and are never held in memory.
"""

import base64
import errno
import filecmp
import hashlib
import hmac
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

from gongchuang.points import point

from .store import LONGEST_FORM, LONGEST_LINK, ObjectMissing, SignedForm, Stored, StoreUnavailable, chunks

KEY = re.compile(r"[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*){0,6}")
UPLOAD_PATH = "/store/upload"
DOWNLOAD_PATH = "/store/object"


class BadSignature(Exception):
    """A form or link that is forged, changed or too old."""


class ObjectExists(Exception):
    """The key already holds other bytes; what was once written never changes."""


@dataclass(frozen=True)
class Link:
    """What a valid download link allows."""

    path: Path
    filename: str
    inline: bool


class DiskStore:
    """Objects as files under `folder`; forms and links are signed with a key derived from the program's secret."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self.folder = folder
        self._key = hmac.new(secret, b"gongchuang disk store", hashlib.sha256).digest()

    def ensure(self) -> None:
        for name in ("objects", "incoming"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def signed_post(self, key: str, size: int, content_type: str, seconds: int = LONGEST_FORM) -> SignedForm:
        policy = {"key": _valid(key), "size": size, "type": content_type, "until": int(time.time()) + min(seconds, LONGEST_FORM)}
        text = base64.urlsafe_b64encode(json.dumps(policy, separators=(",", ":")).encode()).decode()
        return SignedForm(UPLOAD_PATH, {"key": key, "Content-Type": content_type, "policy": text, "signature": self._sign("post", text)})

    def signed_get(self, key: str, filename: str, seconds: int = LONGEST_LINK, *, version: str | None = None, inline: bool = False) -> str:
        until = str(int(time.time()) + min(seconds, LONGEST_LINK))
        how = "inline" if inline else "attachment"
        signature = self._sign("get", _valid(key), filename, until, how)
        return f"{DOWNLOAD_PATH}/{quote(key)}?{urlencode({'name': filename, 'until': until, 'how': how, 'signature': signature})}"

    def check_form(self, fields: dict[str, str]) -> dict[str, Any]:
        """Return the policy of an upload form whose fields agree with it. Raises BadSignature."""
        text = fields.get("policy", "")
        if not hmac.compare_digest(self._sign("post", text), fields.get("signature", "")):
            raise BadSignature("the policy is not ours")
        policy: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text))
        if policy["until"] < time.time():
            raise BadSignature("the form has expired")
        if policy["key"] != fields.get("key") or policy["type"] != fields.get("Content-Type"):
            raise BadSignature("key or type differ from the policy")
        return policy

    def check_link(self, key: str, given: dict[str, str]) -> Link:
        """Return what a download link allows. Raises BadSignature; ObjectMissing when the object is gone."""
        name, until, how = (given.get(field, "") for field in ("name", "until", "how"))
        if not hmac.compare_digest(self._sign("get", key, name, until, how), given.get("signature", "")):
            raise BadSignature("the link is not ours")
        if int(until) < time.time():
            raise BadSignature("the link has expired")
        return Link(self._existing(key), name, how == "inline")

    @contextmanager
    def incoming(self) -> Iterator["Incoming"]:
        """Open a place for bytes that are arriving; what is not kept is removed."""
        self.ensure()
        path = self.folder / "incoming" / secrets.token_hex(16)
        try:
            with path.open("xb") as file:
                yield Incoming(self, path, file)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise StoreUnavailable("the disk is full") from error
            raise
        finally:
            with suppress(FileNotFoundError):
                path.unlink()

    @contextmanager
    def open(self, key: str, *, version: str | None = None) -> Iterator[BinaryIO]:
        with self._existing(key).open("rb") as file:
            yield file

    def put(self, key: str, source: BinaryIO, size: int, content_type: str) -> Stored:
        with self.incoming() as place:
            for piece in chunks(source):
                place.write(piece)
            if place.written != size:
                raise ValueError(f"{key}: {size} bytes were announced, {place.written} came")
            point("before object written")
            place.keep(_valid(key), replace=True)
        point("after object written")
        return self.stat(key)

    def stat(self, key: str, *, version: str | None = None) -> Stored:
        found = self._existing(key).stat()
        return Stored(key, found.st_size, f"{found.st_size:x}-{found.st_mtime_ns:x}-{found.st_ino:x}")

    def delete(self, key: str) -> None:
        path = self._path(key)
        with suppress(FileNotFoundError):
            path.unlink()
        for parent in list(path.relative_to(self.folder / "objects").parents)[:-1]:
            with suppress(OSError):
                (self.folder / "objects" / parent).rmdir()

    def list(self, prefix: str = "") -> Iterator[Stored]:
        root = self.folder / "objects"
        keys = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
        for key in keys:
            if key.startswith(prefix):
                with suppress(ObjectMissing):
                    yield self.stat(key)

    def _sign(self, *parts: str) -> str:
        return hmac.new(self._key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()

    def _path(self, key: str) -> Path:
        return self.folder / "objects" / _valid(key)

    def _existing(self, key: str) -> Path:
        if KEY.fullmatch(key) is None or not self._path(key).is_file():
            raise ObjectMissing(key)
        return self._path(key)


class Incoming:
    """Bytes on their way to the disk."""

    def __init__(self, store: DiskStore, path: Path, file: BinaryIO) -> None:
        self.store, self.path, self.file = store, path, file
        self.written = 0

    def write(self, piece: bytes | bytearray) -> None:
        """Take the next bytes."""
        self.written += self.file.write(piece)

    def keep(self, key: str, *, replace: bool = False) -> None:
        """Make the bytes the object `key`, durable before this returns. The same bytes once more are welcome; other bytes raise ObjectExists."""
        self.file.flush()
        os.fsync(self.file.fileno())
        target = self.store._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        if replace:
            self.path.replace(target)
        else:
            _place(self.path, target, key)
        _sync(target.parent)


def _place(path: Path, target: Path, key: str) -> None:
    """Give the bytes at `path` the name `target` unless it is taken by other bytes: by a hard link, which never replaces."""
    try:
        os.link(path, target)
    except FileExistsError:
        if not filecmp.cmp(path, target, shallow=False):
            raise ObjectExists(key) from None
    except OSError as error:
        # Network and removable disks may know no hard links: there a rename must do, and two uploads at the very same instant are not told apart.
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK} or target.exists():
            raise
        path.replace(target)


def _valid(key: str) -> str:
    if KEY.fullmatch(key) is None:
        raise ValueError(f"not a key of the store: {key!r}")
    return key


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
