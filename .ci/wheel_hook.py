"""What a wheel carries beyond its source: built assets, compiled catalogues, migrations, made when it is built.

An editable install gets none of it: it reads the working tree, and a copy of the migrations would grow stale.
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

GENERATED = ["platform/gongchuang/static/vendor/**", "*.mo"]


class WheelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for the target `wheel`; hatchling finds it through pyproject.toml."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        sys.path.insert(0, os.path.join(self.root, "platform"))
        importlib.import_module("gongchuang.assets").build()
        build_data["artifacts"] += GENERATED
        build_data["force_include"] |= {
            str(file): f"gongchuang/{file.relative_to(self.root)}" for file in sorted(Path(self.root, "migrations").rglob("*")) if self._carried(file)
        }

    @staticmethod
    def _carried(file: Path) -> bool:
        return file.is_file() and file.suffix in {".py", ".mako"} and file.name != "write.py"
