"""What every answer must say to a browser, and what its cookies and its page must not allow."""

import re
from collections.abc import Iterator

from werkzeug.test import TestResponse

from tests.architecture.isolation.people import Person


def open_as(who: Person, path: str, **given: object) -> TestResponse:
    with who.client(api=path.startswith("/api/")).open(path, base_url="https://localhost", **given) as answer:  # type: ignore[arg-type]
        answer.get_data()
        return answer


def policy_of(answer: TestResponse) -> dict[str, list[str]]:
    """Return a content policy by its directives."""
    parts = [part.split() for part in answer.headers.get("Content-Security-Policy", "").split(";") if part.strip()]
    return {part[0]: part[1:] for part in parts}


def wrong_with(answer: TestResponse, *, personal: bool, static: bool) -> Iterator[str]:
    """Yield what an answer says too little, or too much."""
    said, policy = answer.headers, policy_of(answer)
    everything = [source for sources in policy.values() for source in sources]
    if policy.get("default-src") != ["'none'"] or {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"} & set(everything):
        yield f"policy {policy}"
    if "sandbox" not in policy and (policy.get("frame-ancestors") != ["'none'"] or policy.get("base-uri") != ["'none'"] or "form-action" not in policy):
        yield f"frames, base or forms {policy}"
    fixed = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    yield from (f"{name}: {said.get(name)}" for name, value in fixed.items() if said.get(name) != value)
    if "max-age=31536000" not in said.get("Strict-Transport-Security", ""):
        yield "no HSTS"
    if not {"geolocation=()", "microphone=()"} <= {each.strip() for each in said.get("Permissions-Policy", "").split(",")}:
        yield "Permissions-Policy"
    kept = {each.strip() for each in said.get("Cache-Control", "").split(",")}
    if (personal or "Set-Cookie" in said) and not static and not ({"no-store"} <= kept or {"private", "no-cache"} <= kept):
        yield f"Cache-Control {kept}"
    if "Server" in said or "X-Powered-By" in said:
        yield "says what it is made of"
    for cookie in said.getlist("Set-Cookie"):
        if not all(flag in cookie for flag in ("; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/")):
            yield f"cookie {cookie}"


SCRIPTS, STYLES = re.compile(r"<script\b([^>]*)>"), re.compile(r"<style\b([^>]*)>")
HANDLERS = re.compile(r"<[a-z][^<>]*\s(?:on[a-z]+|style)=", re.IGNORECASE)


def inline_in(answer: TestResponse) -> Iterator[str]:
    """Yield scripts and styles of a page that its own policy would refuse, and any that it lets in without a nonce of this answer."""
    nonce = next((source[7:-1] for source in policy_of(answer).get("script-src", ()) if source.startswith("'nonce-")), "")
    for found in (*SCRIPTS.findall(answer.text), *STYLES.findall(answer.text)):
        if "src=" not in found and 'type="application/json"' not in found and f'nonce="{nonce}"' not in found:
            yield f"without nonce: {found}"
    if "javascript:" in answer.text.lower():
        yield "a javascript: address"
    yield from (f"inline: {found[:120]}" for found in HANDLERS.findall(answer.text))


__all__ = ["inline_in", "open_as", "policy_of", "wrong_with"]
