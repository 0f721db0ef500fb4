"""A started server: its address, its process, its data, and how it ends."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .places import other_user

DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")
"""A server must not outlive a test run that was killed; the kernel sees to it."""


class NotStarted(RuntimeError):
    """A server ended or stayed silent; the message carries the end of its log."""


@dataclass(kw_only=True)
class Server:
    """A real server on a loopback port with its data in a folder of its own.

    `stop` ends it in order and removes a folder that was made for it; `kill` ends it as a power cut would and keeps
    the data, so that starting again with the same folder and port shows what survived.
    """

    name: str
    url: str
    port: int
    folder: Path
    process: "subprocess.Popen[bytes]"
    temporary: bool
    stop_signal: signal.Signals = signal.SIGTERM
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        return _log_of(self.folder)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()
        if self.temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """End the whole process group at once (Elasticsearch is a launcher with the server as its child)."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)

    def tell(self, what: signal.Signals) -> None:
        """Send a signal to the process and all it has started, parents first (PostgreSQL's backends lead groups of their own)."""
        waiting = [self.process.pid]
        while waiting:
            pid = waiting.pop(0)
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                os.kill(pid, what)
                waiting += [int(child) for each in Path(f"/proc/{pid}/task").iterdir() for child in (each / "children").read_text().split()]

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def own_folder(name: str, folder: Path | None, *, as_other: bool) -> Path:
    """Return the folder for a server's data: the one given (made when missing), or a new one under the temporary folder.

    pytest's own temporary folders are closed to other users, so root's PostgreSQL could not enter them.
    """
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix=f"gongchuang-{name}-"))
    folder.mkdir(parents=True, exist_ok=True)
    user = other_user() if as_other else None
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def launch(command: Sequence[str | Path], folder: Path, *, env: Mapping[str, str] | None = None, as_other: bool = False) -> "subprocess.Popen[bytes]":
    """Start a server in a session of its own, its output in `folder/log`."""
    user = other_user() if as_other else None
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [*(DIES_WITH_US if shutil.which(DIES_WITH_US[0]) else ()), *map(str, command)],
            cwd=folder,
            env={**_plain_environment(), "HOME": str(folder), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )


def run_once(command: Sequence[str | Path], folder: Path, *, as_other: bool = False) -> None:
    """Run a preparing command to its end; its failure is the server's failure."""
    if launch(command, folder, as_other=as_other).wait() != 0:
        raise NotStarted(f"{command[0]} failed:\n{_log_of(folder)}")


def wait_until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", folder: Path, *, seconds: float = 60) -> None:
    """Wait until `ready` answers True; an `OSError` means not yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotStarted(f"{folder.name} ended with {process.returncode}:\n{_log_of(folder)}")
        with contextlib.suppress(OSError, http.client.HTTPException):
            if ready():
                return
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    raise NotStarted(f"{folder.name} was not ready within {seconds:.0f} s:\n{_log_of(folder)}")


def answers(port: int, path: str, *, timeout: float = 5) -> bytes | None:
    """Return the body of a 200 answer from a loopback server, None for any other."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        return body if response.status == 200 else None
    finally:
        connection.close()


def _plain_environment() -> dict[str, str]:
    """A server sees nothing of our settings."""
    return {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "TZ") if name in os.environ}


def _log_of(folder: Path) -> str:
    log = folder / "log"
    return log.read_text(errors="replace")[-4000:] if log.exists() else "(no log)"
