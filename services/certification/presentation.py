"""What other rooms' templates ask of verification."""

from collections.abc import Callable
from typing import Any

from flask import url_for


def certification_path() -> str:
    """Return the page that verifies."""
    return url_for("certification.start")


GLOBALS: dict[str, Callable[..., Any]] = {"certification_path": certification_path}
