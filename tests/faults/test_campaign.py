"""Things break under every flow, in a reduced campaign here and a long one in `make soak`: nothing acknowledged is lost, nothing is doubled."""

import pytest

from tests.faults.campaign import Report, chosen, run
from tests.faults.processes import EVERY
from tests.rounds import SOAK, rounds
from tests.servers.plugin import skipped_when_missing

SEED = 20261121
FAILED_ONCE: tuple[tuple[int, str], ...] = ()
"""Seeds of campaigns that once failed, each with a part of the name of the fault that did it."""


def test_every_fault_is_chosen_before_any_comes_again() -> None:
    names = [fault.name for fault in chosen(SEED, 2 * len(EVERY))]
    assert len(set(names)) == len(EVERY) >= 50
    assert sorted(names[: len(EVERY)]) == sorted(names[len(EVERY) :])
    assert names == [fault.name for fault in chosen(SEED, 2 * len(EVERY))] != [fault.name for fault in chosen(SEED + 1, 2 * len(EVERY))]


@pytest.mark.xdist_group("elasticsearch")
@pytest.mark.timeout(rounds(600, 4200))
def test_nothing_acknowledged_is_lost_and_nothing_doubled() -> None:
    with skipped_when_missing():
        report = run(SEED, chosen(SEED, rounds(20, 200)), long=SOAK)
    _passed(report)
    assert len(report.injected) >= rounds(20, 200) - len(report.not_tried)


@pytest.mark.skipif(not SOAK, reason="a campaign of its own for each seed: make soak")
@pytest.mark.parametrize(("seed", "name"), FAILED_ONCE)
def test_what_failed_once_fails_no_more(seed: int, name: str) -> None:
    with skipped_when_missing():
        _passed(run(seed, chosen(seed, 5, [fault for fault in EVERY if name in fault.name])))


def _passed(report: Report) -> None:
    print(report.table(), report.summary(), sep="\n")
    assert not report.broken, report.summary()
