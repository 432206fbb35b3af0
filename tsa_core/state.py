"""Where a run stands: an immutable state, and the pure functions from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from tsa_core import _checks
from tsa_core._fields import checked, tuple_field
from tsa_core.schedule import Schedule


@attrs.frozen
class ScheduleState:
    """The values of one or more hyperparameters at one step.

    Args:
        step: Number of updates made, >= 0; the values are those of the next update.
        multipliers: The schedule's value at `step`, one for each base value.
        base_values: What each multiplier scales.

    Raises:
        TypeError: If a field is no number, or no sequence of numbers.
        ValueError: If `step` is negative or not finite, or the lengths differ.

    Example:
        >>> ScheduleState(10, (0.5, 0.5), (0.1, 0.01)).values
        (0.05, 0.005)
    """

    step: float = checked(lambda name, value: _checks.step(value, name))
    multipliers: tuple[float, ...] = tuple_field(_checks.real)
    base_values: tuple[float, ...] = tuple_field(_checks.real)

    def __attrs_post_init__(self) -> None:
        if len(self.multipliers) != len(self.base_values):
            raise ValueError(
                f"multipliers must be as many as base_values ({len(self.base_values)}), "
                f"got {len(self.multipliers)}: {self.multipliers!r}"
            )

    @property
    def values(self) -> tuple[float, ...]:
        """The scheduled values, one for each base value; a multiplier of 0 gives 0."""
        return tuple(
            base * multiplier if multiplier else 0.0
            for base, multiplier in zip(self.base_values, self.multipliers, strict=True)
        )


# The slots' own setters: a step of training skips the checks of what is checked already.
_set_step = ScheduleState.__dict__["step"].__set__
_set_multipliers = ScheduleState.__dict__["multipliers"].__set__
_set_base_values = ScheduleState.__dict__["base_values"].__set__


def init(
    schedule: Schedule | Sequence[Schedule], base_values: float | Sequence[float], step: float = 0
) -> ScheduleState:
    """The state before the first update, or at any other step.

    Args:
        schedule: One schedule for all base values, or a sequence of one for each.
        base_values: The value that each multiplier scales; one number or a sequence.
        step: Number of updates made, >= 0.

    Returns:
        The state at `step`.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `step` is negative or not finite, a base value is NaN, or there is
            not one schedule for each base value.

    Example:
        >>> from tsa_core import Linear
        >>> init(Linear(1.0, 0.0, 10), (0.1, 0.01), step=5).values
        (0.05, 0.005)
    """
    alone = not isinstance(base_values, (str, bytes)) and not hasattr(base_values, "__iter__")
    given = (base_values,) if alone else _checks.items("base_values", base_values)
    bases = tuple(_checks.real(f"base_values[{i}]", base) for i, base in enumerate(given))
    if not isinstance(schedule, Schedule):
        schedule = _one_each(schedule, len(bases))
    return _at(schedule, _checks.step(step), bases)


def advance(
    schedule: Schedule | Sequence[Schedule], state: ScheduleState, step: float | None = None
) -> ScheduleState:
    """The state after one more update, or after `step` updates in all.

    Jumping to step k gives what k single steps give, at the cost of one.

    Args:
        schedule: What `init` was given.
        state: The state to go on from; it is not changed.
        step: Number of updates made, >= 0; None is one more than `state.step`.

    Returns:
        The new state.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `step` is negative or not finite, or the schedules do not fit the
            state.

    Example:
        >>> from tsa_core import Linear
        >>> fade = Linear(1.0, 0.0, 10)
        >>> advance(fade, init(fade, 0.1)).step
        1
    """
    if not isinstance(state, ScheduleState):
        raise TypeError(f"state must be a ScheduleState, got {state!r}")
    if not isinstance(schedule, Schedule):
        schedule = _one_each(schedule, len(state.base_values))
    if step is None:
        return _at(schedule, state.step + 1, state.base_values)
    return _at(schedule, _checks.step(step), state.base_values)


def _at(
    schedule: Schedule | Sequence[Schedule], step: float, base_values: tuple[float, ...]
) -> ScheduleState:
    if isinstance(schedule, Schedule):
        multipliers = (schedule(step),) * len(base_values)
    else:
        multipliers = tuple(one(step) for one in schedule)
    state = ScheduleState.__new__(ScheduleState)
    _set_step(state, step)
    _set_multipliers(state, multipliers)
    _set_base_values(state, base_values)
    return state


def _one_each(schedules: Any, number: int) -> tuple[Schedule, ...]:
    given = _checks.items("schedule", schedules)
    for index, one in enumerate(given):
        if not isinstance(one, Schedule):
            raise TypeError(f"schedule[{index}] must be a Schedule, got {one!r}")
    if len(given) != number:
        raise ValueError(
            f"schedule must have one item for each of {number} base values, got {len(given)}"
        )
    return given
