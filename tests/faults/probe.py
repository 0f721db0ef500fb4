"""After each healing: one order and one picture go the whole way, and until they have arrived the site is not back."""

import time
from collections.abc import Callable
from typing import Any

from tests.faults.client import GaveUp
from tests.faults.dependencies import superuser
from tests.faults.files import send_file
from tests.faults.flows import publish_order
from tests.faults.people import licence
from tests.faults.play import Play
from tests.faults.site import FaultySite

ARRIVED = """select exists (select from messages where object_id = %(order)s and code = 'order.matched')
    and exists (select from search_documents where object_id = %(order)s and indexed_sequence >= sequence)"""
"""Whether a factory was told of an order, and the index has it."""

LEFT = """select exists (select from outbox_deliveries d join outbox_events e on e.id = d.event_id where d.status = 'pending' and e.occurred_at < %s)
    or exists (select from file_revisions where status = 'received' and created_at < %s)"""
"""Whether anything from before a moment waits."""


def wait_until_back(site: FaultySite, play: Play, seconds: float) -> float:
    """Wait until everything works again: web reaches every server, an order is acknowledged, matched, told and indexed, a picture is kept and examined.

    Returns how long that took; raises AssertionError, which says how far it came, where it took longer than `seconds`.
    """
    began = time.monotonic()
    until = began + seconds
    site.wait_until_ready(seconds)
    buyer = play.client("buyer")
    try:
        order = publish_order(buyer, "probe")["id"]
        picture = send_file(buyer, "probe", licence(play), "order_part", "image/png")
        _wait(site, f"order {order} was acknowledged, and not matched, told and indexed", until, lambda: _arrived(site, order))
        _wait(site, f"picture {picture} was acknowledged, and not examined", until, lambda: buyer.read("probe", f"/files/{picture}")["status"] == "checked")
        buyer.done("probe", "cancel order", f"/orders/{order}/cancel", {"reason": "设计变更"}, id=order)
    except GaveUp as error:
        raise AssertionError(f"the probe was not acknowledged: {error}") from None
    if (took := time.monotonic() - began) > seconds:
        raise AssertionError(f"it took {took:.0f} s until everything worked, not {seconds:.0f}")
    return took


def wait_for_orphans(site: FaultySite, seconds: float) -> None:
    """Wait until all that came before this call is delivered and examined; raises AssertionError where it takes longer than `seconds`."""
    with superuser(site) as connection:
        then = connection.execute("select clock_timestamp()").fetchone()

    def none_left() -> bool:
        with superuser(site) as connection:
            return connection.execute(LEFT, [*then, *then] if then else None).fetchone() == (False,)

    _wait(site, f"what a dead process had begun was not done within {seconds:.0f} s", time.monotonic() + seconds, none_left)


def _arrived(site: FaultySite, order: str) -> Any:
    with superuser(site) as connection:
        row = connection.execute(ARRIVED, {"order": order}).fetchone()
    return row and row[0]


def _wait(site: FaultySite, what: str, until: float, done: Callable[[], Any]) -> None:
    while not done():
        if time.monotonic() > until:
            raise AssertionError(what)
        site.revive()
        time.sleep(0.1)
