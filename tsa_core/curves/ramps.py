"""The curves from `start` to `end`, exact at both and held outside.

Each formula is written from the end at which the value is small, so that no digits are lost to
cancellation.
"""

from __future__ import annotations

import math
from typing import Any

from tsa_core._fields import positive_field, record
from tsa_core.curves import _areas
from tsa_core.curves._ramp import Ramp

Angle = tuple[float, float]


def _angle(num_steps: int, divisor: int) -> Angle:
    """`pi / divisor / num_steps` in two parts (Cody and Waite's reduction).

    A whole number of steps times the first is exact, so their sum is rounded once: a squared
    sine doubles the error of its angle.
    """
    from fractions import Fraction

    exact = (Fraction(math.pi) + Fraction(1.2246467991473532e-16)) / (divisor * num_steps)
    mantissa, exponent = math.frexp(float(exact))
    high = math.ldexp(round(mantissa * 2**26), exponent - 26)
    return high, float(exact - Fraction(high))


def _turned(t: Any, angle: Angle) -> Any:
    return t * angle[0] + t * angle[1]


@record
class Linear(Ramp):
    """A straight line.

    ::

        value(t) = start + (end - start) * t / num_steps

    Args:
        start: Value at step 0.
        end: Value from step `num_steps` on.
        num_steps: Length, in steps (a whole number >= 0; 0 is `end` at once).

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or `num_steps` is negative or not whole.

    Example:
        >>> Linear(1.0, 0.0, 4)(1)
        0.75
    """

    def _between(self, t: Any, ops: Any) -> Any:
        if self._from_end:  # without a name, which would keep the difference in memory
            return self._from_nearer((self.num_steps - t) / self.num_steps, ops)
        return self._from_nearer(t / self.num_steps, ops)

    def _integral(self, a: float, b: float) -> float:
        return _areas.line(self, a, b)


@record
class Polynomial(Ramp):
    """A power of the time that is left.

    ::

        value(t) = end + (start - end) * (1 - t / num_steps) ** exponent

    Args:
        start: Value at step 0.
        end: Value from step `num_steps` on.
        num_steps: Length, in steps (a whole number >= 0).
        exponent: The power, > 0; 1 is a straight line, more falls early, less falls late.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, `num_steps` is negative or not whole, or
            `exponent` is not above 0.

    Example:
        >>> Polynomial(1.0, 0.0, 10, 2.0)(5)
        0.25
    """

    exponent: float = positive_field()

    @property
    def _bounded(self) -> bool:
        return self.exponent in (1, 2)

    def _prepare(self) -> tuple[float, float]:
        if self.exponent > 1000:
            return float(self.num_steps), 1.0
        mantissa, power = math.frexp(self.num_steps)
        return 2.0**power, mantissa**self.exponent

    def _between(self, t: Any, ops: Any) -> Any:
        share = self._remaining(t) if self._from_end else self._progress(t, ops)
        return self._from_nearer(share, ops)

    def _remaining(self, t: Any) -> Any:
        # Scaled by a power of two, which is exact, where the plain quotient would put its
        # rounding error to the power.
        scale, whole = self._prepared
        left = (self.num_steps - t) / scale
        return (left * left if self.exponent == 2 else left**self.exponent) / whole

    def _progress(self, t: Any, ops: Any) -> Any:
        share = t / self.num_steps
        if self.exponent == 1:
            return share
        if self.exponent == 2:
            return share * (2 - share)
        left = self._remaining(t)
        late = ops.log((self.num_steps - t) / self.num_steps)
        log_left = ops.where(share > 0.5, late, ops.log1p(-share))
        early = -ops.expm1(self.exponent * log_left)
        return ops.where(left < 0.5, 1 - left, early)

    def _integral(self, a: float, b: float) -> float:
        left = max(self.num_steps - a, 0.0) / self.num_steps
        order, share = self.exponent + 1, 1.0
        if b < self.num_steps:
            share = -math.expm1(order * math.log1p(-(b - a) / (self.num_steps - a)))
        fall: float = left**order / order * share * self.num_steps
        return self.end * (b - a) + (self.start - self.end) * fall

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.builds(cls, given.value, given.value, given.length, given.exponent)


@record
class Cosine(Ramp):
    """Half a period of a cosine: flat at both ends.

    ::

        value(t) = end + (start - end) * (1 + cos(pi * t / num_steps)) / 2

    Args:
        start: Value at step 0.
        end: Value from step `num_steps` on.
        num_steps: Length, in steps (a whole number >= 0).

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or `num_steps` is negative or not whole.

    Source:
        Loshchilov and Hutter, SGDR, arXiv:1608.03983, equation 5.

    Example:
        >>> Cosine(1.0, 0.0, 10)(10)
        0.0
    """

    def _prepare(self) -> Angle:
        return _angle(self.num_steps, 2)

    def _between(self, t: Any, ops: Any) -> Any:
        half = ops.sin(_turned(self.num_steps - t if self._from_end else t, self._prepared))
        return self._from_nearer(half * half, ops)

    def _integral(self, a: float, b: float) -> float:
        centre = self.start / 2 + self.end / 2
        return _areas.wave(self, centre, math.pi / self.num_steps, a, b)


@record
class QuarterCosine(Ramp):
    """A quarter period of a cosine: flat at the start, steep at the end.

    ::

        value(t) = end + (start - end) * cos(pi / 2 * t / num_steps)

    Args:
        start: Value at step 0.
        end: Value from step `num_steps` on.
        num_steps: Length, in steps (a whole number >= 0).

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or `num_steps` is negative or not whole.

    Source:
        The 1.x line of this library.

    Example:
        >>> QuarterCosine(1.0, 0.0, 10)(0)
        1.0
    """

    def _prepare(self) -> tuple[Angle, Angle, float]:
        from fractions import Fraction

        rest = Fraction(self.end) - Fraction(self.start) - Fraction(self.end - self.start)
        return _angle(self.num_steps, 2), _angle(self.num_steps, 4), float(rest)

    def _between(self, t: Any, ops: Any) -> Any:
        if not self._from_end:
            return self._depart(t, ops)
        return self._from_nearer(ops.sin(_turned(self.num_steps - t, self._prepared[0])), ops)

    def _depart(self, t: Any, ops: Any) -> Any:
        # 1 - cos(2 x) is 2 sin(x)^2. What the angle and the difference lose in rounding is
        # carried along and put back in one addition.
        _, quarter, rest = self._prepared
        first, second = t * quarter[0], t * quarter[1]
        angle = first + second
        lost = second - (angle - first)
        sine, rise = ops.sin(angle), self.end - self.start
        share = 2 * (sine * sine)
        back = rise * (4 * (sine * ops.cos(angle)) * lost) + rest * share
        value = (self.start + back) + rise * share
        return ops.clamp(value, self.start, self.end, exact=False)

    def _integral(self, a: float, b: float) -> float:
        return _areas.wave(self, self.end, math.pi / 2 / self.num_steps, a, b)


@record
class Exponential(Ramp):
    """The same factor at every step (a geometric sequence).

    ::

        value(t) = start * (end / start) ** (t / num_steps)

    Args:
        start: Value at step 0; not 0.
        end: Value from step `num_steps` on; not 0 and of the sign of `start`.
        num_steps: Length, in steps (a whole number >= 0).

    Raises:
        TypeError: If an argument is not a number.
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

    def _prepare(self) -> tuple[float, float, float]:
        sign = math.copysign(1.0, self.start)
        return sign, math.log(abs(self.start)), math.log(abs(self.end))

    @property
    def _bounded(self) -> bool:
        return False

    def _between(self, t: Any, ops: Any) -> Any:
        sign, first, last = self._prepared
        done = t / self.num_steps
        value = sign * ops.exp(first * (1 - done) + last * done)
        falls = self.end < self.start
        low, high = (self.end, self.start) if falls else (self.start, self.end)
        return ops.where(value > high, high, ops.where(value < low, low, value))

    def _integral(self, a: float, b: float) -> float:
        return _areas.growth(self, _areas.log_ratio(self.start, self.end) / self.num_steps, a, b)

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.builds(
            lambda sign, start, end, steps: cls(sign * start, sign * end, steps),
            *(given.sign, given.positive, given.positive, given.length),
        )


@record
class Logarithmic(Ramp):
    """A logarithm of the steps made so far: steep at first, then flatter and flatter.

    ::

        value(t) = start + (end - start) * log(1 + t) / log(1 + num_steps)

    Args:
        start: Value at step 0.
        end: Value from step `num_steps` on.
        num_steps: Length, in steps (a whole number >= 0).

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or `num_steps` is negative or not whole.

    Source:
        DeepSpeed's `WarmupLR`, whose default it is.

    Example:
        >>> Logarithmic(0.0, 1.0, 99)(9)
        0.5
    """

    def _prepare(self) -> float:
        return math.log1p(self.num_steps)

    @property
    def _bounded(self) -> bool:
        return False

    def _between(self, t: Any, ops: Any) -> Any:
        way = (self.num_steps - t) / (1 + t) if self._from_end else t / 1
        return self._from_nearer(ops.log1p(way) / self._prepared, ops)

    def _integral(self, a: float, b: float) -> float:
        rise = (1 + a) * _areas.above_line((b - a) / (1 + a)) / self._prepared
        return float(self(a) * (b - a) + (self.end - self.start) * rise)
