"""Names of `tsa_core` that are looked for in the packages for torch."""

from __future__ import annotations

import sys
from typing import Any

import tsa_core


def point_to_core(module: str) -> None:
    """Let the AttributeError of a module say which of the missing names `tsa_core` has.

    The packages stay apart: the thirteen documented names mean a schedule in one and a bound
    scheduler in the other.
    """

    def missing(name: str) -> Any:
        error = f"module {module!r} has no attribute {name!r}"
        if name in tsa_core.__all__:
            error += f"; schedules are in tsa_core: from tsa_core import {name}"
        raise AttributeError(error)

    # Not by a `def __getattr__` in the module: type checkers would then accept any name.
    vars(sys.modules[module])["__getattr__"] = missing
