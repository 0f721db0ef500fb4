"""What must hold on a live system."""

from sqlalchemy import text

from gongchuang.database import db

_WITHOUT_ADMIN = text(
    """select m.organisation_id as id from memberships m join organisations o on o.id = m.organisation_id
       where m.status = 'active' and o.kind in ('firm', 'provider') group by m.organisation_id
       having not bool_or('admin' = any(m.roles)) and count(*) > 1"""
)
_TWO_DUTIES = text("select id from memberships where cardinality(duties) > 1 and status = 'active'")
_DUTY_ELSEWHERE = text(
    """select m.id from memberships m join organisations o on o.id = m.organisation_id
       where cardinality(m.duties) > 0 and o.kind <> 'operator' and m.status = 'active'"""
)


def members_are_led() -> list[str]:
    """Every firm with members has an administrator; every operator has one duty, in an operator's organisation."""
    return [
        *(f"organisation {row.id} has members and no administrator" for row in db.session.execute(_WITHOUT_ADMIN)),
        *(f"membership {row.id} has more than one duty" for row in db.session.execute(_TWO_DUTIES)),
        *(f"membership {row.id} has a duty outside an operator" for row in db.session.execute(_DUTY_ELSEWHERE)),
    ]
