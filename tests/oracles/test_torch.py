"""torch.optim.lr_scheduler and torch.optim.swa_utils."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from torch.optim import lr_scheduler
from torch.optim.swa_utils import SWALR

import tsa_core as tsa
from tests.oracles.helpers import assert_equal, base_values, run_torch
from tsa_core import Schedule


@base_values
@pytest.mark.parametrize(("factor", "length"), [(1 / 3, 5), (0.5, 1), (1.0, 10)])
def test_constant_lr(base: float, factor: float, length: int) -> None:
    """One value for a while, then full."""
    theirs = run_torch(lambda o: lr_scheduler.ConstantLR(o, factor, length), 20, base)
    assert_equal(tsa.constant_then_full(length, start=factor) * base, theirs, base)


@base_values
@pytest.mark.parametrize(
    ("first", "last", "length"), [(1 / 3, 1.0, 5), (1.0, 0.0, 80), (0.1, 0.7, 33)]
)
def test_linear_lr(base: float, first: float, last: float, length: int) -> None:
    """A straight line that is held."""
    theirs = run_torch(lambda o: lr_scheduler.LinearLR(o, first, last, length), 100, base)
    assert_equal(tsa.linear_decay(length, start=first, end=last) * base, theirs, base)


@base_values
@pytest.mark.parametrize("rate", [0.9, 0.999, 1.01])
def test_exponential_lr(base: float, rate: float) -> None:
    """A factor at every step."""
    theirs = run_torch(lambda o: lr_scheduler.ExponentialLR(o, rate), 200, base)
    assert_equal(tsa.exponential_decay(1, rate) * base, theirs, base)


@base_values
@pytest.mark.parametrize(("length", "rate"), [(30, 0.1), (7, 0.5), (1, 0.97)])
def test_step_lr(base: float, length: int, rate: float) -> None:
    """A factor at every so many steps."""
    theirs = run_torch(lambda o: lr_scheduler.StepLR(o, length, rate), 100, base)
    assert_equal(tsa.step_decay(length, rate) * base, theirs, base)


@base_values
@pytest.mark.parametrize("milestones", [(30, 80), (1, 2, 3), (5, 5, 50)])
def test_multi_step_lr(base: float, milestones: tuple[int, ...]) -> None:
    """A factor at given steps, two at a step that is given twice."""
    theirs = run_torch(lambda o: lr_scheduler.MultiStepLR(o, milestones, 0.3), 100, base)
    assert_equal(tsa.multi_step_decay(milestones, 0.3) * base, theirs, base)


@base_values
@pytest.mark.parametrize(("length", "power"), [(50, 1.0), (50, 2.0), (77, 0.5), (3, 3.7)])
def test_polynomial_lr(base: float, length: int, power: float) -> None:
    """A power of the time that is left."""
    theirs = run_torch(lambda o: lr_scheduler.PolynomialLR(o, length, power), 100, base)
    assert_equal(tsa.polynomial_decay(length, power) * base, theirs, base)


@base_values
@pytest.mark.parametrize(("length", "floor"), [(50, 0.0), (99, 0.01), (3, 0.5)])
def test_cosine_annealing_lr(base: float, length: int, floor: float) -> None:
    """Equal up to the end; then theirs rises, as our `cosine_cycles` does, and ours holds."""
    theirs = run_torch(
        lambda o: lr_scheduler.CosineAnnealingLR(o, length, eta_min=floor * base), 250, base
    )
    assert_equal(tsa.cosine_decay(length, end=floor) * base, theirs[: length + 1], base)
    assert_equal(tsa.cosine_cycles(length, floor=1.0, peak=floor) * base, theirs, base)
    assert tsa.cosine_decay(length, end=floor)(2 * length) == floor
    assert theirs[2 * length] == pytest.approx(base, rel=1e-12)


@base_values
@pytest.mark.parametrize(("length", "growth"), [(10, 1), (10, 2), (1, 3), (7, 5)])
def test_cosine_annealing_warm_restarts(base: float, length: int, growth: int) -> None:
    """Restarts, at exact powers too."""
    theirs = run_torch(
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, length, growth, eta_min=0.05 * base),
        400,
        base,
    )
    cycles = None if growth == 1 else 12
    ours = tsa.cosine_with_restarts(length, cycles, growth=growth, floor=0.05)
    assert_equal(ours * base, theirs, base)


STRATEGY: dict[str, Any] = {"cosine": "cos", "linear": "linear"}
MODES: dict[str, Any] = {
    "triangular": (tsa.triangular, {}),
    "triangular2": (tsa.triangular2, {}),
    "exp_range": (tsa.exp_range, {"rate": 0.99}),
}


@base_values
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("up", "down"), [(20, None), (5, 12), (1, 1)])
def test_cyclic_lr(base: float, mode: str, up: int, down: int | None) -> None:
    """All three modes, and the inverse for momentum."""

    def build(optimizer: Any) -> Any:
        return lr_scheduler.CyclicLR(
            optimizer, 0.1 * base, base, up, down, mode, gamma=0.99, cycle_momentum=True
        )

    build_ours, more = MODES[mode]
    rate = build_ours(up, down, floor=0.1, **more)
    assert_equal(rate * base, run_torch(build, 150, base), base)
    momentum = build_ours(up, down, floor=0.9, peak=0.8, **more)
    assert_equal(momentum, run_torch(build, 150, base, "momentum"))


@base_values
@pytest.mark.parametrize("kind", ["cosine", "linear"])
@pytest.mark.parametrize(("total", "share"), [(100, 0.3), (77, 0.25), (25, 0.3), (10, 0.5)])
def test_one_cycle_lr(base: float, kind: Any, total: int, share: float) -> None:
    """Two phases, whose ends lie a step before the fractions that torch is given."""

    def build(optimizer: Any) -> Any:
        return lr_scheduler.OneCycleLR(
            optimizer,
            base,
            total,
            pct_start=share,
            anneal_strategy=STRATEGY[kind],
        )

    peak, last = share * total - 1, total - 1
    rate = tsa.one_cycle(peak, last, kind=kind)
    assert_equal(rate * base, run_torch(build, total, base), base)
    momentum = tsa.one_cycle_momentum(peak, last, kind=kind)
    assert_equal(momentum, run_torch(build, total, base, "momentum"))
    assert rate(10 * total) == 1 / 25e4  # held, where torch raises
    with pytest.raises(ValueError, match="Tried to step"):
        run_torch(build, total + 1, base)


@base_values
@pytest.mark.parametrize("kind", ["cosine", "linear"])
@pytest.mark.parametrize(("total", "share"), [(100, 0.3), (77, 0.25), (25, 0.3)])
def test_one_cycle_lr_in_three_phases(base: float, kind: Any, total: int, share: float) -> None:
    """Up, back, and down further; the momentum comes back in the second phase and stays."""

    def build(optimizer: Any) -> Any:
        return lr_scheduler.OneCycleLR(
            optimizer,
            base,
            total,
            pct_start=share,
            anneal_strategy=STRATEGY[kind],
            three_phase=True,
            div_factor=10.0,
            final_div_factor=1e3,
        )

    peak = share * total - 1
    rate = tsa.one_cycle_three_phase(peak, peak, total - 1, start=0.1, end=1e-4, kind=kind)
    assert_equal(rate * base, run_torch(build, total, base), base)
    momentum = tsa.one_cycle_momentum(peak, 2 * peak, kind=kind)
    assert_equal(momentum, run_torch(build, total, base, "momentum"))


@base_values
@pytest.mark.parametrize("kind", ["cosine", "linear"])
def test_swa_lr(base: float, kind: Any) -> None:
    """From whatever the rate is to a fixed one."""
    theirs = run_torch(lambda o: SWALR(o, 0.3 * base, 20, STRATEGY[kind]), 60, base)
    assert_equal(tsa.with_swa(tsa.Constant(1.0), 0, 20, 0.3, kind=kind) * base, theirs, base)


@base_values
def test_swa_lr_behind_a_decay(base: float) -> None:
    """It takes over at the decay's value, as two torch schedulers on one optimizer do."""
    decay = tsa.exponential_decay(1, 0.95)
    start = decay(30)
    theirs = [*run_torch(lambda o: lr_scheduler.ExponentialLR(o, 0.95), 30, base)]
    theirs += [*run_torch(lambda o: SWALR(o, 0.05 * base, 10, "cos"), 30, base * start)]
    assert_equal(tsa.with_swa(decay, 30, 10, 0.05) * base, theirs, base)


@base_values
def test_sequential_lr(base: float) -> None:
    """One after another: `join`, and `with_warmup` for the usual case."""

    def build(optimizer: Any) -> Any:
        return lr_scheduler.SequentialLR(
            optimizer,
            [
                lr_scheduler.LinearLR(optimizer, 0.1, 1.0, 10),
                lr_scheduler.CosineAnnealingLR(optimizer, 90),
            ],
            [10],
        )

    ours = tsa.with_warmup(tsa.cosine_decay(90), 10, start=0.1)
    assert_equal(ours * base, run_torch(build, 101, base), base)


@base_values
def test_chained_scheduler(base: float) -> None:
    """At once: a product."""

    def build(optimizer: Any) -> Any:
        return lr_scheduler.ChainedScheduler(
            [
                lr_scheduler.ConstantLR(optimizer, 0.1, 20),
                lr_scheduler.ExponentialLR(optimizer, 0.9),
            ]
        )

    ours: Schedule = tsa.constant_then_full(20, start=0.1) * tsa.exponential_decay(1, 0.9)
    assert_equal(ours * base, run_torch(build, 60, base), base)


@base_values
def test_lambda_lr_and_multiplicative_lr(base: float) -> None:
    """A function of the step; factors that multiply up, as plain data."""
    theirs = run_torch(lambda o: lr_scheduler.LambdaLR(o, lambda step: 1 / (1 + step)), 50, base)
    assert_equal(tsa.inverse_time_decay(1.0) * base, theirs, base)
    factors = [1.0, *(0.9 + 0.1 * (step % 2) for step in range(1, 50))]
    theirs = run_torch(lambda o: lr_scheduler.MultiplicativeLR(o, factors.__getitem__), 49, base)
    ours = tsa.piecewise_constant(range(1, 50), np.cumprod(factors).tolist())
    assert_equal(ours * base, theirs, base)
