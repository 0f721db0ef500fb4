"""What must hold of tasks at any moment."""

from sqlalchemy import text

from gongchuang.database import db

_BREAKS = (
    ("tasks whose procedure is of another kind", "select count(*) from tasks t join procedures p on p.id = t.id where p.object_kind <> 'task'"),
    (
        "tasks put out without budget, skills or an owner of what is designed",
        """select count(*) from tasks t join procedures p on p.id = t.id where p.opens_at is not null
           and (t.budget_max_fen is null or t.ip_terms is null or cardinality(t.skills) = 0)""",
    ),
    (
        "open tasks that cannot be found",
        """select count(*) from procedures p where p.object_kind = 'task' and p.status = 'open' and p.closes_at > now_()
           and not exists (select 1 from search_documents d where d.kind = 'task' and d.object_id = p.id and not d.deleted)""",
    ),
    (
        "drafts or ended tasks that can be found",
        """select count(*) from procedures p join search_documents d on d.kind = 'task' and d.object_id = p.id and not d.deleted
           where p.object_kind = 'task' and p.status in ('draft', 'awarded', 'cancelled', 'failed')""",
    ),
)


def tasks_hold() -> list[str]:
    """Each task has a procedure of its kind and everything a bidder must know; what is open can be found, what is not cannot."""
    counted = [(sentence, db.session.execute(text(query)).scalar_one()) for sentence, query in _BREAKS]
    return [f"{count} {sentence}" for sentence, count in counted if count]
