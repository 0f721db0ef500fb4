"""An installation that can be broken: real processes over real servers, every server reached through a proxy of ours.

    clients ─ web ─ "web redis" ─┐
                                 ├─ "redis" ─ Redis            (the same for postgresql, store, search)
    worker, worker-2, cron ──────┘

The web process has proxies of its own before the common ones, so that it alone can be cut from a server.
"""

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis

from tests.faults.client import fetch
from tests.faults.disks import small_disk
from tests.faults.proxy import Proxy
from tests.flows.site import Site as Address
from tests.live.production import PROGRAM, Minio, Production, Servers, prepared
from tests.rounds import rounds
from tests.servers import Server, start_elasticsearch, start_minio, start_postgres, start_redis
from tests.servers.running import DIES_WITH_US

COMMANDS = {"web": "web", "worker": "worker", "worker-2": "worker", "cron": "cron"}
"""The processes of the installation, and the command each runs."""
DISK_MEBIBYTES = {"postgresql": rounds(700, 3000), "store": rounds(1600, 3000)}
"""They lie in memory. 700 MiB for PostgreSQL were full after 46,900 intents of a long campaign."""


@dataclass
class FaultySite:
    """What faults break and clients meet."""

    made: Production
    servers: dict[str, Server]
    proxies: dict[str, Proxy]
    processes: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)
    extra: dict[str, dict[str, str]] = field(default_factory=dict)
    """More environment for a process, from its next start on."""

    fault: str = ""
    """What is broken now."""
    ended: list[tuple[str, str]] = field(default_factory=list)
    """Under which faults processes ended although nobody killed them; a service manager starts them again, and so do we."""

    def points(self, command: str) -> Path:
        """Return the folder in which a command's processes look for the points of the program at which they are to end."""
        return self.made.folder / "points" / command

    @property
    def address(self) -> Address:
        logs = tuple(self.made.folder / f"{name}.log" for name in COMMANDS)
        return Address(f"http://127.0.0.1:{self.made.port}", logs, lambda *words: self.made.run(PROGRAM, *words))

    def start(self, name: str) -> None:
        """Start a process unless it runs."""
        if (old := self.processes.get(name)) is not None:
            if old.poll() is None:
                return
            if old.returncode != -signal.SIGKILL:
                self.ended.append((self.fault, f"{name} ended by itself with {old.returncode}"))
        environment = {**self.environment(name), **self.extra.get(name, {})}
        command = [*DIES_WITH_US, str(PROGRAM), COMMANDS.get(name, name.partition("-")[0])]
        with (self.made.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, env=environment, cwd=self.made.folder, stdout=log, stderr=log, start_new_session=True)

    def environment(self, name: str) -> dict[str, str]:
        """Return a process's environment: every server behind its proxy."""
        own = "web " if name == "web" else ""
        port = {each: self.proxies[f"{own}{each}"].port for each in self.servers}
        made = self.made.for_database("gongchuang")
        address = f"127.0.0.1:{port['postgresql']}/gongchuang"
        return {
            **made,
            "DATABASE_URL": f"postgresql://gongchuang_app:app@{address}",
            "DATABASE_OWNER_URL": f"postgresql://gongchuang_owner:owner@{address}",
            "REDIS_URL": f"redis://127.0.0.1:{port['redis']}/0",
            "ELASTICSEARCH_URL": f"http://127.0.0.1:{port['search']}",
            "S3_ENDPOINT": f"http://127.0.0.1:{port['store']}",
            "S3_PUBLIC_ENDPOINT": f"http://127.0.0.1:{self.proxies['store'].port}",
            "GONGCHUANG_FAULT_POINTS": str(self.points(name.partition("-")[0])),
            "GONGCHUANG_TRUSTED_PROXIES": "1",
        }

    def send(self, name: str, what: signal.Signals) -> None:
        """Send a signal to a process and to those it has begun."""
        with suppress(ProcessLookupError):
            os.killpg(self.processes[name].pid, what)

    def kill(self, name: str) -> None:
        self.send(name, signal.SIGKILL)
        self.processes[name].wait(timeout=30)

    def end(self, name: str) -> int:
        """End a process in order."""
        if name not in self.processes:
            return 0
        process = self.processes.pop(name)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait(timeout=30)

    def revive(self) -> None:
        """Start whatever ended, as a service manager does."""
        for name in list(self.processes):
            self.start(name)

    def redis(self) -> Redis:
        return Redis.from_url(self.servers["redis"].url, socket_timeout=10)

    def lacks(self) -> dict[str, str]:
        """Return the dependencies that web does not reach, each with its error; `web` where it does not answer itself."""
        asked = urllib.request.Request(f"http://127.0.0.1:{self.made.port}/readyz")
        status, text = fetch(asked, 12)
        if status not in (200, 503):
            return {"web": f"answered {status}"}
        return {name: state for name, state in json.loads(text)["dependencies"].items() if state != "ok"}

    def wait_until_ready(self, seconds: float, *, lacking: bool = False) -> float:
        """Wait until web reaches every dependency, or `lacking` some of them answers itself; return how long that took."""
        began = time.monotonic()
        while (lacks := self.lacks()) and not (lacking and "web" not in lacks):
            if time.monotonic() - began > seconds:
                raise AssertionError(f"the site was not ready within {seconds:.0f} s: {lacks}\n{self.log('web')[-2000:]}")
            self.revive()
            time.sleep(0.3)
        return time.monotonic() - began

    def log(self, name: str) -> str:
        file = self.made.folder / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""


@contextmanager
def faulty_site(folder: Path) -> Iterator[FaultySite]:
    """Start four servers, their proxies and the processes in `folder`; end all of it afterwards. Raises Missing for a server that is not there."""
    with ExitStack() as stack:
        for name, size in DISK_MEBIBYTES.items():
            stack.enter_context(small_disk(folder / name, size))
        starters = {"postgresql": start_postgres, "redis": start_redis, "store": start_minio, "search": start_elasticsearch}
        servers = {name: start(folder / name) for name, start in starters.items()}
        stack.callback(lambda: [server.stop() for server in servers.values()])
        proxies = {name: stack.enter_context(Proxy(server.port)) for name, server in servers.items()}
        proxies |= {f"web {name}": stack.enter_context(Proxy(proxies[name].port)) for name in servers}
        store = servers["store"]
        minio = Minio(store.url, store.secrets["access_key"], store.secrets["secret_key"], store)
        made = prepared(Servers(servers["postgresql"].url.rsplit("/", 1)[0], servers["redis"].url, minio, servers["search"].url), folder)
        site = FaultySite(made, servers, proxies)
        for command in COMMANDS.values():
            site.points(command).mkdir(parents=True, exist_ok=True)
        stack.callback(lambda: [site.end(name) for name in list(site.processes)])
        for name in COMMANDS:
            site.start(name)
        site.wait_until_ready(180)
        yield site
