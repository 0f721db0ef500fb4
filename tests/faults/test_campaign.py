"""Things break under every flow, in a long campaign: nothing acknowledged is lost, nothing is doubled."""

import faulthandler
import sys

import pytest

from tests.faults.campaign import Report, chosen, run
from tests.faults.processes import EVERY
from tests.rounds import SOAK, rounds
from tests.servers.plugin import NO_SKIP, skipped_when_missing

SEED = 20261121
FAILED_ONCE: tuple[tuple[int, str], ...] = (
    (2, "worker +48"),
    (7, "postgresql"),
    (31, "disk full"),
    (5, "before enqueue"),
    (4, "locked"),
    (908943, "redis: down"),
)
"""Seeds of campaigns that once failed, each with a part of the name of the fault that did it."""
SLOW_TO_START = ("search: killed", "everything: killed", "clock: ")
"""Elasticsearch takes a minute to start again, a process whose clock was wrong starts twice, of the five minutes that the short campaign may last."""


def test_every_fault_is_chosen_before_any_comes_again() -> None:
    names = [fault.name for fault in chosen(SEED, 2 * len(EVERY))]
    assert len(set(names)) == len(EVERY) >= 50
    assert sorted(names[: len(EVERY)]) == sorted(names[len(EVERY) :])
    assert names == [fault.name for fault in chosen(SEED, 2 * len(EVERY))] != [fault.name for fault in chosen(SEED + 1, 2 * len(EVERY))]


@pytest.mark.alone
def test_nothing_acknowledged_is_lost_and_nothing_doubled(capsys: pytest.CaptureFixture[str]) -> None:
    injections = rounds(20, 200)
    _may_take(rounds(1200, 7200))
    faults = [fault for fault in chosen(SEED, 2 * injections) if SOAK or not fault.name.startswith(SLOW_TO_START)][:injections]
    with skipped_when_missing():
        report = run(SEED, faults, long=SOAK)
    _passed(report, capsys)
    assert len(report.injected) == injections - len(report.not_tried)
    assert len(report.not_tried) <= (0 if NO_SKIP else injections // 4), report.not_tried


@pytest.mark.soak
@pytest.mark.alone
@pytest.mark.parametrize(("seed", "name"), FAILED_ONCE)
def test_what_failed_once_fails_no_more(seed: int, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    _may_take(1800)
    with skipped_when_missing():
        report = run(seed, chosen(seed, 5, [fault for fault in EVERY if name in fault.name]))
    _passed(report, capsys)


def _may_take(seconds: int) -> None:
    """A campaign may go on for longer than another test before it counts as hanging."""
    faulthandler.cancel_dump_traceback_later()
    faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__)


def _passed(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("", report.table(), report.summary(), sep="\n")
    assert not report.broken, report.summary()
