"""What repeats: rounds of one length, each a constant factor times the one before."""

from __future__ import annotations

import math

import attrs
import numpy as np

from tsa_core._limits import Limits, held_outside
from tsa_core._pieces import Piece, endless, fitted, flat, numbered, within
from tsa_core.schedule import Schedule

LARGEST = 1e150
"""Where growth without end stops."""


def most_powers(rate: float, start: float = 1.0) -> float:
    """How often a factor is applied at most: above 1, until the value is about 1e150."""
    if rate <= 1:
        return math.inf
    room = math.log(LARGEST) - max(math.log(abs(start)), 0.0) if start else math.log(LARGEST)
    return max(room, 0.0) / math.log(rate)


@attrs.frozen(eq=False, repr=False)
class Rounds:
    """A schedule again and again, `times` times (None: without end)."""

    schedule: Schedule
    every: float
    times: int | None
    gain: float
    growth: float
    """The number of rounds after which a gain above 1 stops, inf for another."""

    @property
    def end(self) -> float:
        """The step from which the last value is held."""
        return math.inf if self.times is None else self.times * self.every

    @property
    def held(self) -> float:
        """The value that is held from `end` on."""
        return self.schedule(self.every) * self.amplitude((self.times or 1) - 1)

    def amplitude(self, number: int) -> float:
        """The factor of a round; the first is round 0."""
        return float(self.gain ** min(number, self.growth))

    def amplitudes(self, first: int, stop: int) -> float:
        """The sum of the factors of the rounds from `first` to before `stop`."""
        turn = max(first, min(stop, math.floor(min(self.growth, stop)) + 1))
        steady = (stop - turn) * self.amplitude(turn) if turn < stop else 0.0
        return self._geometric(first, turn) + steady

    def _geometric(self, first: int, stop: int) -> float:
        if first >= stop or self.gain == 1:
            return float(max(stop - first, 0))
        # From the largest term down, so that nothing overflows or cancels.
        largest = self.amplitude(first if self.gain < 1 else stop - 1)
        rate = abs(math.log(self.gain))
        return largest * math.expm1(-rate * (stop - first)) / math.expm1(-rate)

    def numbers(self, start: float, stop: float) -> range:
        """The numbers of the rounds between two steps.

        Raises:
            ValueError: If there are more than a million.
        """
        if min(stop, self.end) == math.inf:
            raise endless("repeats without end")
        first = max(start, 0) // self.every
        last = -(-max(stop, 0) // self.every) if stop < self.end else self.times or 0
        return numbered(first, last, "rounds of a schedule that repeats")

    def pieces(self, start: float, stop: float) -> list[Piece]:
        """The pieces of all rounds between two steps."""
        inner, every = self.schedule, self.every
        one = inner._pieces(0, min(every, max(stop, 0)))
        row = [flat(inner(0), stop=0)]
        for number in self.numbers(start, stop):
            factor, begin = self.amplitude(number), number * every
            moved = [piece.scaled(factor).moved(begin) for piece in one]
            row += fitted(inner, moved, begin, (number + 1) * every)
        if self.times is not None:
            row.append(flat(self.held, start=self.end))
        return fitted(inner, within(row, start, stop), start, stop)

    def limits(self, owner: Schedule, start: float, stop: float) -> Limits:
        """The limits of all rounds between two steps; `owner` is the schedule with these rounds."""

        def between(low: float, high: float) -> Limits:
            one = self.schedule._limits(0, min(self.every, high))
            numbers = np.asarray(self.numbers(low, high), dtype=np.float64)
            factors = self.gain ** np.minimum(numbers, self.growth)
            edges = np.add.outer(numbers * self.every, one.edges[:-1]).ravel()
            edges = np.append(edges, numbers[-1] * self.every + one.edges[-1])
            with np.errstate(over="ignore"):
                first, last = (np.multiply.outer(factors, end).ravel() for end in one[1:])
            row = Limits(np.maximum.accumulate(edges), first, last)
            return row.placed(row.edges, edges[0], edges[-1]).within(owner, low, high)

        ends = self.schedule(0), self.held
        return held_outside(start, stop, (0, self.end), ends, between)

    def area(self, start: float, stop: float) -> float:
        """The integral between two steps, at a cost that does not grow with the rounds."""
        before = max(min(stop, 0) - start, 0) * self.schedule(0)
        after = max(stop - max(start, self.end), 0)
        low, high = max(start, 0), min(stop, self.end)
        between = self._between(low, high) if low < high else 0.0
        return math.fsum((before, between, after * self.held if after else 0.0))

    def _between(self, low: float, high: float) -> float:
        """From one step to another of the rounds: a part, whole rounds, a part."""
        area, every = self.schedule._area, self.every
        if math.isinf(high // every):
            raise ValueError(f"every must be long enough to count the rounds, got {every!r}")
        first, last = int(low // every), int(high // every)
        head, tail = max(low - first * every, 0), max(high - last * every, 0)
        if first == last:
            return area(head, max(tail, head)) * self.amplitude(first)
        whole = self.amplitudes(first + 1, last)
        return math.fsum(
            (
                area(head, max(every, head)) * self.amplitude(first),
                area(0, every) * whole if whole else 0.0,
                area(0, tail) * self.amplitude(last) if tail else 0.0,
            )
        )
