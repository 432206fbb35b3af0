"""Hypothesis strategies that build schedules of every kind, and steps worth a look."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

from hypothesis import strategies as st

from tsa_core import _checks, combinators
from tsa_core import curves as kinds
from tsa_core.clocked import Clocked
from tsa_core.inverse_power import InversePower, InverseSqrt
from tsa_core.schedule import Schedule
from tsa_core.testing._landmarks import landmarks

_DEEPEST = 6
_HUGE = 10**12


def _values() -> st.SearchStrategy[float]:
    size = st.floats(1e-6, 1e3)
    return st.sampled_from((0.0, 1.0, 0.1, -1.0)) | size | size.map(lambda value: -value)


def _positive() -> st.SearchStrategy[float]:
    return st.sampled_from((1.0, 0.1)) | st.floats(1e-6, 1e3)


def _same_sign(positive: tuple[float, ...], sign: float) -> tuple[float, ...]:
    return tuple(sign * value for value in positive)


def _clock(low: int, high: int) -> st.SearchStrategy[float]:
    """Whole numbers and quarters: multiples of them are exact."""
    return st.integers(low, high) | st.integers(4 * low, 4 * high).map(lambda n: n / 4)


@st.composite
def _exponential(draw: st.DrawFn, lengths: st.SearchStrategy[int]) -> Schedule:
    ends = draw(st.tuples(_positive(), _positive()))
    start, end = _same_sign(ends, draw(st.sampled_from((1.0, -1.0))))
    return kinds.Exponential(start, end, draw(lengths))


@st.composite
def _interpolated(draw: st.DrawFn, max_steps: int) -> Schedule:
    points = draw(
        st.lists(_clock(-max_steps, max_steps), min_size=1, max_size=5, unique=True).map(sorted)
    )
    kind: Literal["linear", "previous", "cosine", "log"] = draw(
        st.sampled_from(("linear", "previous", "cosine", "log"))
    )
    value = _positive() if kind == "log" else _values()
    values = draw(st.tuples(*[value] * len(points)))
    if kind == "log":
        values = _same_sign(values, draw(st.sampled_from((1.0, -1.0))))
    return kinds.Interpolated(tuple(points), values, kind)


def curves(*, max_steps: int = 1000) -> st.SearchStrategy[Schedule]:
    """Primitive curves of every kind.

    Values are 0 or between 1e-6 and 1000 in size, of either sign; exponents lie between
    0.25 and 8, rates between 0.01 and 1.

    Args:
        max_steps: The longest curve, in steps (>= 1).

    Returns:
        A strategy that shrinks towards `Constant(0.0)`.

    Raises:
        TypeError: If `max_steps` is no number.
        ValueError: If it is not whole or below 1.

    Example:
        >>> from hypothesis import find
        >>> find(curves(), lambda curve: True)
        Constant(value=0.0)
    """
    longest = _checks.count("max_steps", max_steps, low=1)
    value, length = _values(), st.integers(0, longest)
    exponent = st.sampled_from((1.0, 2.0, 0.5, 3.0)) | st.floats(0.25, 8.0)
    period, rate = st.integers(1, longest), st.sampled_from((1.0, 0.5)) | st.floats(0.01, 1.0)
    timescale = st.integers(1, longest).map(float) | st.floats(0.5, float(longest))
    return st.one_of(
        st.builds(kinds.Constant, value),
        st.builds(kinds.Linear, value, value, length),
        st.builds(kinds.Cosine, value, value, length),
        st.builds(kinds.QuarterCosine, value, value, length),
        st.builds(kinds.Logarithmic, value, value, length),
        st.builds(kinds.Polynomial, value, value, length, exponent),
        st.builds(kinds.Decay, value, rate, period, st.booleans()),
        st.builds(InverseSqrt, value, timescale),
        st.builds(InversePower, value, timescale, exponent),
        _exponential(length),
        _interpolated(longest),
    )


@st.composite
def _joined(draw: st.DrawFn, inner: st.SearchStrategy[Schedule], max_steps: int) -> Schedule:
    pieces = draw(st.lists(inner, min_size=1, max_size=4))
    more = len(pieces) - 1
    boundaries = draw(st.lists(_clock(0, max_steps), min_size=more, max_size=more).map(sorted))
    return combinators.Joined(tuple(pieces), tuple(boundaries))


@st.composite
def _clipped(draw: st.DrawFn, inner: st.SearchStrategy[Schedule]) -> Schedule:
    schedule, bound = draw(inner), st.none() | _values()
    low, high = draw(bound), draw(bound)
    if low is not None and high is not None:
        low, high = min(low, high), max(low, high)
    return combinators.Clipped(schedule, low, high)


@st.composite
def _repeated(draw: st.DrawFn, inner: st.SearchStrategy[Schedule], max_steps: int) -> Schedule:
    schedule, every = draw(inner), draw(_clock(1, max_steps))
    times = draw(st.none() | st.integers(1, 5))
    largest = 1.0 if times is None else 2.0
    gain = draw(st.sampled_from((1.0, 0.5)) | st.floats(0.1, largest))
    return combinators.Repeated(schedule, every, times, gain)


def _clocks(max_steps: int) -> st.SearchStrategy[Schedule]:
    """Straight lines over steps: no rounding of theirs carries a step across a boundary."""
    step = _clock(0, max_steps)
    return st.builds(kinds.Constant, step) | st.builds(
        kinds.Linear, step, step, st.integers(0, max_steps)
    )


def _straight(max_steps: int) -> st.SearchStrategy[Schedule]:
    """Curves of which arrays hold the bits of single steps: rounding makes more of a difference."""
    value = _values()
    return st.builds(kinds.Constant, value) | st.builds(
        kinds.Linear, value, value, st.integers(0, max_steps)
    )


def _divisors(below: st.SearchStrategy[Schedule] | None) -> st.SearchStrategy[Schedule]:
    """Schedules of at least 0.1, one level above `below`."""
    constants = st.builds(kinds.Constant, st.sampled_from((1.0, 0.1)) | st.floats(0.1, 1e3))
    if below is None:
        return constants
    return constants | st.builds(combinators.Clipped, below, st.sampled_from((1.0, 0.1, 10.0)))


def _combined(
    inner: st.SearchStrategy[Schedule], divisor: st.SearchStrategy[Schedule], max_steps: int
) -> st.SearchStrategy[Schedule]:
    terms = st.lists(inner, min_size=1, max_size=3).map(tuple)
    factors = st.lists(inner, min_size=1, max_size=2).map(tuple)
    factor = st.sampled_from((1.0, 2.0, 0.5)) | st.floats(0.1, 10.0)
    return st.one_of(
        st.builds(combinators.Sum, terms),
        st.builds(combinators.Product, factors),
        st.builds(combinators.Quotient, inner, divisor),
        st.builds(combinators.Minimum, terms),
        st.builds(combinators.Maximum, terms),
        st.builds(combinators.Rounded, _straight(max_steps), _positive()),
        st.builds(combinators.Held, inner, _clock(1, max_steps)),
        st.builds(combinators.Shifted, inner, _clock(-max_steps, max_steps)),
        st.builds(combinators.Stretched, inner, factor),
        st.builds(combinators.Reversed, inner, _clock(0, max_steps)),
        st.builds(Clocked, inner, _clocks(max_steps)),
        _clipped(inner),
        _joined(inner, max_steps),
        _repeated(inner, max_steps),
    )


def schedules(
    max_depth: int = 3,
    *,
    max_steps: int = 1000,
    functions: Sequence[Callable[[Any], Any]] = (),
) -> st.SearchStrategy[Schedule]:
    """Schedules of every kind, made of curves and of each other.

    Values are finite at every step: those of the curves are 0 or between 1e-6 and 1000 in size, a
    product has at most two factors, a divisor is at least 0.1, what repeats without end does
    not grow, and what does is at most doubled four times. Periods, boundaries and delays are
    whole numbers or quarters, so that counting rounds is exact.

    Args:
        max_depth: How deep records are nested in each other; 0 gives curves, 6 is the most.
        max_steps: The longest curve, boundary, period or delay, in steps (>= 1).
        functions: What a `Custom` may hold; without any, none is built.

    Returns:
        A strategy that shrinks towards `Constant(0.0)`; what it finds is printed as code.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a number is not whole or out of its range.

    Example:
        >>> from hypothesis import find
        >>> find(schedules(), lambda schedule: schedule(0) < 0)
        Constant(value=-1.0)
    """
    deepest = _checks.count("max_depth", max_depth)
    if deepest > _DEEPEST:
        raise ValueError(f"max_depth must be <= {_DEEPEST}, got {max_depth!r}")
    longest = _checks.count("max_steps", max_steps, low=1)
    flat = curves(max_steps=longest)
    given = _checks.items("functions", functions)
    if given:
        flat |= st.builds(combinators.Custom, st.sampled_from(given))
    level = flat
    below: st.SearchStrategy[Schedule] | None = None
    for _ in range(deepest):
        inner = _named(level)
        level, below = flat | _combined(inner, _divisors(below), longest), inner
    return _named(level)


def _named(strategy: st.SearchStrategy[Schedule]) -> st.SearchStrategy[Schedule]:
    """The same strategy with a short name: what is nested prints too long."""

    @st.composite
    def schedule(draw: st.DrawFn) -> Schedule:
        return draw(strategy)

    return schedule()


def steps(schedule: Schedule) -> st.SearchStrategy[float]:
    """Steps at which a schedule is likely to be wrong.

    Where its pieces meet, just before and just after; whole, fractional, negative and late
    ones; up to 10**12 in size.

    Args:
        schedule: The schedule that is to be called with them.

    Returns:
        A strategy of ints and floats that shrinks towards 0.

    Raises:
        TypeError: If `schedule` is no schedule.

    Example:
        >>> from hypothesis import given
        >>> from tsa_core import Linear
        >>> fade = Linear(1.0, 0.0, 7)
        >>> @given(steps(fade))
        ... def test_stays_a_share(step):
        ...     assert 0 <= fade(step) <= 1
        >>> test_stays_a_share()
    """
    if not isinstance(schedule, Schedule):
        raise TypeError(f"schedule must be a Schedule, got {schedule!r}")
    points = landmarks(schedule).points
    near = {step for point in points for step in around(point)}
    last = math.ceil(max(1, *map(abs, points))) * 2
    return st.one_of(
        st.sampled_from(sorted(near, key=lambda step: (abs(step), step < 0))),
        st.integers(0, last),
        st.floats(0.0, last),
        st.integers(-last, 0),
        st.floats(-last, 0.0),
        st.integers(-_HUGE, _HUGE),
    )


def around(point: float) -> tuple[float, ...]:
    """A step, its neighbours among whole steps, and among floats."""
    closest = (math.nextafter(point, -math.inf), math.nextafter(point, math.inf))
    return (point, point - 1, point + 1, point - 0.5, point + 0.5, *closest)
