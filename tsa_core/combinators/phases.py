"""Schedules one after another."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from tsa_core import _checks
from tsa_core._fields import (
    period_field,
    positive_field,
    record,
    rounds_field,
    schedule_field,
    schedules_field,
    steps_field,
)
from tsa_core._limits import Limits, in_a_row, over
from tsa_core._pieces import INF, Piece, fitted
from tsa_core._rounds import Rounds, most_powers
from tsa_core.schedule import Schedule


@record
class Joined(Schedule):
    """One schedule after another, each on its own clock from its boundary on.

    A piece of length 0 (two equal boundaries, or a first one at 0) is skipped.

    Args:
        schedules: The pieces, in order.
        boundaries: The step at which each piece after the first takes over: real numbers
            >= 0 in ascending order, one fewer than the pieces.

    Raises:
        TypeError: If a piece is not a schedule or a boundary is not a number.
        ValueError: If the boundaries are not in order or not one fewer than the pieces.

    Source:
        optax's `join_schedules`; torch's `SequentialLR`.

    Example:
        >>> from tsa_core import Linear
        >>> Joined((Linear(0.0, 1.0, 10), Linear(1.0, 0.0, 10)), (10,))(15)
        0.5
    """

    schedules: tuple[Schedule, ...] = schedules_field()
    boundaries: tuple[float, ...] = steps_field()

    def __attrs_post_init__(self) -> None:
        if len(self.boundaries) != len(self.schedules) - 1:
            raise ValueError(
                "boundaries must be one fewer than the schedules, "
                f"got {len(self.boundaries)} for {len(self.schedules)}: {self.boundaries!r}"
            )
        _checks.ascending("boundaries", self.boundaries, strictly=False)

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        return ops.switch(t, self.boundaries, self.schedules)

    @property
    def length(self) -> float:
        """The step from which the value is held: that of the last piece."""
        return (0, *self.boundaries)[-1] + self.schedules[-1].length

    @property
    def _begin(self) -> float:
        return min(self.schedules[0]._begin, *self.boundaries[:1], INF)

    def _bends(self) -> Sequence[float]:
        found = {0, *self.boundaries}
        for schedule, begin, _, stop in self._windows(-INF, INF):
            inside = (bend for bend in schedule._bends() if bend > 0)
            found |= {begin + bend for bend in inside if begin + bend < stop}
        return sorted(found)

    def _windows(self, start: float, stop: float) -> Iterator[tuple[Schedule, float, float, float]]:
        """Each schedule, the step of its own step 0, and where it runs within the limits."""
        edges = pairwise((-INF, *self.boundaries, INF))
        begins = (0, *self.boundaries)
        for schedule, begin, (low, high) in zip(self.schedules, begins, edges, strict=True):
            a, b = max(low, start), min(high, stop)
            if a < b:
                yield schedule, begin, a, b

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        row = []
        for schedule, begin, a, b in self._windows(start, stop):
            moved = [piece.moved(begin) for piece in schedule._pieces(a - begin, b - begin)]
            row += fitted(self, moved, a, b)
        return row

    def _area(self, start: float, stop: float) -> float:
        rows = self._windows(start, stop)
        return math.fsum(inner._area(a - begin, b - begin) for inner, begin, a, b in rows)

    def _limits(self, start: float, stop: float) -> Limits:
        parts = []
        for schedule, begin, a, b in self._windows(start, stop):
            row = over(schedule, a - begin, b - begin)
            parts.append(row.placed(row.edges + begin, a, b))
        return in_a_row(parts)

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.joined(cls)


_MOST = sys.float_info.max


@record
class Repeated(Schedule):
    """A schedule repeated, each round `gain` times the one before.

    Round k covers `k * every <= t < (k + 1) * every`, so the value at `every` is the first
    of round 1. After the last of `times` rounds its end, `schedule(every)`, is held.

    Args:
        schedule: One round.
        every: Length of a round, in steps; a real number > 0.
        times: Number of rounds (>= 1), or None for no end.
        gain: Factor from round to round, > 0; above 1 it grows up to about 1e150 times.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `every` or `gain` is not above 0, or `times` is below 1 or not whole.

    Example:
        >>> from tsa_core import Linear
        >>> Repeated(Linear(1.0, 0.0, 10), 10, None, 0.5)(10)
        0.5
    """

    schedule: Schedule = schedule_field()
    every: float = period_field()
    times: int | None = rounds_field(default=None)
    gain: float = positive_field(default=1.0)

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        t = ops.where(t > 0, t, 0)
        whole = ops.floor_divide(t, self.every)
        if self.times is not None:
            whole = ops.where(whole < self.times, whole, self.times - 1)
        clock = t - whole * self.every
        # So written that a step of infinity, of which no round is known, is at the start of one.
        clock = ops.where(clock > 0, ops.where(clock < self.every, clock, self.every), 0)
        value = ops.apply(self.schedule, clock)
        return value if self.gain == 1 else self._scaled(value, whole, ops)

    def _scaled(self, value: Any, whole: Any, ops: Any) -> Any:
        value = value * self.gain ** ops.at_most(whole, most_powers(self.gain))
        if self.gain < 1:
            return value
        value = ops.where(value < _MOST, value, _MOST)
        return ops.where(value > -_MOST, value, -_MOST)

    @property
    def length(self) -> float:
        """The step from which the value is held: the end of the last round."""
        return INF if self.times is None else self.every * self.times

    @property
    def _begin(self) -> float:
        return 0

    def _bends(self) -> Sequence[float]:
        every, times = self.every, 4 if self.times is None else self.times
        inside = [bend for bend in self.schedule._bends() if 0 <= bend <= every]
        rounds = {number for number in (0, 1, 2, times - 1) if number < times}
        return sorted({n * every + bend for n in rounds for bend in (0, *inside, every)})

    def _rounds(self) -> Rounds:
        growth = most_powers(self.gain)
        return Rounds(self.schedule, self.every, self.times, self.gain, growth)

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        return self._rounds().pieces(start, stop)

    def _area(self, start: float, stop: float) -> float:
        return self._rounds().area(start, stop)

    def _limits(self, start: float, stop: float) -> Limits:
        return self._rounds().limits(self, start, stop)

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.repeated(cls)


def join(schedules: Sequence[Schedule], boundaries: Sequence[float]) -> Schedule:
    """Run schedules one after another, each on its own clock.

    Args:
        schedules: The pieces, in order.
        boundaries: The step at which each piece after the first takes over.

    Returns:
        `Joined`, or the piece itself if there is only one.

    Raises:
        TypeError: If a piece is not a schedule or a boundary is not a number.
        ValueError: If the boundaries are not in order or not one fewer than the pieces.

    Example:
        >>> from tsa_core import Constant
        >>> join([Constant(1.0), Constant(0.1)], [100])(100)
        0.1
    """
    joined = Joined(tuple(schedules), tuple(boundaries))
    return joined if joined.boundaries else joined.schedules[0]
