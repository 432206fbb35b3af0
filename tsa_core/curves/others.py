"""The curves without an end of their own, and those through points."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

from tsa_core import _checks
from tsa_core._fields import (
    finite_field,
    flag_field,
    length_field,
    positive_field,
    record,
    shifts_field,
    values_field,
)
from tsa_core._limits import Limits
from tsa_core._pieces import INF, Area, Piece, flat, within
from tsa_core._rounds import Rounds, most_powers
from tsa_core.curves import _areas
from tsa_core.schedule import Schedule


@record
class Constant(Schedule):
    """The same value at every step.

    Args:
        value: The value (a multiplier, or the hyperparameter itself).

    Raises:
        TypeError, ValueError: If `value` is not a finite number.

    Example:
        >>> Constant(0.5)(1000)
        0.5
    """

    value: float = finite_field()

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        return ops.full(t, self.value)

    @property
    def length(self) -> float:
        """The step from which the value is held: 0."""
        return 0

    @property
    def _begin(self) -> float:
        return 0

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        return within([flat(self.value)], start, stop)


def _tail(curve: Any, area: Area, start: float, stop: float) -> list[Piece]:
    """The pieces of a monotone curve that holds `start` before step 0 and has no end."""
    return within([flat(curve.start, stop=0), Piece(0, INF, curve, area)], start, stop)


@record
class Decay(Schedule):
    """Multiplied by `rate` once in `num_steps`, without end.

    ::

        value(t) = start * rate ** (t / num_steps)            # floor(t / num_steps) if staircase

    A rate above 1 grows up to about 1e150, so that products of schedules stay finite.

    Args:
        start: Value at step 0 and before.
        rate: Factor a period, > 0.
        num_steps: Length of a period, in steps (a whole number >= 1).
        staircase: Whether the value drops at whole periods only.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a value is not finite, `rate` is not above 0, or `num_steps` is below
            1 or not whole.

    Source:
        torch's `ExponentialLR` and `StepLR`; optax's `exponential_decay`.

    Example:
        >>> Decay(1.0, 0.5, 10, staircase=True)(25)
        0.25
    """

    start: float = finite_field()
    rate: float = positive_field()
    num_steps: int = length_field()
    staircase: bool = flag_field(default=False)

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        clock, limit = ops.where(t > 0, t, 0), most_powers(self.rate, self.start)
        if self.staircase:
            periods = ops.floor_divide(clock, self.num_steps)
        else:
            periods = clock / self.num_steps
        if self.staircase or limit < INF:
            periods = ops.at_most(periods, limit)
        return self.start * self.rate**periods

    @property
    def _begin(self) -> float:
        return 0

    def _bends(self) -> Sequence[float]:
        return tuple(self.num_steps * periods for periods in (0, 1, 2, 5))

    def _rounds(self) -> Rounds:
        growth = most_powers(self.rate, self.start)
        return Rounds(Constant(self.start), self.num_steps, None, self.rate, growth)

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        if self.staircase:
            return self._rounds().pieces(start, stop)
        top = most_powers(self.rate, self.start) * self.num_steps
        row = _tail(self, self._integral, start, min(stop, top))
        return row + within([flat(self(top), top)], start, stop) if top < INF else row

    def _integral(self, a: float, b: float) -> float:
        return _areas.growth(self, math.log(self.rate) / self.num_steps, a, b)

    def _area(self, start: float, stop: float) -> float:
        return self._rounds().area(start, stop) if self.staircase else super()._area(start, stop)

    def _limits(self, start: float, stop: float) -> Limits:
        if self.staircase:
            return self._rounds().limits(self, start, stop)
        return super()._limits(start, stop)

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.builds(cls, given.value, given.share, given.period, given.flag)


@record
class InversePower(Schedule):
    """An inverse power of time.

    ::

        value(t) = start * (1 + t / timescale) ** -exponent

    Args:
        start: Value at step 0 and before.
        timescale: Steps after which the value is `start * 2 ** -exponent`; > 0.
        exponent: The power, > 0; 0.5 is `InverseSqrt`, 1 is inverse time.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or `timescale` or `exponent` is not above 0.

    Source:
        timm's `WSDLRScheduler(stable_fn="power")`; Keras' `InverseTimeDecay`.

    Example:
        >>> InversePower(1.0, 100.0, 2.0)(100)
        0.25
    """

    start: float = finite_field()
    timescale: float = positive_field()
    exponent: float = positive_field()

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        clock = ops.where(t > 0, t, 0)
        return self.start * (self.timescale / (clock + self.timescale)) ** self.exponent

    @property
    def _begin(self) -> float:
        return 0

    def _bends(self) -> Sequence[float]:
        return (0, self.timescale, 10 * self.timescale)

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        return _tail(self, self._integral, start, stop)

    def _integral(self, a: float, b: float) -> float:
        begin = (a + self.timescale) / self.timescale
        order = 1 - self.exponent
        growth = math.log1p((b - a) / (a + self.timescale))
        rise = math.expm1(order * growth) / order if order else growth
        return self.start * self.timescale * float(begin**order) * rise

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.builds(cls, given.value, given.timescale, given.exponent)


@record
class InverseSqrt(Schedule):
    """The inverse square root of time.

    ::

        value(t) = start * sqrt(timescale / (t + timescale))

    Args:
        start: Value at step 0 and before.
        timescale: Steps after which the value is `start / sqrt(2)`; > 0.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite or `timescale` is not above 0.

    Source:
        Vaswani et al., arXiv:1706.03762, section 5.3; transformers'
        `get_inverse_sqrt_schedule`.

    Example:
        >>> InverseSqrt(1.0, 100.0)(300)
        0.5
    """

    start: float = finite_field()
    timescale: float = positive_field()

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        clock = ops.where(t > 0, t, 0)
        return self.start * ops.sqrt(self.timescale / (clock + self.timescale))

    @property
    def _begin(self) -> float:
        return 0

    def _bends(self) -> Sequence[float]:
        return (0, self.timescale, 10 * self.timescale)

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        return _tail(self, self._integral, start, stop)

    def _integral(self, a: float, b: float) -> float:
        begin, end = (math.sqrt((t + self.timescale) / self.timescale) for t in (a, b))
        return 2 * self.start * (b - a) / (begin + end)

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.builds(cls, given.value, given.timescale)


@record
class Interpolated(Schedule):
    """Through given points; the first and the last value are held outside.

    Args:
        steps: Where the points are, in steps: strictly increasing real numbers.
        values: The value at each.
        kind: `"linear"`, `"cosine"` (flat at each point), `"log"` (a straight line in the
            logarithm: values of one sign, none 0) or `"previous"` (a staircase).

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If the points are none, not in order, not finite or not as many as the
            values, or `kind` is unknown.

    Source:
        optax's `piecewise_interpolate_schedule`; ignite's `PiecewiseLinear`.

    Example:
        >>> Interpolated((0, 10, 20), (0.0, 1.0, 0.5))(15)
        0.75
    """

    steps: tuple[float, ...] = shifts_field()
    values: tuple[float, ...] = values_field()
    kind: Literal["linear", "previous", "cosine", "log"] = "linear"

    def __attrs_post_init__(self) -> None:
        if not self.steps:
            raise ValueError(f"steps must have at least one item, got {self.steps!r}")
        _checks.ascending("steps", self.steps, strictly=True)
        if len(self.values) != len(self.steps):
            raise ValueError(
                f"values must have one item for each of the {len(self.steps)} steps, "
                f"got {len(self.values)}: {self.values!r}"
            )
        if self.kind not in ("linear", "previous", "cosine", "log"):
            raise ValueError(
                f"kind must be 'linear', 'previous', 'cosine' or 'log', got {self.kind!r}"
            )
        if self.kind == "log" and not (min(self.values) > 0 or max(self.values) < 0):
            raise ValueError(
                f"values must have one sign and none be 0 for kind 'log', got {self.values!r}"
            )
        object.__setattr__(self, "_prepared", self.steps[1:-1])

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        if len(self.steps) == 1:
            return ops.full(t, self.values[0])
        ends = (self.values[0], self.values[-1])
        low, high = self.steps[0], self.steps[-1]
        return ops.hold_outside(t, low, high, ends, lambda t: self._between(t, ops))

    def _between(self, t: Any, ops: Any) -> Any:
        index = ops.position(self._prepared, t)  # of the point before t; never the last
        left = ops.lookup(self.values, index, t)
        if self.kind == "previous":
            return left
        begin, right = ops.lookup_step(self.steps, index, t), ops.lookup(self.values, index + 1, t)
        done = (t - begin) / (ops.lookup_step(self.steps, index + 1, t) - begin)
        if self.kind == "log":
            return self._geometric(left, right, done, ops)
        if self.kind == "cosine":
            half = ops.sin(math.pi / 2 * done)
            done = half * half
        return left + (right - left) * done

    def _geometric(self, left: Any, right: Any, done: Any, ops: Any) -> Any:
        sign = math.copysign(1.0, self.values[0])
        first, last = ops.log(sign * left), ops.log(sign * right)
        sizes = [abs(value) for value in self.values]
        if math.log(max(sizes)) - math.log(min(sizes)) > 700:  # the ratio is not a float
            return sign * ops.exp(first * (1 - done) + last * done)
        return left * ops.exp((last - first) * done)

    @property
    def length(self) -> float:
        """The step from which the value is held: the last of `steps`, or 0 if it is earlier."""
        return max(self.steps[-1], 0)

    @property
    def _begin(self) -> float:
        return self.steps[0]

    def _bends(self) -> Sequence[float]:
        return self.steps

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        steps, values = self.steps, self.values
        row = [flat(values[0], stop=steps[0])]
        for index, (a, b) in enumerate(pairwise(steps)):
            left, right = values[index], values[index + 1]
            if self.kind == "previous" or left == right:
                row.append(flat(left, a, b))
            else:
                row.append(Piece(a, b, self, functools.partial(self._integral, left, right, b - a)))
        return within([*row, flat(values[-1], start=steps[-1])], start, stop)

    def _integral(self, left: float, right: float, gap: float, a: float, b: float) -> float:
        """The area between two steps of a segment, by the segment's values and length."""
        if self.kind == "linear":
            return _areas.line(self, a, b)
        if self.kind == "cosine":
            return _areas.wave(self, left / 2 + right / 2, math.pi / gap, a, b)
        return _areas.growth(self, _areas.log_ratio(left, right) / gap, a, b)

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.interpolated(cls)
