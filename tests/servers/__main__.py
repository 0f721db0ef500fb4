"""`python -m tests.servers install` brings the real servers; `list` says which are there."""

import sys

from .install import install
from .places import FINDERS


def main(arguments: list[str]) -> int:
    if arguments == ["install"]:
        return 0 if install(lambda line: print(line, flush=True)) else 1
    if arguments == ["list"]:
        for name, find in FINDERS.items():
            print(f"{name:15} {find() or 'missing'}")
        return 0
    print(__doc__)
    return 2


sys.exit(main(sys.argv[1:]))
