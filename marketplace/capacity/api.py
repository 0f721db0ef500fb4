"""Machine hours for programs: the same actions as the pages."""

from typing import Any

from gongchuang.api import ApiBlueprint
from gongchuang.rights import allowed
from gongchuang.web import actor, idempotent, now
from marketplace.capacity import actions, closing, queries, spans
from marketplace.capacity.models import Closure
from marketplace.capacity.permissions import CapacityPermission
from marketplace.capacity.schemas import (
    AllocationsOut,
    BlockedOut,
    ClosureIn,
    ClosureOut,
    ClosuresOut,
    FreedOut,
    ProposalIn,
    ProposalOut,
    WeeksOut,
    WindowsIn,
)
from marketplace.machines.models import Machine
from marketplace.machines.queries import machine as machine_query

api = ApiBlueprint("capacity", __name__)


@api.get("/machines/<uuid:machine_id>/weeks")
@allowed(CapacityPermission.SEE, machine_query)
@api.output(WeeksOut)
def weeks(machine: Machine) -> Any:
    """Show a machine's free minutes in the next eight ISO weeks."""
    free = queries.free_by_machine([machine], now())[machine.id]
    return {"weeks": [{"week": code, "starts_on": spans.week_start(code), "free_minutes": minutes} for code, minutes in free.items()]}


@api.get("/machines/<uuid:machine_id>/allocations")
@allowed(CapacityPermission.SEE, machine_query)
@api.output(AllocationsOut)
def allocations(machine: Machine) -> Any:
    """List what is held, booked or blocked on a machine from now on."""
    names = ("id", "unit", "status", "source_kind", "source_id", "until", "note")
    rows = queries.upcoming(machine.id, now())
    return {"allocations": [{"start": row.during.lower, "end": row.during.upper, **{n: getattr(row, n) for n in names}} for row in rows]}


@api.post("/machines/<uuid:machine_id>/proposals")
@allowed(CapacityPermission.SEE, machine_query)
@api.input(ProposalIn, location="json")
@api.output(ProposalOut)
def propose(machine: Machine, json_data: ProposalIn) -> Any:
    """Propose the hours that finish some work soonest. Nothing is held."""
    return {"windows": queries.propose(machine, json_data.minutes, json_data.not_before, json_data.count)}


@api.post("/machines/<uuid:machine_id>/blocks")
@allowed(CapacityPermission.BLOCK, machine_query)
@idempotent
@api.input(WindowsIn, location="json")
@api.output(BlockedOut, status_code=201)
def block(machine: Machine, json_data: WindowsIn) -> Any:
    """Note outside work on the free hours of these windows."""
    return {"displaced": actions.block(actor(), machine, [w.window() for w in json_data.windows], json_data.note)}


@api.post("/machines/<uuid:machine_id>/blocks/remove")
@allowed(CapacityPermission.BLOCK, machine_query)
@api.input(WindowsIn, location="json")
@api.output(FreedOut)
def unblock(machine: Machine, json_data: WindowsIn) -> Any:
    """Take outside work off these windows."""
    return {"minutes": actions.unblock(actor(), machine, [w.window() for w in json_data.windows])}


@api.get("/closures")
@allowed(CapacityPermission.CLOSE)
@api.output(ClosuresOut)
def closures() -> Any:
    """List the firm's closing days from today on."""
    return {"closures": queries.closures_of(actor().organisation_id, spans.day_of(now()))}


@api.post("/closures")
@allowed(CapacityPermission.CLOSE)
@idempotent
@api.input(ClosureIn, location="json")
@api.output(ClosureOut, status_code=201)
def close(json_data: ClosureIn) -> Any:
    """Note days on which the firm, or one machine, is not worked."""
    given = json_data.model_dump()
    machine_id = given.pop("machine_id")
    return closing.close(actor(), machine_query(machine_id) if machine_id else None, **given)


@api.delete("/closures/<uuid:closure_id>")
@allowed(CapacityPermission.CLOSE, queries.closure)
@api.output({}, status_code=204)
def reopen(closure: Closure) -> Any:
    """Take closing days back."""
    closing.reopen(actor(), closure)
    return ""
