"""The scripts of `.ci`, which no package holds, as modules to be tested."""

import importlib.util
import sys
from types import ModuleType

from tests.architecture.source import ROOT


def script(name: str) -> ModuleType:
    """Return `.ci/<name>.py` as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / f".ci/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
