"""Schedules on the hyperparameters of torch optimizers."""

from tsa_torch import _require_torch as _require_torch  # first: it says what is missing
from tsa_torch.attributes import attribute_groups
from tsa_torch.builtins import (
    constant_schedule,
    constant_with_inverse_warmup,
    constant_with_warmup,
    cosine_annealing_with_inverse_warmup,
    cosine_annealing_with_warmup,
    linear_schedule_with_inverse_warmup,
    linear_schedule_with_warmup,
    polynomial_schedule_with_inverse_warmup,
    polynomial_schedule_with_warmup,
    quadratic_schedule_with_inverse_warmup,
    quadratic_schedule_with_warmup,
    sqrt_schedule_with_inverse_warmup,
    sqrt_schedule_with_warmup,
)
from tsa_torch.checkpoint import ScheduleMismatchWarning
from tsa_torch.elsewhere import point_to_core
from tsa_torch.factory import (
    BoundScheduler,
    arbitrary_schedule_factory,
)
from tsa_torch.param_groups import (
    extend_optimizer,
    get_param_groups_regrouped_by_key,
)
from tsa_torch.scheduler import HyperparameterScheduler
from tsa_torch.simulation import (
    schedule_from_torch,
    simulate,
)
from tsa_torch.synchronous import (
    SynchronousSchedule,
    bind_schedules,
)

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
