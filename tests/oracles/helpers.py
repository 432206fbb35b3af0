"""How the oracle tests run another library's scheduler, and what they call equal."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tsa_core import Schedule

Values = NDArray[np.float64]

BASES = (0.1, 3e-4)
"""Never 1.0, at which a floor that should be scaled, or should not, goes unnoticed."""

base_values = pytest.mark.parametrize("base", BASES)


def sgd(base: float) -> torch.optim.SGD:
    """An optimizer for a scheduler to write into."""
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base, momentum=0.9)


def run_torch(build: Callable[[Any], Any], num_steps: int, base: float, key: str = "lr") -> Values:
    """The values that a torch scheduler writes for each of the updates."""
    optimizer = sgd(base)
    scheduler = build(optimizer)
    values = []
    for _ in range(num_steps):
        values.append(optimizer.param_groups[0][key])
        optimizer.step()
        scheduler.step()
    return np.array(values, dtype=np.float64)


def assert_equal(schedule: Schedule, theirs: Iterable[float], base: float = 1.0) -> None:
    """Every step within a relative 1e-12, in numbers and as an array.

    The absolute 1e-15 of the base is for values near 0: the peers subtract there, from numbers
    of the size of the base, whose last bit that is.
    """
    expected = np.array(list(theirs), dtype=np.float64)
    one_by_one = [schedule(step) for step in range(len(expected))]
    np.testing.assert_allclose(one_by_one, expected, rtol=1e-12, atol=1e-15 * base)
    np.testing.assert_allclose(
        schedule(np.arange(len(expected))), expected, rtol=1e-12, atol=1e-15 * base
    )


def load_part(package: str, part: str) -> ModuleType:
    """A module of a package whose own `__init__` imports what is not wanted here.

    An empty stand-in for the package is there while the part is imported, and nothing of it
    stays in `sys.modules`.
    """
    spec = importlib.util.find_spec(package)
    assert spec is not None
    before = dict(sys.modules)
    stand_in = ModuleType(package)
    stand_in.__path__ = list(spec.submodule_search_locations or ())
    sys.modules[package] = stand_in
    try:
        return importlib.import_module(f"{package}.{part}")
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == package]:
            del sys.modules[name]
        sys.modules.update({k: v for k, v in before.items() if k.split(".")[0] == package})
