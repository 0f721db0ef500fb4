"""What every table is: ids, versions, tenancy, policies, all named."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, MetaData, UniqueConstraint, Uuid, column, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint, Range
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.schema import Constraint

type_map = {datetime: DateTime(timezone=True), UUID: Uuid()}


def uuid7() -> UUID:
    """Return a UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits, so that rows made together lie together."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


@dataclass(frozen=True)
class Policy:
    """One row-level security policy for the app role, beside `own`. SQL may call org(), user_id(), session_id(), audience(), now_()."""

    name: str
    command: str
    using: str | None = None
    check: str | None = None


AUDIENCE = Policy("audience", "select", using="audience && audience()")
"""For tables with `audience text[]`: readable by whoever holds one of its tokens (`public`, `park:…`, `org:…`)."""


class Base(DeclarativeBase):
    """The registry of all tables."""

    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        }
    )
    type_annotation_map = type_map
    __policies__: ClassVar[Sequence[Policy]] = ()
    __system_writes__: ClassVar[Sequence[str]] = ()
    __app_may__: ClassVar[Sequence[str]] = ("select", "insert", "update", "delete")


class Row(Base):
    """A table with an id and the instant of its making, without versions."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7, sort_order=-100)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=900)


class Model(Row):
    """A table whose rows people change: an update of a row that another changed meanwhile is refused (409)."""

    __abstract__ = True

    version: Mapped[int] = mapped_column(default=1, server_default="1", sort_order=901)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Tenant:
    """A table whose rows belong to one organisation; the database lets nobody else see them unless a policy says so.

    Write `class Offer(Tenant, Model)`. Children refer to `(organisation_id, id)`, so that a row never hangs on another tenant's parent.
    """

    __tenant__: ClassVar[bool] = True

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), sort_order=-90)

    def __init_subclass__(cls, **arguments: Any) -> None:
        if "__tablename__" in cls.__dict__:
            name = cls.__dict__["__tablename__"]
            given = cls.__dict__.get("__table_args__", ())
            options = given[-1:] if given and isinstance(given[-1], dict) else ()
            items = [item for item in given if not isinstance(item, dict)]
            cls.__table_args__ = (*items, UniqueConstraint("organisation_id", "id", name=f"{name}_tenant_key"), *options)  # type: ignore[attr-defined]
        super().__init_subclass__(**arguments)


def exclusion(name: str, *, where: str | None = None, **columns: str) -> Constraint:
    """Return a constraint that no two rows agree in every column.

    `machine_id="="` compares an id (as a one-point range, so that no extension is needed), `during="&&"` ranges.
    """
    parts: list[tuple[Any, str]] = [
        (text(f"uuidrange({key}, {key}, '[]')"), "&&") if operator == "=" else (column(key), operator) for key, operator in columns.items()
    ]
    return ExcludeConstraint(*parts, name=name, using="gist", where=text(where) if where else None)


def half_open(start: datetime, end: datetime) -> Range[datetime]:
    """Return [start, end)."""
    return Range(start, end, bounds="[)")
