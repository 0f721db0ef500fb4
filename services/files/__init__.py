"""Files: drawings, models and pictures that stay their owner's.

Owns: files, file_revisions, file_grants, file_ndas, downloads, and the object store behind its port. Publishes: FileReceived, FileChecked, FileRefused.
Builds on: the ground alone. Used by orders, tasks, bids, certification: they keep a revision's id and open it with `actions.grant`.
"""

from gongchuang.manifest import Feature

from . import api, doctor, presentation, stores, tasks, views
from .permissions import POLICY

feature = Feature(
    name="files",
    pages=views.pages,
    api=api.api,
    permissions=POLICY,
    handlers=[tasks.check_file],
    crons=[tasks.purge_abandoned, tasks.verify_some],
    checks=[tasks.check_objects],
    globals=presentation.GLOBALS,
    doctor=[doctor.examine],
    start=[stores.start],
)

__all__ = ["feature"]
