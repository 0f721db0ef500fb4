"""Serving pages and the API: the request's life, forms, refusals, headers, languages."""

from gongchuang.database import after_commit
from gongchuang.web.current import Answer, actor, now
from gongchuang.web.forms import Form, pressed
from gongchuang.web.idempotency import idempotent, repeatable

__all__ = ["Answer", "Form", "actor", "after_commit", "idempotent", "now", "pressed", "repeatable"]
