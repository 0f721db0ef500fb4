"""Reads of people and what proves them. Before somebody is known they run as the system role and give back no more than sign-in needs."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select

from gongchuang.accounts.identify import digest
from gongchuang.accounts.models import AccessToken, LoginSession, Passkey, SignInLink, User
from gongchuang.accounts.rules import Address
from gongchuang.database import as_system, db, found_or_404
from gongchuang.organisations.models import Membership, Organisation


def user_at(address: Address) -> User | None:
    """Return whoever has this address. Runs as the system role."""
    column = User.phone if address.kind == "phone" else User.email
    with as_system():
        return db.session.scalar(select(User).where(column == address.value))


def user_of(user_id: UUID) -> User:
    """Return a person for signing in. Runs as the system role."""
    with as_system():
        return found_or_404(User, user_id)


def me(user_id: UUID | None) -> User:
    """Return the person acting."""
    assert user_id
    return found_or_404(User, user_id)


def login_session(login_session_id: UUID) -> LoginSession:
    return found_or_404(LoginSession, login_session_id)


def access_token(access_token_id: UUID) -> AccessToken:
    return found_or_404(AccessToken, access_token_id)


def passkey(passkey_id: UUID) -> Passkey:
    return found_or_404(Passkey, passkey_id)


def passkeys_of(user_id: UUID) -> list[Passkey]:
    with as_system():
        return list(db.session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)))


def has_second_factor(user_id: UUID) -> bool:
    """Whether an authenticator or a passkey is set up."""
    with as_system():
        totp = db.session.scalar(select(User.totp_enrolled_at).where(User.id == user_id))
        return totp is not None or db.session.scalar(select(Passkey.id).where(Passkey.user_id == user_id).limit(1)) is not None


def duties_of(user_id: UUID) -> frozenset[str]:
    """Return the operator's duties a person has in any organisation."""
    with as_system():
        found = db.session.scalars(select(Membership.duties).where(Membership.user_id == user_id, Membership.status == "active"))
        return frozenset(duty for duties in found for duty in duties)


def organisation_to_act_for(user: User) -> UUID | None:
    """Return the organisation a new session acts for: the last one, else the first."""
    with as_system():
        query = select(Membership.organisation_id).where(Membership.user_id == user.id, Membership.status == "active").order_by(Membership.id)
        mine = list(db.session.scalars(query))
    if user.organisation_id_last in mine:
        return user.organisation_id_last
    return mine[0] if mine else None


def is_trusted(token: str | None) -> bool:
    """Whether a cookie's session stands for a trusted device."""
    if token is None:
        return False
    with as_system():
        return bool(db.session.scalar(select(LoginSession.trusted).where(LoginSession.token_digest == digest(token))))


def live_sessions_of(user_id: UUID, now: datetime) -> list[LoginSession]:
    """Return the browsers a person is signed in with, latest use first."""
    live = select(LoginSession).where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None), LoginSession.expires_at > now)
    return list(db.session.scalars(live.order_by(LoginSession.last_seen_at.desc(), LoginSession.id)))


@dataclass(frozen=True)
class Token:
    """A live token and the organisation it acts for, for the list."""

    row: AccessToken
    organisation: str


def live_tokens_of(user_id: UUID, now: datetime) -> list[Token]:
    query = select(AccessToken, Organisation.name).join(Organisation, Organisation.id == AccessToken.organisation_id_acting)
    live = query.where(AccessToken.user_id == user_id, AccessToken.revoked_at.is_(None), AccessToken.expires_at > now).order_by(AccessToken.id.desc())
    return [Token(row, name) for row, name in db.session.execute(live)]


def link_is_alive(token: str, now: datetime) -> bool:
    """Whether a one-time link can still be used."""
    with as_system():
        live = select(SignInLink.id).where(SignInLink.token_digest == digest(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now)
        return db.session.scalar(live) is not None


def names_of(user_ids: set[UUID]) -> dict[UUID, str]:
    """Return how people are called, for pages that say who did something: names alone, never an address. Runs as the system role."""
    if not user_ids:
        return {}
    with as_system():
        rows = db.session.execute(select(User.id, User.name, func.coalesce(User.phone, User.email)).where(or_(User.id.in_(user_ids))))
        return {row[0]: row[1] or f"****{(row[2] or '')[-4:]}" for row in rows}
