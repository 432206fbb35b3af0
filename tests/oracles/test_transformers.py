"""transformers.optimization, the schedules that need no metric."""

from __future__ import annotations

from typing import Any

import pytest
from transformers import optimization

import tsa_core as tsa
from tests.oracles.helpers import assert_equal, base_values, run_torch

LENGTHS = pytest.mark.parametrize(("warm", "total"), [(10, 100), (0, 60), (7, 77)])


@base_values
def test_constant_schedules(base: float) -> None:
    """Without and with a warmup."""
    theirs = run_torch(optimization.get_constant_schedule, 5, base)
    assert_equal(tsa.constant_schedule(1.0) * base, theirs, base)
    theirs = run_torch(lambda o: optimization.get_constant_schedule_with_warmup(o, 10), 30, base)
    assert_equal(tsa.constant_with_warmup(1.0, 10) * base, theirs, base)


@base_values
@LENGTHS
def test_linear_schedule_with_warmup(base: float, warm: int, total: int) -> None:
    """To zero, and held there."""
    theirs = run_torch(
        lambda o: optimization.get_linear_schedule_with_warmup(o, warm, total), 120, base
    )
    assert_equal(tsa.linear_schedule_with_warmup(1.0, 0.0, warm, total) * base, theirs, base)
    assert_equal(tsa.with_warmup(tsa.linear_decay(total - warm), warm) * base, theirs, base)


@base_values
@LENGTHS
def test_cosine_schedule_with_warmup(base: float, warm: int, total: int) -> None:
    """Half a period; theirs rises again past the end, ours holds it."""
    theirs = run_torch(
        lambda o: optimization.get_cosine_schedule_with_warmup(o, warm, total), total + 10, base
    )
    ours = tsa.cosine_with_warmup(warm, total)
    assert_equal(ours * base, theirs[: total + 1], base)
    assert ours(total + 9) == 0.0
    assert theirs[total + 9] > 0.01 * base


@base_values
@pytest.mark.parametrize("waves", [1.0, 1.5, 3.0])
def test_cosine_schedule_of_several_waves(base: float, waves: float) -> None:
    """`num_cycles` whole waves are cosine cycles behind a warmup."""
    theirs = run_torch(
        lambda o: optimization.get_cosine_schedule_with_warmup(o, 10, 107, num_cycles=waves),
        107,
        base,
    )
    cycles = tsa.cosine_cycles(97 / (2 * waves), floor=1.0, peak=0.0)
    assert_equal(tsa.with_warmup(cycles, 10) * base, theirs, base)


@base_values
@pytest.mark.parametrize("cycles", [1, 3, 7])
def test_cosine_with_hard_restarts(base: float, cycles: int) -> None:
    """A warmup before the first cycle only; cycles of a fractional length."""
    theirs = run_torch(
        lambda o: optimization.get_cosine_with_hard_restarts_schedule_with_warmup(
            o, 10, 110, cycles
        ),
        130,
        base,
    )
    ours = tsa.with_warmup(tsa.cosine_with_restarts(100 / cycles, cycles), 10)
    assert_equal(ours * base, theirs, base)


@base_values
@pytest.mark.parametrize("power", [1.0, 2.0, 0.5])
@LENGTHS
def test_polynomial_decay(base: float, power: float, warm: int, total: int) -> None:
    """Their end is an absolute rate, ours a multiplier."""
    theirs = run_torch(
        lambda o: optimization.get_polynomial_decay_schedule_with_warmup(
            o, warm, total, lr_end=1e-6, power=power
        ),
        120,
        base,
    )
    ours = tsa.polynomial_schedule_with_warmup(1.0, 1e-6 / base, warm, total, power)
    assert_equal(ours * base, theirs, base)


@base_values
@pytest.mark.parametrize(("warm", "timescale"), [(10, None), (10, 50), (0, None), (0, 7)])
def test_inverse_sqrt_schedule(base: float, warm: int, timescale: int | None) -> None:
    """The same defaults."""
    theirs = run_torch(
        lambda o: optimization.get_inverse_sqrt_schedule(o, warm, timescale), 300, base
    )
    assert_equal(tsa.inverse_sqrt_with_warmup(warm, timescale=timescale) * base, theirs, base)


@base_values
@LENGTHS
def test_cosine_with_min_lr(base: float, warm: int, total: int) -> None:
    """A floor; equal up to the end, where theirs rises."""
    theirs = run_torch(
        lambda o: optimization.get_cosine_with_min_lr_schedule_with_warmup(
            o, warm, total, min_lr_rate=0.1
        ),
        total + 1,
        base,
    )
    assert_equal(tsa.cosine_with_warmup(warm, total, end=0.1) * base, theirs, base)


@base_values
def test_cosine_with_min_lr_and_warmup_rate(base: float) -> None:
    """They count from 1: ours one step earlier. With a rate to start from, only the decay is."""

    def build(rate: float | None) -> Any:
        return lambda o: optimization.get_cosine_with_min_lr_schedule_with_warmup_lr_rate(
            o, 10, 100, min_lr_rate=0.1, warmup_lr_rate=rate
        )

    ours = tsa.cosine_with_warmup(10, 100, end=0.1).shift(-1)
    assert_equal(ours * base, run_torch(build(None), 100, base), base)
    ours = tsa.with_warmup(tsa.cosine_decay(90, end=0.1), 9, start=0.2)
    assert_equal(ours * base, run_torch(build(0.2), 100, base), base)


@base_values
@pytest.mark.parametrize("warmup", ["linear", "cosine", "1-sqrt"])
@pytest.mark.parametrize("decay", ["linear", "cosine", "1-sqrt"])
@pytest.mark.parametrize("floor", [0.0, 0.1])
def test_wsd_schedule(base: float, warmup: Any, decay: Any, floor: float) -> None:
    """Every pair of shapes; their warmup starts at the floor."""
    theirs = run_torch(
        lambda o: optimization.get_wsd_schedule(
            o,
            num_warmup_steps=10,
            num_decay_steps=30,
            num_stable_steps=20,
            warmup_type=warmup,
            decay_type=decay,
            min_lr_ratio=floor,
        ),
        80,
        base,
    )
    ours = tsa.warmup_stable_decay(
        10, 20, 30, start=floor, end=floor, warmup_kind=warmup, decay_kind=decay
    )
    assert_equal(ours * base, theirs, base)
