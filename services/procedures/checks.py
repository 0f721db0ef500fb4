"""What must hold of procedures at any moment."""

from sqlalchemy import text

from gongchuang.database import db

_BREAKS = (
    (
        "awarded procedures without exactly one award and one awarded submission",
        """select count(*) from procedures p where p.status = 'awarded' and (
             (select count(*) from awards a where a.procedure_id = p.id) <> 1
             or (select count(*) from submissions s where s.procedure_id = p.id and s.status = 'awarded') <> 1)""",
    ),
    (
        "awards whose submission is not the awarded one of their procedure",
        """select count(*) from awards a join submissions s on s.id = a.submission_id join procedures p on p.id = a.procedure_id
           where s.status <> 'awarded' or s.procedure_id <> a.procedure_id or p.status <> 'awarded'""",
    ),
    (
        "submissions that came at or after the deadline",
        "select count(*) from submissions s join procedures p on p.id = s.procedure_id where s.submitted_at >= p.closes_at",
    ),
    (
        "submissions still waiting in an ended procedure",
        """select count(*) from submissions s join procedures p on p.id = s.procedure_id
           where s.status = 'submitted' and p.status in ('awarded', 'cancelled', 'failed')""",
    ),
    (
        "procedures open an hour after their deadline: is the clock running?",
        "select count(*) from procedures where status = 'open' and closes_at < now_() - interval '1 hour'",
    ),
)


def procedures_hold() -> list[str]:
    """One award for each awarded procedure, nothing accepted late, nothing left waiting."""
    counted = [(sentence, db.session.execute(text(query)).scalar_one()) for sentence, query in _BREAKS]
    return [f"{count} {sentence}" for sentence, count in counted if count]
