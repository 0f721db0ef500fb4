"""The audit trail: append-only, in the transaction of the change, hash-chained per organisation.

`record(actor, "quote:award", quote, price_fen=…)` where something happens. Entries are written at the end of the unit of work, the chains'
heads locked in one order (unordered locks deadlock), each only as long as the commit takes.
"""

from gongchuang.audit.chain import breaks_of, record, write_pending
from gongchuang.audit.models import PLATFORM, AuditEntry, AuditHead

__all__ = ["PLATFORM", "AuditEntry", "AuditHead", "breaks_of", "record", "write_pending"]
