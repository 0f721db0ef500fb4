"""Sessions in the database: begun at sign-in with a new token, dead the moment their row says so."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text, update

from gongchuang.accounts.identify import digest
from gongchuang.accounts.models import LoginSession, User
from gongchuang.database import as_system, db

COOKIE = "gc_session"
LASTS = timedelta(hours=12)
TRUSTED_LASTS = timedelta(days=30)
FRESH_LASTS = timedelta(minutes=15)


def begin(user: User, now: datetime, *, trusted: bool, address: str, device: str, organisation_id: UUID | None) -> tuple[LoginSession, str]:
    """Begin a session for `user`; return its row and the token for the cookie, which is stored nowhere. Runs as the system role."""
    token = secrets.token_urlsafe(32)
    session = LoginSession(
        token_digest=digest(token),
        user_id=user.id,
        organisation_id_acting=organisation_id,
        expires_at=now + (TRUSTED_LASTS if trusted else LASTS),
        last_seen_at=now,
        fresh_until=now + FRESH_LASTS,
        trusted=trusted,
        address=address[:45],
        device=device[:200],
    )
    with as_system():
        db.session.add(session)
        db.session.flush()
    return session, token


def end(session_id: UUID, now: datetime) -> None:
    """End one session of the person acting."""
    db.session.execute(update(LoginSession).where(LoginSession.id == session_id, LoginSession.ended_at.is_(None)).values(ended_at=now))


def end_all_of(user_id: UUID, now: datetime, *, but: UUID | None = None) -> None:
    """End every session of a person: after a changed password, a lost role, a suspension. Runs as the system role."""
    live = update(LoginSession).where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None))
    if but is not None:
        live = live.where(LoginSession.id != but)
    with as_system():
        db.session.execute(live.values(ended_at=now))


def touch(session_id: UUID, *, token: bool) -> None:
    """Note that a session or token was used. Written after the request, at most once a minute."""
    table, column = ("access_tokens", "last_used_at") if token else ("login_sessions", "last_seen_at")
    db.session.execute(text(f"update {table} set {column} = now_() where id = :id"), {"id": session_id})  # noqa: S608 - two constants
