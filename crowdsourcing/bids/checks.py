"""What must hold of bids at any moment."""

from sqlalchemy import text

from gongchuang.database import db

_BREAKS = (
    (
        "bids that are no submission on their task",
        """select count(*) from bids b left join submissions s on s.id = b.id and s.procedure_id = b.task_id and s.organisation_id = b.organisation_id
           where s.id is null""",
    ),
    ("bids less sealed than their task", "select count(*) from bids b join tasks t on t.id = b.task_id where t.sealed and not b.sealed"),
    (
        "bidders with two standing bids on one task",
        """select count(*) from (select 1 from bids b join submissions s on s.id = b.id where s.status <> 'withdrawn'
           group by b.task_id, b.organisation_id having count(*) > 1) twice""",
    ),
    (
        "files of lost or withdrawn bids that the publisher may still open",
        """select count(*) from bids b join submissions s on s.id = b.id and s.status in ('lost', 'withdrawn')
           join file_grants g on g.revision_id = b.revision_id and g.token = 'org:' || b.buyer_organisation_id
           where coalesce(s.decided_at, s.submitted_at) < now_() - interval '1 hour' and not exists (
             select 1 from bids o join submissions os on os.id = o.id and os.status in ('submitted', 'awarded')
             where o.revision_id = b.revision_id and o.buyer_organisation_id = b.buyer_organisation_id)""",
    ),
)


def bids_hold() -> list[str]:
    """One standing bid for each bidder and task, sealed as promised; what was not chosen is its bidder's own again."""
    counted = [(sentence, db.session.execute(text(query)).scalar_one()) for sentence, query in _BREAKS]
    return [f"{count} {sentence}" for sentence, count in counted if count]
