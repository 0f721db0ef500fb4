"""Long lists, a page at a time, by an opaque cursor over the ordering columns: no OFFSET, no row twice or skipped."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, and_, or_
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import desc_op

from gongchuang.database import db
from gongchuang.refusal import Refusal

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items and the cursor of the next page, None at the end."""

    items: list[T]
    next_cursor: str | None


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(value) if isinstance(value, UUID) else value


def _pack(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([_plain(v) for v in values]).encode()).decode()


def _typed(column: Any, value: Any) -> Any:
    """Return a cursor's value as its column holds it: the database compares no moment and no id with a text."""
    kind = column.type.python_type
    if kind in (datetime, UUID):
        if not isinstance(value, str):
            raise ValueError(value)
        made = datetime.fromisoformat(value) if kind is datetime else UUID(value)
        if isinstance(made, datetime) and made.tzinfo is None:
            raise ValueError(value)
        return made
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(value)
    return value


def _unpack(cursor: str, columns: list[Any]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if not isinstance(values, list):
            raise ValueError(values)
        return [_typed(column, value) for column, value in zip(columns, values, strict=True)]
    except (ValueError, OverflowError, RecursionError, binascii.Error):
        raise Refusal("cursor.invalid", "翻页参数无效，请从第一页重新打开", field="cursor") from None


def page_of(query: Select[T], cursor: str | None, size: int = 20) -> Page[T]:
    """Return a page of an ordered select. Its ordering must end in a unique column of the selected model."""
    order = [(o.element, True) if isinstance(o, UnaryExpression) and o.modifier is desc_op else (o, False) for o in query._order_by_clauses]
    if cursor:
        values = _unpack(cursor, [column for column, _ in order])
        steps = []
        for i, (column, descending) in enumerate(order):
            equal = [c == v for (c, _), v in zip(order[:i], values[:i], strict=True)]
            steps.append(and_(*equal, column < values[i] if descending else column > values[i]))
        query = query.where(or_(*steps))
    items: list[Any] = list(db.session.scalars(query.limit(size + 1)).unique())
    more = len(items) > size
    items = items[:size]
    return Page(items, _pack([getattr(items[-1], str(c.key)) for c, _ in order]) if more else None)
