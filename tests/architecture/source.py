"""The repository's own source as the guards read it."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("platform/gongchuang", "search", "services", "marketplace", "crowdsourcing")
OWN = frozenset({"gongchuang", "search", "services", "marketplace", "crowdsourcing"})


@cache
def modules() -> dict[Path, ast.Module]:
    """Return every Python file of the rooms, parsed, by its path below the root."""
    return {file.relative_to(ROOT): ast.parse(file.read_text("utf-8"), str(file)) for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))}


def calls_of(name: str) -> Iterator[str]:
    """Yield where a method called `name` is called in the rooms, as `file:line`."""
    for file, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                yield f"{file}:{node.lineno}"


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for file, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{file}:{node.lineno} {node.name}", node


def tracked(*patterns: str) -> list[Path]:
    """Return the files under version control; all files where the source was unpacked without it."""
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not {".venv", "node_modules", "data"} & set(path.relative_to(ROOT).parts)]
