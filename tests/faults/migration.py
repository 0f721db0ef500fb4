"""A migration that dies half-way: the schema is made again from where it stood, by starting once more."""

import random
import secrets
import subprocess
import time
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql

from tests.faults.dependencies import superuser
from tests.faults.fault import Fault
from tests.faults.fault import Site as Breakable
from tests.faults.site import FaultySite
from tests.live.production import PROGRAM

WITHIN = (0.8, 6.0)
"""Seconds after which it is killed: from before the first statement until after the last, on this and slower machines."""
COUNTS = """select (select count(*) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace),
    (select count(*) from pg_policies), (select count(*) from pg_constraint), (select count(*) from pg_proc where pronamespace = 'public'::regnamespace)"""


@dataclass
class Killed:
    """Fresh databases beside the site's own, on its server."""

    made: list[str] = field(default_factory=list)

    def begin(self, site: Breakable) -> None:
        """Start a migration on an empty database, and kill it somewhere."""
        name = f"fresh_{secrets.token_hex(4)}"
        with superuser(site) as connection:
            connection.execute(sql.SQL("create database {} owner gongchuang_owner encoding 'UTF8' template template0").format(sql.Identifier(name)))
        self.made.append(name)
        with self._start(site, name) as process:
            time.sleep(random.Random(name).uniform(*WITHIN))
            process.kill()

    def heal(self, site: Breakable) -> None:
        """Start it again; the schema is then the one of the site itself."""
        while self.made:
            name = self.made.pop()
            with self._start(site, name) as process:
                said, _ = process.communicate(timeout=120)
            if process.returncode:
                raise AssertionError(f"the second migration ended with {process.returncode}: {said.decode()[-1500:]}")
            if (found := _counts(site, name)) != (wanted := _counts(site, "gongchuang")):
                raise AssertionError(f"tables, policies, constraints, functions are {found} after the second migration, not {wanted}")
            with superuser(site) as connection:
                connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    @staticmethod
    def _start(site: Breakable, name: str) -> "subprocess.Popen[bytes]":
        assert isinstance(site, FaultySite)
        return subprocess.Popen([PROGRAM, "migrate"], env=site.made.for_database(name), cwd=site.made.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _counts(site: Breakable, name: str) -> Any:
    with superuser(site, name) as connection:
        return connection.execute(COUNTS).fetchone()


KILLED = Killed()
FAULTS: tuple[Fault, ...] = (Fault("migration: killed half-way", "migration", KILLED.begin, KILLED.heal, (0.1, 0.1)),)
