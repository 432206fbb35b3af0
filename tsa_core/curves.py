"""The primitive shapes: where every other schedule starts.

A curve runs from step 0 to its last step and holds its end values outside. Each formula is
written from the end at which the value is small, so that no digits are lost to cancellation.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Literal

import attrs

from tsa_core import _checks
from tsa_core._fields import checked, count_field, finite_field, positive_field, tuple_field
from tsa_core._ramp import Angle, _angle, _Ramp, _turned
from tsa_core.schedule import Schedule


@attrs.frozen(eq=False, repr=False)
class Constant(Schedule):
    """The same value at every step.

    Args:
        value: The value (a multiplier, or the hyperparameter itself).

    Raises:
        TypeError, ValueError: If `value` is no finite number.

    Example:
        >>> Constant(0.5)(1000)
        0.5
    """

    value: float = finite_field()

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return 0

    def _formula(self, t: Any, ops: Any) -> Any:
        return ops.full(t, self.value)


@attrs.frozen(eq=False, repr=False)
class Linear(_Ramp):
    """A straight line.

    ::

        value(t) = start + (end - start) * t / num_steps

    Args:
        start: Value at step 0.
        end: Value from step `num_steps` on.
        num_steps: Length, in steps (a whole number >= 0; 0 is `end` at once).

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is not finite, or `num_steps` is negative or not whole.

    Example:
        >>> Linear(1.0, 0.0, 4)(1)
        0.75
    """

    def _done(self, t: Any, _ops: Any) -> Any:
        return t / self.num_steps

    def _left(self, t: Any, _ops: Any) -> Any:
        return (self.num_steps - t) / self.num_steps


@attrs.frozen(eq=False, repr=False)
class Polynomial(_Ramp):
    """A power of the time that is left.

    ::

        value(t) = end + (start - end) * (1 - t / num_steps) ** exponent

    Args:
        start: Value at step 0.
        end: Value from step `num_steps` on.
        num_steps: Length, in steps (a whole number >= 0).
        exponent: The power, > 0; 1 is a straight line, more falls early, less falls late.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is not finite, `num_steps` is negative or not whole, or
            `exponent` is not above 0.

    Example:
        >>> Polynomial(1.0, 0.0, 10, 2.0)(5)
        0.25
    """

    exponent: float = positive_field()

    def _left(self, t: Any, _ops: Any) -> Any:
        # Scaled by a power of two, which is exact, where the plain quotient would put its
        # rounding error to the power.
        scale, whole = self._constants
        left = (self.num_steps - t) / scale
        return (left * left if self.exponent == 2 else left**self.exponent) / whole

    @property
    def _bounded(self) -> bool:
        return self.exponent in (1, 2)

    def _prepared(self) -> tuple[float, float]:
        if self.exponent > 1000:
            return float(self.num_steps), 1.0
        mantissa, power = math.frexp(self.num_steps)
        return 2.0**power, mantissa**self.exponent

    def _done(self, t: Any, ops: Any) -> Any:
        share = t / self.num_steps
        if self.exponent == 1:
            return share
        if self.exponent == 2:
            return share * (2 - share)
        left = self._left(t, ops)
        late = ops.log((self.num_steps - t) / self.num_steps)
        log_left = ops.where(share > 0.5, late, ops.log1p(-share))
        early = -ops.expm1(self.exponent * log_left)
        return ops.where(left < 0.5, 1 - left, early)


@attrs.frozen(eq=False, repr=False)
class Cosine(_Ramp):
    """Half a period of a cosine: flat at both ends.

    ::

        value(t) = end + (start - end) * (1 + cos(pi * t / num_steps)) / 2

    Args:
        start: Value at step 0.
        end: Value from step `num_steps` on.
        num_steps: Length, in steps (a whole number >= 0).

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is not finite, or `num_steps` is negative or not whole.

    Source:
        Loshchilov and Hutter, SGDR, arXiv:1608.03983, equation 5.

    Example:
        >>> Cosine(1.0, 0.0, 10)(10)
        0.0
    """

    def _prepared(self) -> Angle:
        return _angle(self.num_steps, 2)

    def _done(self, t: Any, ops: Any) -> Any:
        half = ops.sin(_turned(t, self._constants))
        return half * half

    def _left(self, t: Any, ops: Any) -> Any:
        return self._done(self.num_steps - t, ops)


@attrs.frozen(eq=False, repr=False)
class QuarterCosine(_Ramp):
    """A quarter period of a cosine: flat at the start, steep at the end.

    ::

        value(t) = end + (start - end) * cos(pi / 2 * t / num_steps)

    Args:
        start: Value at step 0.
        end: Value from step `num_steps` on.
        num_steps: Length, in steps (a whole number >= 0).

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is not finite, or `num_steps` is negative or not whole.

    Source:
        The 1.x line of this library.

    Example:
        >>> QuarterCosine(1.0, 0.0, 10)(0)
        1.0
    """

    def _prepared(self) -> tuple[Angle, Angle, float]:
        rest = Fraction(self.end) - Fraction(self.start) - Fraction(self.end - self.start)
        return _angle(self.num_steps, 2), _angle(self.num_steps, 4), float(rest)

    def _between(self, t: Any, ops: Any) -> Any:
        return super()._between(t, ops) if self._to_end else self._depart(t, ops)

    def _depart(self, t: Any, ops: Any) -> Any:
        # 1 - cos(2 x) is 2 sin(x)^2. What the angle and the difference lose in rounding is
        # carried along and put back in one addition.
        _, quarter, rest = self._constants
        first, second = t * quarter[0], t * quarter[1]
        angle = first + second
        lost = second - (angle - first)
        sine, rise = ops.sin(angle), self.end - self.start
        square = sine * sine
        back = 4 * rise * (sine * ops.cos(angle)) * lost + 2 * rest * square
        value = (self.start + back) + 2 * rise * square
        return ops.not_past(value, self.start, self.end, exact=False)

    def _left(self, t: Any, ops: Any) -> Any:
        return ops.sin(_turned(self.num_steps - t, self._constants[0]))


@attrs.frozen(eq=False, repr=False)
class Exponential(_Ramp):
    """The same factor at every step (a geometric sequence).

    ::

        value(t) = start * (end / start) ** (t / num_steps)

    Args:
        start: Value at step 0; not 0.
        end: Value from step `num_steps` on; not 0 and of the sign of `start`.
        num_steps: Length, in steps (a whole number >= 0).

    Raises:
        TypeError: If an argument is no number.
        ValueError: If an end is 0 or not finite, their signs differ, or `num_steps` is
            negative or not whole.

    Example:
        >>> round(Exponential(1.0, 0.01, 10)(5), 12)
        0.1
    """

    def __attrs_post_init__(self) -> None:
        if self.start == 0:
            raise ValueError(f"start must not be 0, got {self.start!r}")
        if self.end == 0 or (self.start < 0) != (self.end < 0):
            raise ValueError(f"end must have the sign of start ({self.start!r}), got {self.end!r}")
        super().__attrs_post_init__()

    def _prepared(self) -> tuple[float, float, float]:
        sign = math.copysign(1.0, self.start)
        return sign, math.log(abs(self.start)), math.log(abs(self.end))

    @property
    def _bounded(self) -> bool:
        return False

    def _between(self, t: Any, ops: Any) -> Any:
        sign, first, last = self._constants
        done = t / self.num_steps
        value = sign * ops.exp(first * (1 - done) + last * done)
        falls = self.end < self.start
        low, high = (self.end, self.start) if falls else (self.start, self.end)
        return ops.where(value > high, high, ops.where(value < low, low, value))


@attrs.frozen(eq=False, repr=False)
class Logarithmic(_Ramp):
    """A logarithm of the steps that are done: steep at first, ever flatter.

    ::

        value(t) = start + (end - start) * log(1 + t) / log(1 + num_steps)

    Args:
        start: Value at step 0.
        end: Value from step `num_steps` on.
        num_steps: Length, in steps (a whole number >= 0).

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is not finite, or `num_steps` is negative or not whole.

    Source:
        DeepSpeed's `WarmupLR`, whose default it is.

    Example:
        >>> Logarithmic(0.0, 1.0, 99)(9)
        0.5
    """

    def _prepared(self) -> float:
        return math.log1p(self.num_steps)

    def _done(self, t: Any, ops: Any) -> Any:
        return ops.log1p(t / 1) / self._constants

    def _left(self, t: Any, ops: Any) -> Any:
        return ops.log1p((self.num_steps - t) / (1 + t)) / self._constants

    @property
    def _bounded(self) -> bool:
        return False


@attrs.frozen(eq=False, repr=False)
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
    num_steps: int = count_field(low=1)
    staircase: bool = checked(_checks.flag, default=False)

    def _formula(self, t: Any, ops: Any) -> Any:
        clock = ops.where(t > 0, t, 0)
        periods = (
            ops.floor_divide(clock, self.num_steps) / 1
            if self.staircase
            else clock / self.num_steps
        )
        limit = _finite_powers(self.rate, self.start)
        if limit is not None:
            periods = ops.where(periods > limit, limit, periods)
        return self.start * self.rate**periods

    def _longest(self) -> int:
        return self.num_steps


LARGEST = 1e150
"""Where growth without end stops."""


def _finite_powers(rate: float, start: float) -> float | None:
    """How often a factor above 1 can be applied before the value overflows."""
    if rate <= 1:
        return None
    room = math.log(LARGEST) - max(math.log(abs(start)), 0.0) if start else math.log(LARGEST)
    return max(room, 0.0) / math.log(rate)


@attrs.frozen(eq=False, repr=False)
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

    steps: tuple[float, ...] = tuple_field(_checks.clock)
    values: tuple[float, ...] = tuple_field(_checks.finite)
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
        object.__setattr__(self, "_constants", self.steps[1:-1])

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return max(self.steps[-1], 0)

    def _formula(self, t: Any, ops: Any) -> Any:
        if len(self.steps) == 1:
            return ops.full(t, self.values[0])
        ends = (self.values[0], self.values[-1])
        return ops.within(t, self.steps[0], self.steps[-1], ends, lambda t: self._between(t, ops))

    def _between(self, t: Any, ops: Any) -> Any:
        index = ops.position(self._constants, t)  # of the point before t; never the last
        left = ops.item(self.values, index, t)
        if self.kind == "previous":
            return left
        begin, right = ops.knot(self.steps, index, t), ops.item(self.values, index + 1, t)
        done = (t - begin) / (ops.knot(self.steps, index + 1, t) - begin)
        if self.kind == "log":
            sign = math.copysign(1.0, self.values[0])
            return left * ops.exp((ops.log(sign * right) - ops.log(sign * left)) * done)
        if self.kind == "cosine":
            half = ops.sin(math.pi / 2 * done)
            done = half * half
        return left + (right - left) * done

    def _longest(self) -> int:
        return max([0, *(abs(step) for step in self.steps if isinstance(step, int))])
