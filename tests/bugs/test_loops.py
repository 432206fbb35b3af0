"""O: what goes wrong between a scheduler and the loop that steps it."""

from __future__ import annotations

import copy
import functools
import gc
import pickle
import weakref
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as lrs

import tsa_torch
from tests.bugs.helpers import Scheduler, bound, drive, rates, sgd
from tsa_core import Cosine, Decay, Linear

DOWN = Cosine(1.0, 0.0, 10)


def test_o01_a_skipped_update_is_not_counted_pytorch_44511() -> None:
    """GradScaler skips the first one; the schedule is told how many were made. No warning."""
    optimizer = sgd()
    sync = tsa_torch.bind_schedules(optimizer, {"lr": Decay(1.0, 0.5, 1)})
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
    made, used = 0, []
    for step in range(3):
        used += rates(optimizer)
        optimizer.param_groups[0]["params"][0].grad = torch.tensor([2.0 if step else torch.inf])
        before = scaler.get_scale()
        scaler.scale(torch.ones(1))
        scaler.step(optimizer)
        scaler.update()
        made += scaler.get_scale() >= before
        sync.step(made)
    assert (made, sync.last_epoch) == (2, 2)
    assert used == [1.0, 1.0, 0.5]
    assert rates(optimizer) == [0.25]


def test_o02_a_wrapped_optimizer_step_is_no_mistake_pytorch_27595(
    recwarn: pytest.WarningsRecorder,
) -> None:
    """Whoever wraps it, before the scheduler is built or after; nothing of ours looks at it."""
    optimizer = sgd()
    schedulers = [
        Scheduler(optimizer, DOWN),
        bound(optimizer, lambda opt: lrs.StepLR(opt, 2), "weight_decay"),
    ]
    optimizer.step = functools.partial(optimizer.step, None)
    for scheduler in schedulers:
        drive(optimizer, scheduler, 3)
    assert [str(warning.message) for warning in recwarn] == []


def test_o03_a_preview_copies_no_parameters_yolov5_5864() -> None:
    """The schedule is a record of a few numbers, and knows no optimizer."""
    big = torch.nn.Parameter(torch.zeros(100_000))
    scheduler = Scheduler(torch.optim.SGD([big], lr=1.0), DOWN)
    preview = copy.deepcopy(scheduler.schedule)
    assert preview == DOWN
    assert len(pickle.dumps(preview)) < 1000
    assert [preview(step) for step in range(3)] == [DOWN(step) for step in range(3)]


def test_o04_a_preview_does_not_move_the_run_yolov5_5864() -> None:
    """Values at any steps, of ours and of torch's schedulers, without an optimizer."""
    optimizer = sgd()
    scheduler = Scheduler(optimizer, DOWN)
    drive(optimizer, scheduler, 2)
    assert scheduler.schedule(np.arange(11)).shape == (11,)
    assert tsa_torch.simulate(lambda opt: lrs.StepLR(opt, 1, 0.5), 3).tolist() == [1.0, 0.5, 0.25]
    assert rates(optimizer) == [DOWN(2)]
    assert scheduler.last_epoch == 2


def test_o05_any_hyperparameter_and_no_lr_at_all_pytorch_22343() -> None:
    """The target is an argument; the groups need no other key, `"params"` included."""
    for build in (
        lambda opt: Scheduler(opt, Decay(1.0, 0.5, 1), "weight_decay"),
        lambda opt: bound(opt, lambda o: lrs.ExponentialLR(o, 0.5), "weight_decay"),
    ):
        optimizer = SimpleNamespace(param_groups=[{"weight_decay": 0.4}])
        scheduler = build(optimizer)
        scheduler.step()
        scheduler.step()
        assert optimizer.param_groups == [{"weight_decay": 0.1, "initial_weight_decay": 0.4}]


class Wrapper:
    """What some engines hand over in the place of an optimizer; nothing can be set on it."""

    __slots__ = ("_optimizer",)

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self._optimizer = optimizer

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        return self._optimizer.param_groups


def test_o06_a_wrapper_with_param_groups_is_enough_deepspeed_122() -> None:
    """It need not be a torch `Optimizer`, nor take attributes."""
    optimizer = sgd()
    sync = tsa_torch.SynchronousSchedule(
        [
            Scheduler(Wrapper(optimizer), Decay(1.0, 0.5, 1)),
        ]
    )
    sync.step()
    assert rates(optimizer) == [0.5]
    torch_s = bound(Wrapper(optimizer), lambda opt: lrs.ExponentialLR(opt, 0.5))
    torch_s.step()
    torch_s.step()
    assert rates(optimizer) == [0.25]


def test_o07_no_cycle_keeps_an_optimizer_alive_pytorch_25605() -> None:
    """Freed as soon as the last name is gone, without the garbage collector."""
    builds = (
        lambda opt: Scheduler(opt, DOWN),
        lambda opt: tsa_torch.bind_schedules(opt, {"lr": DOWN, "momentum": DOWN}),
        lambda opt: bound(opt, lambda o: lrs.StepLR(o, 2)),
        lambda opt: bound(opt, lambda o: lrs.ChainedScheduler([lrs.ExponentialLR(o, 0.5)])),
    )
    gc.collect()
    gc.disable()
    try:
        for build in builds:
            optimizer = sgd()
            scheduler = build(optimizer)
            scheduler.step()
            there = weakref.ref(optimizer)
            del optimizer, scheduler
            assert there() is None
    finally:
        gc.enable()


def test_o08_a_bound_step_keeps_its_optimizer_alive_torch_25605() -> None:
    """The method stays the optimizer's own."""

    def step_of(optimizer: torch.optim.Optimizer) -> Any:
        Scheduler(optimizer, DOWN)
        bound(optimizer, lambda opt: lrs.StepLR(opt, 2), "weight_decay")
        return optimizer.step

    step = step_of(sgd())
    gc.collect()
    step()
    assert "step" not in vars(step.__self__)


def test_o09_micro_batches_are_not_updates_lightning_1476() -> None:
    """The number of updates is handed in, at every micro-batch if need be."""
    optimizer = sgd()
    sync = tsa_torch.bind_schedules(optimizer, {"lr": Linear(1.0, 0.0, 20)})
    updates = 0
    for micro in range(1, 41):
        if micro % 4 == 0:
            optimizer.step()
            updates += 1
        sync.step(updates)
    assert (updates, sync.last_epoch) == (10, 10)
    assert rates(optimizer) == [0.5]


def test_o10_a_compiled_step_may_be_there_before_torchtune_2263() -> None:
    """Nothing is patched, so it need not be a bound method."""
    optimizer = sgd()
    compiled = optimizer.step = torch.compile(optimizer.step, backend="eager")
    Scheduler(optimizer, DOWN).step(5)
    bound(optimizer, lambda opt: lrs.StepLR(opt, 1), "momentum").step()
    assert optimizer.step is compiled
    assert rates(optimizer) == [DOWN(5)]
