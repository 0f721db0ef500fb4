"""Changing rows: state by a transition table, constraints as refusals, participants."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from sqlalchemy import Index, String, func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from gongchuang.database.model import Base, Policy
from gongchuang.database.session import db
from gongchuang.refusal import NotFound, Refusal

T = TypeVar("T")


class Participant(Base):
    """That an organisation takes part in another's object. The only table other tables' policies may look into."""

    __tablename__ = "participants"
    __table_args__ = (Index("participants_of_organisation", "organisation_id", "kind"), Index("participants_of_object", "object_id", "organisation_id"))
    __policies__: ClassVar = (
        Policy("own", "select", using="organisation_id = org() or owner_id = org()"),
        Policy("grant", "insert", check="owner_id = org()"),
        Policy("revoke", "delete", using="owner_id = org()"),
    )
    __system_writes__: ClassVar = ("*",)

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    object_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def add_participant(kind: str, object_id: UUID, organisation_id: UUID, role: str, *, owner_id: UUID) -> None:
    """Let `organisation_id` take part in `object_id`, which belongs to `owner_id`. A second call changes nothing."""
    values = {"kind": kind, "object_id": object_id, "organisation_id": organisation_id, "role": role, "owner_id": owner_id}
    db.session.execute(postgresql.insert(Participant).values(values).on_conflict_do_nothing())


def is_participant(object_id: UUID, organisation_id: UUID | None) -> bool:
    if organisation_id is None:
        return False
    found = select(Participant.role).where(Participant.object_id == object_id, Participant.organisation_id == organisation_id)
    return db.session.scalar(found.limit(1)) is not None


def take_turns(*what: object) -> None:
    """Let one transaction at a time go on with `what`: others wait here until it has ended, then read what it left.

    For what the requests of one page do at once, such as a form that is sent while its draft is still being saved.
    """
    db.session.execute(text("select pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": ":".join(map(str, what))})


def conflict() -> Refusal:
    return Refusal("state.conflict", "内容刚被他人更新，请刷新页面查看最新状态后再操作", status=409)


def move(row: Any, transitions: Mapping[str, set[str]], *, to: str, **changes: Any) -> None:
    """Move `row` to state `to` and set `changes`. An illegal step, or a row that another changed first, is a conflict (409)."""
    if to not in transitions.get(row.status, set()):
        raise conflict()
    row.status = to
    for name, value in changes.items():
        setattr(row, name, value)
    try:
        db.session.flush()
    except StaleDataError:
        raise conflict() from None


def latest(row: Any) -> None:
    """Lock one's own `row` and read it again: who waited judges what is, not what was, and a job that touched it meanwhile has outrun nobody."""
    db.session.flush()
    fresh = select(type(row)).where(type(row).id == row.id).with_for_update().execution_options(populate_existing=True)
    if db.session.scalar(fresh) is None:
        raise NotFound


@contextmanager
def refuse_if_excluded(constraint: str, refusal: Refusal) -> Iterator[None]:
    """Raise `refusal` where the flush inside breaks `constraint` (exclusion, unique or check); anything else passes through."""
    try:
        with db.session.begin_nested():
            yield
            db.session.flush()
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) == constraint:
            raise refusal from None
        raise


def found_or_404(model: type[T], identifier: UUID) -> T:
    """Return the row the reader may see, or the 404 that a missing and a hidden one share."""
    row = db.session.get(model, identifier)
    if row is None:
        raise NotFound
    return row
