"""Which columns hold what people write: each must hold a canary, or be named here with the reason why it cannot."""

from collections.abc import Iterator

from gongchuang.database import ddl
from gongchuang.types import PlainText

CODE = 40
"""The length of a vocabulary's codes, which nobody writes."""

WITHOUT: dict[str, str] = {
    "conversations.url": "a path of this site",
    "file_revisions.reason_code": "a code of ours",
    "join_requests.contact": "a phone or an address, in whose form a mark does not fit",
    "message_robots.last_error": "a robot that answers has none",
    "messages.url": "a path of this site",
    "order_parts.tolerance": "read as a tolerance, or refused",
    "organisations.initials": "made of the name",
    "reindexes.error": "said by the engine",
    "reports.url": "a path of this site",
    "take_downs.url": "a path of this site",
}


def free_texts() -> Iterator[str]:
    """Yield `table.column` of every column of free text."""
    for name, model in sorted(ddl.models().items()):
        for column in model.__table__.columns:
            if isinstance(column.type, PlainText) and column.type.length != CODE:
                yield f"{name}.{column.name}"
