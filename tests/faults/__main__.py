"""`python -m tests.faults`: a campaign of faults, its table and its seed."""

import argparse
import random
import sys
from pathlib import Path

from tests.faults.campaign import chosen, run
from tests.faults.processes import EVERY
from tests.servers.places import Missing


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="the same seed injects the same faults in the same order")
    asked.add_argument("--injections", type=int, default=20)
    asked.add_argument("--long", action="store_true", help="each fault lasts as long as in a soak run")
    asked.add_argument("--only", default="", help="only faults whose name contains this")
    asked.add_argument("--keep", type=Path, help="an existing folder for the logs")
    given = asked.parse_args()
    faults = [fault for fault in EVERY if given.only in fault.name]
    print(f"seed {given.seed}", flush=True)
    try:
        report = run(given.seed, chosen(given.seed, given.injections, faults), long=given.long, keep=given.keep)
    except Missing as missing:
        print(missing)
        return 2
    print(report.table())
    print(report.summary())
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
