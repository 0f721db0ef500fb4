"""Rate limits and the guard against forged requests: objects of their own, so that features may use them without importing the application."""

from collections.abc import Callable
from typing import Any

from flask import g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address, in_memory_fallback_enabled=True, headers_enabled=True)


def limit(value: str, *, key: Callable[[], str] = get_remote_address) -> Callable[..., Any]:
    """Limit how often a view is posted to, by address or by `key`. Put it above the view's permission.

    A view that runs again to show a refusal in its form is still the same request, and counted once.
    """
    decorate: Callable[..., Any] = limiter.limit(value, methods=["POST"], key_func=key, exempt_when=lambda: "refused" in g)
    return decorate


def by_form(name: str) -> Callable[[], str]:
    """Return a limit's key: what was typed into the form field `name`, so that one account is tried rarely wherever the tries come from."""

    def key() -> str:
        return f"{name}:{(request.form.get(name) or '')[:254].strip().casefold()}"

    return key


__all__ = ["by_form", "csrf", "limit", "limiter"]
