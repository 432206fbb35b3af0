"""O and E: what goes wrong between a scheduler and the loop or library that steps it."""

from __future__ import annotations

import copy
import functools
import gc
import pickle
import weakref
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from accelerate.scheduler import AcceleratedScheduler
from accelerate.state import AcceleratorState, GradientState
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler as lrs

import tsa_core
import tsa_torch
from tests.bugs.helpers import Scheduler, adam, bound, drive, rates, sgd
from tests.helpers import NAMES, Config
from tsa_core import Cosine, Decay, Exponential, Linear, Polynomial

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
    """The target is an argument; the groups need no other key."""
    for build in (
        lambda opt: Scheduler(opt, Decay(1.0, 0.5, 1), "weight_decay"),
        lambda opt: bound(opt, lambda o: lrs.ExponentialLR(o, 0.5), "weight_decay"),
    ):
        optimizer = SimpleNamespace(param_groups=[{"params": [], "weight_decay": 0.4}])
        scheduler = build(optimizer)
        scheduler.step()
        scheduler.step()
        assert optimizer.param_groups == [{"params": [], "weight_decay": 0.1}]


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


@pytest.fixture
def _accelerate() -> Iterator[None]:
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()
    yield
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


def prepared(scheduler: Any, processes: int) -> AcceleratedScheduler:
    """Accelerate's wrapper, as it is on several processes."""
    Accelerator(cpu=True)
    AcceleratorState._shared_state["num_processes"] = processes
    optimizer = SimpleNamespace(step_was_skipped=False)
    return AcceleratedScheduler(scheduler, optimizer)


@pytest.mark.usefixtures("_accelerate")
def test_e01_repeated_steps_count_once_accelerate_2926() -> None:
    """Accelerate calls `step` once a process; the number of updates makes that harmless."""
    optimizer = sgd()
    wrapped = prepared(tsa_torch.bind_schedules(optimizer, {"lr": DOWN}), processes=2)
    values = []
    for update in range(1, 6):
        wrapped.step(update)
        values += rates(optimizer)
    assert values == [DOWN(step) for step in range(1, 6)]
    assert wrapped.scheduler.last_epoch == 5


@pytest.mark.usefixtures("_accelerate")
def test_e03_micro_batches_do_not_move_the_schedule_accelerate_963() -> None:
    """Eight of them, four to an update, through Accelerate's own wrapper."""
    optimizer = sgd()
    wrapped = prepared(Scheduler(optimizer, DOWN), processes=1)
    for micro in range(1, 9):
        wrapped.gradient_state._set_sync_gradients(micro % 4 == 0)
        wrapped.step()
    assert wrapped.scheduler.last_epoch == 2
    assert rates(optimizer) == [DOWN(2)]


def test_e05_each_group_ends_on_its_own_floor_transformers_6361() -> None:
    """A share of its own initial value, or an absolute one where that is asked for."""
    optimizer = sgd(1.0, 0.01)
    Scheduler(optimizer, Polynomial(1.0, 0.1, 10, 2.0)).step(10)
    assert rates(optimizer) == [0.1, 0.001]
    optimizer = sgd(1.0, 0.01)
    ramps = [Polynomial(rate, 0.001, 10, 2.0) for rate in rates(optimizer)]
    Scheduler(optimizer, ramps, absolute=True).step(10)
    assert rates(optimizer) == [0.001, 0.001]


@pytest.mark.parametrize("name", NAMES)
def test_e06_the_first_update_has_the_warmup_s_value_timm_2125(name: str) -> None:
    """Building a scheduler writes the value of step 0."""
    optimizer = sgd(0.5)
    config = Config.of(name, num_warmup_steps=5)
    getattr(tsa_torch, name)(optimizer, **config.kwargs)
    assert rates(optimizer) == [0.5 * config.first]


def test_e07_the_number_of_a_step_has_one_meaning_deit_145() -> None:
    """`step(n)` after n updates gives what update n (counted from 0) uses."""
    counted, named = sgd(), sgd()
    one, other = Scheduler(counted, DOWN), Scheduler(named, DOWN)
    for update in range(11):
        assert rates(counted) == rates(named) == [DOWN(update)]
        one.step()
        other.step(update + 1)


# ignite imports parts of torch that torch has declared old.
@pytest.mark.filterwarnings("ignore:.torch.jit.*is deprecated")
def test_e08_the_first_event_finds_the_value_of_step_0_ignite_2462() -> None:
    """Stepped by an event handler of a real engine."""
    from ignite.engine import Engine, Events

    optimizer = sgd(0.001)
    sync = tsa_torch.bind_schedules(optimizer, {"lr": Linear(0.01, 1.0, 3)})
    used: list[float] = []

    def update(engine: Any, batch: Any) -> None:
        used.extend(rates(optimizer))
        optimizer.step()

    engine = Engine(update)
    engine.add_event_handler(
        Events.ITERATION_COMPLETED, lambda engine: sync.step(engine.state.iteration)
    )
    engine.run([0, 1, 2, 3], max_epochs=1)
    assert used == [0.001 * Linear(0.01, 1.0, 3)(step) for step in range(4)]


def test_e09_restarts_go_on_after_a_warmup_ignite_2910() -> None:
    """Joined, each on its own clock."""
    schedule = Linear(0.0, 1.0, 2).then(Cosine(1.0, 0.0, 5).repeat(5), 2)
    optimizer = sgd()
    values = drive(optimizer, Scheduler(optimizer, schedule), 16)
    assert values[:3] == [0.0, 0.5, 1.0]
    assert [step for step, value in enumerate(values) if value == 1.0] == [2, 7, 12]
    assert values[2:7] == values[7:12]


def test_e10_a_warmup_from_0_leaves_the_weights_alone_at_first_deepspeed_5731() -> None:
    """The first update runs at 0, not at the optimizer's own rate."""
    optimizer = sgd()
    tsa_torch.linear_schedule_with_warmup(optimizer, 1.0, 0.0, 5, 10)
    parameter = optimizer.param_groups[0]["params"][0]
    parameter.grad = torch.ones(1)
    optimizer.step()
    assert parameter.item() == 1.0


@given(st.integers(2, 10_000), st.sampled_from(["linear", "exponential", "log"]))
def test_e11_a_warmup_grows_from_its_first_step_deepspeed_5287(steps: int, kind: str) -> None:
    """No value comes twice, at the start or later."""
    warmup = {
        "linear": Linear(0.0, 1.0, steps),
        "exponential": Exponential(0.01, 1.0, steps),
        "log": tsa_core.Interpolated((0, steps), (0.01, 1.0), "log"),
    }[kind]
    values = warmup(np.arange(steps + 1))
    assert (np.diff(values) > 0).all()
    assert warmup(1) > warmup(0)


def test_e12_a_schedule_of_one_beta_keeps_the_other_deepspeed_8495() -> None:
    """The tuple is built anew around the scheduled element."""
    optimizer = adam(betas=(0.9, 0.95))
    sync = tsa_torch.SynchronousSchedule(
        [
            Scheduler(optimizer, Linear(1.0, 0.5, 10), "betas[0]"),
            bound(optimizer, lambda opt: lrs.StepLR(opt, 1, 0.5), "weight_decay"),
        ]
    )
    assert optimizer.param_groups[0]["betas"] == (0.9, 0.95)
    drive(optimizer, sync, 4)
    assert optimizer.param_groups[0]["betas"] == (0.9 * 0.8, 0.95)


def test_e14_a_logged_rate_does_not_change_afterwards_deepspeed_8528() -> None:
    """Numbers are handed out, not the live tensor."""
    optimizer = sgd(torch.tensor(0.5))
    sync = tsa_torch.bind_schedules(optimizer, {"lr": Decay(1.0, 0.5, 1)})
    logged = sync.get_last_lr(), sync.get_last_schedule("lr")
    sync.step()
    assert logged == ([0.5], [0.5])
    assert rates(optimizer) == [0.25]
