"""How large the numbers are that a schedule computes with: its roundings are of that size."""

from __future__ import annotations

import contextlib
import functools
import math

from tsa_core import combinators, curves
from tsa_core._ramp import _Ramp
from tsa_core.clocked import Clocked
from tsa_core.inverse_power import InversePower, InverseSqrt
from tsa_core.testing._landmarks import landmarks


@functools.singledispatch
def size(_schedule: object) -> float:
    """A bound of the terms of a schedule; 0 where its record does not tell."""
    return 0.0


@size.register
def _(schedule: curves.Constant) -> float:
    return abs(schedule.value)


@size.register
def _(schedule: _Ramp) -> float:
    return max(abs(schedule.start), abs(schedule.end))


@size.register
def _(schedule: curves.Interpolated) -> float:
    return max(map(abs, schedule.values))


@size.register(curves.Decay)
@size.register(InverseSqrt)
@size.register(InversePower)
def _(schedule: curves.Decay | InverseSqrt | InversePower) -> float:
    return abs(schedule.start)


@size.register
def _(schedule: combinators.Joined) -> float:
    return max(map(size, schedule.schedules))


@size.register(combinators.Minimum)
@size.register(combinators.Maximum)
def _(schedule: combinators.Minimum | combinators.Maximum) -> float:
    return max(map(size, schedule.schedules))


@size.register
def _(schedule: combinators.Sum) -> float:
    return sum(map(size, schedule.schedules))


@size.register
def _(schedule: combinators.Product) -> float:
    return math.prod(map(size, schedule.schedules))


@size.register
def _(schedule: combinators.Quotient) -> float:
    points = landmarks(schedule.divisor).points
    with contextlib.suppress(Exception):  # it may be 0, or not defined, where it is not used
        return size(schedule.schedule) / min(abs(schedule.divisor(point)) for point in points)
    return 0.0


@size.register
def _(schedule: combinators.Repeated) -> float:
    rounds = 1 if schedule.times is None else schedule.times
    return size(schedule.schedule) * max(1.0, schedule.gain) ** (rounds - 1)


@size.register(combinators.Clipped)
@size.register(combinators.Rounded)
@size.register(combinators.Held)
@size.register(combinators.Shifted)
@size.register(combinators.Stretched)
@size.register(combinators.Reversed)
@size.register(Clocked)
def _(
    schedule: combinators.Clipped
    | combinators.Rounded
    | combinators.Held
    | combinators.Shifted
    | combinators.Stretched
    | combinators.Reversed
    | Clocked,
) -> float:
    return size(schedule.schedule)
