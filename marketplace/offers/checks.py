"""What `gongchuang check` proves about offers."""

from sqlalchemy import text

from gongchuang.database import db

_DOCUMENTS = text(
    """select o.id from offers o left join search_documents d on d.kind = 'offer' and d.object_id = o.id and not d.deleted
       where (o.status = 'published') <> (d.id is not null)"""
)
_FOREIGN = text("select o.id from offers o where exists (select 1 from machines m where m.id = any(o.machine_ids) and m.organisation_id <> o.organisation_id)")
_AUDIENCE = text(
    """select m.id from machines m where array(select unnest(m.audience) order by 1)::text[] is distinct from
       array(select distinct unnest(o.audience) from offers o where m.id = any(o.machine_ids) and o.status = 'published' order by 1)::text[]"""
)


def published_offers_are_found() -> list[str]:
    """Every published offer has a search document, and no other has."""
    return [f"offer {row.id} and its search document disagree whether it is published" for row in db.session.execute(_DOCUMENTS)]


def offers_are_of_own_machines() -> list[str]:
    """No offer is of another firm's machines."""
    return [f"offer {row.id} is of another firm's machine" for row in db.session.execute(_FOREIGN)]


def machines_are_seen_by_offer() -> list[str]:
    """A machine is seen by exactly those who may see a published offer of it."""
    return [f"machine {row.id} is open to others than its published offers are" for row in db.session.execute(_AUDIENCE)]
