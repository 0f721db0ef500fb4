"""Delivering events: claim with SKIP LOCKED, handle in a transaction of its own under its tenant, note that it is done in the same one.

A relay that dies leaves its claims to their lease; a handler that fails is tried again with growing pauses, and parked for a person after
eight times. A delivery's effect and its `done` commit together, so a second delivery of the same event finds nothing to do.
A part that does not answer (store, engine, the database itself) is no failure of the handler: its delivery waits, however long that lasts.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from psycopg.errors import DeadlockDetected, DiskFull, LockNotAvailable, SerializationFailure
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from gongchuang.database.session import Scope, db, enter
from gongchuang.database.unit import transaction
from gongchuang.events.registry import CLOCKS, HANDLERS, Delivered
from gongchuang.organisations.queries import audience_of
from gongchuang.refusal import Unavailable

log = structlog.get_logger(__name__)

ATTEMPTS = 8
SUSPICIOUS = 2
"""After so many attempts without success a delivery is claimed alone, lest it take others with it."""
SYSTEM = Scope(system=True)

# `materialized`: a plan that runs the subquery once per row would claim more than its limit (seen with stale statistics)
_CLAIM = text(
    """with due as materialized (
           select id from outbox_deliveries
           where status = 'pending' and queue = :queue and available_at <= clock_timestamp() and attempts <= :suspicious
           order by available_at limit :batch for update skip locked),
       suspect as materialized (
           select id from outbox_deliveries
           where status = 'pending' and queue = :queue and available_at <= clock_timestamp() and attempts > :suspicious and not exists (select from due)
           order by available_at limit 1 for update skip locked),
       chosen as (select id from due union all select id from suspect)
       update outbox_deliveries d set attempts = attempts + 1, available_at = clock_timestamp() + make_interval(secs => :lease),
              status = case when attempts >= :attempts then 'parked' else status end,
              error = case when attempts >= :attempts then coalesce(error || ' / ', '') || 'its worker ended under it again and again' else error end
       from chosen where d.id = chosen.id returning d.id, d.event_id, d.handler, d.attempts, d.status"""
)
# no `skip locked` here: a relay that looks a moment late locks claimed rows too, until its own claim ends; passed by, they would wait for their lease
_EVENT = text(
    """select e.id, e.name, e.organisation_id, e.object_kind, e.object_id, e.object_version, e.actor_user_id, e.occurred_at
       from outbox_deliveries d join outbox_events e on e.id = d.event_id
       where d.id = :id and d.status = 'pending' and d.attempts = :attempts for update of d"""
)
_WAITING_TOO = text(
    """update outbox_deliveries set status = 'done', done_at = clock_timestamp(), error = null
       where id in (select id from outbox_deliveries where status = 'pending' and queue = :queue and handler = :handler and id <> :id for update skip locked)"""
)
_DONE = text("update outbox_deliveries set status = 'done', done_at = clock_timestamp(), error = null where id = :id")
_FAILED = text(
    """update outbox_deliveries set error = :error, status = case when attempts >= :attempts then 'parked' else 'pending' end,
              available_at = clock_timestamp() + make_interval(secs => least(300, power(2, least(attempts, 9))::int))
       where id = :id and status = 'pending'"""
)
_POSTPONED = text(
    """update outbox_deliveries set error = :error, attempts = greatest(attempts - 1, 0), available_at = clock_timestamp() + make_interval(secs => :pause)
       where id = any(:ids) and status = 'pending'"""
)
WAITING = (LockNotAvailable, DeadlockDetected, SerializationFailure, DiskFull)
"""What the database says when it cannot at this moment, whoever asks: no failure of the handler either."""
PAUSE_SECONDS = 10
"""How long a delivery waits for a part that does not answer."""
LEASE_SECONDS = 60
"""How long what was claimed is left to its relay before it is begun. While it is handled its locked row protects it, however long that takes."""
BATCH = {"events": 10, "matching": 10, "files": 1, "slow": 1}
"""How many are claimed at once: what takes long is claimed alone, so that others may take up the next."""


@dataclass(frozen=True)
class _Claim:
    id: UUID
    event_id: UUID
    handler: str
    attempts: int


def claim(queue: str) -> list[_Claim]:
    """Take the next pending deliveries of `queue`, oldest first.

    One under which workers may have died (claimed before, neither done nor failed) is taken alone, when nothing else is due, and parked after ATTEMPTS.
    """
    limits = {"lease": LEASE_SECONDS, "batch": BATCH[queue], "suspicious": SUSPICIOUS, "attempts": ATTEMPTS}
    with transaction(SYSTEM):
        rows = db.session.execute(_CLAIM, {"queue": queue, **limits}).all()
        return [_Claim(*row[:4]) for row in rows if row.status == "pending"]


def _handle(claimed: _Claim) -> None:
    handler = HANDLERS[claimed.handler]
    with transaction(SYSTEM):
        row = db.session.execute(_EVENT, {"id": claimed.id, "attempts": claimed.attempts}).one_or_none()
        if row is None:  # done, or claimed anew by another relay
            return
        event = Delivered(*row)
        if not handler.as_system:
            enter(Scope(organisation_id=event.organisation_id, audience=audience_of(event.organisation_id)))
        if handler.coalesced:  # before it looks for its work: whatever waits now has committed what the run will see
            db.session.execute(_WAITING_TOO, {"queue": handler.queue, "handler": handler.name, "id": claimed.id})
        handler.function(event)
        if not handler.as_system:
            enter(SYSTEM)
        db.session.execute(_DONE, {"id": claimed.id})


def deliver(claimed: _Claim) -> bool:
    """Handle one claimed delivery; return whether it succeeded. Raises where the database itself went away: nothing can be noted then."""
    try:
        _handle(claimed)
    except (Unavailable, OperationalError) as error:
        if isinstance(error, OperationalError) and not isinstance(error.orig, WAITING):
            return _failed(claimed, error)
        log.warning("delivery waits", handler=claimed.handler, event_id=str(claimed.event_id), reason=str(error))
        postpone([claimed], f"{type(error).__name__}: {error}", PAUSE_SECONDS)
        return False
    except Exception as error:
        return _failed(claimed, error)
    return True


def _failed(claimed: _Claim, error: Exception) -> bool:
    """Note the failure; raises again where the database went away."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        raise error
    log.error("delivery failed", handler=claimed.handler, event_id=str(claimed.event_id), attempt=claimed.attempts, exc_info=error)
    reason = f"{type(error).__name__}: {error}"[:1900].replace("\x00", "")
    with transaction(SYSTEM):
        db.session.execute(_FAILED, {"id": claimed.id, "error": reason, "attempts": ATTEMPTS})
    return False


def postpone(claims: Sequence[_Claim], reason: str, pause: int) -> None:
    """Give deliveries back, to be taken up again after `pause` seconds; this was no attempt."""
    with transaction(SYSTEM):
        db.session.execute(_POSTPONED, {"ids": [each.id for each in claims], "error": reason[:1900].replace("\x00", ""), "pause": pause})


def drain(queue: str, stopping: Callable[[], bool] = lambda: False, *, until: float = math.inf) -> int:
    """Deliver what is due on `queue` until nothing is, `until` (of `time.monotonic`), or the process is `stopping`; return how many were handled."""
    handled = 0
    while not stopping() and time.monotonic() < until and (batch := claim(queue)):
        for at, claimed in enumerate(batch):
            if stopping():
                postpone(batch[at:], "the process is stopping", 0)
                break
            try:
                handled += deliver(claimed)
            except DBAPIError as error:
                log.error("database went away under a delivery", error=type(error.orig).__name__)
                _give_back(batch[at:], stopping)
                break
    return handled


def _give_back(claims: Sequence[_Claim], stopping: Callable[[], bool]) -> None:
    """Wait for the database's return and give back what was claimed, rather than leave it to its lease."""
    until = time.monotonic() + LEASE_SECONDS
    while not stopping() and time.monotonic() < until:
        try:
            postpone(claims, "the database went away", 0)
            return
        except DBAPIError:
            time.sleep(1)


def tick(name: str) -> None:
    """Run one clock, unless another process runs it at this moment."""
    clock = CLOCKS[name]
    with transaction(SYSTEM):
        if db.session.execute(text("select pg_try_advisory_xact_lock(hashtext(:name))"), {"name": name}).scalar():
            now: datetime = db.session.execute(text("select now_()")).scalar_one()
            clock.function(now)


@contextmanager
def clocks_held(engine: Engine) -> Iterator[None]:
    """Let no clock tick, in any process, until the block ends; waits for those that are ticking."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in sorted(CLOCKS):
            connection.execute(text("select pg_advisory_lock(hashtext(:name))"), {"name": name})
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock_all()"))


def pending_queues() -> list[str]:
    """Return the queues that have something due: what the sweep pokes again."""
    with transaction(SYSTEM):
        query = "select distinct queue from outbox_deliveries where status = 'pending' and available_at <= clock_timestamp()"
        return list(db.session.scalars(text(query)))
