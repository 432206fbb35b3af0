"""Where a schedule changes its shape, and between which steps it moves at all."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence

import attrs

from tsa_core import combinators, curves
from tsa_core._ramp import _Ramp
from tsa_core.clocked import Clocked
from tsa_core.schedule import Schedule


@attrs.frozen
class Landmarks:
    """What the fields of a record say about its clock, in steps.

    Args:
        points: Where one piece of the curve meets the next.
        first: The value is the same at all steps before it; -inf where that is not known.
        last: The value is the same from it on; inf where it has no end.
    """

    points: tuple[float, ...]
    first: float
    last: float


def _marks(points: Iterable[float], first: float, last: float) -> Landmarks:
    return Landmarks(tuple(sorted(set(points))), first, last)


@functools.singledispatch
def landmarks(schedule: object) -> Landmarks:
    """The landmarks of a schedule; of one that is not ours, those that any schedule has."""
    return Landmarks((0,), 0 if isinstance(schedule, Schedule) else -math.inf, math.inf)


@landmarks.register
def _(_schedule: combinators.Custom) -> Landmarks:
    return Landmarks((0,), -math.inf, math.inf)


@landmarks.register
def _(_schedule: curves.Constant) -> Landmarks:
    return Landmarks((0,), 0, 0)


@landmarks.register
def _(schedule: _Ramp) -> Landmarks:
    return _marks((0, schedule.num_steps), 0, schedule.num_steps)


@landmarks.register
def _(schedule: curves.Decay) -> Landmarks:
    return _marks((0, schedule.num_steps, 2 * schedule.num_steps), 0, math.inf)


@landmarks.register
def _(schedule: curves.Interpolated) -> Landmarks:
    return Landmarks(schedule.steps, schedule.steps[0], schedule.steps[-1])


@landmarks.register
def _(schedule: combinators.Joined) -> Landmarks:
    pieces = [landmarks(piece) for piece in schedule.schedules]
    starts = (0, *schedule.boundaries)
    inner = [
        start + point
        for start, until, piece in zip(
            starts, (*schedule.boundaries, math.inf), pieces, strict=True
        )
        for point in piece.points
        if start < start + point < until
    ]
    before = (pieces[0].first, *schedule.boundaries[:1])
    return _marks(
        (0, *schedule.boundaries, *inner), min(before), starts[-1] + max(pieces[-1].last, 0)
    )


def _together(schedules: Sequence[Schedule]) -> Landmarks:
    parts = [landmarks(part) for part in schedules]
    return _marks(
        (point for part in parts for point in part.points),
        min(part.first for part in parts),
        max(part.last for part in parts),
    )


@landmarks.register
def _(schedule: combinators._Terms) -> Landmarks:
    return _together(schedule.schedules)


@landmarks.register
def _(schedule: combinators.Quotient) -> Landmarks:
    return _together((schedule.schedule, schedule.divisor))


@landmarks.register(combinators.Clipped)
@landmarks.register(combinators.Rounded)
def _(schedule: combinators.Clipped | combinators.Rounded) -> Landmarks:
    return landmarks(schedule.schedule)


@landmarks.register
def _(schedule: combinators.Held) -> Landmarks:
    inner, every = landmarks(schedule.schedule), schedule.every
    points = {0, every, *(point // every * every for point in inner.points)}
    first = inner.first if math.isinf(inner.first) else inner.first // every * every
    return _marks(points, first, schedule.length)


@landmarks.register
def _(schedule: Clocked) -> Landmarks:
    return landmarks(schedule.clock)


@landmarks.register
def _(schedule: combinators.Shifted) -> Landmarks:
    inner, by = landmarks(schedule.schedule), schedule.by
    return _marks((point + by for point in inner.points), inner.first + by, inner.last + by)


@landmarks.register
def _(schedule: combinators.Stretched) -> Landmarks:
    inner, factor = landmarks(schedule.schedule), schedule.factor
    points = (point * factor for point in inner.points)
    return _marks(points, inner.first * factor, inner.last * factor)


@landmarks.register
def _(schedule: combinators.Repeated) -> Landmarks:
    every, times = schedule.every, schedule.times
    inner = [point for point in landmarks(schedule.schedule).points if 0 <= point <= every]
    rounds = {0, 1, 2, 3} if times is None else {0, min(1, times - 1), times - 1}
    points = (start * every + point for start in rounds for point in (0, *inner, every))
    return _marks(points, 0, math.inf if times is None else every * times)


@landmarks.register
def _(schedule: combinators.Reversed) -> Landmarks:
    end = schedule.num_steps
    inner = (end - point for point in landmarks(schedule.schedule).points)
    return _marks((0, end, *(point for point in inner if 0 < point < end)), 0, end)
