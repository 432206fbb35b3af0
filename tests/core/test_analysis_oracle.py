"""Integrals against mpmath: by quadrature for every kind of schedule, by formulas far out."""

from __future__ import annotations

import math
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.closed_forms import closed
from tests.core.closed_forms import linear_in_time as combined
from tsa_core import (
    Clocked,
    Constant,
    Cosine,
    Custom,
    Decay,
    Exponential,
    Interpolated,
    InversePower,
    InverseSqrt,
    Linear,
    Polynomial,
    QuarterCosine,
    Repeated,
    Schedule,
    _numeric,
)
from tsa_core.analysis import bounds, breakpoints, integral
from tsa_core.testing import curves, schedules

STARTS = st.floats(-50, 150)
LENGTHS = st.floats(1e-3, 150)


def quadrature(schedule: Schedule, start: float, stop: float) -> float:
    """By mpmath, between the breakpoints and those that mirror or shift them below 0."""
    edges = breakpoints(schedule.shift(60), math.ceil(stop) + 61)
    cuts = [start, *(edge - 60 for edge in edges if start < edge - 60 < stop), stop]

    size = float(np.abs(schedule(np.linspace(start, stop, 1001))).max()) or 1.0

    def between(a: float, b: float) -> mpmath.mpf:
        # In units of the schedule: mpmath's error is an absolute one.
        return mpmath.quad(lambda t: schedule(inside(float(t), a, b)) / size, [a, b], maxdegree=8)

    with mpmath.workdps(16):
        return float(size * sum(between(a, b) for a, b in pairwise(cuts)))


def inside(step: float, start: float, stop: float) -> float:
    """Kept off the ends, where the value may be another piece's."""
    return min(max(step, math.nextafter(start, stop)), math.nextafter(stop, start))


def scale(schedule: Schedule, length: float) -> float:
    """What an error is measured by: the schedule's size, for as long. Terms may cancel."""
    size = float(np.abs(schedule(np.linspace(-100, 400, 1001))).max())
    return (size + 1e-5) * length


def check(schedule: Schedule, start: float, length: float) -> None:
    """The integral is what mpmath finds."""
    stop = start + length
    expected = quadrature(schedule, start, stop)
    close = 1e-10 * scale(schedule, stop - start)
    assert integral(schedule, start, stop) == pytest.approx(expected, rel=0, abs=close)


UP, DOWN = Linear(0.0, 1.0, 10), Cosine(1.0, 0.0, 20)


@pytest.mark.parametrize(
    "schedule",
    [
        UP.then(DOWN, at=10).then(Constant(0.5), at=25),
        UP - DOWN,
        (UP * 3 - 1).shift(-4),
        DOWN.shift(2.5).stretch(3).reverse(70),
        Interpolated((-5, 2.5, 60), (0.0, 1.0, -1.0)),
        Interpolated((-5, 2.5, 60), (0.0, 1.0, -1.0), "cosine").clip(-0.5, 0.5),
        Interpolated((-5, 2.5, 60), (2.0, 1.0, 1.0), "log"),
        Interpolated((-5, 2.5, 60), (2.0, 1.0, 1.0), "previous") * DOWN,
        ((UP - DOWN) / 3 + 1).shift(2).clip(0.1, 1.2).stretch(2).repeat(50, 2).reverse(90),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
@pytest.mark.parametrize(("start", "length"), [(-20.0, 140.0), (3.25, 5.5)])
def test_examples(schedule: Schedule, start: float, length: float) -> None:
    """One of each kind."""
    check(schedule, start, length)


@given(curves(max_steps=60), STARTS, LENGTHS)
@settings(max_examples=150)
def test_curves(curve: Schedule, start: float, length: float) -> None:
    """Each has a closed form, holds included."""
    check(curve, start, length)


@given(combined(curves(max_steps=60)), STARTS, LENGTHS)
@settings(max_examples=100)
def test_combinations_of_curves(schedule: Schedule, start: float, length: float) -> None:
    """So have joins, sums, scales, clips, shifts, stretches, rounds and reversals."""
    check(schedule, start, length)


@given(schedules(max_steps=60), STARTS, LENGTHS)
@settings(max_examples=50)
def test_everything(schedule: Schedule, start: float, length: float) -> None:
    """Nested, and with products of what changes."""
    check(schedule, start, length)


@given(closed(), STARTS, LENGTHS)
@settings(max_examples=100)
def test_closed_forms_need_no_quadrature(schedule: Schedule, start: float, length: float) -> None:
    """Nothing is sampled where a formula is known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_numeric, "_panel_areas", None)
        integral(schedule, start, start + length)


LOGS = Interpolated((0, 10, 30), (1e-3, 1.0, 1e-5), "log")


@pytest.mark.parametrize(
    "schedule",
    [
        Linear(1.0, 0.0, 1000),
        Polynomial(1.0, 0.0, 1000, 0.5),
        Polynomial(1.0, 0.1, 1000, 7.3),
        Cosine(1.0, 0.0, 1000),
        QuarterCosine(1.0, 0.0, 1000),
        Exponential(1.0, 1e-12, 1000),
        Decay(1.0, 0.9, 7),
        InverseSqrt(1.0, 50.0),
        LOGS.stretch(10),
        Cosine(1.0, 0.0, 1000).clip(0.2, 0.7),
        Cosine(1.0, 0.0, 300).repeat(300, gain=0.5) * Linear(1.0, 0.0, 900) + 0.1,
    ],
    ids=lambda schedule: type(schedule).__name__,
)
@pytest.mark.parametrize(("start", "stop"), [(0, 1000), (999, 1000), (3, 3 + 1e-6), (990, 2000)])
def test_short_stretches_are_as_exact_as_long_ones(
    schedule: Schedule, start: float, stop: float
) -> None:
    """Relative to the area itself, also where the value is small."""
    expected = quadrature(schedule, start, stop)
    assert integral(schedule, start, stop) == pytest.approx(expected, rel=2e-9, abs=1e-25)


@pytest.mark.parametrize("gain", [1.0, 0.5, 1 - 1e-9, 1 + 1e-9])
@pytest.mark.parametrize("times", [None, 3_000_000_000])
def test_a_billion_rounds_are_a_geometric_sum(gain: float, times: int | None) -> None:
    """Without a loop, from any step to any other."""
    saw = Linear(1.0, 0.0, 10).repeat(10, times, gain) * 3.0
    first, last = 10**6, 10**9
    with mpmath.workdps(60):
        exact = mpmath.mpf(gain)
        rounds = last - first
        powers = rounds if gain == 1 else exact**first * (exact**rounds - 1) / (exact - 1)
        expected = float(15 * powers)
    assert integral(saw, 10 * first, 10 * last) == pytest.approx(expected, rel=1e-8, abs=1e-300)


def test_rounds_end_and_begin_anywhere() -> None:
    """Parts of rounds, the value before the first and the one after the last."""
    saw = Linear(1.0, 0.0, 10).repeat(10, times=3, gain=0.5)
    assert integral(saw, -5, 40) == pytest.approx(5 + 5 * 1.75, rel=1e-15)
    held = Linear(0.0, 1.0, 10).repeat(10, times=2, gain=0.5)
    assert integral(held, 20, 25) == 2.5
    assert integral(held, 12, 14) == pytest.approx(0.3, rel=1e-15)
    assert integral(held, 5, 12) == pytest.approx(3.75 + 0.1, rel=1e-15)
    assert integral(held, -2, -1) == 0.0


def test_stairs_and_growth_far_out() -> None:
    """Stairs are rounds; a factor above 1 stops at 1e150."""
    stairs = Decay(1.0, 0.5, 10, staircase=True)
    assert integral(stairs, 0, 10**12) == pytest.approx(20.0, rel=1e-15)
    growth = Decay(1.0, 2.0, 1, staircase=True)
    assert integral(growth, 0, 5) == 31.0
    limit = growth(5000)
    assert limit == growth(1e6)
    assert limit == pytest.approx(1e150)
    below = mpmath.mpf(2) ** 499 - 1
    assert integral(growth, 0, 2000) == pytest.approx(float(below) + limit * (2000 - 499))
    smooth = Decay(1.0, 2.0, 1)
    top = math.log(1e150) / math.log(2.0)
    expected = (smooth(top) - 1.0) / math.log(2.0) + smooth(top) * (2000 - top)
    assert integral(smooth, 0, 2000) == pytest.approx(expected, rel=1e-12)
    assert integral(smooth, 1500, 1501) == smooth(1500)
    rounds = Constant(1.0).repeat(1, gain=2.0)
    assert integral(rounds, 0, 5) == 31.0
    assert integral(rounds, 2000, 2002) == 2 * rounds(2000)


def test_a_clip_keeps_the_areas_of_what_is_turned_round() -> None:
    """By formula: the piece inside the limits keeps its own area."""
    assert integral(Linear(0.0, 1.0, 10).reverse(10).clip(0.5), 0, 10) == 6.25


def test_stairs_of_several_pieces_follow_one_another() -> None:
    """Each piece adds the stairs that begin on it, however often it turns: the steps' sum."""
    hill = Linear(0.0, 1.0, 100) + Cosine(1.0, 0.0, 100)
    whole = hill.then(Linear(1.0, 0.0, 50), at=100)
    assert integral(whole.hold(5), 20, 150) == pytest.approx(
        5 * math.fsum(whole(step) for step in range(20, 150, 5)), rel=1e-14
    )
    levels = (whole * 10).round()
    near = levels(np.linspace(0, 150, 1_500_001)).mean() * 150
    assert integral(levels, 0, 150) == pytest.approx(near, rel=1e-5)


def test_clipped_rounds_are_rounds_of_what_is_clipped() -> None:
    """So a billion of them are no loop either."""
    one = Cosine(1.0, 0.0, 100)
    clipped = one.repeat(100).clip(0.25, 0.75)
    expected = integral(one.clip(0.25, 0.75), 0, 100)
    assert integral(clipped, 0, 10**11) == pytest.approx(1e9 * expected, rel=1e-14)
    fading = Repeated(one, 100, None, 0.5).clip(0.25)
    assert integral(fading, 0, 1000) == pytest.approx(
        sum(integral(fading, k, k + 10) for k in range(0, 1000, 10)), rel=1e-13
    )


def test_quotients_and_functions_go_through_quadrature() -> None:
    """Kinks and jumps included."""
    hyperbola = 1 / (Linear(0.0, 1.0, 1000) + 1)
    assert integral(hyperbola, 0, 1000) == pytest.approx(1000 * math.log(2), rel=1e-12)
    assert integral(Linear(0.0, 1.0, 10) / 4, 0, 10) == 1.25
    assert integral(Linear(0.0, 1.0, 10) / Constant(4.0) * Constant(0.0), 0, 10) == 0.0
    stairs = Custom(lambda step: 0.5 ** (step // 30))
    assert integral(stairs, 0, 300) == pytest.approx(60 * (1 - 0.5**10), rel=1e-11)
    assert integral(stairs.clip(0.1, 0.5), 0, 300) == pytest.approx(
        30 * (0.5 + 0.5 + 0.25 + 0.125 + 0.6), rel=1e-11
    )
    wave = Custom(math.cos) + Linear(0.0, 1.0, 10)
    assert integral(wave, 0, 10) == pytest.approx(5 + math.sin(10), rel=1e-12)


def test_what_is_too_rough_is_refused() -> None:
    """Noise has no smooth pieces."""
    noise = Custom(lambda step: math.sin(1e7 * step * step))
    with pytest.raises(ValueError, match="schedule must be smooth enough to integrate"):
        integral(noise, 0, 1000)


def test_a_schedule_on_another_clock() -> None:
    """Its pieces begin where the clock reaches them, whichever way it runs."""
    fall = Linear(1.0, 0.0, 40)
    clock = Interpolated((0, 10, 30, 40), (0.0, 20.0, 50.0, 0.0))
    schedule = Clocked(fall, clock)
    assert breakpoints(schedule) == pytest.approx((0, 10, 10 + 40 / 3, 30, 32, 40), rel=1e-14)
    expected = 7.5 + 0.25 * 40 / 3 + 0.5 * 8
    assert integral(schedule, 0, 40) == pytest.approx(expected, rel=1e-12)
    assert integral(Clocked(fall, Constant(10.0)), 0, 8) == 6.0
    assert integral(Clocked(fall, clock - clock), 0, 8) == 8.0
    assert integral(Clocked(fall, Custom(lambda step: 2 * step)), 0, 30) == pytest.approx(10.0)
    assert bounds(Clocked(fall, Custom(lambda step: 2 * step)), 11) == (0.5, 1.0)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_inverse_powers(exponent: float) -> None:
    """Of which 1 is a logarithm."""
    expected = quadrature(InversePower(2.0, 30.0, exponent), -10, 500)
    assert integral(InversePower(2.0, 30.0, exponent), -10, 500) == pytest.approx(expected)
