"""Schedules made of one, on another clock."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import attrs
import numpy as np

from tsa_core._fields import (
    period_field,
    positive_field,
    record,
    schedule_field,
    shift_field,
    step_field,
)
from tsa_core._limits import Limits, held_outside, over, values_at
from tsa_core._numeric import first_at
from tsa_core._pieces import (
    INF,
    MOST_PIECES,
    Formula,
    Piece,
    endless,
    fitted,
    flat,
    numbered,
    sampled,
    within,
)
from tsa_core.schedule import Schedule


@record
class Shifted(Schedule):
    """A schedule that starts later: `value(t) = schedule(t - by)`.

    Args:
        schedule: The schedule.
        by: Delay, in steps; negative is earlier.

    Raises:
        TypeError: If `schedule` is not a schedule or `by` is not a number.
        ValueError: If `by` is not finite.

    Example:
        >>> from tsa_core import Linear
        >>> Shifted(Linear(0.0, 1.0, 10), 5)(10)
        0.5
    """

    schedule: Schedule = schedule_field()
    by: float = shift_field()

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        return ops.apply(self.schedule, t - self.by)

    @property
    def length(self) -> float:
        """The step from which the value is held."""
        return max(self.schedule.length + self.by, 0)

    @property
    def _begin(self) -> float:
        return self.schedule._begin + self.by

    def _bends(self) -> Sequence[float]:
        return sorted(bend + self.by for bend in self.schedule._bends())

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        row = self.schedule._pieces(start - self.by, stop - self.by)
        return fitted(self, [piece.moved(self.by) for piece in row], start, stop)

    def _limits(self, start: float, stop: float) -> Limits:
        row = over(self.schedule, start - self.by, stop - self.by)
        return row.placed(row.edges + self.by, start, stop)

    def _area(self, start: float, stop: float) -> float:
        begin, end = start - self.by, stop - self.by
        if begin == end:  # so far out that its clock stands still
            return self(start) * (stop - start)
        return self.schedule._area(begin, end)


@record
class Stretched(Schedule):
    """A schedule that takes `factor` times as long: `value(t) = schedule(t / factor)`.

    Args:
        schedule: The schedule.
        factor: How many times as long, > 0.

    Raises:
        TypeError: If `schedule` is not a schedule or `factor` is not a number.
        ValueError: If `factor` is not finite or not above 0.

    Example:
        >>> from tsa_core import Linear
        >>> Stretched(Linear(0.0, 1.0, 10), 2.0)(10)
        0.5
    """

    schedule: Schedule = schedule_field()
    factor: float = positive_field()

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        return ops.apply(self.schedule, t / self.factor)

    @property
    def length(self) -> float:
        """The step from which the value is held."""
        return self.schedule.length * self.factor

    @property
    def _begin(self) -> float:
        return self.schedule._begin * self.factor

    def _bends(self) -> Sequence[float]:
        return sorted(bend * self.factor for bend in self.schedule._bends())

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        factor = self.factor
        row = self.schedule._pieces(start / factor, stop / factor)
        return fitted(self, [piece.stretched(factor) for piece in row], start, stop)

    def _limits(self, start: float, stop: float) -> Limits:
        row = over(self.schedule, start / self.factor, stop / self.factor)
        return row.placed(row.edges * self.factor, start, stop)

    def _area(self, start: float, stop: float) -> float:
        factor = self.factor
        return self.schedule._area(start / factor, stop / factor) * factor

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.builds(cls, given.schedule, given.factor)


@record
class Reversed(Schedule):
    """A schedule run backwards: `value(t) = schedule(num_steps - t)`, held outside.

    Args:
        schedule: The schedule.
        num_steps: The step at which it begins, >= 0; it ends at the schedule's step 0.

    Raises:
        TypeError: If `schedule` is not a schedule or `num_steps` is not a number.
        ValueError: If `num_steps` is negative or not finite.

    Example:
        >>> from tsa_core import Linear
        >>> Reversed(Linear(0.0, 1.0, 10), 10)(0)
        1.0
    """

    schedule: Schedule = schedule_field()
    num_steps: float = step_field()

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        t = ops.where(t > 0, t, 0)
        t = ops.where(t > self.num_steps, self.num_steps, t)
        return ops.apply(self.schedule, self.num_steps - t)

    @property
    def length(self) -> float:
        """The step from which the value is held: `num_steps`."""
        return self.num_steps

    @property
    def _begin(self) -> float:
        return 0

    def _bends(self) -> Sequence[float]:
        end = self.num_steps
        inside = (end - bend for bend in self.schedule._bends())
        return sorted({0, end, *(bend for bend in inside if 0 < bend < end)})

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        end, inner = self.num_steps, self.schedule
        low, high = max(start, 0), min(stop, end)
        row = inner._pieces(end - high, end - low) if low < high else []
        middle = fitted(self, [piece.mirrored(end) for piece in reversed(row)], low, high)
        held = [flat(inner(end), stop=0), *middle, flat(inner(0), start=end)]
        return within(held, start, stop)

    def _area(self, start: float, stop: float) -> float:
        inner, end = self.schedule, self.num_steps
        before = max(min(stop, 0) - start, 0) * inner(end)
        after = max(stop - max(start, end), 0) * inner(0)
        low, high = max(start, 0), min(stop, end)
        between = inner._area(end - high, end - low) if low < high else 0.0
        return math.fsum((before, between, after))

    def _limits(self, start: float, stop: float) -> Limits:
        inner, end = self.schedule, self.num_steps

        def between(low: float, high: float) -> Limits:
            edges, first, last = inner._limits(end - high, end - low)
            mirrored = Limits(edges, last[::-1], first[::-1])
            return mirrored.placed((end - edges)[::-1], low, high)

        return held_outside(start, stop, (0, end), (inner(end), inner(0)), between)


@record
class Held(Schedule):
    """A staircase of any schedule: its value at the start of each period, held.

    ::

        value(t) = schedule(floor(t / every) * every)

    Args:
        schedule: The schedule.
        every: Length of a stair, in steps; a real number > 0. The steps of one epoch give a
            schedule by epochs.

    Raises:
        TypeError: If `schedule` is not a schedule or `every` is not a number.
        ValueError: If `every` is not finite or not above 0.

    Example:
        >>> from tsa_core import Linear
        >>> Held(Linear(1.0, 0.0, 100), 10)(39)
        0.7
    """

    schedule: Schedule = schedule_field()
    every: float = period_field()

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        clock = ops.floor_divide(t, self.every) * self.every
        # A step of infinity is in no period that could be counted.
        return ops.apply(self.schedule, ops.where(abs(clock) < INF, clock, t))

    @property
    def length(self) -> float:
        """The step from which the value is held: the first stair beyond the schedule's length."""
        return -self._stair(-self.schedule.length)

    @property
    def _begin(self) -> float:
        return self._stair(self.schedule._begin)

    def _stair(self, step: float) -> float:
        """Where the stair of a step begins: the step itself where there is none to be counted."""
        stair = step // self.every * self.every
        return stair if math.isfinite(stair) else step

    def _bends(self) -> Sequence[float]:
        return sorted({0, self.every, *map(self._stair, self.schedule._bends())})

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        rows = self.schedule._pieces(self._stair(start), self._stair(stop) + self.every)
        row = [stair for piece in rows for stair in self._stairs(piece)]
        return fitted(self, within(row, start, stop), start, stop)

    def _stairs(self, piece: Piece) -> list[Piece]:
        """The stairs that begin on a piece of the schedule."""
        every, begin, end = self.every, -self._stair(-piece.start), -self._stair(-piece.stop)
        if piece.constant is not None:
            return [flat(piece.constant, begin, end)] if begin < end else []
        if math.isinf(begin) or math.isinf(end):
            raise endless("has stairs without end")
        first, last = -(-piece.start // every), -(-piece.stop // every)
        numbers = numbered(first, last, "stairs of a schedule that is held")
        return [flat(self.schedule(k * every), k * every, (k + 1) * every) for k in numbers]

    def _limits(self, start: float, stop: float) -> Limits:
        first, last = start // self.every, -(-stop // self.every)
        if not last - first <= MOST_PIECES:
            return super()._limits(start, stop)
        edges = np.arange(first, last + 1) * self.every
        values = values_at(self.schedule, edges[:-1])
        return Limits(edges, values, values).within(self, start, stop)

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.builds(cls, given.schedule, given.clock_period)


@record
class Clocked(Schedule):
    """A schedule on the clock of another: `value(t) = schedule(clock(t))`.

    Args:
        schedule: What is evaluated.
        clock: A schedule whose values are steps of `schedule`.

    Raises:
        TypeError: If either is not a schedule.

    Example:
        >>> from tsa_core import Interpolated, Linear
        >>> twice_as_fast_at_first = Interpolated((0, 10, 30), (0.0, 20.0, 30.0))
        >>> Clocked(Linear(1.0, 0.0, 40), twice_as_fast_at_first)(10)
        0.5
    """

    schedule: Schedule = schedule_field()
    clock: Schedule = schedule_field()

    def formula(self, t: Any, ops: Any) -> Any:
        """The value at the clock `t`, in the operations `ops`."""
        # The zeros bring a constant clock into the shape of `t`, and into the trace.
        return ops.apply(self.schedule, ops.apply(self.clock, t) + ops.where(t < 0, 0, 0))

    @property
    def length(self) -> float:
        """The step from which the value is held: that of the clock."""
        return self.clock.length

    @property
    def _begin(self) -> float:
        return self.clock._begin

    def _bends(self) -> Sequence[float]:
        return self.clock._bends()

    def _pieces(self, start: float, stop: float) -> list[Piece]:
        ticks = self.clock._pieces(start, stop)
        return [piece for tick in ticks for piece in _ticking(self.schedule, tick)]

    @classmethod
    def _strategy(cls, given: Any) -> Any:
        return given.builds(cls, given.schedule, given.clock)


def _ticking(schedule: Schedule, tick: Piece) -> Iterator[Piece]:
    """The pieces of a schedule on a piece of its clock."""
    if tick.opaque:
        yield sampled(tick.start, tick.stop, lambda t: schedule(tick.value(t)), True)
        return
    for part in tick.monotone_parts():
        first, last = part.value(part.start), part.value(part.stop)
        if first == last:
            yield flat(schedule(first), part.start, part.stop)
            continue
        row = schedule._pieces(min(first, last), max(first, last))
        edges = [piece.stop for piece in row[:-1]]
        if last < first:
            row, edges = row[::-1], edges[::-1]
        cuts = [first_at(part.value, edge, part.start, part.stop) for edge in edges]
        pairs = zip(row, pairwise((part.start, *cuts, part.stop)), strict=True)
        yield from (_timed(piece, part.value, a, b) for piece, (a, b) in pairs if a < b)


def _timed(piece: Piece, clock: Formula, start: float, stop: float) -> Piece:
    if piece.constant is not None:
        return flat(piece.constant, start, stop)
    whole = sampled(start, stop, lambda t: piece.value(clock(t)), piece.opaque)
    return attrs.evolve(whole, monotone=piece.monotone)
