"""The database: one session, one commit site, tenancy by row-level security, its clock."""

from gongchuang.database.change import Participant, add_participant, conflict, found_or_404, is_participant, latest, move, refuse_if_excluded, take_turns
from gongchuang.database.model import AUDIENCE, Base, Model, Policy, Row, Tenant, exclusion, half_open, uuid7
from gongchuang.database.session import CLOCK, Scope, after_commit, afterwards, as_system, current_scope, db, enter, entered_at, now

__all__ = [
    "AUDIENCE",
    "CLOCK",
    "Base",
    "Model",
    "Participant",
    "Policy",
    "Row",
    "Scope",
    "Tenant",
    "add_participant",
    "after_commit",
    "afterwards",
    "as_system",
    "conflict",
    "current_scope",
    "db",
    "enter",
    "entered_at",
    "exclusion",
    "found_or_404",
    "half_open",
    "is_participant",
    "latest",
    "move",
    "now",
    "refuse_if_excluded",
    "take_turns",
    "uuid7",
]
