"""What is answered from the pieces of a schedule, exactly where its formula allows that."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from tsa_core import _checks
from tsa_core._fields import schedule as _schedule
from tsa_core._limits import jumps
from tsa_core.analysis._records import Summary
from tsa_core.analysis._trajectory import Floats, Steps, chunks, evaluate, run_of, updates
from tsa_core.schedule import Schedule

EVERY_STEP = 2**24
"""The longest run of which `bounds` evaluates every step: half a second."""


def breakpoints(schedule: Schedule, num_steps: int | None = None) -> tuple[float, ...]:
    """The steps at which the formula changes.

    They include step 0 where a curve holds its first value before it, and those at which the
    two sides happen to agree. A clipped schedule changes where it passes a limit.

    Args:
        schedule: The schedule.
        num_steps: Where to stop looking: only what lies in 0 to `num_steps`, both included.
            None looks at every real step, which needs a finite number of pieces.

    Returns:
        The steps in ascending order, whole or not.

    Raises:
        TypeError: If `schedule` is not a schedule or `num_steps` is not a number.
        ValueError: If `num_steps` is below 1 or not whole, if it is None and the schedule
            repeats (or its stairs go on) without end, or if there are over a million rounds.

    Example:
        >>> from tsa_core import Cosine, Linear
        >>> breakpoints(Linear(0.0, 1.0, 10).then(Cosine(1.0, 0.0, 90), at=10))
        (0, 10, 100)
    """
    _schedule("schedule", schedule)
    if num_steps is None:
        return tuple(piece.start for piece in schedule._pieces(-math.inf, math.inf)[1:])
    stop = updates(num_steps)
    inside = [piece.start for piece in schedule._pieces(-1, stop + 1)[1:]]
    return tuple(step for step in inside if 0 <= step <= stop)


def integral(schedule: Schedule, start: float, stop: float) -> float:
    """The area under the schedule between two steps, whole or not.

    It is in closed form for every curve, and for curves that are joined, added, multiplied by
    constants, shifted, stretched, repeated, reversed or clipped. A product or quotient of schedules
    that both change, `Clocked` and `Custom` go through adaptive Gauss-Legendre quadrature between
    their breakpoints, to about 1e-12 of the area of the absolute value.

    Args:
        schedule: The schedule.
        start: Where to begin, in steps; may be negative.
        stop: Where to end, in steps; not before `start`.

    Raises:
        TypeError: If `schedule` is not a schedule or a step is not a number.
        ValueError: If a step is not finite, `stop` lies before `start`, or the schedule is too
            rough for quadrature.

    Example:
        >>> from tsa_core import Linear
        >>> integral(Linear(1.0, 0.0, 10), 0, 20)
        5.0
    """
    _schedule("schedule", schedule)
    begin, end = _checks.finite("start", start), _checks.finite("stop", stop)
    if end < begin:
        raise ValueError(f"stop must be >= start ({start!r}), got {stop!r}")
    return schedule._area(begin, end) if begin < end else 0.0


def bounds(schedule: Schedule, num_steps: int) -> tuple[float, float]:
    """The lowest and the highest value at the steps 0 to `num_steps - 1`.

    Up to 16 million steps, all are evaluated. Beyond that, only those beside a breakpoint or a
    turning point, which hold the extremes up to the rounding of the formula.

    Args:
        schedule: The schedule.
        num_steps: The number of updates (a whole number >= 1).

    Raises:
        TypeError: If `schedule` is not a schedule or `num_steps` is not a number.
        ValueError: If `num_steps` is below 1 or not whole, or a value is not finite.

    Example:
        >>> from tsa_core import Linear
        >>> bounds(Linear(1.0, 0.0, 4), 3)
        (0.5, 1.0)
    """
    _schedule("schedule", schedule)
    steps = _telling(schedule, updates(num_steps))
    parts = [_extremes(evaluate(schedule, chunk)) for chunk in steps]
    return min(low for low, _ in parts)[0], max(high for _, high in parts)[0]


def _telling(schedule: Schedule, num_steps: int) -> Iterator[Steps]:
    """Steps of which two hold the extremes."""
    if num_steps <= EVERY_STEP:
        yield from chunks(num_steps)
        return
    ends: list[float] = []
    for piece in schedule._pieces(0, num_steps - 1):
        if piece.opaque:
            yield from chunks(num_steps)
            return
        ends += [piece.start, *piece.turns(), piece.stop]
    beside = np.floor(np.asarray(ends))[:, None] + np.arange(-1, 3)
    yield np.unique(np.clip(beside, 0, num_steps - 1)).astype(np.int64)


def summarize(schedule: Schedule, num_steps: int | None = None) -> Summary:
    """What the schedule does in a run of `num_steps` updates.

    Every step is evaluated. A jump counts where the values on the two sides differ by more
    than 1e-9 of those around; jumps inside a `Custom` are not found. All rounds of a schedule that
    repeats are searched together: a summary of 100,000 rounds takes a few times as long as their
    values. Only in `Clocked`, and where rounds with a `gain` are rounded, each is searched
    separately, which takes hundreds of times as long.

    Args:
        schedule: The schedule.
        num_steps: The number of updates (a whole number >= 1); None is the schedule's `length`.

    Raises:
        TypeError: If `schedule` is not a schedule or `num_steps` is not a number.
        ValueError: If `num_steps` is not a whole number >= 1, `num_steps` is None for a schedule
            without an end, a value is not finite, or the run has over a million rounds of a
            schedule that repeats.

    Example:
        >>> from tsa_core import Constant, Linear
        >>> print(summarize(Linear(0.0, 1.0, 10).then(Constant(0.5), at=10), 20))
        steps     20
        first     0            at step 0
        last      0.5          at step 19
        lowest    0            at step 0
        highest   0.9          at step 9
        mean      0.475
        total     9.5
        jumps at  10
    """
    count = run_of(_schedule("schedule", schedule), num_steps)
    parts, sums = [], []
    for steps in chunks(count):
        values = evaluate(schedule, steps)
        parts.append(_extremes(values, int(steps[0])))
        sums.append(_sum(values))
    low, low_step = min(low for low, _ in parts)
    high, minus_step = max(high for _, high in parts)
    total = _sum(np.asarray(sums))
    first, last = evaluate(schedule, np.array([0, count - 1])).tolist()
    at = tuple(jumps(schedule, 0, count - 1)) if count > 1 else ()
    return Summary(count, first, last, low, low_step, high, -minus_step, total / count, total, at)


def _extremes(values: Floats, begin: int = 0) -> tuple[tuple[float, int], tuple[float, int]]:
    """The lowest value and its step, the highest and minus its step."""
    low, high = int(values.argmin()), int(values.argmax())
    return (float(values[low]), begin + low), (float(values[high]), -begin - high)


def _sum(values: Floats) -> float:
    with np.errstate(over="ignore"):
        return float(values.sum())


def crossings(schedule: Schedule, value: float, num_steps: int) -> tuple[float, ...]:
    """The steps in 0 to `num_steps`, whole or not, at which the schedule reaches `value`.

    Crossing it, touching it, and a jump across it, from it or to it all count. A stretch at the
    value counts once, with its first step. The steps are exact to the last float of the formula.
    Where a sum, product or quotient turns, and in `Custom`, what lies between two samples (two a
    step, from 64 to 65,536 a piece) may be missed, and so may a touch, by rounding.

    Args:
        schedule: The schedule.
        value: The value to look for.
        num_steps: Where to stop looking (a whole number >= 1).

    Returns:
        The steps in ascending order: the first is `[0]`, and there is none if it is empty.

    Raises:
        TypeError: If `schedule` is not a schedule or another argument is not a number.
        ValueError: If `value` is not finite, or `num_steps` is below 1 or not whole, or the run
            has over a million rounds of a schedule that repeats.
        ZeroDivisionError: If the schedule divides by 0 at a breakpoint.

    Example:
        >>> from tsa_core import Linear
        >>> crossings(Linear(0.0, 1.0, 10).then(Linear(1.0, 0.0, 40), at=10), 0.5, 100)
        (5.0, 30.0)
    """
    _schedule("schedule", schedule)
    target, stop = _checks.finite("value", value), updates(num_steps)
    row = schedule._pieces(0, stop)
    parts = [part for piece in row for part in piece.monotone_parts()]
    found: list[float] = []
    limits: tuple[float, ...] = ()
    stays = False
    for part in parts:
        first, last = part.value(part.start), part.value(part.stop)
        if not stays and _spans((*limits, schedule(part.start), first), target):
            found.append(part.start)
        found += part.crosses(target)
        stays, limits = first == last == target, (last,)
    if not stays and _spans((*limits, schedule(stop)), target):
        found.append(stop)
    return _distinct(found)


def _spans(values: tuple[float, ...], target: float) -> bool:
    return min(values) <= target <= max(values)


def _distinct(steps: list[float]) -> tuple[float, ...]:
    """Without those that are the same but for rounding."""
    kept: list[float] = []
    for step in steps:
        if not kept or not math.isclose(step, kept[-1], rel_tol=1e-14):
            kept.append(step)
    return tuple(kept)
