"""Digests of what people know or hold, under a key of this installation: a stolen table alone tells no code, no number, no name."""

import hashlib
import hmac
import secrets
from typing import Any

from gongchuang.settings import Settings

_state: dict[str, bytes] = {}


def start(app: Any) -> None:
    """Take the installation's key. Every digest below is useless without it."""
    settings: Settings = app.config["SETTINGS"]
    _state["key"] = settings.key


def derived(purpose: str) -> bytes:
    """Return the key for one purpose, so that a digest made for one thing is never one of another."""
    return hmac.new(_state["key"], f"gongchuang/{purpose}".encode(), hashlib.sha256).digest()


def keyed(purpose: str, value: str) -> str:
    """Return the keyed digest (HMAC-SHA256, hex) of a value that is short enough to be guessed."""
    return hmac.new(derived(purpose), value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def six_digits() -> str:
    """Return a random code of six digits."""
    return f"{secrets.randbelow(1_000_000):06d}"
