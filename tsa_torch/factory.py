"""arbitrary_schedule_factory: any torch scheduler on any target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch.optim.lr_scheduler import LRScheduler

from tsa_torch.bound import BoundScheduler
from tsa_torch.param_groups import default_for, extend_optimizer, keep_extension
from tsa_torch.targets import Target, groups_of, lacking
from tsa_torch.writes import Records

__all__ = ["BoundScheduler", "arbitrary_schedule_factory"]


def arbitrary_schedule_factory(
    optimizer: Any,
    schedule_factory: Callable[[Any], LRScheduler],
    default_value: float | None = None,
    schedule_target: str = "lr",
) -> BoundScheduler:
    """Let a torch scheduler drive any hyperparameter.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        schedule_factory: Called with an optimizer whose `lr` is the target; returns a torch
            scheduler on it. It is called again when a param group has been added.
        default_value: Value for groups that lack the target; ignored where it exists.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Returns:
        A scheduler to step like the torch one.

    Raises:
        KeyError: If a group lacks the target and there is no default.
        TypeError: If an argument is of another type, or the factory returns something else
            than a scheduler on the optimizer that it received.
        ValueError: If an argument is not allowed, the scheduler would write another
            hyperparameter as well, or what it writes is NaN or a value that the optimizer
            would refuse. The param groups are as before after any of these.

    Example:
        >>> import torch
        >>> from torch.optim.lr_scheduler import StepLR
        >>> weight = torch.nn.Parameter(torch.zeros(1))
        >>> optimizer = torch.optim.SGD([weight], weight_decay=0.1)
        >>> scheduler = arbitrary_schedule_factory(
        ...     optimizer, lambda opt: StepLR(opt, 1, 0.5), schedule_target="weight_decay"
        ... )
        >>> scheduler.step()
        >>> optimizer.param_groups[0]["weight_decay"]
        0.05
    """
    if not callable(schedule_factory):
        raise TypeError(f"schedule_factory must be callable, got {schedule_factory!r}")
    target = Target.parse(schedule_target)
    groups = groups_of(optimizer)
    records = Records()
    try:
        if not all(map(target.exists, groups)):
            if default_value is None:
                raise lacking(groups, target)
            value = default_for(target, default_value)
            keep_extension(records, optimizer, target)
            extend_optimizer(optimizer, schedule_target, value)
        return BoundScheduler(optimizer, target, schedule_factory)
    except BaseException:
        records.put_back()
        raise
