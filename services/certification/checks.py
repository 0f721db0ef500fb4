"""What must hold on a live system."""

from sqlalchemy import text

from gongchuang.database import db

_WITHOUT = text(
    """select o.id from organisations o where o.status = 'verified' and not o.demo and o.kind <> 'operator'
       and not exists (select 1 from certification_cases c where c.organisation_id = o.id and c.status = 'approved')"""
)
_OTHER_NUMBER = text(
    """select o.id from organisations o join lateral (select c.uscc from certification_cases c where c.organisation_id = o.id and c.status = 'approved'
       order by c.decided_at desc limit 1) c on true where o.status = 'verified' and o.uscc is distinct from c.uscc and o.kind <> 'person'"""
)


def verified_have_cases() -> list[str]:
    """Every verified organisation has an approved case, and carries the number of its latest one."""
    without = [f"organisation {row.id} is verified without an approved case" for row in db.session.execute(_WITHOUT)]
    return without + [f"organisation {row.id} does not carry the USCC it was verified with" for row in db.session.execute(_OTHER_NUMBER)]
