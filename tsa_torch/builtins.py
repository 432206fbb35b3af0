"""The thirteen documented schedules, bound to an optimizer."""

from __future__ import annotations

from typing import Any

import tsa_core
from tsa_torch.scheduler import HyperparameterScheduler


def cosine_annealing_with_warmup(
    optimizer: Any,
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """Linear warmup from 0, then a quarter period of a cosine.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        warmup_to_value: As in `tsa_core.cosine_annealing_with_warmup`.
        anneal_to_value: As in `tsa_core.cosine_annealing_with_warmup`.
        num_warmup_steps: As in `tsa_core.cosine_annealing_with_warmup`.
        num_training_steps: As in `tsa_core.cosine_annealing_with_warmup`.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError, ValueError: As `tsa_core.cosine_annealing_with_warmup`.
        KeyError: If no group has `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> cosine_annealing_with_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [0.0]
    """
    schedule = tsa_core.cosine_annealing_with_warmup(
        warmup_to_value,
        anneal_to_value,
        num_warmup_steps,
        num_training_steps,
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def cosine_annealing_with_inverse_warmup(
    optimizer: Any,
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    warmup_multiplier: float = 20.0,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """Linear descent from above, then a quarter period of a cosine.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        warmup_to_value: As in `tsa_core.cosine_annealing_with_inverse_warmup`.
        anneal_to_value: As in `tsa_core.cosine_annealing_with_inverse_warmup`.
        num_warmup_steps: As in `tsa_core.cosine_annealing_with_inverse_warmup`.
        num_training_steps: As in `tsa_core.cosine_annealing_with_inverse_warmup`.
        warmup_multiplier: As in `tsa_core.cosine_annealing_with_inverse_warmup`.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError, ValueError: As `tsa_core.cosine_annealing_with_inverse_warmup`.
        KeyError: If no group has `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> cosine_annealing_with_inverse_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [10.0]
    """
    schedule = tsa_core.cosine_annealing_with_inverse_warmup(
        warmup_to_value,
        anneal_to_value,
        num_warmup_steps,
        num_training_steps,
        warmup_multiplier,
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def polynomial_schedule_with_warmup(
    optimizer: Any,
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    polynomial_exponent: float = 2.0,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """Linear warmup from 0, then a power of the time that is left.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        warmup_to_value: As in `tsa_core.polynomial_schedule_with_warmup`.
        anneal_to_value: As in `tsa_core.polynomial_schedule_with_warmup`.
        num_warmup_steps: As in `tsa_core.polynomial_schedule_with_warmup`.
        num_training_steps: As in `tsa_core.polynomial_schedule_with_warmup`.
        polynomial_exponent: As in `tsa_core.polynomial_schedule_with_warmup`.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError, ValueError: As `tsa_core.polynomial_schedule_with_warmup`.
        KeyError: If no group has `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> polynomial_schedule_with_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [0.0]
    """
    schedule = tsa_core.polynomial_schedule_with_warmup(
        warmup_to_value,
        anneal_to_value,
        num_warmup_steps,
        num_training_steps,
        polynomial_exponent,
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def polynomial_schedule_with_inverse_warmup(
    optimizer: Any,
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    polynomial_exponent: float = 2.0,
    warmup_multiplier: float = 20.0,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """Linear descent from above, then a power of the time that is left.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        warmup_to_value: As in `tsa_core.polynomial_schedule_with_inverse_warmup`.
        anneal_to_value: As in `tsa_core.polynomial_schedule_with_inverse_warmup`.
        num_warmup_steps: As in `tsa_core.polynomial_schedule_with_inverse_warmup`.
        num_training_steps: As in `tsa_core.polynomial_schedule_with_inverse_warmup`.
        polynomial_exponent: As in `tsa_core.polynomial_schedule_with_inverse_warmup`.
        warmup_multiplier: As in `tsa_core.polynomial_schedule_with_inverse_warmup`.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError, ValueError: As `tsa_core.polynomial_schedule_with_inverse_warmup`.
        KeyError: If no group has `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> polynomial_schedule_with_inverse_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [10.0]
    """
    schedule = tsa_core.polynomial_schedule_with_inverse_warmup(
        warmup_to_value,
        anneal_to_value,
        num_warmup_steps,
        num_training_steps,
        polynomial_exponent,
        warmup_multiplier,
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def linear_schedule_with_warmup(
    optimizer: Any,
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """`polynomial_schedule_with_warmup` of exponent 1: a straight line.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        warmup_to_value: As in `tsa_core.linear_schedule_with_warmup`.
        anneal_to_value: As in `tsa_core.linear_schedule_with_warmup`.
        num_warmup_steps: As in `tsa_core.linear_schedule_with_warmup`.
        num_training_steps: As in `tsa_core.linear_schedule_with_warmup`.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError, ValueError: As `tsa_core.linear_schedule_with_warmup`.
        KeyError: If no group has `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> linear_schedule_with_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [0.0]
    """
    schedule = tsa_core.linear_schedule_with_warmup(
        warmup_to_value,
        anneal_to_value,
        num_warmup_steps,
        num_training_steps,
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def linear_schedule_with_inverse_warmup(
    optimizer: Any,
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    warmup_multiplier: float = 20.0,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """`polynomial_schedule_with_inverse_warmup` of exponent 1: a straight line.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        warmup_to_value: As in `tsa_core.linear_schedule_with_inverse_warmup`.
        anneal_to_value: As in `tsa_core.linear_schedule_with_inverse_warmup`.
        num_warmup_steps: As in `tsa_core.linear_schedule_with_inverse_warmup`.
        num_training_steps: As in `tsa_core.linear_schedule_with_inverse_warmup`.
        warmup_multiplier: As in `tsa_core.linear_schedule_with_inverse_warmup`.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError, ValueError: As `tsa_core.linear_schedule_with_inverse_warmup`.
        KeyError: If no group has `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> linear_schedule_with_inverse_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [10.0]
    """
    schedule = tsa_core.linear_schedule_with_inverse_warmup(
        warmup_to_value,
        anneal_to_value,
        num_warmup_steps,
        num_training_steps,
        warmup_multiplier,
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def quadratic_schedule_with_warmup(
    optimizer: Any,
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """`polynomial_schedule_with_warmup` of exponent 2.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        warmup_to_value: As in `tsa_core.quadratic_schedule_with_warmup`.
        anneal_to_value: As in `tsa_core.quadratic_schedule_with_warmup`.
        num_warmup_steps: As in `tsa_core.quadratic_schedule_with_warmup`.
        num_training_steps: As in `tsa_core.quadratic_schedule_with_warmup`.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError, ValueError: As `tsa_core.quadratic_schedule_with_warmup`.
        KeyError: If no group has `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> quadratic_schedule_with_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [0.0]
    """
    schedule = tsa_core.quadratic_schedule_with_warmup(
        warmup_to_value,
        anneal_to_value,
        num_warmup_steps,
        num_training_steps,
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def quadratic_schedule_with_inverse_warmup(
    optimizer: Any,
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    warmup_multiplier: float = 20.0,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """`polynomial_schedule_with_inverse_warmup` of exponent 2.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        warmup_to_value: As in `tsa_core.quadratic_schedule_with_inverse_warmup`.
        anneal_to_value: As in `tsa_core.quadratic_schedule_with_inverse_warmup`.
        num_warmup_steps: As in `tsa_core.quadratic_schedule_with_inverse_warmup`.
        num_training_steps: As in `tsa_core.quadratic_schedule_with_inverse_warmup`.
        warmup_multiplier: As in `tsa_core.quadratic_schedule_with_inverse_warmup`.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError, ValueError: As `tsa_core.quadratic_schedule_with_inverse_warmup`.
        KeyError: If no group has `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> quadratic_schedule_with_inverse_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [10.0]
    """
    schedule = tsa_core.quadratic_schedule_with_inverse_warmup(
        warmup_to_value,
        anneal_to_value,
        num_warmup_steps,
        num_training_steps,
        warmup_multiplier,
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def sqrt_schedule_with_warmup(
    optimizer: Any,
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """`polynomial_schedule_with_warmup` of exponent 1/2.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        warmup_to_value: As in `tsa_core.sqrt_schedule_with_warmup`.
        anneal_to_value: As in `tsa_core.sqrt_schedule_with_warmup`.
        num_warmup_steps: As in `tsa_core.sqrt_schedule_with_warmup`.
        num_training_steps: As in `tsa_core.sqrt_schedule_with_warmup`.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError, ValueError: As `tsa_core.sqrt_schedule_with_warmup`.
        KeyError: If no group has `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> sqrt_schedule_with_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [0.0]
    """
    schedule = tsa_core.sqrt_schedule_with_warmup(
        warmup_to_value,
        anneal_to_value,
        num_warmup_steps,
        num_training_steps,
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def sqrt_schedule_with_inverse_warmup(
    optimizer: Any,
    warmup_to_value: float,
    anneal_to_value: float,
    num_warmup_steps: int,
    num_training_steps: int,
    warmup_multiplier: float = 20.0,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """`polynomial_schedule_with_inverse_warmup` of exponent 1/2.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        warmup_to_value: As in `tsa_core.sqrt_schedule_with_inverse_warmup`.
        anneal_to_value: As in `tsa_core.sqrt_schedule_with_inverse_warmup`.
        num_warmup_steps: As in `tsa_core.sqrt_schedule_with_inverse_warmup`.
        num_training_steps: As in `tsa_core.sqrt_schedule_with_inverse_warmup`.
        warmup_multiplier: As in `tsa_core.sqrt_schedule_with_inverse_warmup`.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError, ValueError: As `tsa_core.sqrt_schedule_with_inverse_warmup`.
        KeyError: If no group has `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> sqrt_schedule_with_inverse_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [10.0]
    """
    schedule = tsa_core.sqrt_schedule_with_inverse_warmup(
        warmup_to_value,
        anneal_to_value,
        num_warmup_steps,
        num_training_steps,
        warmup_multiplier,
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def constant_with_warmup(
    optimizer: Any,
    warmup_to_value: float,
    num_warmup_steps: int,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """Linear warmup from 0, then constant.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        warmup_to_value: As in `tsa_core.constant_with_warmup`.
        num_warmup_steps: As in `tsa_core.constant_with_warmup`.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError, ValueError: As `tsa_core.constant_with_warmup`.
        KeyError: If no group has `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> constant_with_warmup(optimizer, 1.0, 10).get_last_lr()
        [0.0]
    """
    schedule = tsa_core.constant_with_warmup(
        warmup_to_value,
        num_warmup_steps,
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def constant_with_inverse_warmup(
    optimizer: Any,
    warmup_to_value: float,
    num_warmup_steps: int,
    warmup_multiplier: float = 20.0,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """Linear descent from above, then constant.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        warmup_to_value: As in `tsa_core.constant_with_inverse_warmup`.
        num_warmup_steps: As in `tsa_core.constant_with_inverse_warmup`.
        warmup_multiplier: As in `tsa_core.constant_with_inverse_warmup`.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError, ValueError: As `tsa_core.constant_with_inverse_warmup`.
        KeyError: If no group has `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> constant_with_inverse_warmup(optimizer, 1.0, 10).get_last_lr()
        [10.0]
    """
    schedule = tsa_core.constant_with_inverse_warmup(
        warmup_to_value,
        num_warmup_steps,
        warmup_multiplier,
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def constant_schedule(
    optimizer: Any,
    value: float,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """The same multiplier at every step.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        value: As in `tsa_core.constant_schedule`.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError, ValueError: As `tsa_core.constant_schedule`.
        KeyError: If no group has `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> constant_schedule(optimizer, 0.5).get_last_lr()
        [0.25]
    """
    schedule = tsa_core.constant_schedule(
        value,
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)
