"""What is public: the names that documentation, types and tests have to cover."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Any

import tsa_core
import tsa_torch


def packages() -> list[ModuleType]:
    """The two packages, and the modules of tsa_core with public names that it does not export."""
    inner = [
        importlib.import_module(f"tsa_core.{found.name}")
        for found in pkgutil.iter_modules(tsa_core.__path__)
        if not found.name.startswith("_")
    ]
    own = [one for one in inner if set(getattr(one, "__all__", ())) - set(tsa_core.__all__)]
    return [tsa_core, tsa_torch, *own]


NAMES: dict[str, Any] = {
    f"{package.__name__}.{name}": getattr(package, name)
    for package in packages()
    for name in package.__all__
}
"""Every public object by its full name."""
