"""What the worker does when a new index is asked for."""

from gongchuang.database import found_or_404, now
from gongchuang.events import Delivered, handles
from search.reindex import actions
from search.reindex.events import ReindexAsked
from search.reindex.models import Reindex


@handles(ReindexAsked, queue="slow", as_system=True)
def fill_index(event: Delivered) -> None:
    """Fill the index this request asked for."""
    actions.fill(found_or_404(Reindex, event.object_id), now())
