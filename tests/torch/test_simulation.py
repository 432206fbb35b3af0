"""`simulate` and `schedule_from_torch`: a torch scheduler as numbers, as a schedule."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler as lrs

import tsa_core
from tests.helpers import label
from tests.torch.factories import ONE_PER_GROUP, SCHEDULERS, plain
from tsa_torch import HyperparameterScheduler, schedule_from_torch, simulate

NAMES = [name for name in SCHEDULERS if "Plateau" not in name and name not in ONE_PER_GROUP]
ABSOLUTE = ("OneCycleLR", "CyclicLR", "SWALR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts")


def trained(name: str, steps: int, value: float) -> list[float]:
    """What the scheduler writes on a real optimizer."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=value)
    scheduler = plain(name, optimizer)
    values = [optimizer.param_groups[0]["lr"]]
    for _ in range(steps - 1):
        optimizer.step()
        scheduler.step()
        values.append(optimizer.param_groups[0]["lr"])
    return values


@given(st.sampled_from(NAMES), st.integers(1, 20), st.floats(1e-6, 1e3))
def test_simulated_is_what_a_real_optimizer_would_see(name: str, steps: int, value: float) -> None:
    """Bit for bit, one number for each update, as float64."""
    values = simulate(SCHEDULERS[name], steps, value)
    assert values.dtype == np.float64
    assert values.tolist() == trained(name, steps, value)


@given(st.sampled_from(NAMES), st.integers(1, 20))
def test_the_schedule_has_the_simulated_values_and_holds_the_last(name: str, steps: int) -> None:
    """As a record it compares, goes into data and back, and knows no torch any more."""
    schedule = schedule_from_torch(SCHEDULERS[name], steps)
    assert [schedule(step) for step in range(steps)] == trained(name, steps, 1.0)
    assert schedule(steps + 5) == schedule(steps - 1)
    assert tsa_core.from_dict(tsa_core.to_dict(schedule)) == schedule


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith(ABSOLUTE)])
def test_bound_again_it_drives_an_optimizer_as_the_scheduler_did(name: str) -> None:
    """Schedulers that only multiply: the multipliers times the initial value."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.25)
    scheduler = HyperparameterScheduler(optimizer, schedule_from_torch(SCHEDULERS[name], 16))
    for expected in trained(name, 16, 0.25):
        assert optimizer.param_groups[0]["lr"] == pytest.approx(expected, rel=1e-14, abs=0)
        scheduler.step()


def test_absolute_values_are_bound_as_such() -> None:
    """OneCycleLR gives learning rates, whatever the optimizer had."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=3.0)
    schedule = schedule_from_torch(SCHEDULERS["OneCycleLR"], 16)
    scheduler = HyperparameterScheduler(optimizer, schedule, absolute=True)
    for expected in trained("OneCycleLR", 16, 3.0):
        assert optimizer.param_groups[0]["lr"] == expected
        scheduler.step()


@pytest.mark.parametrize("function", [simulate, schedule_from_torch])
@pytest.mark.parametrize("name", ["ReduceLROnPlateau", "ReduceLROnPlateau, max"])
def test_a_scheduler_that_goes_by_a_metric_has_no_values_of_its_own(
    function: Any, name: str
) -> None:
    """A clear error, not torch's missing argument."""

    def factory(opt: Any) -> lrs.LRScheduler:
        return lrs.ReduceLROnPlateau(opt, "max" if "max" in name else "min")

    with pytest.raises(
        ValueError, match=r"on the step alone .*ReduceOnPlateau\), got .*LROnPl"
    ):
        function(factory, 5)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3, 5), TypeError, "schedule_factory must be callable, got 3"),
        ((lambda opt: None, 5), TypeError, "schedule_factory must return a scheduler"),
        ((SCHEDULERS["StepLR"], 0), ValueError, "num_steps must be >= 1, got 0"),
        ((SCHEDULERS["StepLR"], 2.5), ValueError, "num_steps must be a whole number, got 2.5"),
        ((SCHEDULERS["StepLR"], "5"), TypeError, "num_steps must be a real number, got '5'"),
        ((SCHEDULERS["StepLR"], 5, None), TypeError, "initial_value must be a real number"),
        ((SCHEDULERS["StepLR"], 5, math.nan), ValueError, "initial_value must not be NaN"),
        ((lambda opt: lrs.OneCycleLR(opt, 0.5, 20), 5), ValueError, "cycle_momentum"),
    ],
    ids=label,
)
def test_bad_arguments_are_named(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        simulate(*arguments)
