"""The primitive shapes: formulas, ends, limits and errors."""

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from tsa_core import (
    Constant,
    Cosine,
    Decay,
    Exponential,
    Interpolated,
    InverseSqrt,
    Linear,
    Polynomial,
    QuarterCosine,
    Schedule,
)

RAMPS = [
    (Linear, lambda u: 1 - u),
    (Cosine, lambda u: (1 + mp.cos(mp.pi * u)) / 2),
    (QuarterCosine, lambda u: mp.cos(mp.pi / 2 * u)),
]


@pytest.mark.parametrize(("kind", "left"), RAMPS)
@pytest.mark.parametrize(("start", "end"), [(1.0, 0.0), (0.0, 1.0), (3e-4, 0.1), (0.1, 3e-4)])
def test_ramps_are_within_four_ulp_of_their_formula(
    kind: Any, left: Any, start: float, end: float
) -> None:
    """At every step, against 50 digits, with exact ends that are held outside."""
    ramp = kind(start, end, 777)
    with mp.workdps(50):
        for step in range(1, 777):
            exact = mp.mpf(end) + (mp.mpf(start) - mp.mpf(end)) * left(mp.mpf(step) / 777)
            assert abs(mp.mpf(ramp(step)) - exact) <= 4 * math.ulp(float(exact))
    assert (ramp(-1), ramp(0), ramp(777), ramp(10**12)) == (start, start, end, end)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0, 30.0, 2000.0])
def test_polynomial_is_the_power_of_what_is_left(exponent: float) -> None:
    """Against 50 digits, for small and for absurd exponents."""
    fall = Polynomial(1.0, 0.0, 1000, exponent)
    tolerance = 4 if exponent <= 1000 else 4000
    with mp.workdps(50):
        for step in range(1, 1000, 7):
            exact = (1 - mp.mpf(step) / 1000) ** mp.mpf(exponent)
            if exact > 1e-300:
                assert abs(mp.mpf(fall(step)) - exact) <= tolerance * math.ulp(float(exact))


@pytest.mark.parametrize(("start", "end"), [(1.0, 1e-6), (-1.0, -0.5), (1e-300, 1e300)])
def test_exponential_is_geometric(start: float, end: float) -> None:
    """The same factor at every step, for both signs and the widest range."""
    curve = Exponential(start, end, 10)
    factor = (mp.mpf(end) / mp.mpf(start)) ** (mp.mpf(1) / 10)
    for step in range(11):
        assert curve(step) == pytest.approx(float(mp.mpf(start) * factor**step), rel=1e-12)
    assert (curve(0), curve(10), curve(11)) == (start, end, end)


def test_decay_in_stairs_and_smoothly() -> None:
    """`rate` once a period, whole periods only in stairs, `start` before step 0."""
    assert [Decay(8.0, 0.5, 2, True)(t) for t in (-1, 0, 1, 2, 3, 4)] == [8, 8, 8, 4, 4, 2]
    assert Decay(8.0, 0.25, 2)(1) == 4.0
    assert Decay(8.0, 0.25, 2)(-1) == 8.0


@pytest.mark.parametrize("start", [0.0, 1e-3, 5.0, -7.0])
def test_growth_stops_before_it_overflows(start: float) -> None:
    """A rate above 1 ends at the largest finite power, for numbers and arrays."""
    growth = Decay(start, 3.0, 1)
    assert math.isfinite(growth(1e9))
    assert np.isfinite(growth(np.array([1, 10**9]))).all()


def test_inverse_sqrt() -> None:
    """Half the value after three timescales."""
    assert InverseSqrt(2.0, 5)(15) == 1.0
    assert InverseSqrt(2.0, 5)(-1) == 2.0


@pytest.mark.parametrize(
    ("kind", "halfway"),
    [("linear", 2.5), ("previous", 1.0), ("cosine", 2.5), ("log", 2.0)],
)
def test_interpolated_passes_through_its_points(kind: Any, halfway: float) -> None:
    """Exactly at each point, by its kind between them, held outside."""
    curve = Interpolated((0, 10, 20.5), (1.0, 4.0, 2.0), kind)
    assert [curve(t) for t in (-1, 0, 10, 20.5, 99)] == [1, 1, 4, 2, 2]
    assert curve(5) == pytest.approx(halfway, rel=1e-15)
    np.testing.assert_allclose(curve(np.array([-1, 0, 5, 10, 99])), [1, 1, halfway, 4, 2])


def test_a_single_point_is_constant() -> None:
    """Nothing to interpolate."""
    assert Interpolated((3,), (0.5,))(100) == 0.5


def test_a_length_of_zero_is_the_end_at_once() -> None:
    """Also before step 0."""
    assert Linear(0.3, 1.0, 0)(0) == Linear(0.3, 1.0, 0)(-1) == 1.0


@pytest.mark.parametrize(
    ("build", "error", "match"),
    [
        (lambda: Linear(0, 1, -1), ValueError, "num_steps must be >= 0, got -1"),
        (lambda: Linear(0, 1, 2.5), ValueError, "num_steps must be a whole number, got 2.5"),
        (lambda: Linear(0, 1, 2**60), ValueError, "num_steps must be <= 2"),
        (lambda: Linear("0", 1, 3), TypeError, "start must be a real number, got '0'"),
        (lambda: Constant(10**400), ValueError, "value must fit a float"),
        (lambda: Polynomial(1, 0, 3, 0), ValueError, "exponent must be > 0, got 0"),
        (lambda: Linear(-1e308, 1e308, 9), ValueError, "end must be within the largest float"),
        (lambda: Exponential(0, 1, 3), ValueError, "start must not be 0"),
        (lambda: Exponential(1, -1, 3), ValueError, "end must have the sign of start"),
        (lambda: Decay(1, 0.5, 0), ValueError, "num_steps must be >= 1, got 0"),
        (lambda: Decay(1, 0.5, 1, 1), TypeError, "staircase"),
        (lambda: InverseSqrt(1, 0), ValueError, "timescale must be > 0, got 0"),
        (lambda: Interpolated((), ()), ValueError, "steps must have at least one item"),
        (lambda: Interpolated((2, 1), (1, 1)), ValueError, "steps must be strictly increasing"),
        (lambda: Interpolated((1, 2), (1,)), ValueError, "values must have one item for each"),
        (lambda: Interpolated((1,), (1,), "spline"), ValueError, "kind must be 'linear'"),
        (lambda: Interpolated((1, 2), (1, -1), "log"), ValueError, "values must have one sign"),
        (lambda: Interpolated(3, (1,)), TypeError, "steps must be a sequence, got 3"),
        (lambda: Interpolated((1,), (math.inf,)), ValueError, r"values\[0\] must be finite"),
    ],
)
def test_errors_name_the_argument(build: Any, error: type[Exception], match: str) -> None:
    """And say what came and what is allowed."""
    with pytest.raises(error, match=match):
        build()


@pytest.mark.parametrize(
    ("step", "error"), [("1", TypeError), (True, TypeError), (None, TypeError), ([1], TypeError)]
)
def test_a_step_must_be_a_number_or_an_array(step: Any, error: type[Exception]) -> None:
    """Anything else is named."""
    with pytest.raises(error, match="step must be a real number or an array"):
        Constant(1.0)(step)


@pytest.mark.parametrize("step", [math.nan, np.float32("nan")])
def test_a_step_is_not_nan(step: Any) -> None:
    """No value can be given for it."""
    with pytest.raises(ValueError, match="step must not be NaN"):
        Constant(1.0)(step)


@pytest.mark.parametrize("step", [np.int64(3), np.float32(3), 3.0, np.uint8(3)])
def test_numbers_of_numpy_give_a_float(step: Any) -> None:
    """As Python's do."""
    value = Linear(0.0, 1.0, 4)(step)
    assert type(value) is float
    assert value == 0.75


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float32", "float64"])
def test_arrays_keep_shape_and_floating_dtype(dtype: str) -> None:
    """Whole steps give float64; none wraps below zero."""
    curve = Constant(1.0).then(Linear(1.0, 0.0, 100), at=200)
    steps = np.array([[0, 199], [200, 250]]).astype(dtype)
    values = curve(steps)
    assert values.dtype == ("float32" if dtype == "float32" else "float64")
    np.testing.assert_array_equal(values, [[1.0, 1.0], [1.0, 0.5]])
    assert curve(steps[0, 0:1].reshape(())).shape == ()


def test_arrays_of_other_kinds_are_refused() -> None:
    """By their dtype."""
    with pytest.raises(TypeError, match="real numbers, got dtype complex128"):
        Constant(1.0)(np.array([1j]))


def test_a_schedule_needs_a_formula() -> None:
    """The base record has none, and no attributes but its fields."""
    with pytest.raises(NotImplementedError, match="Schedule has no formula"):
        Schedule()(1)
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        _ = Constant(1.0).colour  # type: ignore[attr-defined]  # the error is the point


@pytest.mark.parametrize(("kind", "left"), RAMPS)
@pytest.mark.parametrize(("start", "end"), [(0.0, -1.0), (-1.0, 0.0), (-0.1, -3e-4), (0.5, -2.0)])
def test_ramps_below_zero_keep_the_digits_of_small_values(
    kind: Any, left: Any, start: float, end: float
) -> None:
    """The formula starts from the end nearer to 0, whichever that is."""
    ramp = kind(start, end, 17)
    with mp.workdps(50):
        for step in (1e-3, 0.5, 1, 8, 16, 16.5, 17 - 1e-3):
            exact = mp.mpf(end) + (mp.mpf(start) - mp.mpf(end)) * left(mp.mpf(step) / 17)
            if abs(exact) < 0.1 * max(abs(start), abs(end)) and start * end < 0:
                continue  # crosses zero: digits are lost in any order
            assert abs(mp.mpf(ramp(step)) - exact) <= 8 * math.ulp(float(exact))
    assert (ramp(0), ramp(17)) == (start, end)


def test_a_ramp_is_never_past_its_far_end() -> None:
    """Where start + (end - start) is not end, a rounding could."""
    for start, end in ((0.1, 0.7), (-0.1, -0.7), (0.7, 0.1), (-0.7, 0.1), (1e-17, 1.0)):
        for kind in (Linear, Cosine, QuarterCosine):
            values = [kind(start, end, 10)(step) for step in (1e-12, 1, 5, 9.9999999, 10 - 1e-12)]
            assert min(start, end) <= min(values)
            assert max(values) <= max(start, end)


def test_a_staircase_is_a_bool() -> None:
    with pytest.raises(TypeError, match=r"^staircase must be a bool, got 1$"):
        Decay(1.0, 0.5, 10, 1)


@pytest.mark.parametrize("kind", ["linear", "previous", "cosine", "log"])
@pytest.mark.parametrize("steps", [(0, 10), (0, 5, 10)], ids=["two", "three"])
def test_nan_in_an_array_breaks_no_look_up(kind: Any, steps: tuple[int, ...]) -> None:
    """Its own value is of no meaning; the others are what they are alone."""
    curve = Interpolated(steps, tuple(1.0 + step for step in steps), kind)
    assert curve(np.array([np.nan, 3.0, 7.0]))[1:].tolist() == curve(np.array([3.0, 7.0])).tolist()
