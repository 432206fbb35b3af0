"""pytorch_scheduler, where torch and transformers have no such schedule."""

from __future__ import annotations

from typing import Any

import pytest
import pytorch_scheduler as theirs_package

import tsa_core as tsa
from tests.oracles.helpers import assert_equal, base_values, run_torch


@base_values
def test_linear_decay_and_trapezoid(base: float) -> None:
    """With a warmup from 0."""
    theirs = run_torch(
        lambda o: theirs_package.LinearDecayScheduler(o, 80, 10, 0.1 * base), 100, base
    )
    assert_equal(tsa.with_warmup(tsa.linear_decay(70, end=0.1), 10) * base, theirs, base)
    theirs = run_torch(
        lambda o: theirs_package.TrapezoidalScheduler(o, 80, 10, 25, 0.1 * base), 100, base
    )
    assert_equal(tsa.trapezoidal(10, 25, 80, end=0.1) * base, theirs, base)


@base_values
def test_polynomial_with_cycles(base: float) -> None:
    """Past its end it begins again, warmup and all."""
    theirs = run_torch(
        lambda o: theirs_package.PolynomialScheduler(o, 40, 2.0, 0.1 * base, 5, cycle=True),
        130,
        base,
    )
    once = tsa.with_warmup(tsa.polynomial_decay(35, 2.0, end=0.1), 5)
    assert_equal(tsa.with_restarts(once, 40) * base, theirs, base)


@base_values
@pytest.mark.parametrize("kind", ["linear", "cosine", "sqrt"])
def test_wsd_and_hold(base: float, kind: str) -> None:
    """Up, along and down."""
    theirs = run_torch(
        lambda o: theirs_package.WSDScheduler(o, 80, 10, 40, 0.1 * base, kind), 100, base
    )
    named: Any = "1-sqrt" if kind == "sqrt" else kind
    ours = tsa.warmup_stable_decay(10, 40, 30, end=0.1, decay_kind=named)
    assert_equal(ours * base, theirs, base)
    if kind == "cosine":
        hold = run_torch(
            lambda o: theirs_package.WarmupHoldCosineScheduler(o, 80, 10, 40, 0.1 * base), 100, base
        )
        assert_equal(ours * base, hold, base)


@base_values
@pytest.mark.parametrize("share", [0.7, 0.0])
def test_flat_cosine(base: float, share: float) -> None:
    """Their flat phase is a share of the whole."""
    theirs = run_torch(
        lambda o: theirs_package.FlatCosineScheduler(o, 80, share, 0.1 * base), 100, base
    )
    assert_equal(tsa.flat_cosine(int(80 * share), 80, end=0.1) * base, theirs, base)


@base_values
def test_rex(base: float) -> None:
    """To zero."""
    theirs = run_torch(lambda o: theirs_package.RexScheduler(o, 80), 100, base)
    assert_equal(tsa.rex_decay(80) * base, theirs, base)


@base_values
@pytest.mark.parametrize("steepness", [3.0, 1.0, 8.0])
def test_tanh_decay(base: float, steepness: float) -> None:
    """Between arguments of the same size."""
    theirs = run_torch(
        lambda o: theirs_package.TanhDecayScheduler(o, 80, steepness, 0.1 * base), 100, base
    )
    ours = tsa.tanh_decay(80, lower=-steepness, upper=steepness, end=0.1)
    assert_equal(ours * base, theirs, base)


@base_values
@pytest.mark.parametrize("share", [0.1, 0.25])
def test_slanted_triangular(base: float, share: float) -> None:
    """The rise is a share of the whole."""
    theirs = run_torch(
        lambda o: theirs_package.SlantedTriangularScheduler(o, 80, share, 20.0), 100, base
    )
    ours = tsa.slanted_triangular(int(80 * share), 80, ratio=20.0)
    assert_equal(ours * base, theirs, base)


@base_values
@pytest.mark.parametrize(("warm", "bound"), [(0, 80), (10, 100), (5, 300)])
def test_hyperbolic(base: float, warm: int, bound: int) -> None:
    """Both kinds, behind a warmup from the infimum."""
    low = 0.01 * base
    theirs = run_torch(
        lambda o: theirs_package.HyperbolicLRScheduler(o, 80, bound, low, warm), 100, base
    )
    ours = tsa.hyperbolic_decay(80 - warm, bound, floor=0.01)
    assert_equal(tsa.with_warmup(ours, warm, start=0.01) * base, theirs, base)
    theirs = run_torch(
        lambda o: theirs_package.ExpHyperbolicLRScheduler(o, 80, bound, low, warm), 100, base
    )
    ours = tsa.exp_hyperbolic_decay(80 - warm, bound, floor=0.01)
    assert_equal(tsa.with_warmup(ours, warm, start=0.01) * base, theirs, base)


@base_values
@pytest.mark.parametrize("k", [1.0, 0.5, 3.0])
def test_k_decay(base: float, k: float) -> None:
    """Of a cosine."""
    theirs = run_torch(lambda o: theirs_package.KDecayScheduler(o, 80, k, 0.1 * base), 100, base)
    assert_equal(tsa.k_decay(tsa.cosine_decay(80, end=0.1), 80, k) * base, theirs, base)


@base_values
@pytest.mark.parametrize(("warm", "power"), [(0, 0.5), (10, 0.5), (10, 1.0), (20, 0.3)])
def test_power_decay(base: float, warm: int, power: float) -> None:
    """Of the whole run's time, behind a warmup of the timescale; without one, of step + 1."""
    theirs = run_torch(
        lambda o: theirs_package.PowerDecayScheduler(o, 500, warm, power, 0.05 * base), 500, base
    )
    ours = tsa.power_decay(warm or 1, power, floor=0.05)
    assert_equal(tsa.with_warmup(ours, warm) * base, theirs, base)


@base_values
def test_inverse_sqrt_and_noam(base: float) -> None:
    """The Transformer's formula, scaled to its peak and not."""
    theirs = run_torch(lambda o: theirs_package.InverseSqrtScheduler(o, 40), 300, base)
    assert_equal(tsa.inverse_sqrt_with_warmup(40) * base, theirs, base)
    formula = [0.0] + [512**-0.5 * min(t**-0.5, t * 40**-1.5) for t in range(1, 300)]
    assert_equal(tsa.noam(512, 40), formula)


@base_values
def test_chebyshev_of_cosines(base: float) -> None:
    """Its nodes fall steadily: a cosine, half a step earlier, without its last half step."""
    theirs = run_torch(lambda o: theirs_package.ChebyshevScheduler(o, 50, 0.1 * base), 50, base)
    assert_equal(tsa.cosine_decay(50, end=0.1).shift(-0.5) * base, theirs, base)


@base_values
@pytest.mark.parametrize(("growth", "warm"), [(1.0, 4), (2.0, 4), (2.0, 1)])
def test_restarts(base: float, growth: float, warm: int) -> None:
    """The same warmup in every cycle, which is counted to its length."""
    theirs = run_torch(
        lambda o: theirs_package.CosineAnnealingWarmupRestarts(
            o, 20, warm, base, 0.1 * base, growth, 0.7
        ),
        200,
        base,
    )
    cycles = None if growth == 1 else 5
    ours = tsa.cosine_with_restarts(
        20, cycles, growth=growth, gain=0.7, floor=0.1, num_warmup_steps=warm
    )
    assert_equal(ours * base, theirs, base)


@base_values
@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_warmup_in_front_of_any(base: float, kind: Any) -> None:
    """The wrapped schedule runs on its own clock."""
    theirs = run_torch(
        lambda o: theirs_package.WarmupScheduler(o, theirs_package.RexScheduler(o, 50), 10, kind),
        70,
        base,
    )
    assert_equal(tsa.with_warmup(tsa.rex_decay(50), 10, kind=kind) * base, theirs, base)
