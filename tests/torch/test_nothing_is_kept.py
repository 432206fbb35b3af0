"""No optimizer, group or parameter is kept alive, and no scheduler costs another one anything."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD
from torch.optim import lr_scheduler as lrs

from tsa_core import Constant, Linear
from tsa_torch import (
    HyperparameterScheduler,
    ScheduleMismatchWarning,
    arbitrary_schedule_factory,
    bind_schedules,
)

FADE = Linear(1.0, 0.0, 10)


def parameter() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.ones(1))


def ours(optimizer: Any) -> Any:
    return HyperparameterScheduler(optimizer, FADE)


def synchronous(optimizer: Any) -> Any:
    return bind_schedules(optimizer, {"lr": FADE, "weight_decay": FADE})


def the_factorys(optimizer: Any) -> Any:
    return arbitrary_schedule_factory(optimizer, lambda opt: lrs.ExponentialLR(opt, 0.5))


BUILD = (ours, synchronous, the_factorys)


@pytest.mark.parametrize("build", BUILD)
def test_models_that_point_at_their_optimizer_are_freed(build: Callable[[Any], Any]) -> None:
    """All of twenty."""
    models = []
    for _ in range(20):
        model = torch.nn.Linear(2, 2)
        optimizer = SGD(model.parameters(), lr=0.1)
        model.optimizer = optimizer  # type: ignore[assignment]  # as trainers do
        model.weight.optimizer = optimizer  # type: ignore[attr-defined]  # as some wrappers do
        build(optimizer).step()
        models.append(weakref.ref(model))
        del model, optimizer
    gc.collect()
    assert [model() for model in models] == [None] * 20


@pytest.mark.parametrize("build", BUILD)
def test_a_dropped_group_is_freed_after_the_next_step(build: Callable[[Any], Any]) -> None:
    """With its parameters."""
    optimizer = SGD([{"params": [parameter()]}, {"params": [parameter()]}], lr=0.1)
    scheduler = build(optimizer)
    scheduler.step()
    dropped = weakref.ref(optimizer.param_groups[1]["params"][0])
    del optimizer.param_groups[1]
    scheduler.step()
    gc.collect()
    assert dropped() is None


def test_building_is_linear_in_the_number_of_schedulers() -> None:
    """The last 2,500 of 10,000 that live take as long as the first 2,500."""
    optimizers = [SGD([parameter()], lr=0.1) for _ in range(10_000)]
    kept, times = [], []
    gc.disable()
    try:
        for quarter in range(4):
            start = time.perf_counter()
            for optimizer in optimizers[2500 * quarter : 2500 * (quarter + 1)]:
                kept.append(HyperparameterScheduler(optimizer, FADE))
            times.append(time.perf_counter() - start)
    finally:
        gc.enable()
    assert len(kept) == 10_000
    assert times[3] < 3 * times[0]


POSITION = 200_000
QUICK: dict[str, Callable[[Any], Any]] = {
    "ConstantLR": lambda opt: lrs.ConstantLR(opt, 0.5, 300_000),
    "LinearLR": lambda opt: lrs.LinearLR(opt, 0.25, 1.0, 300_000),
    "StepLR": lambda opt: lrs.StepLR(opt, 30_000, 0.5),
    "MultiStepLR": lambda opt: lrs.MultiStepLR(opt, [1_000, 100_000], 0.5),
    "ExponentialLR": lambda opt: lrs.ExponentialLR(opt, 0.99999),
    "PolynomialLR": lambda opt: lrs.PolynomialLR(opt, 300_000, 2.0),
    "CosineAnnealingLR": lambda opt: lrs.CosineAnnealingLR(opt, 300_000),
    "LambdaLR": lambda opt: lrs.LambdaLR(opt, lambda step: 1 / (1 + step)),
    "OneCycleLR": lambda opt: lrs.OneCycleLR(opt, 0.5, 300_000, cycle_momentum=False),
    "CyclicLR": lambda opt: lrs.CyclicLR(opt, 0.01, 0.5, 700, cycle_momentum=False),
    "CosineAnnealingWarmRestarts": lambda opt: lrs.CosineAnnealingWarmRestarts(opt, 300, 2),
}


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.filterwarnings("ignore:The epoch parameter in", "ignore:Detected call of")
def test_a_late_group_joins_at_step_200_000_in_ten_milliseconds(name: str) -> None:
    """At the value that it would have had from the start, to 1e-12."""
    times = []
    for _ in range(5):
        optimizer = SGD([{"params": [parameter()], "lr": 0.1}])
        bound = arbitrary_schedule_factory(optimizer, QUICK[name])
        bound.step(POSITION)
        optimizer.add_param_group({"params": [parameter()], "lr": 0.4})
        start = time.perf_counter()
        bound.step()
        times.append(time.perf_counter() - start)
    assert min(times) < 0.01
    assert bound.last_epoch == POSITION + 1
    twin = SGD([{"params": [parameter()], "lr": rate} for rate in (0.1, 0.4)])
    plain = QUICK[name](twin)
    plain.step(POSITION + 1)
    found = [group["lr"] for group in optimizer.param_groups]
    assert found == bound.get_last_lr()
    assert found == pytest.approx([group["lr"] for group in twin.param_groups], rel=1e-12)


OTHER: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "StepLR": (lambda opt: lrs.StepLR(opt, 3, 0.5), lambda opt: lrs.StepLR(opt, 5, 0.25)),
    "PolynomialLR": (
        lambda opt: lrs.PolynomialLR(opt, 50, 2.0),
        lambda opt: lrs.PolynomialLR(opt, 90),
    ),
    "OneCycleLR": (
        lambda opt: lrs.OneCycleLR(opt, 0.5, 50, cycle_momentum=False),
        lambda opt: lrs.OneCycleLR(opt, 0.25, 90, cycle_momentum=False),
    ),
    "CyclicLR": (
        lambda opt: lrs.CyclicLR(opt, 0.1, 0.5, 4, cycle_momentum=False),
        lambda opt: lrs.CyclicLR(opt, 0.2, 0.3, 7, cycle_momentum=False),
    ),
    "SequentialLR": (
        lambda opt: lrs.SequentialLR(
            opt, [lrs.ConstantLR(opt, 0.5, 5), lrs.ExponentialLR(opt, 0.5)], [5]
        ),
        lambda opt: lrs.SequentialLR(
            opt, [lrs.ConstantLR(opt, 0.25, 9), lrs.ExponentialLR(opt, 0.9)], [9]
        ),
    ),
    "ChainedScheduler": (
        lambda opt: lrs.ChainedScheduler([lrs.LinearLR(opt, 0.5), lrs.ExponentialLR(opt, 0.5)]),
        lambda opt: lrs.ChainedScheduler([lrs.LinearLR(opt, 0.25), lrs.ExponentialLR(opt, 0.9)]),
    ),
}


@pytest.mark.parametrize("name", OTHER)
@pytest.mark.filterwarnings("ignore:Detected call of")
def test_a_late_group_follows_the_settings_that_were_loaded(name: str) -> None:
    """Not those of the code, which a load warns of."""
    saved, of_the_code = OTHER[name]
    twin = SGD([{"params": [parameter()], "lr": rate} for rate in (0.1, 0.4)])
    original = saved(twin)
    first = SGD([parameter()], lr=0.1)
    running = arbitrary_schedule_factory(first, saved)
    for _ in range(7):
        running.step()
        original.step()
    optimizer = SGD([parameter()], lr=0.1)
    bound = arbitrary_schedule_factory(optimizer, of_the_code)
    with pytest.warns(ScheduleMismatchWarning, match=f"written by a {name} with other settings"):
        bound.load_state_dict(running.state_dict())
    optimizer.add_param_group({"params": [parameter()], "lr": 0.4})
    for _ in range(9):
        bound.step()
        original.step()
        found = [group["lr"] for group in optimizer.param_groups]
        assert found == pytest.approx([group["lr"] for group in twin.param_groups], rel=1e-12)


def test_threads_that_build_at_once_do_not_meet() -> None:
    """There is nothing that they share."""
    from concurrent.futures import ThreadPoolExecutor

    def build(_: int) -> list[float]:
        optimizer = SGD([parameter()], lr=0.1)
        HyperparameterScheduler(optimizer, FADE).step(5)
        return HyperparameterScheduler(optimizer, Constant(0.5)).base_lrs

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(build, range(400))) == [[0.1]] * 400
