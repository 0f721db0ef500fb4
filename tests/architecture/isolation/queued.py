"""What stands in Redis, read as whoever has its contents would read it: jobs and their results are packed there."""

import base64
import binascii
import zlib
from collections.abc import Iterator
from typing import Any


def _unpacked(value: bytes) -> Iterator[bytes]:
    """Yield a value as it is, and what is packed in it."""
    yield value
    for packed in (value, _plain(value)):
        try:
            yield zlib.decompress(packed)
        except zlib.error:
            continue


def _plain(value: bytes) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return b""


def _values(connection: Any, key: bytes) -> Iterator[bytes]:
    """Yield every value of a key that has fields or entries of its own."""
    kind = connection.type(key)
    if kind == b"hash":
        yield from connection.hgetall(key).values()
    elif kind == b"stream":
        for _, fields in connection.xrange(key):
            yield from fields.values()


def jobs(connection: Any) -> str:
    """Return everything that a Redis holds: each key as it is kept, and beside it what its fields hold when they are unpacked."""
    found: list[bytes] = []
    for key in connection.keys("*"):
        found += [key, connection.dump(key) or b""]
        found += [part for value in _values(connection, key) for part in _unpacked(value)]
    return b"\n".join(found).decode("latin-1")
