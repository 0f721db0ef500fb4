"""Idempotency keys: a repeated request gets the first answer, the same key with another body is refused.

The key's row is inserted in the transaction of the change, so two requests at once wait for each other, and what rolled back leaves no trace.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ClassVar
from uuid import UUID

from flask import Response, current_app, g, request
from sqlalchemy import Index, LargeBinary, String, delete, func, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database import Base, Policy, db
from gongchuang.events import cron
from gongchuang.refusal import Refusal
from gongchuang.web.current import actor

KEEP_DAYS = 7


class IdempotencyKey(Base):
    """One key of one person: the digest of what was asked, and what was answered."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("idempotency_keys_age", "created_at"),)
    __policies__: ClassVar = (Policy("mine", "all", using="user_id = user_id()", check="user_id = user_id()"),)
    __system_writes__: ClassVar = ("delete",)

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    request_digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    content_type: Mapped[str | None] = mapped_column(String(100))
    location: Mapped[str | None] = mapped_column(String(500))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def _given_key(*, required: bool) -> str:
    key = request.headers.get("Idempotency-Key") or request.form.get("idempotency_key") or ""
    if not key and required:
        raise Refusal("idempotency.missing", "请求缺少 Idempotency-Key：请生成一个随机值随请求发送，重试时保持不变", status=422)
    if key and (not 8 <= len(key) <= 80 or not key.isascii() or not key.isprintable()):
        raise Refusal("idempotency.malformed", "Idempotency-Key 应为 8–80 个可见 ASCII 字符", status=422)
    return key


def _request_digest() -> str:
    asked = hashlib.sha256(f"{request.method} {request.path} {actor().organisation_id}\n".encode())
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        for name in sorted(set(request.form) - {"csrf_token", "idempotency_key"}):
            asked.update(repr((name, request.form.getlist(name))).encode("utf-8", "surrogatepass"))
    else:
        asked.update(request.get_data(cache=True))
    return asked.hexdigest()


def _claim(key: str, digest: str) -> Response | None:
    """Insert the key, or return the answer that the first request got."""
    user_id = actor().user_id
    values = {"user_id": user_id, "key": key, "request_digest": digest}
    new = postgresql.insert(IdempotencyKey).values(values).on_conflict_do_nothing().returning(IdempotencyKey.key)
    if db.session.execute(new).scalar() is not None:
        return None
    kept = select(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
    first = db.session.scalars(kept).one()
    if first.request_digest != digest:
        raise Refusal("idempotency.reused", "这个 Idempotency-Key 已用于另一项请求，请换一个新的值", status=422)
    answer = Response(first.body or b"", status=first.status or 200, content_type=first.content_type)
    if first.location:
        answer.headers["Location"] = first.location
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _keep(key: str, answer: Response) -> None:
    kept = update(IdempotencyKey).where(IdempotencyKey.user_id == actor().user_id, IdempotencyKey.key == key)
    db.session.execute(
        kept.values(status=answer.status_code, content_type=answer.content_type, location=answer.headers.get("Location"), body=answer.get_data())
    )


def _release(key: str) -> None:
    """A form shown again with its errors has done nothing: its key may be sent once more."""
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.user_id == actor().user_id, IdempotencyKey.key == key))


def idempotent(view: Callable[..., Any]) -> Callable[..., Any]:
    """Make a POST repeatable. Put it under `@allowed`; the form carries `{{ form.idempotency() }}`, the API an `Idempotency-Key` header."""
    return _repeating(view, required=True)


def repeatable(view: Callable[..., Any]) -> Callable[..., Any]:
    """Make a POST or DELETE of the API repeatable for those who send a key; without one, a second request is judged by what the first has changed."""
    return _repeating(view, required=False)


def _repeating(view: Callable[..., Any], *, required: bool) -> Callable[..., Any]:
    @wraps(view)
    def wrapper(*args: Any, **values: Any) -> Any:
        if request.method not in ("POST", "DELETE") or "refused" in g or not (key := _given_key(required=required)):
            return view(*args, **values)
        digest = _request_digest()
        first = _claim(key, digest)
        if first is not None:
            return first
        answer = current_app.make_response(view(*args, **values))
        if answer.status_code < 400 and g.get("status", 200) < 400:
            _keep(key, answer)
        else:
            _release(key)
        return answer

    wrapper.key_required = required  # type: ignore[attr-defined]
    return wrapper


@cron("17 4 * * *", queue="slow")
def forget_old_keys(now: datetime) -> None:
    """Delete keys after a week: nobody retries that late."""
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - timedelta(days=KEEP_DAYS)))
