"""The wheel is the whole program: pages, built assets, catalogues, migrations; installed elsewhere it runs without the source."""

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from .source import ROOT, tracked

PACKAGES = ("gongchuang/", "search/", "services/", "marketplace/", "crowdsourcing/")
LOOK = """
import json
from importlib.metadata import entry_points
import babel.support
from gongchuang import assets
from gongchuang.database.provision import heads, migrations_folder
from gongchuang.manifest import load_rooms
catalogue = babel.support.Translations.load(str(assets.PACKAGE / "translations"), ["en"])
print(json.dumps({
    "package": str(assets.PACKAGE), "migrations": str(migrations_folder()), "heads": len(heads()), "css": assets.file_of("app.css"),
    "rooms": [room.name for room in load_rooms()], "catalogue": len(catalogue._catalog),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as zipped:
        return set(zipped.namelist())


def in_wheel(path: Path) -> str:
    return str(path.relative_to(ROOT)).removeprefix("platform/")


@pytest.mark.parametrize("kind", ["*.py", "*.html", "*.json", "*.txt", "*.csv", "*.svg", "*.step", "*.stl", "*.dxf"])
def test_the_wheel_carries_every_file_a_room_reads(names: set[str], kind: str) -> None:
    expected = {in_wheel(path) for path in tracked(kind) if in_wheel(path).startswith(PACKAGES) and "static" not in path.parts}
    assert not expected - names


def test_the_wheel_carries_what_is_built(names: set[str]) -> None:
    manifest = ROOT / "platform/gongchuang/static/vendor/manifest.json"
    built = json.loads(manifest.read_text("utf-8"))["files"]
    assert {"app.css", "app.js"} <= set(built)
    assert {in_wheel(manifest), *(in_wheel(manifest.parent / name) for name in built.values())} <= names
    assert {in_wheel(path.with_suffix(".mo")) for path in tracked("*.po")} <= names
    assert {f"gongchuang/{path.relative_to(ROOT)}" for path in (ROOT / "migrations/versions").glob("*.py")} <= names
    assert "gongchuang/migrations/env.py" in names


def test_the_wheel_carries_nothing_else(names: set[str]) -> None:
    metadata = {name for name in names if ".dist-info/" in name}
    assert all(name.startswith(PACKAGES) for name in names - metadata)
    assert not {name for name in names if "node_modules" in name or "__pycache__" in name or name.endswith((".po~", ".orig"))}


def test_the_installed_wheel_runs_without_the_source(wheel: Path, tmp_path: Path) -> None:
    """Its dependencies are lent by this environment, whose own path file for the source is not read there."""
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / "bin/python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, text=True)
    packages = next(home.glob("lib/python*/site-packages"))
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"))
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    help_ = subprocess.run([home / "bin/gongchuang", "--help"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert help_.returncode == 0, help_.stderr
    assert {"run", "web", "worker", "cron", "migrate", "demo", "operator", "doctor", "check", "reindex"} <= set(help_.stdout.split())
    looked = subprocess.run([python, "-c", LOOK], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stderr
    found = json.loads(looked.stdout)
    assert found["package"] == str(packages / "gongchuang")
    assert found["migrations"] == str(packages / "gongchuang/migrations")
    assert found["heads"] == 1
    assert {"search", "services", "marketplace", "crowdsourcing"} <= set(found["rooms"])
    assert found["catalogue"] > 1
    assert (packages / "gongchuang/static" / found["css"]).is_file()
