"""Schedules made of one, whose values change."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np

from tsa_core._fields import (
    bound_field,
    function_field,
    positive_field,
    record,
    schedule_field,
)
from tsa_core._limits import Limits
from tsa_core._pieces import INF, Formula, Piece, flat, inner, sampled, split
from tsa_core.combinators.phases import Repeated
from tsa_core.schedule import Schedule


@record
class Valued(Schedule):
    """What changes the values of a schedule, and nothing about its clock."""

    schedule: Schedule = schedule_field()

    @property
    def length(self) -> float:
        """The step from which the value is held: that of the schedule."""
        return self.schedule.length

    @property
    def _begin(self) -> float:
        return self.schedule._begin

    def _bends(self) -> Sequence[float]:
        return self.schedule._bends()

    def _by_rounds(self) -> Schedule | None:
        """The same as rounds of what changes one, where the schedule repeats without a gain."""
        whole = self.schedule
        if isinstance(whole, Repeated) and whole.gain == 1:
            return attrs.evolve(whole, schedule=attrs.evolve(self, schedule=whole.schedule))
        return None

    def _area(self, start: float, stop: float) -> float:
        rounds = self._by_rounds()
        return rounds._area(start, stop) if rounds else super()._area(start, stop)

    def _limits(self, start: float, stop: float) -> Limits:
        rounds = self._by_rounds()
        return rounds._limits(start, stop) if rounds else super()._limits(start, stop)


@record
class Clipped(Valued):
    """A schedule kept between two values.

    Args:
        schedule: The schedule.
        low: The lowest value, or None for no floor.
        high: The highest value, or None for no ceiling.

    Raises:
        TypeError: If `schedule` is not a schedule or a bound is not a number.
        ValueError: If a bound is not finite or `high` lies below `low`.

    Example:
        >>> from tsa_core import Linear
        >>> Clipped(Linear(1.0, 0.0, 10), 0.1, None)(10)
        0.1
    """

    low: float | None = bound_field(default=None)
    high: float | None = bound_field(default=None)

    def __attrs_post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.high < self.low:
            raise ValueError(f"high must be >= low ({self.low!r}), got {self.high!r}")

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        value = ops.apply(self.schedule, t)
        if self.low is not None:
            value = ops.where(value < self.low, self.low, value)
        if self.high is not None:
            value = ops.where(value > self.high, self.high, value)
        return value

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        limits = [limit for limit in (self.low, self.high) if limit is not None]
        row = []
        for piece in self.schedule._pieces(start, stop):
            if piece.opaque:
                kept = functools.partial(self._kept, piece.value)
                row.append(sampled(piece.start, piece.stop, kept, True))
                continue
            cuts = [step for limit in limits for step in piece.crosses(limit)]
            row += [self._limited(part) for part in split(piece, cuts)]
        return row

    def _kept(self, value: Formula, t: Any) -> Any:
        return self._clip(value(t))

    def _clip(self, values: Any) -> Any:
        low = -INF if self.low is None else self.low
        return np.clip(values, low, INF if self.high is None else self.high)

    def _limits(self, start: float, stop: float) -> Limits:
        return self.schedule._limits(start, stop).mapped(self._clip)

    def _limited(self, piece: Piece) -> Piece:
        """The piece or the limit that holds all over it, by its value in the middle."""
        value = inner(piece)
        if self.low is not None and value < self.low:
            return flat(self.low, piece.start, piece.stop)
        if self.high is not None and value > self.high:
            return flat(self.high, piece.start, piece.stop)
        return piece

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.clipped(cls)


EVERY_WHOLE = 2.0**52
"""From here on every float is a whole number."""

_MOST_LEVELS = 100_000
"""A piece that is rounded to more levels than this is sampled."""


@record
class Rounded(Valued):
    """A schedule rounded to the nearest multiple of a number; ties go to the even multiple.

    Args:
        schedule: The schedule.
        to: What the values are multiples of, > 0; 1 gives whole numbers.

    Raises:
        TypeError: If `schedule` is not a schedule or `to` is not a number.
        ValueError: If `to` is not finite or not above 0.

    Example:
        >>> from tsa_core import Linear
        >>> batch_size = Rounded(Linear(32.0, 256.0, 100), to=8)
        >>> batch_size(33)
        104.0
    """

    to: float = positive_field(default=1.0)

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        return self._nearest(ops.apply(self.schedule, t), ops)

    def _nearest(self, value: Any, ops: Any) -> Any:
        # Beyond the limit every float is a multiple, and a quotient might overflow; or there is
        # no larger multiple among the floats.
        limit = min(EVERY_WHOLE, sys.float_info.max // self.to) * self.to
        inside = ops.where(value < limit, ops.where(value > -limit, value, -limit), limit)
        multiple = ops.round(inside / self.to) * self.to
        return ops.where(abs(value) < EVERY_WHOLE * self.to, multiple, value)

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        rows = self.schedule._pieces(start, stop)
        return [part for piece in rows for part in self._levels(piece)]

    def _levels(self, piece: Piece) -> list[Piece]:
        """A piece, cut where its value is between two multiples."""
        rounded = functools.partial(self._rounded, piece.value)
        if piece.constant is not None:
            return [flat(float(self._nearest(piece.constant, np)), piece.start, piece.stop)]
        parts = [] if piece.opaque else piece.monotone_parts()
        levels = [self._halves(part.value(part.start), part.value(part.stop)) for part in parts]
        if None in levels or piece.opaque:
            return [sampled(piece.start, piece.stop, rounded, True)]
        row = []
        for part, halves in zip(parts, levels, strict=True):
            cuts = [step for half in halves or () for step in part.crosses(half)]
            row += [
                flat(float(self._nearest(inner(one), np)), one.start, one.stop)
                for one in split(part, cuts)
            ]
        return row

    def _rounded(self, value: Formula, t: Any) -> Any:
        return self._nearest(value(t), np)

    def _halves(self, first: float, last: float) -> list[float] | None:
        """The values between two multiples on the way; None where there are very many."""
        low, high = float(min(first, last)) / self.to, float(max(first, last)) / self.to
        if not (low > -EVERY_WHOLE and high < EVERY_WHOLE and high - low < _MOST_LEVELS):
            return None
        return [(k + 0.5) * self.to for k in range(math.floor(low - 0.5), math.ceil(high + 0.5))]

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.builds(cls, given.straight, given.positive)


@record
class Custom(Schedule):
    """Any function of the step.

    A number of steps gives the function that number; so does each item of a NumPy array. An array
    of another library is passed on as a whole, for the function to trace.

    Args:
        function: Called with the step; returns the value.

    Raises:
        TypeError: If `function` cannot be called.

    Example:
        >>> Custom(lambda step: 1.0 if step < 100 else 0.1)(250)
        0.1
    """

    function: Callable[[Any], Any] = function_field()

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        return ops.call(self.function, t)

    def _bends(self) -> Sequence[float]:
        return (0,)

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.builds(cls, given.function)
