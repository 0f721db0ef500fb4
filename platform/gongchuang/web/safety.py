"""Headers on every answer, addresses that stay on this site."""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request, session
from flask.sessions import SecureCookieSessionInterface


def safe_path(address: str | None) -> str | None:
    """Return the path (with query) of `address` if it lies on this site, else None: a redirect never leaves."""
    if not address or any(c in address for c in "\\\r\n\t"):
        return None
    parts = urlsplit(address)
    if parts.netloc and parts.netloc != request.host:
        return None
    if (parts.scheme and parts.scheme not in ("http", "https")) or not parts.path.startswith("/") or parts.path.startswith("//"):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def csp_nonce() -> str:
    """Return this answer's nonce for its own script elements."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    nonce: str = g.nonce
    return nonce


class Visits(SecureCookieSessionInterface):
    """The cookie of a visit (its form key, its flashes), which like the session's own is sent back over HTTPS alone where the site is open over HTTPS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Follow the address that is open, as the session's cookie does: plain loopback has no HTTPS."""
        return request.is_secure


def register(app: Flask, store_origins: list[str]) -> None:
    """Put the security headers on every answer. `store_origins`: where browsers upload to and load previews from."""
    elsewhere = " ".join(store_origins)
    app.session_interface = Visits()

    @app.after_request
    def headers(answer: Response) -> Response:
        policy = (
            f"default-src 'none'; script-src 'self' 'nonce-{csp_nonce()}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{csp_nonce()}'; "
            f"img-src 'self' data: blob: {elsewhere}; font-src 'self'; connect-src 'self' blob: data: {elsewhere}; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self' blob:; media-src 'self'"
        )
        answer.headers.setdefault("Content-Security-Policy", policy)
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        answer.headers.setdefault("X-Frame-Options", "DENY")
        answer.headers.setdefault("Referrer-Policy", "same-origin")
        answer.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        answer.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        answer.headers.setdefault("Permissions-Policy", "geolocation=(), microphone=(), camera=(self)")
        if request.is_secure:
            answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint != "static" or answer.status_code >= 400:
            known = request.cookies or request.authorization or session.modified or "Set-Cookie" in answer.headers  # the visit's cookie is set after this
            answer.headers.setdefault("Cache-Control", "private, no-store" if known else "no-cache")
        return answer

    app.extensions["protect"] = headers
