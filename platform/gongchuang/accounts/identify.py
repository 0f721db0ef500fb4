"""Who is behind a request: one statement from the cookie's or the token's digest to person, organisation, roles."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from gongchuang.actor import NOBODY, Actor, OrganisationKind, Role
from gongchuang.database import db
from gongchuang.organisations.queries import audience_tokens

OPERATOR_IDLE = timedelta(minutes=30)
TOUCH_EVERY = timedelta(minutes=1)

_WHO = """select {origin}.id as session_id, u.id as user_id, u.language, o.id as organisation_id, o.kind, o.status as organisation_status, o.park,
       o.operator_region, m.roles, m.duties, now_() as now, {columns}
from {table} {origin}
join users u on u.id = {origin}.user_id and u.status = 'active'
left join memberships m on m.user_id = u.id and m.organisation_id = {origin}.organisation_id_acting and m.status = 'active'
left join organisations o on o.id = m.organisation_id
where {origin}.token_digest = :digest and {origin}.expires_at > now_() and {condition}"""
_BY_COOKIE = text(_WHO.format(origin="s", table="login_sessions", columns="s.last_seen_at, s.fresh_until, null as scopes", condition="s.ended_at is null"))
_BY_TOKEN = text(
    _WHO.format(origin="t", table="access_tokens", columns="t.last_used_at as last_seen_at, null as fresh_until, t.scopes", condition="t.revoked_at is null")
)


def digest(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Identified:
    """An actor, and whether the session's `last_seen_at` is due to be touched."""

    actor: Actor
    touch: bool = False
    session_id: UUID | None = None


def by_cookie(token: str) -> Identified:
    """Identify by a session cookie's token. Runs as the system role: nobody is known yet."""
    row = db.session.execute(_BY_COOKIE, {"digest": digest(token)}).mappings().one_or_none()
    if row is None or (row["duties"] and row["now"] - row["last_seen_at"] > OPERATOR_IDLE):
        return Identified(NOBODY)
    return Identified(_actor(row), touch=row["now"] - row["last_seen_at"] > TOUCH_EVERY, session_id=row["session_id"])


def by_token(token: str) -> Identified:
    """Identify by a personal access token. An organisation that the person has left makes the token worthless."""
    row = db.session.execute(_BY_TOKEN, {"digest": digest(token)}).mappings().one_or_none()
    if row is None or row["organisation_id"] is None:
        return Identified(NOBODY)
    last: datetime | None = row["last_seen_at"]
    return Identified(_actor(row), touch=last is None or row["now"] - last > TOUCH_EVERY, session_id=row["session_id"])


def _audience(row: Any, duties: frozenset[str]) -> tuple[str, ...]:
    """Return whose things the actor may see; an operator with a duty sees what was put before the operators of the region, or park."""
    return (*audience_tokens(row["organisation_id"], row["park"]), *(f"{duty}:{row['operator_region'] or ''}" for duty in sorted(duties)))


def _actor(row: Any) -> Actor:
    status = row["organisation_status"]
    duties = frozenset(row["duties"] or ()) if row["kind"] == OrganisationKind.OPERATOR else frozenset()
    return Actor(
        user_id=row["user_id"],
        organisation_id=row["organisation_id"],
        roles=frozenset(Role(r) for r in row["roles"] or ()),
        kind=OrganisationKind(row["kind"]) if row["kind"] else None,
        verified=status == "verified",
        suspended=status == "suspended",
        audience=_audience(row, duties),
        operator_duties=duties,
        operator_region=row["operator_region"],
        session_id=None if row["scopes"] is not None else row["session_id"],
        token_scopes=frozenset(row["scopes"].split()) if row["scopes"] is not None else None,
        language=row["language"],
        fresh=row["fresh_until"] is not None and row["fresh_until"] > row["now"],
    )
