"""Typed builders: `make_organisation(...)`. Each runs in a transaction of its own as the system role and returns a detached row."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from flask import Flask
from stdnum.cn import uscc

from gongchuang.accounts.identify import digest
from gongchuang.accounts.models import AccessToken, LoginSession, User
from gongchuang.accounts.sessions import COOKIE
from gongchuang.actor import Actor, OrganisationKind, Role
from gongchuang.database import Scope, db, now
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Membership, Organisation
from gongchuang.organisations.queries import audience_tokens

_current: dict[str, Flask] = {}
_numbers = count(100_000)  # beyond the telephone numbers of the demo, which some tests load beside


def use(app: Flask) -> None:
    """Name the application whose database the builders fill."""
    _current["app"] = app


@contextmanager
def as_the_system() -> Iterator[None]:
    with _current["app"].app_context(), transaction(Scope(system=True)):
        yield


def some_uscc() -> str:
    """A valid unified social credit code of no registered firm (region 999999)."""
    body = f"91999999MA{next(_numbers) % 10_000_000:07d}"
    return body + uscc.calc_check_digit(body)


def make_organisation(name: str | None = None, *, verified: bool = True, kind: str = "firm", region: str = "610113", **values: Any) -> Organisation:
    number = next(_numbers)
    name = name or f"测试机械{number}厂"
    with as_the_system():
        organisation = Organisation(
            name=name,
            short_name=name[:20],
            kind=kind,
            region=region,
            status="verified" if verified else "unverified",
            uscc=some_uscc() if kind != "person" else None,
            **values,
        )
        db.session.add(organisation)
    return organisation


def make_user(organisation: Organisation | None = None, *, roles: tuple[str, ...] = ("admin",), duties: tuple[str, ...] = (), **values: Any) -> User:
    number = next(_numbers)
    with as_the_system():
        user = User(phone=f"+861390{number:07d}", name=f"示例用户{number}", fs_uniquifier=uuid4().hex, privacy_consented_at=now(), **values)
        db.session.add(user)
        db.session.flush()
        if organisation is not None:
            db.session.add(Membership(organisation_id=organisation.id, user_id=user.id, roles=list(roles), duties=list(duties)))
    return user


def make_operator(region: str = "61", *duties: str) -> tuple[Organisation, User]:
    """An operator's organisation for `region` with one person of `duties` (运营 by default)."""
    organisation = make_organisation(kind="operator", region=region, operator_region=region)
    return organisation, make_user(organisation, duties=duties or ("operations",))


def make_session(user: User, organisation: Organisation | None, *, fresh: bool = True) -> str:
    """Return the token of a live session."""
    token = uuid4().hex
    with as_the_system():
        moment = now()
        db.session.add(
            LoginSession(
                token_digest=digest(token),
                user_id=user.id,
                organisation_id_acting=organisation.id if organisation else None,
                expires_at=moment + timedelta(hours=8),
                last_seen_at=moment,
                fresh_until=moment + timedelta(minutes=15) if fresh else None,
            )
        )
    return token


def make_token(user: User, organisation: Organisation, scopes: str = "*") -> str:
    """Return a personal access token."""
    token = "gc_" + uuid4().hex
    with as_the_system():
        until = now() + timedelta(days=30)
        db.session.add(
            AccessToken(token_digest=digest(token), name="测试", user_id=user.id, organisation_id_acting=organisation.id, scopes=scopes, expires_at=until)
        )
    return token


def actor_of(user: User, organisation: Organisation, roles: tuple[str, ...] = ("admin",)) -> Actor:
    return Actor(
        user_id=user.id,
        organisation_id=organisation.id,
        roles=frozenset(Role(r) for r in roles),
        kind=OrganisationKind(organisation.kind),
        verified=organisation.verified,
        audience=audience_tokens(organisation.id, organisation.park),
        fresh=True,
    )


__all__ = ["COOKIE", "actor_of", "as_the_system", "make_operator", "make_organisation", "make_session", "make_token", "make_user", "some_uscc", "use"]
