"""How the site's own processes break: killed, stopped, ended between two steps, run twice, told the same job again, told a wrong time."""

import os
import signal
import time
from functools import partial
from pathlib import Path
from typing import Any

from rq import Queue
from rq.serializers import JSONSerializer

from gongchuang.events.registry import QUEUES
from tests.faults.dependencies import FAULTS as OF_SERVERS
from tests.faults.dependencies import STARTERS, nothing, start_again, superuser
from tests.faults.fault import CannotBreak, Fault
from tests.faults.fault import Site as Breakable
from tests.faults.migration import FAULTS as OF_MIGRATIONS
from tests.faults.site import COMMANDS, FaultySite

ORPHANED = 120.0
"""Seconds within which the jobs of a dead worker are taken up by another."""
PASSED_WITHIN = 60.0
"""Seconds within which somebody comes by any of the points while all flows are played."""
POINTS = {
    "web": ("before commit", "after commit", "before enqueue", "after enqueue"),
    "worker": (*(f"{when} {what}" for what in ("commit", "object written", "engine write") for when in ("before", "after")),),
}
"""Where processes end, by their command: the points they come by themselves. cron comes by none: it only puts jobs into Redis."""


def _site(site: Breakable) -> FaultySite:
    assert isinstance(site, FaultySite)
    return site


def _revive(site: Breakable) -> None:
    _site(site).revive()


def _back_within(name: str) -> float:
    """Only what a dead or sleeping worker had begun may wait for its lease."""
    return ORPHANED if name.startswith("worker") else Fault.back_within


def killed(name: str) -> Fault:
    command = name.partition("-")[0]
    return Fault(f"{name}: killed", command, lambda site: _site(site).kill(name), _revive, (2.0, 6.0), _back_within(name), orphans=command == "worker")


def stopped(name: str) -> Fault:
    """The process does nothing for a while, and then goes on as if no time had passed."""

    def begin(site: Breakable) -> None:
        _site(site).send(name, signal.SIGSTOP)

    def heal(site: Breakable) -> None:
        _site(site).send(name, signal.SIGCONT)

    return Fault(f"{name}: stopped, then going on", name.partition("-")[0], begin, heal, (5.0, 90.0), _back_within(name))


def _kill_one(site: Breakable) -> None:
    """Kill one of gunicorn's own workers, with whatever requests it has under way; gunicorn starts another."""
    web = _site(site).processes["web"].pid
    children = Path(f"/proc/{web}/task/{web}/children").read_text().split()
    if not children:
        raise CannotBreak("gunicorn has no worker at this moment")
    os.kill(int(children[0]), signal.SIGKILL)


def at_point(command: str, point: str, deaths: int = 2) -> Fault:
    """The next processes of a command that come by this point of the program end there by SIGKILL, one after another."""

    def begin(site: Breakable) -> None:
        own = _site(site)
        for _ in range(deaths):
            waiting, until = own.points(command) / point, time.monotonic() + PASSED_WITHIN
            waiting.touch()
            while waiting.exists():
                if time.monotonic() > until:
                    raise CannotBreak(f"no {command} came by {point} within {PASSED_WITHIN:.0f} s")
                time.sleep(0.05)
            own.revive()

    def heal(site: Breakable) -> None:
        (_site(site).points(command) / point).unlink(missing_ok=True)
        _revive(site)

    return Fault(f"point: {point} in {command}", command, begin, heal, (1.0, 5.0), _back_within(command))


def all_at_once() -> Fault:
    """A power cut: every process and every server ends at once, and all start again on what their disks hold."""

    def begin(site: Breakable) -> None:
        own = _site(site)
        for name in own.processes:
            own.send(name, signal.SIGKILL)
        for server in own.servers.values():
            server.kill()

    def heal(site: Breakable) -> None:
        for dependency in STARTERS:
            start_again(site, dependency)
        for process in _site(site).processes.values():
            if process.poll() is None:
                process.wait(timeout=30)
        _revive(site)

    return Fault("everything: killed", "web", begin, heal, (1.0, 5.0), ORPHANED, orphans=True)


def twice(command: str) -> Fault:
    """A second one runs beside the first, as when a service manager starts it by mistake."""

    def begin(site: Breakable) -> None:
        _site(site).start(f"{command}-again")

    def heal(site: Breakable) -> None:
        _site(site).end(f"{command}-again")

    return Fault(f"{command}: run twice", command, begin, heal, (5.0, 9.0))


def _jobs(site: Breakable, count: int, *, front: bool) -> None:
    with _site(site).redis() as redis:
        for number in range(count):
            for name in QUEUES:
                wanted = name if number % 3 else QUEUES[number % len(QUEUES)]
                Queue(name, connection=redis, serializer=JSONSerializer).enqueue(
                    "gongchuang.jobs.work.drain_queue", wanted, at_front=front, result_ttl=0, failure_ttl=60, job_timeout=900
                )


def _lost(site: Breakable) -> None:
    """Take every waiting job away, and leave what they point at."""
    with _site(site).redis() as redis:
        for name in QUEUES:
            Queue(name, connection=redis, serializer=JSONSerializer).empty()


AGAIN = """update outbox_deliveries set status = 'pending', attempts = 0, done_at = null, available_at = clock_timestamp() + random() * interval '3 s'
    where id in (select id from outbox_deliveries where status = 'done' and done_at > clock_timestamp() - interval '10 minutes' order by random() limit 200)"""
"""What was delivered is delivered once more, in any order: handlers are idempotent, or something is doubled."""
LATE = """update outbox_deliveries set available_at = clock_timestamp() + random() * interval '5 s' where status = 'pending' and queue = any(%s)"""


def _deliveries(site: Breakable, statement: str, *values: Any) -> None:
    with superuser(site) as connection:
        connection.execute(statement.encode(), values)


def _late(site: Breakable) -> None:
    """Let everything that waits for four seconds wait up to five more, and the later overtake the earlier."""
    for _ in range(20):
        _deliveries(site, LATE, list(QUEUES))
        time.sleep(0.2)


WRONG_CLOCK = Path(__file__).parent / "wrong_clock"


def wrong_clock(name: str, hours: int) -> Fault:
    """The process is told a wrong time of day; only the database's clock may decide anything. The store alone refuses what is signed at a wrong time."""

    def begin(site: Breakable) -> None:
        own = _site(site)
        own.extra[name] = {"PYTHONPATH": str(WRONG_CLOCK), "WRONG_CLOCK_HOURS": str(hours)}
        own.end(name)
        own.start(name)
        own.wait_until_ready(60, lacking=True)

    def heal(site: Breakable) -> None:
        own = _site(site)
        if own.extra.pop(name, None) is not None:
            own.end(name)
        own.start(name)

    return Fault(f"clock: {name} {hours:+} h", "clock", begin, heal, (5.0, 9.0))


FAULTS: tuple[Fault, ...] = (
    *map(killed, COMMANDS),
    Fault("web: one worker killed", "web", _kill_one, nothing, (2.0, 5.0)),
    all_at_once(),
    *map(stopped, ("web", "worker", "cron")),
    *(at_point(command, point) for command, points in POINTS.items() for point in points),
    twice("cron"),
    twice("worker"),
    Fault("jobs: told twenty times", "jobs", partial(_jobs, count=20, front=False), nothing, (2.0, 5.0)),
    Fault("jobs: out of order", "jobs", partial(_jobs, count=9, front=True), nothing, (2.0, 5.0)),
    Fault("jobs: lost", "jobs", _lost, nothing, (2.0, 5.0)),
    Fault("deliveries: made once more", "deliveries", lambda site: _deliveries(site, AGAIN), nothing, (2.0, 5.0)),
    Fault("deliveries: late and out of order", "deliveries", _late, nothing, (1.0, 1.0)),
    *(wrong_clock(name, hours) for name, hours in (("web", 3), ("worker", -5), ("web", -48), ("worker", 48))),
)
EVERY: tuple[Fault, ...] = (*OF_SERVERS, *FAULTS, *OF_MIGRATIONS)
"""All faults there are."""
