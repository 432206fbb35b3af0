"""ignite.handlers.param_scheduler."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import tsa_core as tsa
from tests.oracles.helpers import assert_equal, base_values, sgd

with warnings.catch_warnings():
    # ignite imports torch.distributed.optim, which still compiles with torch.jit.
    warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is deprecated", DeprecationWarning)
    from ignite.handlers import param_scheduler as ignite


def run_ignite(kind: Any, num_steps: int, **arguments: Any) -> list[float]:
    """The values at the first events."""
    rows = kind.simulate_values(num_events=num_steps, param_name="lr", **arguments)
    return [value for _, value in rows]


@base_values
@pytest.mark.parametrize("size", [10, 7, 2])
def test_linear_cyclical(base: float, size: int) -> None:
    """There and back in a cycle, or there only, with a jump back."""
    theirs = run_ignite(
        ignite.LinearCyclicalScheduler, 60, start_value=base, end_value=0.1 * base, cycle_size=size
    )
    assert_equal(tsa.triangular(size / 2, floor=1.0, peak=0.1) * base, theirs, base)
    theirs = run_ignite(
        ignite.LinearCyclicalScheduler,
        60,
        start_value=base,
        end_value=0.1 * base,
        cycle_size=size,
        monotonic=True,
    )
    saw = tsa.with_restarts(tsa.linear_decay(size, end=0.1), size)
    assert_equal(saw * base, theirs, base)


@base_values
@pytest.mark.parametrize("size", [10, 7, 2])
@pytest.mark.parametrize("growth", [1, 2])
def test_cosine_annealing(base: float, size: int, growth: int) -> None:
    """Cycles of half a period, longer ones too."""
    theirs = run_ignite(
        ignite.CosineAnnealingScheduler,
        100,
        start_value=base,
        end_value=0.1 * base,
        cycle_size=size,
        cycle_mult=growth,
    )
    ours = tsa.cosine_with_restarts(size, 10, growth=growth, floor=0.1)
    if growth == 1:
        ours = tsa.cosine_with_restarts(size, floor=0.1)
    assert_equal(ours * base, theirs, base)


@base_values
def test_cosine_annealing_with_lower_starts(base: float) -> None:
    """`start_value_mult` is our `gain`; with another `end_value_mult` it is a sum of two."""
    arguments = {"start_value": base, "end_value": 0.1 * base, "cycle_size": 10}
    theirs = run_ignite(ignite.CosineAnnealingScheduler, 60, **arguments, start_value_mult=0.7)
    ours = tsa.cosine_with_restarts(10, gain=0.7, floor=0.1)
    assert_equal(ours * base, theirs, base)
    theirs = run_ignite(
        ignite.CosineAnnealingScheduler, 60, **arguments, start_value_mult=0.7, end_value_mult=0.5
    )
    starts = tsa.with_restarts(tsa.cosine_decay(10), 10, gain=0.7)
    ends = tsa.with_restarts(tsa.cosine_decay(10, start=0.0, end=0.1), 10, gain=0.5)
    assert_equal((starts + ends) * base, theirs, base)


@base_values
def test_cosine_annealing_with_a_warmup_between_cycles(base: float) -> None:
    """A part of the cycle, at its end: the first cycle has none in front."""
    theirs = run_ignite(
        ignite.CosineAnnealingScheduler,
        150,
        start_value=base,
        end_value=0.1 * base,
        cycle_size=10,
        cycle_mult=2,
        warmup_duration=4,
    )
    cycle = tsa.cosine_decay(10, end=0.1).then(tsa.Linear(0.1, 1.0, 4), at=10)
    assert_equal(tsa.with_restarts(cycle, 14, 5, growth=2) * base, theirs, base)


@base_values
def test_cycles_whose_length_is_no_whole_number(base: float) -> None:
    """Ignite cuts them down, from cycle to cycle; ours keep their fraction."""
    theirs = run_ignite(
        ignite.CosineAnnealingScheduler,
        35,
        start_value=base,
        end_value=0.0,
        cycle_size=5,
        cycle_mult=1.5,
    )
    cut = [5, 7, 10, 15]
    begins = [5, 12, 22]
    assert_equal(tsa.join([tsa.cosine_decay(n) for n in cut], begins) * base, theirs, base)
    ours = tsa.cosine_with_restarts(5, 4, growth=1.5)
    assert (ours(12), ours(12.5)) == (pytest.approx(0.0109, abs=1e-4), 1.0)


@base_values
def test_piecewise_linear(base: float) -> None:
    """Held outside; a milestone given twice is a jump, which `join` makes."""
    points = [(10, base), (20, 0.9 * base), (21, 0.3 * base), (40, 0.1 * base)]
    theirs = run_ignite(ignite.PiecewiseLinear, 60, milestones_values=points)
    ours = tsa.piecewise_linear([step for step, _ in points], (1.0, 0.9, 0.3, 0.1))
    assert_equal(ours * base, theirs, base)
    jump = [(0, base), (20, 0.9 * base), (20, 0.3 * base), (40, 0.1 * base)]
    theirs = run_ignite(ignite.PiecewiseLinear, 60, milestones_values=jump)
    pieces = [tsa.piecewise_linear((0, 20), ends) for ends in ((1.0, 0.9), (0.3, 0.1))]
    assert_equal(tsa.join(pieces, [20]) * base, theirs, base)


@base_values
def test_concat(base: float) -> None:
    """One after another."""
    first = ignite.CosineAnnealingScheduler(sgd(base), "lr", base, 0.1 * base, 10)
    second = ignite.LinearCyclicalScheduler(first.optimizer, "lr", base, 0.0, 8)
    rows = ignite.ConcatScheduler.simulate_values(60, [first, second], [25])
    ours = tsa.join(
        [tsa.cosine_with_restarts(10, floor=0.1), tsa.triangular(4, floor=1.0, peak=0.0)], [25]
    )
    assert_equal(ours * base, [value for _, value in rows], base)


@base_values
def test_warmup_in_front(base: float) -> None:
    """Theirs is at the top at its last event, and stays there for one: ours a step earlier."""
    inner = ignite.CosineAnnealingScheduler(sgd(base), "lr", base, 0.0, 50)
    values: list[Any] = [None] * 40
    ignite.create_lr_scheduler_with_warmup(
        inner, 0.1 * base, 6, base, output_simulated_values=values
    )
    ours = tsa.with_warmup(tsa.cosine_with_restarts(50), 5, start=0.1)
    assert_equal(ours * base, [value for _, value in values], base)
