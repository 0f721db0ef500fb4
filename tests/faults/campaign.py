"""A campaign: clients play every flow, faults come at seeded moments, everything heals, and what was told is held against what is."""

import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import verdict
from tests.faults.fault import CannotBreak, Fault
from tests.faults.flows import opening
from tests.faults.history import OK, REFUSED, UNKNOWN, History
from tests.faults.play import Play
from tests.faults.playing import FLOWS, keep_playing
from tests.faults.probe import wait_for_orphans, wait_until_back
from tests.faults.processes import EVERY
from tests.faults.site import FaultySite, faulty_site
from tests.flows.conftest import invite_operator
from tests.flows.story import enter, open_operator

MOST_TOLD = 60
WHOLE = 20
"""Injections after which every flow has come round."""
BETWEEN = (0.2, 1.0)
"""Seconds of peace before the next fault, besides the probe's."""


@dataclass
class Report:
    """What a campaign saw."""

    seed: int
    injected: list[tuple[str, float]] = field(default_factory=list)
    """Each fault and how many seconds after its healing everything worked again, as a probe saw it."""
    not_tried: list[tuple[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    counts: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    slowest: float = 0.0
    ended: Counter[str] = field(default_factory=Counter)
    """Which processes ended by themselves under which faults."""
    quiet_after: float = 0.0
    seconds: float = 0.0

    def table(self) -> str:
        """Return fault × flow: acknowledged/refused/unanswered intents, and how soon the site was back."""
        back: dict[str, list[float]] = defaultdict(list)
        for name, seconds in self.injected:
            back[name].append(seconds)
        head = ["fault", "times", "back s", *FLOW_NAMES]
        rows = [[name, str(len(took)), f"{max(took):.1f}", *map(self._cell, [name] * len(FLOW_NAMES), FLOW_NAMES)] for name, took in sorted(back.items())]
        rows.append(["(peace)", "", "", *(self._cell("", flow) for flow in FLOW_NAMES)])
        return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])

    def _cell(self, fault: str, flow: str) -> str:
        found = self.counts.get(fault, {}).get(flow, Counter())
        return f"{found[OK]}/{found[REFUSED]}/{found[UNKNOWN]}" if found else ""

    def summary(self) -> str:
        lines = [f"seed {self.seed}: {len(self.injected)} injections of {len({n for n, _ in self.injected})} faults in {self.seconds:.0f} s"]
        lines += [f"intents {sum(c.total() for f in self.counts.values() for c in f.values())}, quiet {self.quiet_after:.0f} s after the last healing"]
        lines += [f"the longest an intent waited for its answer, all repetitions together: {self.slowest:.0f} s"]
        lines += [f"{times} times {what}" for what, times in sorted(self.ended.items())]
        lines += [f"not tried: {name}: {why}" for name, why in self.not_tried]
        lines += [f"BROKEN: {each}" for each in self.broken[:MOST_TOLD]]
        lines += [f"and {len(self.broken) - MOST_TOLD} more like these"] if len(self.broken) > MOST_TOLD else []
        lines += [] if self.broken else ["nothing acknowledged lost, nothing doubled, no invariant broken"]
        return "\n".join(lines)


FLOW_NAMES = ("hours", "orders", "quotes", "awards", "tasks", "files", "words", "people", "moderation", "changes", "confidences", "chances", "rest", "lists")


def chosen(seed: int, injections: int, faults: Sequence[Fault] = EVERY) -> list[Fault]:
    """Choose faults from a seed: each once, in an order of its own, before any comes again."""
    rng, found = random.Random(seed), list[Fault]()
    while len(found) < injections:
        found += rng.sample(list(faults), len(faults))
    return found[:injections]


def run(seed: int, faults: Sequence[Fault], *, long: bool = False, keep: Path | None = None) -> Report:
    """Play a campaign on an installation of its own; raises Missing where a server is not on this machine.

    In a long campaign a fault lasts long when it first comes. Into `keep` go the clients' log and those of the processes, to look into what was found.
    """
    report, began = Report(seed), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gongchuang-faults-") as temporary:
        Path(temporary).chmod(0o755)
        folder = Path(temporary) / "faults"
        folder.mkdir()
        with faulty_site(folder) as site:
            play = _opened(site, folder, seed)
            with _clients(play):
                _inject_all(site, play, faults, report, long=long)
            _close(site, play, report, whole=len(faults) >= WHOLE)
            play.history.close()
            for log in [*folder.glob("*.log"), folder / "history.jsonl"] if keep else []:
                shutil.copy(log, keep)
    report.seconds = time.monotonic() - began
    return report


def _opened(site: FaultySite, folder: Path, seed: int) -> Play:
    pictures = folder / "pictures"
    pictures.mkdir()
    cast = enter(site.address, _invited(site, "13900000061", "operations"), pictures)
    others = {"guard": open_operator(site.address, _invited(site, "13900000062", "security"))}
    play = Play(cast, History(folder / "history.jsonl"), seed, random.Random(seed), {}, folder, others=others)
    opening(play)
    verdict.wait_for_quiet(site)
    return play


def _invited(site: FaultySite, phone: str, duty: str) -> str:
    return invite_operator(site.address.command("operator", "invite", phone, "--region", "61", "--duty", duty))


@contextmanager
def _clients(play: Play) -> Iterator[None]:
    """One thread for each flow, as long as this is open."""
    stopping = threading.Event()
    threads = [threading.Thread(target=keep_playing, args=(play, flow, stopping), name=flow) for flow in FLOWS]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join(timeout=240)


def _inject(site: FaultySite, play: Play, fault: Fault, report: Report, *, long: bool) -> None:
    time.sleep(play.random.uniform(*BETWEEN))
    play.history.begin(fault.name)
    site.fault = fault.name
    tried = True
    try:
        fault.begin(site)
        time.sleep(fault.lasts[long])
    except CannotBreak as reason:
        tried = False
        report.not_tried.append((fault.name, str(reason)))
    finally:
        fault.heal(site)
    try:
        took = wait_until_back(site, play, fault.back_within)
        if fault.orphans and long:
            wait_for_orphans(site, fault.back_within - took)
    except AssertionError as error:
        report.broken.append(f"{fault.name}: {error}"[:2500])
        took = fault.back_within + site.wait_until_ready(180)
    play.history.end()
    site.fault = ""
    if tried:
        report.injected.append((fault.name, took))


def _inject_all(site: FaultySite, play: Play, faults: Sequence[Fault], report: Report, *, long: bool) -> None:
    """Inject one fault after another; a fault that cannot be healed ends the campaign, which then still says what it saw."""
    known = set[str]()
    for number, fault in enumerate(faults, 1):
        try:
            _inject(site, play, fault, report, long=long and fault.name not in known)
        except Exception as error:
            report.broken.append(f"{fault.name}: {type(error).__name__}: {error}"[:2000])
            if site.lacks():
                return
        known.add(fault.name)
        print(f"{number}/{len(faults)} {fault.name}", file=sys.stderr, flush=True)


def _close(site: FaultySite, play: Play, report: Report, *, whole: bool) -> None:
    try:
        report.quiet_after = verdict.wait_for_quiet(site)
    except AssertionError as error:
        report.broken.append(str(error))
    report.broken += verdict.faults_of(site, play, whole=whole)
    report.ended.update(f"{what} during {fault or 'peace'}" for fault, what in site.ended)
    for each in play.history.operations:
        report.counts.setdefault(each.fault, {}).setdefault(each.flow, Counter())[each.outcome] += 1
        report.slowest = max(report.slowest, each.seconds)
