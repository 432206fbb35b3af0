"""C and D: values that are read, drift, jump or divide by zero."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler as lrs

import tsa_core
import tsa_torch
from tests.bugs.helpers import Scheduler, adam, bound, drive, rates, sgd
from tests.helpers import NAMES, Config
from tsa_core import Constant, Cosine, Decay, Linear, Polynomial, ReduceOnPlateau, join


def test_c01_get_lr_is_the_current_value_however_often_it_is_asked_pytorch_20086() -> None:
    """Ours, torch's through the factory, and both in lockstep."""
    optimizer = sgd()
    ours = Scheduler(optimizer, Decay(1.0, 0.5, 1))
    torch_s = bound(optimizer, lambda opt: lrs.ExponentialLR(opt, 0.5), "momentum")
    sync = tsa_torch.SynchronousSchedule([ours, torch_s])
    drive(optimizer, sync, 1)
    for _ in range(3):
        assert ours.get_lr() == ours.get_last_lr() == sync.get_lr() == rates(optimizer) == [0.5]
        assert torch_s.get_lr() == torch_s.get_last_lr() == [0.0]


def test_c02_reading_changes_nothing_torch_one_cycle_lr() -> None:
    """Not the momentum, and nothing else of the groups or of the state."""
    optimizer = sgd(momentum=0.123)
    sync = tsa_torch.SynchronousSchedule(
        [
            bound(optimizer, lambda opt: lrs.OneCycleLR(opt, 1.0, 9, cycle_momentum=False)),
            Scheduler(optimizer, Linear(1.0, 0.5, 9), "momentum"),
        ]
    )
    drive(optimizer, sync, 2)
    optimizer.param_groups[0]["momentum"] = 0.456
    before = dict(optimizer.param_groups[0]), sync.state_dict()
    for member in (sync, *sync._members.values()):
        for name in ("get_lr", "get_last_lr", "state_dict", "__repr__"):
            getattr(member, name)()
        for name in ("base_lrs", "last_epoch", "_last_lr", "_step_count"):
            getattr(member, name)
    assert (dict(optimizer.param_groups[0]), sync.state_dict()) == before


def test_c03_one_schedule_takes_over_one_hyperparameter_pytorch_19003() -> None:
    """Only what was named; torch's two-in-one schedulers must be told so."""
    optimizer = adam(betas=(0.5, 0.95))
    Scheduler(optimizer, Linear(0.04, 1.0, 3).then(Cosine(1.0, 0.0, 7), 3))
    for factory in (
        lambda opt: lrs.OneCycleLR(opt, 1.0, 10),
        lambda opt: lrs.CyclicLR(opt, 0.1, 1.0),
    ):
        with pytest.raises(ValueError, match="cycle_momentum=False"):
            bound(optimizer, factory)
    bound(optimizer, lambda opt: lrs.OneCycleLR(opt, 1.0, 10, cycle_momentum=False))
    assert optimizer.param_groups[0]["betas"] == (0.5, 0.95)


def test_c04_a_step_by_number_is_right_and_idempotent_pytorch_31828() -> None:
    """One path leads to a step: counted or named, the value is the same."""
    for schedule, step, value in (
        (join([Constant(1.0), Constant(0.1), Constant(0.01)], [1, 3]), 1, 0.1),
        (Decay(8.0, 0.5, 1, staircase=True), 2, 2.0),
    ):
        optimizer = sgd()
        scheduler = Scheduler(optimizer, schedule)
        for _ in range(4):
            scheduler.step(step)
            assert rates(optimizer) == [value]
        scheduler.step()
        assert rates(optimizer) == [schedule(step + 1)]


def test_c05_an_outside_edit_is_overwritten_by_either_step_pytorch_55135() -> None:
    """The group's value is never an input, so both ways of stepping agree."""
    for arguments in ((), (2,)):
        optimizer = sgd()
        scheduler = Scheduler(optimizer, Decay(1.0, 0.5, 1))
        scheduler.step()
        optimizer.param_groups[0]["lr"] *= 0.1
        scheduler.step(*arguments)
        assert rates(optimizer) == [0.25]


def test_c06_a_long_run_ends_on_the_formula_no_issue() -> None:
    """Stepped a thousand times or set at once: the same bits."""
    for schedule in (Cosine(1.0, 0.1, 900), Linear(1.0, 0.1, 900), Decay(1.0, 0.999, 1)):
        counted, jumped = sgd(0.3), sgd(0.3)
        drive(counted, Scheduler(counted, schedule), 1000)
        Scheduler(jumped, schedule).step(1000)
        assert rates(counted) == rates(jumped) == [0.3 * schedule(1000)]


def test_c07_a_float32_tensor_does_not_drift_cf_pytorch_163120() -> None:
    """Computed in float64 and rounded once when written, however many steps there were."""
    optimizer = sgd(torch.tensor(0.3, dtype=torch.float32))
    start = optimizer.param_groups[0]["lr"].item()
    scheduler = Scheduler(optimizer, Decay(1.0, 0.9999, 1))
    for _ in range(20_000):
        scheduler.step()
    exact = start * 0.9999**20_000
    assert optimizer.param_groups[0]["lr"].item() == pytest.approx(exact, rel=2**-24)
    assert rates(optimizer) == [np.float32(start * Decay(1.0, 0.9999, 1)(20_000))]


@given(st.integers(2, 9), st.integers(1, 5), st.integers(1, 6))
def test_c08_cycles_begin_at_exact_powers_cf_pytorch_110497(
    factor: int, first: int, cycles: int
) -> None:
    """Boundaries are compared with the step; no logarithm decides which cycle it is."""
    starts = [first * (factor**k - 1) // (factor - 1) for k in range(1, cycles + 1)]
    pieces = [Cosine(1.0, 0.0, first * factor**k) for k in range(cycles + 1)]
    optimizer = sgd()
    scheduler = Scheduler(optimizer, join(pieces, starts))
    for start in starts:
        scheduler.step(start)
        assert rates(optimizer) == [1.0]
        scheduler.step(start - 1)
        assert rates(optimizer)[0] < 1.0 or start == 1


def test_c08_the_case_of_log_243_no_issue() -> None:
    """Cycle 5 of a factor of 3 starts at step 121: `int(math.log(243, 3))` is 4."""
    assert int(math.log(243, 3)) == 4
    pieces = [Cosine(1.0, 0.0, 3**k) for k in range(7)]
    schedule = join(pieces, [(3**k - 1) // 2 for k in range(1, 7)])
    assert schedule(121) == 1.0
    assert schedule(np.arange(120, 123))[1] == 1.0


def test_c09_a_phase_starts_from_its_own_first_value_cf_pytorch_116776() -> None:
    """Not from what the phase before it left in the group."""
    optimizer = sgd()
    scheduler = Scheduler(optimizer, join([Constant(0.1), Decay(1.0, 0.9, 1)], [3]))
    assert drive(optimizer, scheduler, 4) == [0.1, 0.1, 0.1, 1.0, 0.9]


def test_c10_a_new_schedule_on_a_rate_of_zero_starts_anew_pytorch_78003() -> None:
    """The initial value is remembered; the 0 that the first schedule left is not one."""
    optimizer = sgd(0.5)
    first = Scheduler(optimizer, Cosine(1.0, 0.0, 5))
    assert drive(optimizer, first, 5)[-1] == 0.0
    second = Scheduler(optimizer, Cosine(1.0, 0.0, 5))
    assert drive(optimizer, second, 5) == [0.5 * Cosine(1.0, 0.0, 5)(step) for step in range(6)]


def test_c11_a_cycle_that_reaches_its_end_can_be_had_pytorch_47560() -> None:
    """`every=10` starts the next round at step 10, `every=11` shows the end first."""
    down = Cosine(1.0, 0.0, 10)
    assert [down.repeat(10)(step) for step in (9, 10)] == [down(9), 1.0]
    assert [down.repeat(11)(step) for step in (10, 11)] == [0.0, 1.0]
    assert [down.repeat(10, 2)(step) for step in (10, 19, 20, 21)] == [1.0, down(9), 0.0, 0.0]


def test_c12_setting_a_step_does_not_multiply_up_pytorch_20527() -> None:
    """A product of factors has a closed form here."""
    optimizer = sgd()
    scheduler = Scheduler(optimizer, Decay(1.0, 0.5, 1))
    for _ in range(4):
        scheduler.step(2)
    assert rates(optimizer) == [0.25]


def test_d01_a_linear_warmup_of_length_0_does_nothing_pytorch_193682() -> None:
    """A phase of length 0 is at its end from the start."""
    optimizer = sgd()
    assert drive(optimizer, Scheduler(optimizer, Linear(1 / 3, 1.0, 0)), 3) == [1.0] * 4
    for name in NAMES:
        config = Config.of(name, num_warmup_steps=0, num_training_steps=10)
        assert config.schedule(0) == config.top


def test_d02_a_constant_phase_of_length_0_does_nothing_pytorch_192655() -> None:
    """Joined pieces of no length are skipped."""
    optimizer = sgd()
    schedule = Constant(0.1).then(Constant(1.0), 0)
    assert drive(optimizer, Scheduler(optimizer, schedule), 3) == [1.0] * 4


def test_d03_a_constant_phase_of_0_ends_pytorch_185006() -> None:
    """Nothing is undone by division."""
    optimizer = sgd()
    schedule = Constant(0.0).then(Constant(1.0), 2)
    assert drive(optimizer, Scheduler(optimizer, schedule), 3) == [0.0, 0.0, 1.0, 1.0]


def test_d04_a_warmup_starts_at_exactly_0_pytorch_86454() -> None:
    """And leaves it."""
    optimizer = sgd()
    values = drive(optimizer, Scheduler(optimizer, Linear(0.0, 1.0, 4)), 5)
    assert values == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]


def test_d05_a_polynomial_of_length_0_is_at_its_end_pytorch_169107() -> None:
    """Counted or named, the step gives the same."""
    optimizer = sgd()
    scheduler = Scheduler(optimizer, Polynomial(1.0, 0.25, 0, 2.0))
    assert rates(optimizer) == [0.25]
    for arguments in ((), (1,), (0,)):
        scheduler.step(*arguments)
        assert rates(optimizer) == [0.25]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Decay(1.0, 0.5, 0), "num_steps must be >= 1, got 0"),
        (lambda: Cosine(1.0, 0.0, 10).repeat(0), "every must be > 0, got 0"),
        (lambda: Linear(1.0, 0.0, -1), "num_steps must be >= 0, got -1"),
        (lambda: Cosine(1.0, 0.0, math.nan), "num_steps must not be NaN"),
        (
            lambda: tsa_core.linear_schedule_with_warmup(1.0, 0.0, 11, 10),
            "num_training_steps must be >= num_warmup_steps",
        ),
    ],
)
def test_d06_a_length_that_cannot_be_is_refused_when_built_pytorch_185006(
    build: Any, message: str
) -> None:
    """Not at the first step of the run."""
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize("up", [0, 1])
def test_d07_a_ramp_of_one_step_or_none_pytorch_180187(up: int) -> None:
    """A cycle of ten steps whose first phase is that short."""
    optimizer = sgd()
    schedule = Linear(0.04, 1.0, up).then(Cosine(1.0, 0.0, 10 - up), up)
    values = drive(optimizer, Scheduler(optimizer, schedule), 10)
    assert values[: up + 1] == [0.04, 1.0][1 - up :]
    assert values[-1] == 0.0
    assert sorted(values[up:], reverse=True) == values[up:]


@pytest.mark.parametrize("past", [0, 1, 5, 1000])
def test_d08_a_linear_end_is_never_passed_cf_growsp_11(past: int) -> None:
    """The share of the way is held between 0 and 1."""
    schedule = Linear(0.04, 1.0, 3).then(Linear(1.0, 0.0, 7), 3)
    optimizer = sgd()
    Scheduler(optimizer, schedule).step(10 + past)
    assert rates(optimizer) == [0.0]
    assert schedule(np.arange(10, 20)).tolist() == [0.0] * 10


@pytest.mark.parametrize("step", [10, 15, 20, 1e9])
def test_d09_a_cosine_stays_down_after_its_end_particulate_22(step: float) -> None:
    """Where it should rise again, `repeat` and `reverse` say so."""
    optimizer = sgd()
    Scheduler(optimizer, Cosine(1.0, 0.0, 10)).step(step)
    assert rates(optimizer) == [0.0]
    assert tsa_core.cosine_annealing_with_warmup(1.0, 0.0, 0, 10)(step) == 0.0
    there_and_back = Cosine(1.0, 0.0, 10).then(Cosine(0.0, 1.0, 10), 10)
    assert there_and_back(15) == pytest.approx(0.5)
    assert there_and_back(20) == 1.0


def test_d10_a_boundary_between_two_steps_fires_at_the_next_pointcept_379() -> None:
    """Steps are compared with boundaries, not looked up among them."""
    schedule = join([Constant(1.0), Constant(0.1), Constant(0.01)], [2.5, 7.5])
    optimizer = sgd()
    values = drive(optimizer, Scheduler(optimizer, schedule), 9)
    assert values == [1.0] * 3 + [0.1] * 5 + [0.01] * 2


def test_d11_a_plateau_cuts_small_rates_as_well_joeynmt_163() -> None:
    """It cuts a multiplier, whatever that scales, and says when nothing would change any more."""
    rule = ReduceOnPlateau(patience=0, min_value=1e-3)
    states = [rule.init()]
    optimizer, twin = sgd(1e-8), sgd(1e-8)
    scheduler = Scheduler(optimizer, lambda step: rule.value(states[-1]))
    plateau = lrs.ReduceLROnPlateau(twin, patience=0)
    told = []
    for _ in range(5):
        told.append(rule.is_exhausted(states[-1]))
        states.append(rule.update(states[-1], 1.0))
        plateau.step(1.0)
        scheduler.step()
    assert rates(twin) == [1e-8]
    assert rates(optimizer) == [pytest.approx(1e-11, rel=1e-12)]
    assert told == [False, False, False, False, True]
    assert rule.is_exhausted(states[-1])


@pytest.mark.parametrize("step", [-3, -0.5, math.nan, math.inf, "3", None, True])
def test_d12_a_step_that_cannot_be_is_refused_pytorch_168044(step: Any) -> None:
    """And nothing moves; fractions of a step are allowed, as epochs may be counted in them."""
    optimizer = sgd()
    scheduler = Scheduler(optimizer, Decay(1.0, 0.5, 1))
    scheduler.step(2)
    before = copy.deepcopy(scheduler.state_dict())
    if step is None:
        scheduler.step(2.5)
        assert rates(optimizer) == [0.5**2.5]
        return
    with pytest.raises((TypeError, ValueError), match="epoch must"):
        scheduler.step(step)
    assert (rates(optimizer), scheduler.state_dict()) == ([0.25], before)


def test_d13_lengths_are_whole_numbers_above_zero_cf_pytorch_189374() -> None:
    """No float is almost the singular step, and no negative period decays at every step."""
    with pytest.raises(
        ValueError, match=r"num_steps must be a whole number, got 3\.0000000000000004"
    ):
        Cosine(1.0, 0.0, 3.0000000000000004)
    with pytest.raises(ValueError, match="num_steps must be >= 1, got -1"):
        Decay(1.0, 0.5, -1)
    assert Cosine(1.0, 0.0, 3)(3.0000000000000004) == 0.0
