"""Hypothesis strategies that build schedules of every kind, and steps worth a look."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import attrs
from hypothesis import strategies as st

import tsa_core
from tsa_core import _checks
from tsa_core._fields import DRAWN
from tsa_core.combinators import Clipped, Custom
from tsa_core.curves import Constant, Linear
from tsa_core.schedule import Schedule

_DEEPEST = 6
_HUGE = 10**12

Strategy = st.SearchStrategy[Any]


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


class Given:
    """What the strategy of a record is made of; see `Schedule._strategy`.

    Args:
        longest: The longest curve, boundary, period or delay, in steps.
        inner: Schedules to be made of; None for curves.
        below: Schedules one level below those.
        functions: What a `Custom` may hold.
    """

    def __init__(
        self,
        longest: int,
        inner: st.SearchStrategy[Schedule] | None = None,
        below: st.SearchStrategy[Schedule] | None = None,
        functions: Sequence[Callable[[Any], Any]] = (),
    ) -> None:
        self.builds = st.builds
        self.value, self.positive, self.flag = _values(), _positive(), st.booleans()
        self.sign = st.sampled_from((1.0, -1.0))
        self.share = st.sampled_from((1.0, 0.5)) | st.floats(0.01, 1.0)
        self.factor = st.sampled_from((1.0, 2.0, 0.5)) | st.floats(0.1, 10.0)
        self.exponent = st.sampled_from((1.0, 2.0, 0.5, 3.0)) | st.floats(0.25, 8.0)
        self.timescale = st.integers(1, longest).map(float) | st.floats(0.5, float(longest))
        self.length, self.period = st.integers(0, longest), st.integers(1, longest)
        self.step, self.shift = _clock(0, longest), _clock(-longest, longest)
        self.clock_period = _clock(1, longest)
        self.straight = st.builds(Constant, self.value) | st.builds(
            Linear, self.value, self.value, self.length
        )
        # No rounding of a straight line carries a step across a boundary.
        self.clock = st.builds(Constant, self.step) | st.builds(
            Linear, self.step, self.step, self.length
        )
        self.function = st.sampled_from(functions) if functions else st.nothing()
        self.divisor: Strategy = st.builds(
            Constant, st.sampled_from((1.0, 0.1)) | st.floats(0.1, 1e3)
        )
        if inner is not None:
            self.schedule, self.schedules = inner, self.few(inner, 3)
        if below is not None:
            self.divisor |= st.builds(Clipped, below, st.sampled_from((1.0, 0.1, 10.0)))

    def few(self, one: Strategy, most: int) -> Strategy:
        """Tuples of one to so many."""
        return st.lists(one, min_size=1, max_size=most).map(tuple)

    def by_fields(self, kind: type[Any]) -> Strategy:
        """Records of which each field is drawn by itself, as its metadata say."""
        drawn = [getattr(self, field.metadata[DRAWN]) for field in attrs.fields(kind)]
        return st.builds(kind, *drawn)

    def interpolated(self, kind: Callable[..., Schedule]) -> Strategy:
        """Through a few points, in each of the ways."""
        return _interpolated(kind, self.shift)

    def joined(self, kind: Callable[..., Schedule]) -> Strategy:
        """A few pieces in order."""
        return _joined(kind, self.schedule, self.step)

    def clipped(self, kind: Callable[..., Schedule]) -> Strategy:
        """Between two bounds in order, or one or none."""
        return _clipped(kind, self.schedule)

    def repeated(self, kind: Callable[..., Schedule]) -> Strategy:
        """Rounds that do not grow without end."""
        return _repeated(kind, self.schedule, self.clock_period)


def _built_by(given: Given, *, nested: bool) -> list[Strategy]:
    """The strategies of all public records: of those that hold schedules, or of the others."""
    found = (getattr(tsa_core, name) for name in sorted(tsa_core.__all__))
    kinds = [kind for kind in found if isinstance(kind, type) and issubclass(kind, Schedule)]
    chosen = [kind for kind in kinds if kind not in (Schedule, Custom, Constant)]
    return [kind._strategy(given) for kind in chosen if _is_nested(kind) == nested]


def _is_nested(kind: Any) -> bool:
    fields = attrs.fields(kind)
    return any(field.metadata.get(DRAWN) in ("schedule", "schedules") for field in fields)


@st.composite
def _interpolated(draw: st.DrawFn, kind: Callable[..., Schedule], step: Strategy) -> Schedule:
    points = draw(st.lists(step, min_size=1, max_size=5, unique=True).map(sorted))
    way: Literal["linear", "previous", "cosine", "log"] = draw(
        st.sampled_from(("linear", "previous", "cosine", "log"))
    )
    value = _positive() if way == "log" else _values()
    values = draw(st.tuples(*[value] * len(points)))
    if way == "log":
        values = _same_sign(values, draw(st.sampled_from((1.0, -1.0))))
    return kind(tuple(points), values, way)


def curves(*, max_steps: int = 1000) -> st.SearchStrategy[Schedule]:
    """Primitive curves of every kind.

    Values are 0 or between 1e-6 and 1000 in size, of either sign; exponents lie between
    0.25 and 8, rates between 0.01 and 1.

    Args:
        max_steps: The longest curve, in steps (>= 1).

    Returns:
        A strategy that shrinks towards `Constant(0.0)`.

    Raises:
        TypeError: If `max_steps` is not a number.
        ValueError: If it is not whole or below 1.

    Example:
        >>> from hypothesis import find
        >>> find(curves(), lambda curve: True)
        Constant(value=0.0)
    """
    given = Given(_checks.count("max_steps", max_steps, low=1))
    return st.one_of(st.builds(Constant, given.value), *_built_by(given, nested=False))


@st.composite
def _joined(
    draw: st.DrawFn, kind: Callable[..., Schedule], inner: Strategy, step: Strategy
) -> Schedule:
    pieces = draw(st.lists(inner, min_size=1, max_size=4))
    more = len(pieces) - 1
    boundaries = draw(st.lists(step, min_size=more, max_size=more).map(sorted))
    return kind(tuple(pieces), tuple(boundaries))


@st.composite
def _clipped(draw: st.DrawFn, kind: Callable[..., Schedule], inner: Strategy) -> Schedule:
    schedule, bound = draw(inner), st.none() | _values()
    low, high = draw(bound), draw(bound)
    if low is not None and high is not None:
        low, high = min(low, high), max(low, high)
    return kind(schedule, low, high)


@st.composite
def _repeated(
    draw: st.DrawFn, kind: Callable[..., Schedule], inner: Strategy, period: Strategy
) -> Schedule:
    schedule, every = draw(inner), draw(period)
    times = draw(st.none() | st.integers(1, 5))
    largest = 1.0 if times is None else 2.0
    gain = draw(st.sampled_from((1.0, 0.5)) | st.floats(0.1, largest))
    return kind(schedule, every, times, gain)


def schedules(
    max_depth: int = 3,
    *,
    max_steps: int = 1000,
    functions: Sequence[Callable[[Any], Any]] = (),
) -> st.SearchStrategy[Schedule]:
    """Schedules of every kind, made of curves and of each other.

    Values are finite at every step: those of the curves are 0 or between 1e-6 and 1000 in size, a
    product has at most two factors, a divisor is at least 0.1, an endless repetition does not grow,
    and others are doubled at most four times. Periods, boundaries and delays are whole numbers or
    quarters, so that counting rounds is exact.

    Args:
        max_depth: How deep records are nested; 0 gives curves, 6 is the maximum.
        max_steps: The longest curve, boundary, period or delay, in steps (>= 1).
        functions: The functions for `Custom`; by default none is built.

    Returns:
        A strategy that shrinks towards `Constant(0.0)`; failures are printed as code.

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
    made = _checks.items("functions", functions)
    if made:
        flat |= Custom._strategy(Given(longest, functions=made))
    level, below = flat, None
    for _ in range(deepest):
        inner = _named(level)
        given = Given(longest, inner, below)
        level, below = st.one_of(flat, *_built_by(given, nested=True)), inner
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
        schedule: The schedule to call with them.

    Returns:
        A strategy of ints and floats that shrinks towards 0.

    Raises:
        TypeError: If `schedule` is not a schedule.

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
    points = schedule._bends()
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
