"""E: what goes wrong in the libraries around torch (Lightning in a file of its own)."""

from __future__ import annotations

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
from tsa_core import Cosine, Decay, Exponential, Linear, Polynomial, ReduceOnPlateau

DOWN = Cosine(1.0, 0.0, 10)


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
def test_e02_a_metric_counts_once_accelerate_3797() -> None:
    """The rule is updated once an evaluation; the wrapper repeats only the writing."""
    rule = ReduceOnPlateau(patience=0)
    states = [rule.init()]
    optimizer = sgd()
    scheduler = Scheduler(optimizer, lambda step: rule.value(states[-1]))
    wrapped = prepared(scheduler, processes=2)
    values = []
    for evaluation, loss in enumerate((1.0, 2.0), start=1):
        states.append(rule.update(states[-1], loss))
        wrapped.step(evaluation)
        values += rates(optimizer)
    assert values == [1.0, 0.1]


@pytest.mark.usefixtures("_accelerate")
@pytest.mark.parametrize(
    "build",
    [
        lambda opt: Scheduler(opt, DOWN),
        lambda opt: tsa_torch.bind_schedules(opt, {"lr": DOWN}),
        lambda opt: bound(opt, lambda o: lrs.LambdaLR(o, DOWN)),
    ],
)
def test_e03_what_the_wrapper_counts_itself_changes_nothing_accelerate_499(build: Any) -> None:
    """With `adjust_scheduler` it adds to `_step_count` for each batch that makes no update."""
    optimizer = sgd()
    wrapped = prepared(build(optimizer), processes=1)
    wrapped.gradient_state.plugin_kwargs["adjust_scheduler"] = True
    for micro in range(1, 9):
        wrapped.gradient_state._set_sync_gradients(micro % 4 == 0)
        wrapped.step()
    assert wrapped.scheduler.last_epoch == 2
    assert rates(optimizer) == [DOWN(2)]


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


@pytest.mark.parametrize("end", [1.2, -1.0])
def test_e13_a_beta_stays_below_1_deepspeed_8589(end: float) -> None:
    """A step that would drive it out of its range is refused, and changes nothing."""
    ramp = Linear(1.0, end, 10)
    for build in (
        lambda opt: Scheduler(opt, ramp, "betas[0]"),
        lambda opt: tsa_torch.bind_schedules(opt, {"betas[0]": ramp, "lr": ramp}),
        lambda opt: bound(
            opt, lambda o: lrs.LambdaLR(o, lambda step: 1 - (1 - end) * step / 10), "betas[0]"
        ),
    ):
        optimizer = adam(betas=(0.9, 0.95))
        scheduler = build(optimizer)
        drive(optimizer, scheduler, 5)
        before = optimizer.param_groups[0]["betas"], scheduler.state_dict()
        with pytest.raises(ValueError, match=r"betas\[0\] must be in \[0, 1\), got"):
            scheduler.step()
        assert (optimizer.param_groups[0]["betas"], scheduler.state_dict()) == before
        assert 0 <= before[0][0] < 1
        assert before[0][1] == 0.95


def test_e14_a_logged_rate_does_not_change_afterwards_deepspeed_8528() -> None:
    """Numbers are handed out, not the live tensor."""
    optimizer = sgd(torch.tensor(0.5))
    sync = tsa_torch.bind_schedules(optimizer, {"lr": Decay(1.0, 0.5, 1)})
    logged = sync.get_last_lr(), sync.get_last_schedule("lr")
    sync.step()
    assert logged == ([0.5], [0.5])
    assert rates(optimizer) == [0.25]
