"""Telling operators and owners."""

from gongchuang.database import as_system
from gongchuang.events import Delivered, handles
from services.certification.queries import operators_for
from services.messages.actions import done, tell

from . import queries
from .events import AppealAnswered, Appealed, Reported, TakenDown
from .models import TakeDown


@handles(Reported, as_system=True)
def tell_operators(event: Delivered) -> None:
    """Put a report before the operators of the owner's place."""
    row = queries.report(event.object_id)
    for organisation_id in operators_for(row.audience):
        url, waits = f"/operator/reports/{row.id}", row.status == "open"
        tell(
            organisation_id, "report.made", url=url, params={"title": row.title}, roles=("operations",), todo=waits, object_id=row.object_id, key=f"{event.id}"
        )


@handles(TakenDown, as_system=True)
def tell_owner(event: Delivered) -> None:
    """Tell the owner what was taken down and how to appeal; settle what waited for the operators."""
    row = _take_down(event)
    for organisation_id in operators_for(row.audience):
        done(organisation_id, "report.made", row.object_id)
    tell(row.organisation_id, "take_down.made", url=f"/take-downs/{row.id}", params={"title": row.title}, roles=("admin",), object_id=row.id, key=f"{event.id}")


@handles(Appealed, as_system=True)
def tell_security(event: Delivered) -> None:
    row = _take_down(event)
    for organisation_id in operators_for([token for token in row.audience if token.startswith("security:")]):
        url, waits = f"/operator/appeals/{row.id}", row.status == "appealed"
        tell(organisation_id, "appeal.made", url=url, params={"title": row.title}, roles=("security",), todo=waits, object_id=row.id, key=f"{event.id}")


@handles(AppealAnswered, as_system=True)
def tell_answer(event: Delivered) -> None:
    row = _take_down(event)
    for organisation_id in operators_for(row.audience):
        done(organisation_id, "appeal.made", row.id)
    code = "appeal.restored" if row.status == "restored" else "appeal.upheld"
    tell(row.organisation_id, code, url=f"/take-downs/{row.id}", params={"title": row.title}, roles=("admin",), object_id=row.id, key=f"{event.id}")


def _take_down(event: Delivered) -> TakeDown:
    with as_system():
        return queries.take_down(event.object_id)
