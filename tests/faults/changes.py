"""The flow of second thoughts: days on which a machine rests, a machine given up, a later deadline, a firm that declines."""

from datetime import UTC, datetime, timedelta

from tests.faults.flows import new_machine, publish_order
from tests.faults.play import Play, mark
from tests.flows.story import today


def changes(play: Play) -> None:
    """What people change after they have put it out."""
    firm, rival, buyer = play.client("factory"), play.client("rival"), play.client("buyer")
    machine = new_machine(firm, "changes")
    note, first = mark(), today() + timedelta(days=play.random.randrange(3, 40))
    days = {"kind": "maintenance", "machine_id": machine, "first_on": first.isoformat(), "last_on": (first + timedelta(days=2)).isoformat(), "note": note}
    firm.act("changes", "close", "/closures", days, mark=note)
    firm.act("changes", "retire machine", f"/machines/{machine}/retire", id=machine)
    order = publish_order(buyer, "changes")["id"]
    later = {"closes_at": (datetime.now(UTC) + timedelta(days=6)).isoformat()}
    buyer.act("changes", "extend order", f"/orders/{order}/extend", later, id=order)
    said = mark()
    rival.act("changes", "decline", f"/orders/{order}/declines", {"reason": "busy", "note": said}, mark=said)
    buyer.act("changes", "cancel order", f"/orders/{order}/cancel", {"reason": "设计变更"}, id=order)
