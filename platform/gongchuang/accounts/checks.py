"""What must hold on a live system."""

from sqlalchemy import text

from gongchuang.database import db

_ALIVE = text(
    """select s.id from login_sessions s join users u on u.id = s.user_id
       where u.status <> 'active' and s.ended_at is null and s.expires_at > now_()"""
)
_TRACES = text(
    """select u.id from users u where u.status = 'erased' and (u.phone is not null or u.email is not null or u.password is not null or u.totp_secret is not null
       or exists (select 1 from passkeys p where p.user_id = u.id) or exists (select 1 from recovery_codes r where r.user_id = u.id))"""
)


def gone_people_are_gone() -> list[str]:
    """Nobody suspended or erased has a live session; of erased people no address and no key is left."""
    return [
        *(f"session {row.id} of somebody suspended or erased is alive" for row in db.session.execute(_ALIVE)),
        *(f"person {row.id} was erased, not wholly" for row in db.session.execute(_TRACES)),
    ]
