"""A schedule as a caller hands it over: a record or a function, and what it is mistaken for."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from torch.optim.lr_scheduler import LRScheduler

from tsa_core import Custom, Schedule


def as_schedule(given: Any) -> Schedule:
    """The schedule itself, or `Custom` of a function of the step.

    Raises:
        TypeError: If it is something else. For a torch scheduler and a function that makes
            schedules the message says what to write instead.
    """
    if isinstance(given, Schedule):
        return given
    made_by = given.func if isinstance(given, functools.partial) else given
    of_torch = made_by if isinstance(made_by, type) else type(made_by)
    if issubclass(of_torch, LRScheduler):
        raise TypeError(
            f"schedule must be a Schedule or a function of the step, got {given!r}; bind a torch "
            "scheduler by arbitrary_schedule_factory(optimizer, lambda opt: "
            f"{of_torch.__name__}(opt, ...))"
        )
    if not callable(given):
        raise TypeError(f"schedule must be a Schedule or a function of the step, got {given!r}")
    if not _takes_a_step(given):
        name = getattr(given, "__name__", "function")
        raise TypeError(
            f"schedule must be a Schedule or a function of the step alone, got {given!r}; if it "
            f"makes schedules, pass what it returns: {name}(...)"
        )
    return Custom(given)


def as_schedules(schedule: Any, chosen: Sequence[int]) -> tuple[Any, list[tuple[int, int]]]:
    """One schedule, or a tuple of one for each chosen group; and which group follows which.

    Args:
        schedule: The caller's: one for all, or a sequence of one or None for each.
        chosen: The places of the groups.

    Returns:
        The schedules, and for each group that has one its place and the schedule's.

    Raises:
        TypeError: If an item is not a schedule or a function of the step.
        ValueError: If the sequence has another length, or nothing but None.
    """
    if not isinstance(schedule, (list, tuple)):
        return as_schedule(schedule), [(index, 0) for index in chosen]
    if len(schedule) != len(chosen):
        raise ValueError(
            f"schedule must have one item for each of the {len(chosen)} groups, got {len(schedule)}"
        )
    schedules = tuple(None if one is None else as_schedule(one) for one in schedule)
    rows = [(index, place) for place, index in enumerate(chosen) if schedules[place] is not None]
    if not rows:
        raise ValueError(f"schedule must have at least one item that is not None, got {schedule!r}")
    return schedules, rows


def _takes_a_step(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(0)
    except TypeError:
        return False
    except ValueError:  # built in, and without a signature
        return True
    return True


def check_functions(target: str, schedules: Any, step: float) -> None:
    """Once a step has failed: raise where a function gives something else than a number.

    Args:
        target: The name of what is scheduled.
        schedules: A schedule, or a tuple of schedules and None.
        step: The step that failed.

    Raises:
        TypeError: For the first such function. What a function raises itself goes on.
    """
    for schedule in schedules if isinstance(schedules, tuple) else (schedules,):
        if isinstance(schedule, Custom):
            value = schedule.function(step)
            try:
                float(value)
            except (TypeError, ValueError):
                hint = "; call it first" if isinstance(value, (Schedule, LRScheduler)) else ""
                raise TypeError(
                    f"the schedule of {target!r} must return a number at step {step!r}, got "
                    f"{value!r} from {schedule.function!r}{hint}"
                ) from None
