"""What is answered by evaluating every step of a run."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tsa_core import _checks
from tsa_core._fields import schedule as _schedule
from tsa_core.analysis._records import Comparison
from tsa_core.schedule import Schedule

Steps = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_CHUNK = 2**20
"""The most steps that are evaluated at once where there may be any number."""


def updates(value: object) -> int:
    """The checked number of updates."""
    return _checks.count("num_steps", value, low=1)


def run_of(schedule: Schedule, num_steps: object) -> int:
    """The checked number of updates; None is the length of the schedule.

    Raises:
        ValueError: If it is None and the schedule has no end.
    """
    if num_steps is not None:
        return updates(num_steps)
    if math.isinf(schedule.length):
        raise ValueError(
            f"num_steps must be given for a schedule that has no end, got {schedule!r}"
        )
    return updates(max(1, math.ceil(schedule.length)))


def evaluate(schedule: Schedule, steps: Steps) -> Floats:
    """The values at whole steps, all finite."""
    with np.errstate(all="ignore"):
        values = np.asarray(schedule(steps), dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        step, value = int(steps[wrong[0]]), float(values[wrong[0]])
        raise ValueError(f"schedule must be finite, got {value!r} at step {step}")
    return values


def chunks(num_steps: int) -> Iterator[Steps]:
    """The steps 0 to `num_steps - 1`, a million or so at a time."""
    for begin in range(0, num_steps, _CHUNK):
        yield np.arange(begin, min(begin + _CHUNK, num_steps))


def sample(schedule: Schedule, num_steps: int | None = None) -> Floats:
    """The values at the steps 0 to `num_steps - 1`, in one vectorised call.

    Args:
        schedule: The schedule.
        num_steps: The number of updates (a whole number >= 1); None is the schedule's `length`.

    Returns:
        A float64 array of shape `(num_steps,)`.

    Raises:
        TypeError: If `schedule` is not a schedule or `num_steps` is not a number.
        ValueError: If `num_steps` is not a whole number >= 1, `num_steps` is None for a schedule
            without an end, or a value is not finite.

    Example:
        >>> from tsa_core import Linear
        >>> sample(Linear(1.0, 0.0, 4), 5).tolist()
        [1.0, 0.75, 0.5, 0.25, 0.0]
    """
    return evaluate(_schedule("schedule", schedule), np.arange(run_of(schedule, num_steps)))


def compare(a: Schedule, b: Schedule, num_steps: int) -> Comparison:
    """How two schedules differ in a run of `num_steps` updates; every step is evaluated.

    Args:
        a: One schedule.
        b: The other.
        num_steps: The number of updates (a whole number >= 1).

    Raises:
        TypeError: If `a` or `b` is not a schedule or `num_steps` is not a number.
        ValueError: If `num_steps` is below 1 or not whole, or a value is not finite.

    Example:
        >>> from tsa_core import Constant, Linear
        >>> print(compare(Constant(1.0), Linear(1.0, 0.5, 10), 11))
        steps                        11
        largest absolute difference  0.5          at step 10
        largest relative difference  0.5          at step 10
        first difference             at step 1
    """
    _schedule("a", a)
    _schedule("b", b)
    count = updates(num_steps)
    absolute: tuple[float, int | None] = (0.0, None)
    relative: tuple[float, int | None] = (0.0, None)
    first = None
    for steps in chunks(count):
        one, other = evaluate(a, steps), evaluate(b, steps)
        apart = np.abs(one - other)
        size = np.maximum(np.abs(one), np.abs(other))
        absolute = _larger(absolute, apart, steps)
        relative = _larger(relative, apart / np.where(size > 0, size, 1.0), steps)
        if first is None and apart.any():
            first = int(steps[np.flatnonzero(apart)[0]])
    return Comparison(count, *absolute, *relative, first)


def _larger(
    known: tuple[float, int | None],
    values: Floats,
    steps: Steps,
) -> tuple[float, int | None]:
    most = int(values.argmax())
    return (float(values[most]), int(steps[most])) if values[most] > known[0] else known


def match_total(schedule: Schedule, other: Schedule, num_steps: int) -> Schedule:
    """`schedule`, scaled to the same total as `other` over a run of `num_steps` updates.

    Args:
        schedule: The shape.
        other: The schedule whose total (the sum over all updates) is wanted.
        num_steps: The number of updates (a whole number >= 1).

    Raises:
        TypeError: If either is not a schedule or `num_steps` is not a number.
        ValueError: If `num_steps` is below 1 or not whole, a value is not finite, or the total
            of `schedule` is 0, or too close to it.

    Example:
        >>> from tsa_core import Constant, Linear
        >>> match_total(Constant(1.0), Linear(1.0, 0.0, 10), 11)
        Constant(value=0.5)
    """
    _schedule("schedule", schedule)
    _schedule("other", other)
    count = updates(num_steps)
    own = spent(schedule, count)
    factor = spent(other, count) / own if own else math.inf
    if math.isinf(factor):
        raise ValueError(
            f"schedule must have a total in {count} steps that can be scaled, got {own!r}"
        )
    return schedule * factor


def spent(schedule: Schedule, num_steps: int) -> float:
    """The sum of the values of all updates."""
    return math.fsum(float(evaluate(schedule, steps).sum()) for steps in chunks(num_steps))
