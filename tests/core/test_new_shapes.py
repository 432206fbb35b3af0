"""Logarithmic, Held, Rounded, Minimum, Maximum and the length of every schedule."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsa_core import (
    Constant,
    Cosine,
    Custom,
    Decay,
    Held,
    Interpolated,
    Joined,
    Linear,
    Logarithmic,
    Maximum,
    Minimum,
    Repeated,
    Rounded,
    Schedule,
)
from tsa_core.analysis import bounds, breakpoints, integral
from tsa_core.testing import schedules

UP = Linear(0.0, 1.0, 10)


@given(
    st.floats(-10, 10), st.floats(-10, 10), st.integers(1, 10**9), st.floats(0, 1, exclude_max=True)
)
def test_logarithmic_is_its_formula(start: float, end: float, num_steps: int, share: float) -> None:
    """In 40 digits, as a share of the larger end."""
    t = share * num_steps
    with mpmath.workdps(40):
        done = mpmath.log(1 + mpmath.mpf(t)) / mpmath.log(1 + mpmath.mpf(num_steps))
        exact = mpmath.mpf(start) + (mpmath.mpf(end) - mpmath.mpf(start)) * done
        error = abs(Logarithmic(start, end, num_steps)(t) - exact)
    assert error <= 1e-15 * max(abs(start), abs(end))


@pytest.mark.parametrize("num_steps", [1, 2, 100, 1000])
def test_logarithmic_is_the_default_warmup_of_deepspeed(num_steps: int) -> None:
    """`WarmupLR`: min + (max - min) * log(step + 1) / log(warmup_num_steps), one step later."""
    schedule = Logarithmic(1e-4, 0.1, num_steps)
    factor = 1.0 / math.log(num_steps + 1)
    for step in range(num_steps):
        theirs = 1e-4 + (0.1 - 1e-4) * factor * math.log(step + 1)
        assert schedule(step) == pytest.approx(theirs, rel=1e-14)
    assert schedule(num_steps) == 0.1


@given(schedules(2), st.integers(1, 50), st.integers(-200, 2000))
def test_held_looks_up_the_schedule_at_the_start_of_the_stair(
    schedule: Schedule, every: int, step: int
) -> None:
    """Also before step 0."""
    assert Held(schedule, every)(step) == schedule(step // every * every)


@given(st.floats(-1e6, 1e6), st.sampled_from((1.0, 8.0, 0.25, 0.1, 3.0)))
def test_rounded_is_the_nearest_multiple(value: float, to: float) -> None:
    """By exact fractions; ties go to the even multiple."""
    exact = round(Fraction(value / to))
    assert Constant(value).round(to)(0) == exact * to
    assert Constant(value).round(to)(np.arange(3)).tolist() == [exact * to] * 3


@pytest.mark.parametrize("value", [1e300, -1e300, 2.0**60])
def test_rounded_leaves_alone_what_has_no_parts(value: float) -> None:
    """Every float of that size is a multiple, and the quotient must not overflow."""
    for to in (1.0, 1e-300):
        assert Constant(value).round(to)(0) == value
        assert Constant(value).round(to)(np.arange(2)).tolist() == [value, value]


@pytest.mark.parametrize("to", [5e-324, 1e-300, 1.0, 1e308, 1.1e308, 1.7e308])
@pytest.mark.parametrize("value", [1e300, 1.7e308, 3.0, 0.0, 1e-320])
def test_rounded_is_the_nearest_multiple_that_a_float_holds(value: float, to: float) -> None:
    """By exact fractions; for numbers and arrays, and where it is summarised."""
    most = Fraction(sys.float_info.max) // Fraction(to)
    expected = float(min(round(Fraction(value) / Fraction(to)), most) * Fraction(to))
    for sign in (1, -1):
        schedule = Constant(sign * value).round(to)
        assert schedule(0) == sign * expected
        assert schedule(np.arange(2)).tolist() == [sign * expected] * 2
        assert bounds(schedule, 3) == (sign * expected, sign * expected)
        line = Linear(0.0, sign * value, 5).round(to)
        assert max(map(abs, bounds(line, 6))) == expected


@given(st.lists(schedules(1), min_size=1, max_size=4), st.integers(-10, 1000))
def test_the_extremes_of_several(parts: list[Schedule], step: int) -> None:
    """By the values of the parts."""
    values = [part(step) for part in parts]
    assert Minimum(tuple(parts))(step) == min(values)
    assert Maximum(tuple(parts))(step) == max(values)


def test_methods_build_the_records() -> None:
    """A chain is one record."""
    down = Linear(1.0, 0.0, 10)
    assert UP.minimum(down).minimum(0.3) == Minimum((UP, down, Constant(0.3)))
    assert UP.maximum(down).maximum(0.3) == Maximum((UP, down, Constant(0.3)))
    assert UP.hold(5) == Held(UP, 5)
    assert UP.round() == Rounded(UP, 1.0)
    assert UP.round(0.5) == Rounded(UP, 0.5)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: UP.hold(0), ValueError, r"every must be > 0, got 0"),
        (lambda: UP.round(-1), ValueError, r"to must be > 0, got -1"),
        (lambda: UP.minimum("1"), TypeError, r"value must be a real number, got '1'"),
        (lambda: Minimum(()), ValueError, r"schedules must have at least one item"),
        (lambda: Maximum((3,)), TypeError, r"schedules\[0\] must be a Schedule, got 3"),
        (
            lambda: Decay(1.0, 0.5, 3).then(UP),
            ValueError,
            r"at must be given for a schedule that has no end, got Decay",
        ),
    ],
)
def test_bad_arguments_are_named(build: object, error: type[Exception], message: str) -> None:
    """By name, with what came."""
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize(
    ("schedule", "length"),
    [
        (Constant(1.0), 0),
        (UP, 10),
        (Decay(1.0, 0.5, 10), math.inf),
        (Interpolated((3, 20), (0.0, 1.0)), 20),
        (Interpolated((-3, -2), (0.0, 1.0)), 0),
        (Joined((UP, UP), (15,)), 25),
        (Joined((UP,), ()), 10),
        (UP + Cosine(1.0, 0.0, 30), 30),
        (UP / Linear(1.0, 2.0, 20), 20),
        (UP.minimum(0.5), 10),
        (UP.clip(0.0, 0.5), 10),
        (UP.round(), 10),
        (UP.hold(4), 12),
        (Decay(1.0, 0.5, 10).hold(4), math.inf),
        (UP.shift(5), 15),
        (UP.shift(-20), 0),
        (UP.stretch(2), 20),
        (UP.repeat(7, 3), 21),
        (Repeated(UP, 7), math.inf),
        (UP.reverse(8), 8),
    ],
)
def test_length(schedule: Schedule, length: float) -> None:
    """The step from which the value is held."""
    assert schedule.length == length


def test_then_begins_at_the_length() -> None:
    """Where no step is given."""
    assert UP.then(Cosine(1.0, 0.0, 5)) == UP.then(Cosine(1.0, 0.0, 5), at=10)
    assert UP.then(UP).then(UP).length == 30


@given(schedules(3), st.integers(0, 10**6))
def test_nothing_changes_beyond_the_length(schedule: Schedule, late: int) -> None:
    """But for a rounding of a length that is no whole number."""
    if math.isfinite(schedule.length):
        end = math.ceil(schedule.length) + 1
        assert schedule(end + late) == schedule(end)


STAIRS = Custom(lambda step: 0.3 if step < 20 else 1.7)


def test_functions_inside_are_sampled() -> None:
    """Nothing is known of them."""
    assert integral(STAIRS.round(), 0, 40) == pytest.approx(40.0, rel=1e-9)
    assert integral(STAIRS.minimum(1.0), 0, 40) == pytest.approx(26.0, rel=1e-9)
    assert integral(STAIRS.maximum(1.0), 0, 40) == pytest.approx(54.0, rel=1e-9)
    assert integral(STAIRS.clip(0.5, 1.0), 0, 40) == pytest.approx(30.0, rel=1e-9)


def test_areas_of_what_is_held_rounded_and_chosen() -> None:
    """By the values, which are constant between whole steps, or straight."""
    up = Linear(0.0, 10.0, 100)
    assert integral(up.hold(5), 0, 100) == pytest.approx(475.0, rel=1e-14)
    assert integral(up.round(), 0, 100) == pytest.approx(500.0, rel=1e-12)
    assert integral(up.minimum(Linear(10.0, 0.0, 100)), 0, 100) == pytest.approx(250.0, rel=1e-12)
    assert integral(up.maximum(5.0), 0, 100) == pytest.approx(625.0, rel=1e-12)
    assert breakpoints(up.maximum(5.0)) == pytest.approx((0, 50, 100))
    assert bounds(up.round(1e-9), 50) == (0.0, 4.9)
    assert breakpoints(up.round(1e-9)) == (0, 100)
    assert integral(Logarithmic(0.0, 1.0, 99), 0, 99) == pytest.approx(
        (100 * math.log(100) - 99) / math.log(100), rel=1e-13
    )


def test_stairs_without_end_need_a_number_of_steps() -> None:
    """And not more of them than can be listed."""
    with pytest.raises(ValueError, match="num_steps must be given for a schedule that has stairs"):
        breakpoints(Decay(1.0, 0.5, 10).hold(3))
    with pytest.raises(ValueError, match="at most 1000000 stairs of a schedule that is held"):
        breakpoints(Linear(0.0, 1.0, 10**8).hold(1), 10**8)
