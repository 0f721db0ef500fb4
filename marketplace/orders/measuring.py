"""Taking a part's facts over from its file: sizes, volume, whether the model is closed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from uuid import UUID

from gongchuang.refusal import NotFound, Refusal
from marketplace.orders import tolerances
from marketplace.orders.models import Order, OrderPart
from marketplace.orders.rules import PartFacts, PartState
from services.files import queries as files
from services.files.models import FileRevision


@dataclass(frozen=True)
class Sizes:
    """Sides in mm, where they come from, volume in mm³, whether the mesh is closed."""

    sides: tuple[float | None, float | None, float | None]
    source: str | None
    volume_mm3: float | None = None
    watertight: bool | None = None


def sizes_of(part: PartFacts, facts: Mapping[str, Any] | None) -> Sizes:
    """Return a part's sizes: the file's box where it has one, else what was typed."""
    box = (facts or {}).get("box_mm")
    if facts and box and len(box) == 3 and all(side > 0 for side in box):
        x, y, z = (float(side) for side in box)
        return Sizes((x, y, z), "file", facts.get("volume_mm3"), facts.get("watertight"))
    typed = (part.x_mm, part.y_mm, part.z_mm)
    return Sizes(typed, "typed" if any(side is not None for side in typed) else None)


def revisions_of(file_ids: Iterable[UUID], organisation_id: UUID | None) -> dict[UUID, FileRevision]:
    """Return the organisation's own files of these ids. A foreign one is the 404 that a missing one is."""
    wanted = set(file_ids)
    found = {row.id: row for row in files.revisions(sorted(wanted)) if row.organisation_id == organisation_id}
    if wanted - set(found):
        raise NotFound
    return found


def called(said: PartFacts, held: Mapping[UUID, FileRevision]) -> str:
    """Return what a part without a name is called: as its first file, without the ending."""
    return PurePath(held[said.files[0]].name).stem[:60] if said.files else ""


def measure(part: OrderPart, said: PartFacts, held: Mapping[UUID, FileRevision]) -> None:
    """Write sizes and tolerance into a stored part: those of its first checked file that has a box, else the typed ones."""
    checked = (held[identifier].facts for identifier in said.files if held[identifier].status == "checked")
    sizes = sizes_of(said, next((facts for facts in checked if facts.get("box_mm")), None))
    part.x_mm, part.y_mm, part.z_mm = sizes.sides
    part.size_source, part.volume_mm3, part.watertight = sizes.source, sizes.volume_mm3, sizes.watertight
    try:
        read = tolerances.read(part.tolerance, max(part.sides, default=None))
    except Refusal:
        read = None
    part.tolerance_mm = read.mm if read else None


def said_of(part: OrderPart) -> PartFacts:
    """Return a stored part as its buyer said it: sizes of the file are not the buyer's words."""
    typed = part.size_source != "file"
    return PartFacts(
        name=part.name,
        files=part.file_ids,
        process=part.process,
        material=part.material,
        quantity=part.quantity,
        tolerance=part.tolerance,
        surface=part.surface,
        x_mm=part.x_mm if typed else None,
        y_mm=part.y_mm if typed else None,
        z_mm=part.z_mm if typed else None,
        note=part.note,
    )


def files_of(order: Order) -> dict[UUID, FileRevision]:
    """Return the files of all parts as far as the reader may see them, by id: one statement."""
    return {row.id: row for row in files.revisions(list(dict.fromkeys(i for part in order.parts for i in part.file_ids)))}


def states_of(order: Order) -> list[PartState]:
    """Return the parts as publishing judges them."""
    held = files_of(order)
    return [
        PartState(
            process=part.process,
            material=part.material,
            quantity=part.quantity,
            sides=part.sides,
            file_states=[held[i].status for i in part.file_ids if i in held],
        )
        for part in order.parts
    ]
