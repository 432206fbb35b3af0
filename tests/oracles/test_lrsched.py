"""lrsched: every shape it has, its two ways to combine, and its rates by group."""

from __future__ import annotations

from collections.abc import Callable

import lrsched
import pytest

import tsa_core as tsa
from tests.oracles.helpers import assert_equal, base_values

Pair = tuple[Callable[[int], float], tsa.Schedule]


def pairs(base: float) -> dict[str, Pair]:
    """Theirs in absolute rates, ours times the base."""
    low = base / 50
    cycle = {"min_lr": low, "max_lr": base}
    ours = {"floor": 0.02, "peak": 1.0}
    phases = [
        (10, lrsched.linear(base_lr=low, end_lr=base, total_steps=10)),
        (30, lrsched.constant(lr=base)),
        (40, lrsched.cosine(base_lr=base, min_lr=low, total_steps=39)),
    ]
    joined = tsa.join(
        [tsa.Linear(0.02, 1.0, 10), tsa.Constant(1.0), tsa.Cosine(1.0, 0.02, 39)], [10, 40]
    )
    return {
        "constant": (lrsched.constant(lr=base), tsa.Constant(1.0)),
        "step_decay": (
            lrsched.step_decay(base_lr=base, drop=0.5, step_size=30),
            tsa.step_decay(30, 0.5),
        ),
        "multi_step": (
            lrsched.multi_step(base_lr=base, milestones=[90, 40, 40], gamma=0.3),
            tsa.multi_step_decay((40, 40, 90), 0.3),
        ),
        "exponential": (lrsched.exponential(base_lr=base, gamma=0.97), tsa.Decay(1.0, 0.97, 1)),
        "exponential_decay": (
            lrsched.exponential_decay(base_lr=base, decay_rate=0.3, decay_steps=40),
            tsa.exponential_decay(40, 0.3),
        ),
        "linear": (
            lrsched.linear(base_lr=base, end_lr=low, total_steps=90),
            tsa.linear_decay(90, end=0.02),
        ),
        "polynomial": (
            lrsched.polynomial(base_lr=base, end_lr=low, total_steps=90, power=2.5),
            tsa.polynomial_decay(90, 2.5, end=0.02),
        ),
        "polynomial_decay": (
            lrsched.polynomial_decay(start_lr=base, end_lr=low, total_steps=90, power=0.5),
            tsa.polynomial_decay(90, 0.5, end=0.02),
        ),
        "cosine": (
            lrsched.cosine(base_lr=base, min_lr=low, total_steps=90),
            tsa.cosine_decay(90, end=0.02),
        ),
        "cosine_restarts": (
            lrsched.cosine_restarts(base_lr=base, min_lr=low, period=10, t_mult=2),
            tsa.cosine_with_restarts(10, 20, growth=2, floor=0.02),
        ),
        "inverse_sqrt": (
            lrsched.inverse_sqrt(base_lr=base, warmup_steps=30),
            tsa.inverse_sqrt_with_warmup(30),
        ),
        "one_cycle": (
            lrsched.one_cycle(
                max_lr=base, total_steps=100, pct_start=0.3, initial_div=25.0, final_div=1e4
            ),
            tsa.one_cycle(30, 100, start=1 / 25, end=1e-4),
        ),
        **{
            f"warmup_stable_decay {shape}": (
                lrsched.warmup_stable_decay(
                    base_lr=base,
                    warmup_steps=10,
                    decay_steps=20,
                    total_steps=100,
                    final_lr=low,
                    warmup_start=low,
                    decay_shape=shape,
                ),
                tsa.warmup_stable_decay(10, 70, 20, start=0.02, end=0.02, decay_kind=shape),
            )
            for shape in ("linear", "1-sqrt")
        },
        "triangular": (lrsched.triangular(**cycle, step_size=15), tsa.triangular(15, **ours)),
        "triangular2": (lrsched.triangular2(**cycle, step_size=15), tsa.triangular2(15, **ours)),
        "exp_range": (
            lrsched.exp_range(**cycle, step_size=15, gamma=0.99),
            tsa.exp_range(15, rate=0.99, **ours),
        ),
        "with_warmup": (
            lrsched.with_warmup(
                lrsched.cosine(base_lr=base, min_lr=low, total_steps=90),
                warmup_steps=20,
                start_lr=low,
            ),
            tsa.with_warmup(tsa.cosine_decay(90, end=0.02), 20, start=0.02),
        ),
        "sequential": (lrsched.sequential(phases), joined),
    }


@base_values
@pytest.mark.parametrize("name", pairs(1.0))
def test_every_shape(name: str, base: float) -> None:
    """At every step, past the end too."""
    theirs, ours = pairs(base)[name]
    assert_equal(ours * base, map(theirs, range(150)), base)


def test_one_multiplier_for_each_group() -> None:
    """`scale_by_group` is a dict of schedules, or the groups' own initial values."""
    factors = {"head": 1.0, "body": 0.1}
    cosine = lrsched.cosine(base_lr=0.3, min_lr=0.0, total_steps=50)
    theirs = lrsched.scale_by_group(cosine, multipliers=factors)
    ours = {name: tsa.cosine_decay(50) * (0.3 * factor) for name, factor in factors.items()}
    for name, schedule in ours.items():
        assert_equal(schedule, [theirs(step)[name] for step in range(60)], 0.3)


def test_nothing_of_theirs_is_missing() -> None:
    """Each public function is in a test above, or is `sample`, which is a call with an array."""
    tested = {name.split()[0] for name in pairs(1.0)} | {"scale_by_group", "sample"}
    assert set(lrsched.__all__) - {"Schedule", "GroupSchedule"} == tested
