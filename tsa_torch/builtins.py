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

    The cosine is a quarter of a period: half-way, 0.71 of the height is left, where the usual half
    period (`Cosine`) has 0.5.

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> cosine_annealing_with_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [0.0]
    """
    schedule = tsa_core.cosine_annealing_with_warmup(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps
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

    The cosine is a quarter of a period: half-way, 0.71 of the height is left, where the usual half
    period (`Cosine`) has 0.5. Unlike a usual warmup this one falls, from `warmup_multiplier` times
    the top (20 by default).

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> cosine_annealing_with_inverse_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [10.0]
    """
    schedule = tsa_core.cosine_annealing_with_inverse_warmup(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps, warmup_multiplier
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

    The default exponent is 2, so half-way 0.25 of the height is left; the polynomial decay of
    Transformers has a default of 1, a straight line.

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> polynomial_schedule_with_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [0.0]
    """
    schedule = tsa_core.polynomial_schedule_with_warmup(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps, polynomial_exponent
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

    The default exponent is 2, so half-way 0.25 of the height is left; the polynomial decay of
    Transformers has a default of 1, a straight line. Unlike a usual warmup this one falls, from
    `warmup_multiplier` times the top (20 by default).

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        warmup_to_value: Multiplier at the end of the warmup, >= 0.
        anneal_to_value: Multiplier at the end of training and after it, >= 0.
        num_warmup_steps: Length of the warmup, in steps (a whole number >= 0).
        num_training_steps: Step at which the decay ends (>= `num_warmup_steps`).
        polynomial_exponent: The power, > 0.
        warmup_multiplier: How many times `warmup_to_value` the warmup starts at, >= 0.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a value is negative or not finite, a length not whole or not in order,
            or the exponent not above 0.
        KeyError: If a group lacks `schedule_target`.

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

    Half-way, 0.5 of the height is left, as in the linear schedule of Transformers.

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> linear_schedule_with_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [0.0]
    """
    schedule = tsa_core.linear_schedule_with_warmup(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps
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

    Half-way, 0.5 of the height is left, as in the linear schedule of Transformers. Unlike a usual
    warmup this one falls, from `warmup_multiplier` times the top (20 by default).

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> linear_schedule_with_inverse_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [10.0]
    """
    schedule = tsa_core.linear_schedule_with_inverse_warmup(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps, warmup_multiplier
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

    It is steep at first and flat at the end: half-way, 0.25 of the height is left.

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> quadratic_schedule_with_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [0.0]
    """
    schedule = tsa_core.quadratic_schedule_with_warmup(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps
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

    It is steep at first and flat at the end: half-way, 0.25 of the height is left. Unlike a usual
    warmup this one falls, from `warmup_multiplier` times the top (20 by default).

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> quadratic_schedule_with_inverse_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [10.0]
    """
    schedule = tsa_core.quadratic_schedule_with_inverse_warmup(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps, warmup_multiplier
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

    It is flat at first and steep at the end: half-way, 0.71 of the height is left. It is not the
    inverse square root of the step (`inverse_sqrt_with_warmup`).

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> sqrt_schedule_with_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [0.0]
    """
    schedule = tsa_core.sqrt_schedule_with_warmup(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps
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

    It is flat at first and steep at the end: half-way, 0.71 of the height is left. It is not the
    inverse square root of the step (`inverse_sqrt_with_warmup`). Unlike a usual warmup this one
    falls, from `warmup_multiplier` times the top (20 by default).

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> sqrt_schedule_with_inverse_warmup(optimizer, 1.0, 0.1, 10, 100).get_last_lr()
        [10.0]
    """
    schedule = tsa_core.sqrt_schedule_with_inverse_warmup(
        warmup_to_value, anneal_to_value, num_warmup_steps, num_training_steps, warmup_multiplier
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def constant_with_warmup(
    optimizer: Any,
    warmup_to_value: float,
    num_warmup_steps: int,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """Linear warmup from 0, then constant.

    There is no decay after the warmup.

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> constant_with_warmup(optimizer, 1.0, 10).get_last_lr()
        [0.0]
    """
    schedule = tsa_core.constant_with_warmup(warmup_to_value, num_warmup_steps)
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def constant_with_inverse_warmup(
    optimizer: Any,
    warmup_to_value: float,
    num_warmup_steps: int,
    warmup_multiplier: float = 20.0,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """Linear descent from above, then constant.

    There is no decay after the warmup. Unlike a usual warmup this one falls, from
    `warmup_multiplier` times the top (20 by default).

    Arguments and errors are those of `polynomial_schedule_with_inverse_warmup`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> constant_with_inverse_warmup(optimizer, 1.0, 10).get_last_lr()
        [10.0]
    """
    schedule = tsa_core.constant_with_inverse_warmup(
        warmup_to_value, num_warmup_steps, warmup_multiplier
    )
    return HyperparameterScheduler(optimizer, schedule, schedule_target)


def constant_schedule(
    optimizer: Any,
    value: float,
    schedule_target: str = "lr",
) -> HyperparameterScheduler:
    """The same multiplier at every step.

    As a multiplier, 0.5 halves the initial value; it does not set it to 0.5.

    Args:
        optimizer: The optimizer, or anything with `param_groups`.
        value: The multiplier, >= 0.
        schedule_target: What to schedule: a key, or an element such as `"betas[0]"`.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If `value` is negative or not finite.
        KeyError: If a group lacks `schedule_target`.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> constant_schedule(optimizer, 0.5).get_last_lr()
        [0.25]
    """
    schedule = tsa_core.constant_schedule(value)
    return HyperparameterScheduler(optimizer, schedule, schedule_target)
