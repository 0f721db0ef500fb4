"""Laws that can be read off the source: where is committed, imported, what a file is called and how long it may be."""

import ast
import importlib
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

from gongchuang.manifest import features

from .source import OWN, ROOMS, ROOT, calls_of, functions, modules, tracked

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
LOCKS = ("requirements.lock", "tests/requirements.lock", ".ci/build.lock", "package-lock.json")
UNNAMED = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError|pragma: no cover)\b")
IMPURE = {"flask", "flask_babel", "sqlalchemy", "psycopg", "random", "secrets", "os", "time"}


def test_there_is_one_commit_site() -> None:
    """Of the session. The owner's connection that prepares the database, and the search index's own writer, are no sessions."""
    others = {"platform/gongchuang/database/provision.py", "search/engines/tantivy.py"}
    sites = [place.split(":")[0] for place in calls_of("commit")]
    assert [site for site in sites if site not in others] == ["platform/gongchuang/database/unit.py"]
    assert not [file for file in others if "session" in (ROOT / file).read_text("utf-8") and "session.commit" in (ROOT / file).read_text("utf-8")]


def test_statements_ask_the_one_clock() -> None:
    """`func.now_()` is PostgreSQL's `now()`: SQLAlchemy drops the underscore. The clock inside a statement is `gongchuang.database.CLOCK`."""
    assert not list(calls_of("now_"))


def test_nothing_of_ours_is_imported_inside_a_function() -> None:
    hidden = [
        f"{place} imports {ast.unparse(node)}"
        for place, function in functions()
        for node in ast.walk(function)
        if (isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").split(".")[0] in OWN))
        or (isinstance(node, ast.Import) and any(alias.name.split(".")[0] in OWN for alias in node.names))
    ]
    assert not hidden


def test_imports_go_down_only() -> None:
    """The contracts stand in pyproject.toml; import-linter reads every import, also those for types only."""
    done = subprocess.run([Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_the_standard_platform_module_stays_intact() -> None:
    """A package called `platform` would shadow it, which is why platform/ is a plain folder."""
    done = subprocess.run([sys.executable, "-c", "import platform; print(platform.__file__)"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == Path(platform.__file__)
    assert ROOT not in Path(platform.__file__).parents
    assert not (ROOT / "platform/__init__.py").exists()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry(lock: str) -> None:
    """So that mirrors and folders of wheels serve the same locks."""
    text = (ROOT / lock).read_text("utf-8")
    found = re.findall(r"^.*(?:--index-url|--extra-index-url|--find-links|\"resolved\"|file://).*$", text, re.MULTILINE)
    addresses = [line for line in text.splitlines() if re.search(r"https?://", line) and '"url":' not in line and "funding" not in line]
    assert not found
    assert not addresses


@pytest.mark.parametrize("lock", [lock for lock in LOCKS if lock.endswith(".lock")])
def test_every_locked_package_has_a_hash(lock: str) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text("utf-8"))
    assert not [block.split("==")[0] for block in blocks if "==" in block and "--hash=sha256:" not in block]


def test_no_file_is_longer_than_a_person_reads() -> None:
    long = {str(file): len((ROOT / file).read_text("utf-8").splitlines()) for file in modules()}
    assert not {file: lines for file, lines in long.items() if lines > LONGEST_FILE}


def test_no_function_is_longer_than_a_page() -> None:
    assert not [place for place, node in functions() if (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION]


def test_every_function_is_typed() -> None:
    assert not list(_untyped())


def _untyped() -> Iterator[str]:
    for place, node in functions():
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        if node.returns is None or any(argument.annotation is None for argument in arguments if argument.arg not in {"self", "cls"}):
            yield place


def test_files_are_named_after_what_they_hold() -> None:
    assert not [file for file in modules() if UNNAMED & {*file.parts, file.stem}]


def test_nothing_is_left_unfinished() -> None:
    """A promise in a comment is not a promise: what is not done is not there."""
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in tracked("*.py", "*.html", "*.js", "*.mjs", "*.css")
        if file != Path(__file__)
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert not found


def test_rules_take_values_and_the_instant_they_are_asked_for() -> None:
    """`rules.py` is pure: no clock, no chance, no environment; the same question has the same answer for ever."""
    assert not [place for file, tree in modules().items() if "rules" in {file.stem, file.parent.name} for place in _impure(file, tree)]


def _impure(file: Path, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and _names(node) & IMPURE:
            yield f"{file}:{node.lineno} {ast.unparse(node)}"
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"datetime.now", "datetime.utcnow", "date.today"}:
            yield f"{file}:{node.lineno} {ast.unparse(node)}"


def _names(node: ast.Import | ast.ImportFrom) -> set[str]:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    return {name.split(".")[0] for name in names}


def test_every_room_says_what_it_owns() -> None:
    for room in ("platform", "search", "services", "marketplace", "crowdsourcing"):
        words = (ROOT / room / "README.md").read_text("utf-8").split()
        assert 60 <= len(words) <= 1200, f"{room}/README.md has {len(words)} words: one page"


def test_the_top_level_holds_the_rooms_and_what_tools_need() -> None:
    rooms = {"platform", "services", "marketplace", "crowdsourcing", "search", "migrations", "tests", "bench", "docs", ".ci"}
    papers = {"README.md", "README.zh.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}
    tools = {
        "pyproject.toml",
        "Makefile",
        "compose.yaml",
        "Dockerfile",
        ".dockerignore",
        ".gitignore",
        "package.json",
        "package-lock.json",
        "requirements.lock",
    }
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= rooms | papers | tools


def test_the_ci_script_can_be_run() -> None:
    assert (ROOT / ".ci/run").stat().st_mode & 0o111 == 0o111
    assert (ROOT / ".ci/run").read_text().startswith("#!/usr/bin/env bash\n")


def test_every_module_can_be_imported_by_itself() -> None:
    """No module does work or depends on another having been imported first."""
    for file in modules():
        parts = file.with_suffix("").parts
        name = ".".join(part for part in parts[1 if parts[0] == "platform" else 0 :] if part != "__init__")
        assert importlib.import_module(name)


def test_every_handler_and_clock_is_in_its_features_manifest() -> None:
    """One that is marked and not listed is never called, and nobody notices."""
    heard = {each for feature in features() for each in (*feature.handlers, *feature.crons)}
    ours = [module for name, module in sorted(sys.modules.items()) if name.split(".")[0] in OWN]
    marked = [each for module in ours for each in vars(module).values() if isinstance(each, FunctionType) and {"handler", "clock"} & vars(each).keys()]
    assert len(marked) > 30
    assert not [f"{each.__module__}.{each.__name__}" for each in marked if each not in heard]


def test_every_room_of_the_layout_is_there() -> None:
    assert all((ROOT / room / "__init__.py").is_file() for room in ROOMS)
