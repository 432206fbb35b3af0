"""The documented functions on param groups: add a hyperparameter, and read one."""

from __future__ import annotations

import numbers
from typing import Any

from tsa_core import _checks
from tsa_torch.targets import Group, Target, groups_of
from tsa_torch.writes import Records, write


def extend_optimizer(
    optimizer: Any, name: str, default_value: float, overwrite_values: bool = False
) -> Any:
    """Add a hyperparameter of your own to every param group.

    Groups that are added to the optimizer later get it too.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        name: The key to add.
        default_value: A real number; infinity is allowed (a limit that is turned off), NaN is not.
        overwrite_values: Whether groups that already have the key get the value too. It becomes
            their initial value for schedulers that are built afterwards.

    Returns:
        The same optimizer.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `name` is empty or `"params"`, or `default_value` is NaN.

    Example:
        >>> import torch
        >>> weight = torch.nn.Parameter(torch.zeros(1))
        >>> optimizer = extend_optimizer(torch.optim.SGD([weight]), "clip", 10.0)
        >>> optimizer.param_groups[0]["clip"]
        10.0
    """
    groups = groups_of(optimizer)
    target = Target.parse(name, "name")
    value = default_for(target, default_value)
    if not isinstance(overwrite_values, bool):
        raise TypeError(f"overwrite_values must be a bool, got {overwrite_values!r}")
    for group in groups:
        if name in group and not overwrite_values:
            continue
        write(target, [group], [value], [False])
        if overwrite_values and (target.note in group or "schedule_namespaces" in group):
            group[target.note] = float(value)
    defaults = getattr(optimizer, "defaults", None)
    if isinstance(defaults, dict) and (overwrite_values or name not in defaults):
        defaults[name] = value
    return optimizer


def get_param_groups_regrouped_by_key(
    optimizer: Any, schedule_target: str
) -> list[tuple[Any, list[Any], Group]]:
    """Each group's value of one hyperparameter, beside its parameters and the group itself.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        schedule_target: The key, or an element such as `"betas[0]"`.

    Returns:
        `(value, params, group)` for each group that has it, in the groups' order; `[]` as
        params of a group without any. An empty list where no group has the target.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `schedule_target` is empty or `"params"`.

    Example:
        >>> import torch
        >>> weight = torch.nn.Parameter(torch.zeros(1))
        >>> optimizer = torch.optim.SGD([weight], lr=0.5)
        >>> [lr for lr, params, group in get_param_groups_regrouped_by_key(optimizer, "lr")]
        [0.5]
    """
    groups = groups_of(optimizer)
    target = Target.parse(schedule_target)
    return [
        (target.current(group), group.get("params", []), group)
        for group in groups
        if target.exists(group)
    ]


def default_for(target: Target, default_value: Any) -> float:
    """A default value as a Python number, so that a checkpoint holds plain types."""
    if target.index is not None:
        raise ValueError(f"name must be a key, not an element of one, got {target.name!r}")
    value = _checks.real("default_value", default_value)
    return int(default_value) if isinstance(default_value, numbers.Integral) else value


def keep_extension(records: Records, optimizer: Any, target: Target) -> None:
    """Note what `extend_optimizer` would change."""
    records.keep([one for one in groups_of(optimizer) if target.key not in one], target.key)
    defaults = getattr(optimizer, "defaults", None)
    if isinstance(defaults, dict):
        records.keep([defaults], target.key)
