"""Where a schedule may jump: the edges of all its pieces at once, as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tsa_core._pieces import Piece
    from tsa_core.schedule import Schedule

    Floats = NDArray[np.float64]

_JUMP = 1e-9
"""What a jump is larger than, as a share of the values around."""


class Limits(NamedTuple):
    """What a schedule tends to at the two ends of each of its pieces, from inside.

    On the open intervals between the edges the schedule is continuous.
    """

    edges: Floats
    """The steps at which the pieces begin, in ascending order, and where the last one ends."""

    first: Floats
    """The limit at the begin of each piece."""

    last: Floats
    """The limit at the end of each piece."""

    def mapped(self, function: Callable[[Floats], Floats]) -> Limits:
        """With other values."""
        return Limits(self.edges, function(self.first), function(self.last))

    def within(self, schedule: Schedule, start: float, stop: float) -> Limits:
        """What lies between two steps, which lie within; the schedule is asked at the two."""
        edges = self.edges
        low = int(np.searchsorted(edges[1:-1], start, side="right"))
        high = int(np.searchsorted(edges[1:-1], stop, side="left"))
        inner = edges[low + 1 : high + 1]
        first, last = self.first[low : high + 1].copy(), self.last[low : high + 1].copy()
        if edges[low] < start:
            first[0] = schedule(start)
        if edges[high + 1] > stop:
            last[-1] = schedule(stop)
        return Limits(np.concatenate(([start], inner, [stop])), first, last)

    def placed(self, edges: Floats, start: float, stop: float) -> Limits:
        """On another clock, from `start` to `stop` exactly: a new clock rounds the edges."""
        edges = np.clip(edges, start, stop)
        edges[0], edges[-1] = start, stop
        some = edges[:-1] < edges[1:]
        return Limits(np.append(edges[:-1][some], stop), self.first[some], self.last[some])


def of_pieces(row: Sequence[Piece]) -> Limits:
    """The limits of a row of pieces."""
    return Limits(
        np.asarray([*(piece.start for piece in row), row[-1].stop], dtype=np.float64),
        np.asarray([piece.value(piece.start) for piece in row], dtype=np.float64),
        np.asarray([piece.value(piece.stop) for piece in row], dtype=np.float64),
    )


def held(value: float, start: float, stop: float) -> Limits:
    """The limits of one value."""
    values = np.asarray([value])
    return Limits(np.asarray([start, stop], dtype=np.float64), values, values)


def in_a_row(parts: Sequence[Limits]) -> Limits:
    """The limits of parts of which each begins where the one before ends."""
    edges = [part.edges[:-1] for part in parts]
    return Limits(
        np.concatenate([*edges, parts[-1].edges[-1:]]),
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.last for part in parts]),
    )


def over(schedule: Schedule, start: float, stop: float) -> Limits:
    """The limits between two steps, which are the same so far out that a clock stands still."""
    return schedule._limits(start, stop) if start < stop else held(schedule(start), start, stop)


def held_outside(
    start: float,
    stop: float,
    span: tuple[float, float],
    ends: tuple[float, float],
    between: Callable[[float, float], Limits],
) -> Limits:
    """The limits of a stretch, with the values that are held before it and after."""
    begin, end = span
    low, high = max(start, begin), min(stop, end)
    parts = [held(ends[0], start, min(stop, begin))] if start < begin else []
    if low < high:
        parts.append(between(low, high))
    if stop > end:
        parts.append(held(ends[1], max(start, end), stop))
    return in_a_row(parts)


def combined(
    function: Callable[[Sequence[Floats]], Floats],
    schedules: Sequence[Schedule],
    start: float,
    stop: float,
) -> Limits:
    """The limits of what a continuous function makes of the values of several schedules."""
    rows = [schedule._limits(start, stop) for schedule in schedules]
    edges = np.unique(np.concatenate([row.edges for row in rows]))
    sides = [_refined(*pair, edges) for pair in zip(schedules, rows, strict=True)]
    with np.errstate(all="ignore"):
        return Limits(edges, *(function(values) for values in zip(*sides, strict=True)))


def _refined(schedule: Schedule, row: Limits, edges: Floats) -> tuple[Floats, Floats]:
    """The limits at more edges: at those inside a piece, its value."""
    if len(edges) == len(row.edges):
        return row.first, row.last
    values, own = values_at(schedule, edges), np.searchsorted(edges, row.edges)
    first, last = values[:-1].copy(), values[1:].copy()
    first[own[:-1]], last[own[1:] - 1] = row.first, row.last
    return first, last


def values_at(schedule: Schedule, steps: Floats) -> Floats:
    """The values at steps, passed as whole numbers where they are whole."""
    whole = steps.astype(np.int64) if (np.abs(steps) < 2**53).all() else steps
    with np.errstate(all="ignore"):
        values: Any = schedule(whole if (whole == steps).all() else steps)
    return np.asarray(values, dtype=np.float64)


def jumps(schedule: Schedule, start: float, stop: float) -> list[float]:
    """The steps from `start` to `stop` at which a value and its two limits differ."""
    edges, first, last = schedule._limits(start, stop)
    values = values_at(schedule, edges)
    before, after = np.append(values[0], last), np.append(first, values[-1])
    around = (values, before, after, np.append(0.0, first), np.append(last, 0.0))
    with np.errstate(all="ignore"):  # what overflows is compared with infinity
        apart = np.ptp((before, values, after), axis=0)
        found: list[float] = edges[apart > _JUMP * np.abs(around).max(axis=0)].tolist()
    return found
