"""Numbers at the ends of what a float holds: no NaN, no crash, no overflow."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.core.examples import EXAMPLES
from tsa_core import (
    Constant,
    Custom,
    Decay,
    Interpolated,
    Linear,
    QuarterCosine,
    Repeated,
    Schedule,
)
from tsa_core.analysis import bounds, breakpoints, integral, sample, summarize
from tsa_core.plotting import plot

INF = math.inf
LARGE = {
    "quarter": QuarterCosine(1.0, 1.7e308, 100),
    "quarter down": QuarterCosine(1.7e308, 1.0, 100),
    "log": Interpolated((0, 10), (1e-200, 1e200), "log"),
    "log of all floats": Interpolated((0, 100), (-5e-324, -1.7e308), "log"),
    "gain": Repeated(Linear(0.0, 1.7e308, 10), 10, None, 2.0),
    "gain below": Repeated(Linear(0.0, -1.7e308, 10), 10, 5, 2.0),
    "tiny rounds": Linear(0.0, 1.0, 10).repeat(5e-324),
}


@pytest.mark.parametrize("schedule", LARGE.values(), ids=LARGE)
def test_large_numbers_stay_finite(schedule: Schedule) -> None:
    """One by one and in arrays, and the same."""
    steps = np.linspace(-1.0, 120.0, 300)
    values = [schedule(step) for step in steps.tolist()]
    assert np.isfinite(values).all()
    np.testing.assert_allclose(schedule(steps), values, rtol=1e-12)


@pytest.mark.parametrize("schedule", EXAMPLES.values(), ids=EXAMPLES)
def test_a_step_of_infinity_has_a_value(schedule: Schedule) -> None:
    """As has one that no float holds; it harms no other of an array."""
    for far, whole in ((INF, 10**400), (-INF, -(10**400))):
        value = schedule(far)
        assert math.isfinite(value)
        assert schedule(whole) == schedule(np.float32(far)) == value
        assert schedule(np.array([far, 3.0, 7.0])).tolist() == pytest.approx(
            [value, schedule(3), schedule(7)], rel=1e-14
        )
        if math.isfinite(schedule.length) and far > 0:
            assert value == schedule(1e9)


@pytest.mark.parametrize("rate", [0.5, 1.0, 2.0])
def test_stairs_without_end_end_at_infinity(rate: float) -> None:
    """At nothing, at the start, or at the largest value stated."""
    limit = {0.5: 0.0, 1.0: 1.0, 2.0: pytest.approx(1e150)}[rate]
    assert Decay(1.0, rate, 10, staircase=True)(INF) == limit
    assert Constant(1.0).repeat(10, gain=rate)(INF) == limit


@pytest.mark.parametrize(
    ("schedule", "what"),
    [
        (Linear(0.0, 1.0, 10).repeat(5e-324), "rounds of a schedule that repeats"),
        (Linear(0.0, 1.0, 10).hold(5e-324), "stairs of a schedule that is held"),
    ],
)
@pytest.mark.parametrize("start", [0, 3])
def test_periods_that_no_float_counts_are_refused(
    schedule: Schedule, what: str, start: int
) -> None:
    """In one sentence, by what would have to list them; they are still evaluated and drawn."""
    with pytest.raises(ValueError, match=f"num_steps must leave at most 1000000 {what}, got inf"):
        schedule._pieces(start, start + 10)
    with pytest.raises(ValueError, match=f"{what}, got inf"):
        summarize(schedule, 10)
    assert "<polyline" in schedule._repr_html_()
    assert len(plot(schedule, 10).axes) == 1


@pytest.mark.parametrize("every", [5e-324, 1e-300])
def test_the_area_of_rounds_that_no_float_counts_is_refused(every: float) -> None:
    """As their pieces are."""
    schedule = Linear(0.0, 1.0, 10).repeat(every)
    with pytest.raises(ValueError, match=f"every must be long enough .* got {every}"):
        integral(schedule, 0, 1e300)


@pytest.mark.parametrize("every", [5e-324, 1e-10, 3])
def test_what_is_held_where_it_does_not_change(every: float) -> None:
    """Is flat, however short the stairs are."""
    flat, held = Constant(2.0).hold(every), Linear(0.0, 1.0, 1).hold(every)
    assert integral(flat, 0, 10) == 20.0
    assert breakpoints(flat, 10) == ()
    assert bounds(flat, 10) == (2.0, 2.0)
    assert held.length >= 1


def test_sums_and_products_that_overflow_are_infinite() -> None:
    """Of either sign, for numbers and arrays, without a warning."""
    large = Linear(1.0, 1.7e308, 10)
    for schedule in (large + large, large * large, large / 1e-300, large * 10.0):
        for signed, expected in ((schedule, INF), (schedule * -1.0, -INF)):
            assert signed(10) == expected
            assert signed(np.array([0, 10]))[1] == expected


def test_a_total_beyond_the_largest_float_is_infinite() -> None:
    """Of one part or of several; the bounds hold."""
    large = Constant(1.7e308)
    assert (summarize(large, 3).total, bounds(large, 3)) == (INF, (1.7e308, 1.7e308))
    assert summarize(Constant(1e303), 400_000).mean == INF


def test_an_overflow_of_the_users_own_is_raised() -> None:
    """It is no step that is too large."""
    with pytest.raises(OverflowError):
        Custom(lambda step: math.exp(1000.0))(3)
    with pytest.raises(OverflowError):
        Custom(lambda step: math.exp(1000.0))(10**300)


def test_the_length_is_the_default() -> None:
    """Of a sample, a summary and a picture; what has no end needs a number."""
    schedule = Linear(0.0, 1.0, 10).stretch(1.25)
    assert schedule.length == 12.5
    assert sample(schedule).tolist() == sample(schedule, 13).tolist()
    assert summarize(schedule) == summarize(schedule, 13)
    assert summarize(Constant(2.0)).total == 2.0
    axes = plot({"a": schedule, "b": Linear(0.0, 1.0, 40)}).axes[0]
    assert axes.get_xlim()[1] == 40
    for question in (sample, summarize, plot):
        with pytest.raises(ValueError, match="num_steps must be given for a schedule that has no"):
            question(Decay(1.0, 0.5, 10))
