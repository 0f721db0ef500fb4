"""A migration that dies half-way: the schema is made again from where it stood, by starting once more."""

import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from psycopg import sql

from tests.architecture.test_schema import CATALOGUE
from tests.faults.dependencies import superuser
from tests.faults.fault import CannotBreak, Fault
from tests.faults.fault import Site as Breakable
from tests.faults.site import FaultySite
from tests.live.production import PROGRAM

PARTS_OF_IT = (0.3, 0.0, 0.5, 0.15)
"""How far, of what the last one took with the end of its process, each in turn has come when it is killed. One that had ended by then is tried again."""
WRITES = "select count(*) from pg_stat_activity where datname = %s and backend_xid is not null"
BEGINS_WITHIN = 60.0


@dataclass
class Killed:
    """Fresh databases beside the site's own, on its server."""

    made: list[str] = field(default_factory=list)
    took: float = 1.0
    """Seconds from its first written statement to its end, as it was last seen."""
    parts: Iterator[float] = field(default_factory=lambda: cycle(PARTS_OF_IT))

    def begin(self, site: Breakable) -> None:
        """Start a migration on an empty database, and kill it while it writes."""
        for last in (False, False, False, True):
            try:
                self._begin(site)
                return
            except CannotBreak:
                if last:
                    raise

    def _begin(self, site: Breakable) -> None:
        name = f"fresh_{secrets.token_hex(4)}"
        with superuser(site) as connection:
            connection.execute(sql.SQL("create database {} owner gongchuang_owner encoding 'UTF8' template template0").format(sql.Identifier(name)))
        self.made.append(name)
        with self._start(site, name) as process:
            self._wait_until_it_writes(site, name, process)
            time.sleep(self.took * next(self.parts))
            process.kill()
        if process.returncode != -signal.SIGKILL:
            raise CannotBreak("the migration had ended before it was killed")
        if (found := _catalogue(site, name)) == _catalogue(site, "gongchuang"):
            raise CannotBreak(f"all of the migration had been committed before it was killed: {len(found)} parts")

    @staticmethod
    def _wait_until_it_writes(site: Breakable, name: str, process: "subprocess.Popen[bytes]") -> None:
        until = time.monotonic() + BEGINS_WITHIN
        with superuser(site) as connection:
            while process.poll() is None and time.monotonic() < until:
                if connection.execute(WRITES, (name,)).fetchone() != (0,):
                    return
                time.sleep(0.005)
        raise CannotBreak("the migration was never seen writing")

    def heal(self, site: Breakable) -> None:
        """Start it again; the schema is then the one of the site itself."""
        while self.made:
            name = self.made.pop()
            with self._start(site, name) as process:
                with suppress(CannotBreak):
                    self._wait_until_it_writes(site, name, process)
                began = time.monotonic()
                said, _ = process.communicate(timeout=120)
                self.took = time.monotonic() - began
            if process.returncode:
                raise AssertionError(f"the second migration ended with {process.returncode}: {said.decode()[-1500:]}")
            if different := _catalogue(site, name) ^ _catalogue(site, "gongchuang"):
                raise AssertionError(f"after the second migration the catalogues differ: {sorted(different)[:10]}")
            with superuser(site) as connection:
                connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    @staticmethod
    def _start(site: Breakable, name: str) -> "subprocess.Popen[bytes]":
        assert isinstance(site, FaultySite)
        return subprocess.Popen([PROGRAM, "migrate"], env=site.made.for_database(name), cwd=site.made.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _catalogue(site: Breakable, name: str) -> set[tuple[Any, ...]]:
    """Return what a database's schema is made of: columns, constraints, indexes, policies, functions, triggers."""
    with superuser(site, name) as connection:
        return {(part, *row) for part, query in CATALOGUE.items() for row in connection.execute(query.encode())}


KILLED = Killed()
FAULTS: tuple[Fault, ...] = (Fault("migration: killed half-way", "migration", KILLED.begin, KILLED.heal, (0.1, 0.1)),)
