"""The port to the object store: what files need of it, and nothing else.

Browsers upload straight to the store with a signed form of one key, one size and five minutes, and download with a signed link of at most a minute;
the program itself reads and writes streams. Two implementations, `DiskStore` and `S3Store`, pass the same contract (tests/services/test_stores.py).

An object's bytes never change once written: the disk store refuses to write a key twice, the S3 store names the version it has checked.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from gongchuang.refusal import Unavailable

LONGEST_LINK = 60
"""Seconds a download link may live (quality.md 17)."""
LONGEST_FORM = 300
CHUNK = 1 << 20


class ObjectMissing(Exception):
    """There is no object under this key."""


class StoreUnavailable(Unavailable):
    """The store does not answer or has no room; the caller tries again later."""


@dataclass(frozen=True)
class SignedForm:
    """Where a browser posts a file as multipart/form-data: the fields first, then the file in a field called `file`."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Stored:
    """An object as the store knows it. `etag` changes with the content; `version` names these very bytes where the store keeps versions."""

    key: str
    size: int
    etag: str
    version: str | None = None


class Store(Protocol):
    """An object store."""

    def ensure(self) -> None:
        """Make the place objects lie in; calling it again changes nothing."""

    def signed_post(self, key: str, size: int, content_type: str, seconds: int = LONGEST_FORM) -> SignedForm:
        """Return a form that lets its holder upload exactly `size` bytes under exactly `key`."""

    def signed_get(self, key: str, filename: str, seconds: int = LONGEST_LINK, *, version: str | None = None, inline: bool = False) -> str:
        """Return a link that serves the object under `filename` for at most `seconds` (60 at most), as an attachment unless inline."""

    def open(self, key: str, *, version: str | None = None) -> AbstractContextManager[BinaryIO]:
        """Open an object for reading as a stream; raises ObjectMissing."""

    def put(self, key: str, source: BinaryIO, size: int, content_type: str) -> Stored:
        """Store what we made ourselves (thumbnails, viewer models), replacing what was there."""

    def stat(self, key: str, *, version: str | None = None) -> Stored:
        """Return size and etag; raises ObjectMissing."""

    def delete(self, key: str) -> None:
        """Remove an object with all its versions; removing nothing is no error."""

    def list(self, prefix: str = "") -> Iterator[Stored]:
        """Walk over all objects under a prefix, in order of their keys."""


def chunks(source: BinaryIO, size: int = CHUNK) -> Iterator[bytes]:
    """Read a stream piece by piece."""
    while piece := source.read(size):
        yield piece
