"""What repeats: rounds of one length, each a constant factor times the one before."""

from __future__ import annotations

import math

import attrs

from tsa_core.combinators import Repeated
from tsa_core.curves import LARGEST, Constant, Decay, _finite_powers
from tsa_core.schedule import Schedule

MOST_ROUNDS = 1_000_000


def endless(why: str) -> ValueError:
    """The error of a question that cannot be answered for all steps at once."""
    return ValueError(f"num_steps must be given for a schedule that {why}")


@attrs.frozen
class Rounds:
    """A schedule again and again, `times` times (None: without end)."""

    schedule: Schedule
    every: float
    times: int | None
    gain: float
    growth: float
    """The number of rounds after which a gain above 1 stops."""

    @classmethod
    def of_repeated(cls, repeated: Repeated) -> Rounds:
        """The rounds of a `Repeated`."""
        growth = math.log(LARGEST) / math.log(repeated.gain) if repeated.gain > 1 else math.inf
        return cls(repeated.schedule, repeated.every, repeated.times, repeated.gain, growth)

    @classmethod
    def of_decay(cls, decay: Decay) -> Rounds:
        """The stairs of a `Decay`."""
        limit = _finite_powers(decay.rate, decay.start)
        growth = math.inf if limit is None else limit
        return cls(Constant(decay.start), decay.num_steps, None, decay.rate, growth)

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
        first = int(max(start, 0) // self.every)
        last = int(-(-max(stop, 0) // self.every)) if stop < self.end else self.times or 0
        if last - first > MOST_ROUNDS:
            raise ValueError(
                f"num_steps must leave at most {MOST_ROUNDS} rounds of a schedule that repeats, "
                f"got {last - first}"
            )
        return range(first, last)
