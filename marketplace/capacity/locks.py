"""A machine's row lock: whoever changes its hours, or how many hours there are, waits here for the others."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from gongchuang.database import db, now
from gongchuang.refusal import Refusal
from marketplace.capacity import queries, rules
from marketplace.capacity.models import Allocation
from marketplace.machines.models import Machine

_WORKED = (Machine.id, Machine.organisation_id, Machine.quantity, Machine.soft_factor, Machine.shifts, Machine.status, Machine.version)


@dataclass(frozen=True)
class Reference:
    """What an event or an audit entry needs to know of a row that was not loaded as an object."""

    id: UUID
    organisation_id: UUID
    version: int = 1
    __tablename__: str = "machines"


def lock(machine_ids: Iterable[UUID]) -> dict[UUID, Any]:
    """Lock these machines in one order (unordered locks deadlock) and return what their hours depend on."""
    return _locked(sorted(set(machine_ids)))


def lock_of(source_kind: str, source_id: UUID) -> dict[UUID, Any]:
    """Lock the machines on which a source holds hours, or ever held any."""
    return _locked(select(Allocation.machine_id).where(Allocation.source_kind == source_kind, Allocation.source_id == source_id))


def _locked(chosen: list[UUID] | Select[UUID]) -> dict[UUID, Any]:
    machines = select(*_WORKED).where(Machine.id.in_(chosen)).order_by(Machine.id).with_for_update(key_share=True)
    return {row.id: row for row in db.session.execute(machines)}


def why_not_shrink(machine: Machine, quantity: int, factor: int) -> Refusal | None:
    """Return why a machine cannot become fewer, or be held softly by fewer, judged under its lock."""
    lock([machine.id])
    taken = queries.taken_from(machine.id, now())
    units = {t.unit for t in taken}
    by_unit = {unit: [t.span for t in taken if t.unit == unit] for unit in units}
    soft = {unit: [t.span for t in taken if t.unit == unit and t.status == "soft"] for unit in units}
    return rules.why_not_shrink(by_unit, soft, quantity, factor)
