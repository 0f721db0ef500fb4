"""What follows a document's change, and what the clock does for matching."""

from datetime import datetime

from gongchuang.database import now as database_now
from gongchuang.events import Delivered, cron, handles
from search.documents import queries as documents
from search.documents.events import DocumentChanged
from search.matching import actions, knowledge


@handles(DocumentChanged, queue="matching", as_system=True)
def match_document(event: Delivered) -> None:
    """Match the document as it now stands with the opposite side, unless it has changed again: then the later event's delivery does it."""
    if documents.version(event.object_id) == event.object_version:
        actions.match(event.object_id, database_now())


@cron("23 4 * * 0", queue="slow")
def learn_terms(now: datetime) -> None:
    """Learn the term weights anew once a week; matches made before keep theirs."""
    knowledge.learn()


@cron("53 3 * * *", queue="slow")
def forget_superseded(now: datetime) -> None:
    """Delete matches of versions long gone."""
    actions.forget_superseded(now)
