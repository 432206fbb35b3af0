"""The integral of every schedule: by structure where that is linear in time, else by pieces."""

from __future__ import annotations

import functools
import math

from tsa_core.analysis._pieces import pieces, windows
from tsa_core.analysis._rounds import Rounds
from tsa_core.combinators import (
    Clipped,
    Joined,
    Product,
    Quotient,
    Repeated,
    Reversed,
    Shifted,
    Stretched,
    Sum,
)
from tsa_core.curves import Constant, Decay
from tsa_core.schedule import Schedule


@functools.singledispatch
def area(schedule: Schedule, start: float, stop: float) -> float:
    """The integral from `start` to a later `stop`; records without a rule go by pieces."""
    row = pieces(schedule, start, stop)
    return math.fsum(piece.area(piece.start, piece.stop) for piece in row)


@area.register
def _(schedule: Joined, start: float, stop: float) -> float:
    rows = windows(schedule, start, stop)
    return math.fsum(area(inner, a - begin, b - begin) for inner, begin, a, b in rows)


@area.register
def _(schedule: Sum, start: float, stop: float) -> float:
    return math.fsum(area(term, start, stop) for term in schedule.schedules)


@area.register
def _(schedule: Product, start: float, stop: float) -> float:
    factors = [other.value for other in schedule.schedules if isinstance(other, Constant)]
    others = [other for other in schedule.schedules if not isinstance(other, Constant)]
    if len(others) != 1:
        return area.dispatch(Schedule)(schedule, start, stop)
    return area(others[0], start, stop) * math.prod(factors)


@area.register
def _(schedule: Quotient, start: float, stop: float) -> float:
    if isinstance(schedule.divisor, Constant):
        return area(schedule.schedule, start, stop) / schedule.divisor.value
    return area.dispatch(Schedule)(schedule, start, stop)


@area.register
def _(schedule: Shifted, start: float, stop: float) -> float:
    begin, end = start - schedule.by, stop - schedule.by
    if begin == end:  # so far out that its clock stands still
        return schedule(start) * (stop - start)
    return area(schedule.schedule, begin, end)


@area.register
def _(schedule: Stretched, start: float, stop: float) -> float:
    factor = schedule.factor
    return area(schedule.schedule, start / factor, stop / factor) * factor


@area.register
def _(schedule: Reversed, start: float, stop: float) -> float:
    inner, end = schedule.schedule, schedule.num_steps
    before = max(min(stop, 0) - start, 0) * inner(end)
    after = max(stop - max(start, end), 0) * inner(0)
    low, high = max(start, 0), min(stop, end)
    between = area(inner, end - high, end - low) if low < high else 0.0
    return math.fsum((before, between, after))


@area.register
def _(schedule: Clipped, start: float, stop: float) -> float:
    inner = schedule.schedule
    if isinstance(inner, Repeated) and inner.gain == 1:
        kept = Clipped(inner.schedule, schedule.low, schedule.high)
        return area(Repeated(kept, inner.every, inner.times), start, stop)
    return area.dispatch(Schedule)(schedule, start, stop)


@area.register
def _(schedule: Repeated, start: float, stop: float) -> float:
    return _rounds(Rounds.of_repeated(schedule), start, stop)


@area.register
def _(schedule: Decay, start: float, stop: float) -> float:
    if schedule.staircase:
        return _rounds(Rounds.of_decay(schedule), start, stop)
    return area.dispatch(Schedule)(schedule, start, stop)


def _rounds(rounds: Rounds, start: float, stop: float) -> float:
    before = max(min(stop, 0) - start, 0) * rounds.schedule(0)
    after = max(stop - max(start, rounds.end), 0)
    low, high = max(start, 0), min(stop, rounds.end)
    between = _between(rounds, low, high) if low < high else 0.0
    return math.fsum((before, between, after * rounds.held if after else 0.0))


def _between(rounds: Rounds, low: float, high: float) -> float:
    """From one step to another of the rounds: a part, whole rounds, a part."""
    inner, every = rounds.schedule, rounds.every
    first, last = int(low // every), int(high // every)
    head, tail = max(low - first * every, 0), max(high - last * every, 0)
    if first == last:
        return area(inner, head, max(tail, head)) * rounds.amplitude(first)
    whole = rounds.amplitudes(first + 1, last)
    return math.fsum(
        (
            area(inner, head, max(every, head)) * rounds.amplitude(first),
            area(inner, 0, every) * whole if whole else 0.0,
            area(inner, 0, tail) * rounds.amplitude(last) if tail else 0.0,
        )
    )
