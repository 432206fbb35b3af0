"""Assertions about the values of a run; each names the first step that breaks it."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from tsa_core import _checks
from tsa_core.schedule import Schedule

Steps: TypeAlias = Schedule | Callable[[Any], Any]
"""A schedule, or a function of the step."""


def values_of(name: str, schedule: Steps, num_steps: object) -> list[float]:
    """The values at the steps of a run, called one by one."""
    if not callable(schedule):
        raise TypeError(f"{name} must be a schedule or a function, got {schedule!r}")
    return [float(schedule(step)) for step in range(_checks.count("num_steps", num_steps, low=1))]


def assert_within(schedule: Steps, low: float | None, high: float | None, num_steps: int) -> None:
    """Assert that no value of a run leaves a range.

    Args:
        schedule: A schedule, or a function of the step.
        low: The lowest value allowed, or None for any.
        high: The highest value allowed, or None for any.
        num_steps: Length of the run: steps 0 to `num_steps` - 1 are checked.

    Raises:
        AssertionError: If a value is below `low`, above `high` or NaN.
        TypeError: If an argument is of another type.
        ValueError: If a bound is NaN, `high` lies below `low`, or `num_steps` is below 1.

    Example:
        >>> from tsa_core import Cosine
        >>> assert_within(Cosine(1.0, 0.1, 100), 0.1, 1.0, num_steps=200)
    """
    least = -math.inf if low is None else _checks.real("low", low)
    most = math.inf if high is None else _checks.real("high", high)
    if most < least:
        raise ValueError(f"high must be >= low ({low!r}), got {high!r}")
    for step, value in enumerate(values_of("schedule", schedule, num_steps)):
        if not least <= value <= most:
            raise AssertionError(
                f"the value at step {step} must be within [{least!r}, {most!r}], got {value!r}"
            )


def assert_monotone(schedule: Steps, num_steps: int, *, increasing: bool | None = None) -> None:
    """Assert that the values of a run only rise or only fall; equal neighbours are allowed.

    Args:
        schedule: A schedule, or a function of the step.
        num_steps: Length of the run: steps 0 to `num_steps` - 1 are checked.
        increasing: Whether they should rise; False means fall, and None the direction from the
            first to the last.

    Raises:
        AssertionError: If a value turns back or is NaN.
        TypeError: If an argument is of another type.
        ValueError: If `num_steps` is below 1 or not whole.

    Example:
        >>> from tsa_core import Cosine
        >>> assert_monotone(Cosine(1.0, 0.1, 100), num_steps=200, increasing=False)
    """
    if increasing is not None and not isinstance(increasing, bool):
        raise TypeError(f"increasing must be a bool or None, got {increasing!r}")
    values = values_of("schedule", schedule, num_steps)
    rising = values[-1] >= values[0] if increasing is None else increasing
    for step, (before, value) in enumerate(pairwise(values), start=1):
        if not (value >= before if rising else value <= before):
            rule = "fall below" if rising else "rise above"
            raise AssertionError(
                f"the value at step {step} must not {rule} the one before ({before!r}), "
                f"got {value!r}"
            )


def assert_continuous(schedule: Steps, num_steps: int, max_jump: float) -> None:
    """Assert that no step of a run changes the value by more than `max_jump`.

    Args:
        schedule: A schedule, or a function of the step.
        num_steps: Length of the run: steps 0 to `num_steps` - 1 are checked.
        max_jump: The largest change allowed from one step to the next, >= 0.

    Raises:
        AssertionError: If a change is larger or NaN.
        TypeError: If an argument is of another type.
        ValueError: If `max_jump` is negative or `num_steps` below 1 or not whole.

    Example:
        >>> from tsa_core import Linear
        >>> assert_continuous(Linear(0.0, 1.0, 100), num_steps=200, max_jump=0.011)
    """
    largest = _checks.non_negative("max_jump", max_jump)
    values = values_of("schedule", schedule, num_steps)
    for step, (before, value) in enumerate(pairwise(values), start=1):
        if not abs(value - before) <= largest:
            raise AssertionError(
                f"the value at step {step} must be within {largest!r} of the one before "
                f"({before!r}), got {value!r}"
            )


def assert_matches(
    schedule: Steps,
    other: Steps | ArrayLike,
    num_steps: int,
    *,
    rtol: float = 1e-9,
    atol: float = 0.0,
) -> None:
    """Assert that the values of a run are those of another schedule.

    Args:
        schedule: A schedule, or a function of the step.
        other: What is expected: a schedule, a function, or the values themselves, as an
            array of shape `(num_steps,)`.
        num_steps: Length of the run: steps 0 to `num_steps` - 1 are checked.
        rtol: The largest difference allowed, as a share of the expected value, >= 0.
        atol: The largest difference allowed besides, >= 0.

    Raises:
        AssertionError: If a difference is larger or NaN.
        TypeError: If an argument is of another type.
        ValueError: If a tolerance is negative, `num_steps` is below 1 or not whole, or the
            array is not as long.

    Example:
        >>> from tsa_core import Linear
        >>> assert_matches(Linear(0.0, 1.0, 4), [0.0, 0.25, 0.5, 0.75, 1.0], num_steps=5)
    """
    share, besides = _checks.non_negative("rtol", rtol), _checks.non_negative("atol", atol)
    values = values_of("schedule", schedule, num_steps)
    pairs = zip(values, _expected(other, len(values)), strict=True)
    for step, (value, expected) in enumerate(pairs):
        if value != expected and not abs(value - expected) <= besides + share * abs(expected):
            raise AssertionError(
                f"the value at step {step} must be {expected!r} "
                f"(rtol {share!r}, atol {besides!r}), got {value!r}"
            )


def _expected(other: Any, num_steps: int) -> list[float]:
    if callable(other):
        return values_of("other", other, num_steps)
    array = np.asarray(other)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"other must be a schedule, a function or real numbers, got {other!r}")
    if array.shape != (num_steps,):
        raise ValueError(f"other must have the shape ({num_steps},), got {array.shape}")
    return [float(value) for value in array]
