"""What the ramps share: from one value to another, exact at both ends and held outside."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, ClassVar

import attrs

from tsa_core._fields import count_field, finite_field
from tsa_core.schedule import Schedule


@attrs.frozen(eq=False, repr=False)
class _Ramp(Schedule):
    """From `start` to `end` in `num_steps`; subclasses say how much of the way is left."""

    start: float = finite_field()
    end: float = finite_field()
    num_steps: int = count_field()

    _done: ClassVar[Any]
    """The share of the way from `start` to `end` that is done, precise where it is small."""

    _left: ClassVar[Any]
    """The share that is left, precise where it is small."""

    def __attrs_post_init__(self) -> None:
        if math.isinf(self.end - self.start):
            raise ValueError(
                f"end must be within the largest float of start ({self.start!r}), got {self.end!r}"
            )
        if self.num_steps:
            object.__setattr__(self, "_constants", self._prepared())

    def _prepared(self) -> Any:
        """What the formula needs and a compiler of arrays could not trace."""

    @property
    def length(self) -> float:
        """The step from which the value is held; `math.inf` where it never is."""
        return self.num_steps

    def _formula(self, t: Any, ops: Any) -> Any:
        if self.num_steps == 0 or self.start == self.end:
            return ops.full(t, self.end)
        return ops.within(
            t,
            0,
            self.num_steps,
            (self.start, self.end),
            lambda t: self._between(t, ops),
            exact=self._exact,
        )

    @property
    def _bounded(self) -> bool:
        """Whether the share is 1 at its own end, and no rounding brings it above."""
        return True

    @property
    def _to_end(self) -> bool:
        """Whether the formula starts from the end, which is the one nearer to 0."""
        return abs(self.end) <= abs(self.start)

    @property
    def _exact(self) -> bool:
        """Whether the nearer end and a share of the way cannot pass the other end."""
        near, far = (self.end, self.start) if self._to_end else (self.start, self.end)
        return self._bounded and near + (far - near) == far

    def _between(self, t: Any, ops: Any) -> Any:
        # From the end nearer to 0, so that small values keep their digits.
        near, far = (self.end, self.start) if self._to_end else (self.start, self.end)
        share = self._left(t, ops) if self._to_end else self._done(t, ops)
        value = share if far - near == 1 else (far - near) * share
        if near:
            value = near + value
        return ops.not_past(value, near, far, exact=self._exact)

    def _longest(self) -> int:
        return self.num_steps


Angle = tuple[float, float]


def _angle(num_steps: int, divisor: int) -> Angle:
    """`pi / divisor / num_steps` in two parts (Cody and Waite's reduction).

    A whole number of steps times the first is exact, so their sum is rounded once: a squared
    sine doubles the error of its angle.
    """
    exact = (Fraction(math.pi) + Fraction(1.2246467991473532e-16)) / (divisor * num_steps)
    mantissa, exponent = math.frexp(float(exact))
    high = math.ldexp(round(mantissa * 2**26), exponent - 26)
    return high, float(exact - Fraction(high))


def _turned(t: Any, angle: Angle) -> Any:
    return t * angle[0] + t * angle[1]
