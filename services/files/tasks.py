"""What runs behind: checking what came, and keeping the store clean. Ids in, one action out."""

from datetime import datetime

from gongchuang.actor import Actor
from gongchuang.database import db, now
from gongchuang.events import Delivered, cron, handles

from . import checking, keeping
from .events import FileReceived
from .models import FileRevision
from .stores import current_store


@handles(FileReceived, queue="files")
def check_file(event: Delivered) -> None:
    """Check an upload under its owner's rights."""
    revision = db.session.get(FileRevision, event.object_id)
    if revision is not None:
        checking.inspect(Actor.system(event.organisation_id), current_store(), revision, now())


@cron("7 * * * *", queue="slow")
def purge_abandoned(moment: datetime) -> None:
    """Remove uploads nobody finished."""
    keeping.purge_abandoned(current_store(), moment)


@cron("*/5 * * * *", queue="slow")
def verify_some(moment: datetime) -> None:
    """Compare stored bytes with their hashes, a little at a time, so that each is compared within thirty days."""
    keeping.verify_some(current_store(), moment)


def check_objects() -> list[str]:
    """Objects = rows, for `gongchuang check`."""
    return list(keeping.breaks(current_store(), now()))
