"""The documented import name of `tsa_torch`."""

from tsa_torch import (
    BoundScheduler,
    HyperparameterScheduler,
    ScheduleMismatchWarning,
    SynchronousSchedule,
    arbitrary_schedule_factory,
    attribute_groups,
    bind_schedules,
    constant_schedule,
    constant_with_inverse_warmup,
    constant_with_warmup,
    cosine_annealing_with_inverse_warmup,
    cosine_annealing_with_warmup,
    extend_optimizer,
    get_param_groups_regrouped_by_key,
    linear_schedule_with_inverse_warmup,
    linear_schedule_with_warmup,
    polynomial_schedule_with_inverse_warmup,
    polynomial_schedule_with_warmup,
    quadratic_schedule_with_inverse_warmup,
    quadratic_schedule_with_warmup,
    schedule_from_torch,
    simulate,
    sqrt_schedule_with_inverse_warmup,
    sqrt_schedule_with_warmup,
)
from tsa_torch.elsewhere import point_to_core

__version__ = "2.0.0"

__all__ = [
    "BoundScheduler",
    "HyperparameterScheduler",
    "ScheduleMismatchWarning",
    "SynchronousSchedule",
    "arbitrary_schedule_factory",
    "attribute_groups",
    "bind_schedules",
    "constant_schedule",
    "constant_with_inverse_warmup",
    "constant_with_warmup",
    "cosine_annealing_with_inverse_warmup",
    "cosine_annealing_with_warmup",
    "extend_optimizer",
    "get_param_groups_regrouped_by_key",
    "linear_schedule_with_inverse_warmup",
    "linear_schedule_with_warmup",
    "polynomial_schedule_with_inverse_warmup",
    "polynomial_schedule_with_warmup",
    "quadratic_schedule_with_inverse_warmup",
    "quadratic_schedule_with_warmup",
    "schedule_from_torch",
    "simulate",
    "sqrt_schedule_with_inverse_warmup",
    "sqrt_schedule_with_warmup",
]

point_to_core(__name__)
