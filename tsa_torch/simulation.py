"""Torch schedulers as data: run one without a model and keep its values."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.optim.lr_scheduler import LRScheduler

from tsa_core import Interpolated, Schedule, _checks
from tsa_torch.factory import arbitrary_schedule_factory


def simulate(
    schedule_factory: Callable[[Any], LRScheduler], num_steps: int, initial_value: float = 1.0
) -> NDArray[np.float64]:
    """The values that a torch scheduler would write, without training.

    Args:
        schedule_factory: As for `arbitrary_schedule_factory`. A metric-driven scheduler
            has no values without one.
        num_steps: Number of updates, >= 1.
        initial_value: What the hyperparameter holds before.

    Returns:
        float64, shape `(num_steps,)`: entry t is what update t uses.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `num_steps` is below 1 or not whole, or the scheduler is driven by a metric.

    Example:
        >>> from torch.optim.lr_scheduler import StepLR
        >>> simulate(lambda opt: StepLR(opt, 1, 0.5), 3).tolist()
        [1.0, 0.5, 0.25]
    """
    steps = _checks.count("num_steps", num_steps, low=1)
    value = _checks.real("initial_value", initial_value)
    group = {"params": [], "lr": value}
    stand_in = SimpleNamespace(param_groups=[group], defaults={"lr": value})
    scheduler = arbitrary_schedule_factory(stand_in, schedule_factory)
    if scheduler.takes_metrics:
        raise ValueError(
            "schedule_factory must return a scheduler that depends on the step alone (for a metric "
            f"there is tsa_core.ReduceOnPlateau), got {scheduler}"
        )
    values = [group["lr"]]
    for _ in range(steps - 1):
        scheduler.step()
        values.append(group["lr"])
    return np.array(values, dtype=np.float64)


def schedule_from_torch(schedule_factory: Callable[[Any], LRScheduler], num_steps: int) -> Schedule:
    """A torch scheduler as a schedule: its multipliers at the first `num_steps` updates.

    Args:
        schedule_factory: As for `simulate`. A scheduler that writes absolute values, such as
            `OneCycleLR`, gives those; bind them with `absolute=True`.
        num_steps: Number of updates, >= 1; the last value is held after them.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `num_steps` is below 1 or not whole, or the scheduler is driven by a metric.

    Example:
        >>> from torch.optim.lr_scheduler import StepLR
        >>> schedule_from_torch(lambda opt: StepLR(opt, 1, 0.5), 3)(2)
        0.25
    """
    values = simulate(schedule_factory, num_steps)
    return Interpolated(tuple(range(len(values))), tuple(values.tolist()), "previous")
