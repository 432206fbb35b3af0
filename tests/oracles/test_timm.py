"""timm.scheduler, loaded alone: the whole of timm needs torchvision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tsa_core as tsa
from tests.oracles.helpers import Values, assert_equal, base_values, load_part, sgd

timm = load_part("timm", "scheduler")


def run_timm(build: Callable[[Any], Any], num_steps: int, base: float) -> Values:
    """The rates that a scheduler sets for each step."""
    optimizer = sgd(base)
    scheduler = build(optimizer)
    rates = []
    for step in range(num_steps):
        scheduler.step(step)
        rates.append(optimizer.param_groups[0]["lr"])
    return np.array(rates)


@base_values
@pytest.mark.parametrize(
    ("length", "floor", "k"), [(50, 0.0, 1.0), (77, 0.1, 0.5), (40, 0.05, 2.0)]
)
def test_cosine(base: float, length: int, floor: float, k: float) -> None:
    """One cycle and its floor, on the k-th power of the time."""
    theirs = run_timm(
        lambda o: timm.CosineLRScheduler(o, length, lr_min=floor * base, k_decay=k), 100, base
    )
    cosine = tsa.cosine_decay(length, end=floor)
    assert_equal(tsa.k_decay(cosine, length, k) * base, theirs, base)
    if k == 1:
        assert_equal(cosine * base, theirs, base)


@base_values
@pytest.mark.parametrize("growth", [1.0, 2.0, 1.5])
def test_cosine_with_restarts(base: float, growth: float) -> None:
    """Longer and lower cycles, a limited number of them, the floor unscaled."""
    theirs = run_timm(
        lambda o: timm.CosineLRScheduler(
            o, 10, lr_min=0.1 * base, cycle_mul=growth, cycle_decay=0.7, cycle_limit=4
        ),
        200,
        base,
    )
    ours = tsa.cosine_with_restarts(10, 4, growth=growth, gain=0.7, floor=0.1)
    assert_equal(ours * base, theirs, base)


@base_values
def test_cosine_with_restarts_at_an_exact_power(base: float) -> None:
    """Timm takes the cycle from a logarithm, and is a cycle late there."""
    theirs = run_timm(
        lambda o: timm.CosineLRScheduler(o, 1, cycle_mul=3.0, cycle_limit=9), 364, base
    )
    ours = tsa.cosine_with_restarts(1, 9, growth=3) * base
    values = np.array([ours(step) for step in range(364)])
    wrong = np.flatnonzero(abs(values - theirs) > 1e-12 * base)
    assert wrong.tolist() == [121]  # 1 + 3 + 9 + 27 + 81: the first step of the sixth cycle
    assert (ours(121), theirs[121]) == (base, 0.0)


@base_values
@pytest.mark.parametrize("prefix", [True, False])
def test_cosine_behind_a_warmup(base: float, prefix: bool) -> None:
    """In front of the cosine, or over its beginning, at whose end it jumps."""
    theirs = run_timm(
        lambda o: timm.CosineLRScheduler(
            o, 50, warmup_t=10, warmup_lr_init=0.01 * base, warmup_prefix=prefix
        ),
        80,
        base,
    )
    cosine = tsa.cosine_decay(50)
    over = tsa.Linear(0.01, 1.0, 10).then(cosine.shift(-10), at=10)
    ours = tsa.with_warmup(cosine, 10, start=0.01) if prefix else over
    assert_equal(ours * base, theirs, base)


@base_values
@pytest.mark.parametrize(
    ("power", "k", "growth"), [(0.5, 1.0, 1.0), (2.0, 0.7, 2.0), (1.0, 2.0, 1.5)]
)
def test_poly(base: float, power: float, k: float, growth: float) -> None:
    """Any schedule restarts, on any clock."""
    theirs = run_timm(
        lambda o: timm.PolyLRScheduler(
            o, 20, power=power, k_decay=k, cycle_mul=growth, cycle_decay=0.5, cycle_limit=3
        ),
        150,
        base,
    )
    decay = tsa.k_decay(tsa.polynomial_decay(20, power), 20, k)
    assert_equal(tsa.with_restarts(decay, 20, 3, growth=growth, gain=0.5) * base, theirs, base)


@base_values
def test_step(base: float) -> None:
    """A factor at every so many steps."""
    theirs = run_timm(lambda o: timm.StepLRScheduler(o, 12, 0.3), 100, base)
    assert_equal(tsa.step_decay(12, 0.3) * base, theirs, base)


@base_values
def test_multi_step(base: float) -> None:
    """Timm falls a step before each milestone, torch and we at it."""
    theirs = run_timm(lambda o: timm.MultiStepLRScheduler(o, [30, 50], 0.3), 100, base)
    ours = tsa.multi_step_decay((30, 50), 0.3) * base
    assert_equal(ours.shift(-1), theirs, base)
    assert theirs[29] == pytest.approx(0.3 * base, rel=1e-12)
    assert ours(29) == base


@base_values
@pytest.mark.parametrize(("lower", "upper"), [(-7.0, 3.0), (-2.0, 2.0)])
def test_tanh(base: float, lower: float, upper: float) -> None:
    """The curve, and the floor after it."""
    theirs = run_timm(
        lambda o: timm.TanhLRScheduler(o, 60, lb=lower, ub=upper, lr_min=0.1 * base), 90, base
    )
    ours = tsa.tanh_decay(60, lower=lower, upper=upper, end=0.1)
    assert_equal(ours * base, theirs, base)


@base_values
@pytest.mark.parametrize("stable", ["constant", "rsqrt", "power"])
@pytest.mark.parametrize("decay", ["linear", "1-sqrt", "cosine", "square"])
def test_wsd(base: float, stable: str, decay: str) -> None:
    """Any plateau with any cooldown."""
    named = {"decay_fn": decay} if decay != "square" else {"decay_fn": "power", "decay_power": 2.0}
    theirs = run_timm(
        lambda o: timm.WSDLRScheduler(
            o,
            60,
            20,
            lr_min=0.01 * base,
            stable_fn=stable,
            stable_timescale=15.0,
            stable_power=0.8,
            warmup_t=10,
            **named,
        ),
        100,
        base,
    )
    plateaus = {
        "constant": tsa.Constant(1.0),
        "rsqrt": tsa.InverseSqrt(1.0, 15.0),
        "power": tsa.power_decay(15.0, 0.8),
    }
    kind: Any = "1-square" if decay == "square" else decay
    cooled = tsa.with_cooldown(plateaus[stable], 40, 20, end=0.01, kind=kind)
    assert_equal(tsa.with_warmup(cooled, 10) * base, theirs, base)


@base_values
def test_wsd_with_an_exponential_cooldown(base: float) -> None:
    """A geometric curve, moved and scaled so that it reaches the floor."""
    theirs = run_timm(
        lambda o: timm.WSDLRScheduler(o, 60, 20, decay_fn="exp", decay_ratio=0.1), 80, base
    )
    fall = (tsa.Exponential(1.0, 0.1, 20) - 0.1) / 0.9
    assert_equal(tsa.Constant(1.0).then(fall, at=40) * base, theirs, base)


@base_values
def test_noise_stays_within_the_limits_of_timm(base: float) -> None:
    """Other numbers, since the generator is another; the same range, limit and distribution."""
    theirs = run_timm(
        lambda o: timm.StepLRScheduler(
            o, 1000, 0.5, noise_range_t=(20, 400), noise_std=0.1, noise_pct=0.15
        ),
        500,
        base,
    )
    ours = tsa.with_noise(tsa.step_decay(1000, 0.5), 380, begin=20, std=0.1, limit=0.15) * base
    both = (theirs / base - 1, ours(np.arange(500)) / base - 1)
    for noise in both:
        assert (noise[:20] == 0).all()
        assert (noise[400:] == 0).all()
        assert (noise[20:400] != 0).all()
        assert abs(noise).max() <= 0.15 * (1 + 1e-12)
    assert both[1][20:400].std() == pytest.approx(both[0][20:400].std(), rel=0.1)
