"""The shapes that papers and other libraries made common, as functions that return schedules."""

from tsa_core.catalogue.cycles import (
    cosine_cycles,
    exp_range,
    one_cycle,
    one_cycle_momentum,
    one_cycle_three_phase,
    triangular,
    triangular2,
)
from tsa_core.catalogue.decay import (
    cosine_decay,
    exponential_decay,
    inverse_time_decay,
    linear_decay,
    polynomial_decay,
    power_decay,
)
from tsa_core.catalogue.late_decay import (
    exp_hyperbolic_decay,
    hyperbolic_decay,
    k_decay,
    rex_decay,
    tanh_decay,
)
from tsa_core.catalogue.piecewise import (
    chebyshev_steps,
    constant_then_full,
    multi_step_decay,
    piecewise_constant,
    piecewise_cosine,
    piecewise_linear,
    step_decay,
)
from tsa_core.catalogue.ramps import (
    ema_decay,
    gaussian_ramp,
    logistic_ramp,
    teacher_momentum,
    teacher_temperature,
)
from tsa_core.catalogue.restarts import cosine_with_restarts, with_restarts
from tsa_core.catalogue.stable import (
    flat_cosine,
    trapezoidal,
    warmup_stable_decay,
    with_cooldown,
    with_swa,
)
from tsa_core.catalogue.transforms import by_fractions, proportional, with_noise
from tsa_core.catalogue.warmup import (
    cosine_with_warmup,
    inverse_sqrt_with_warmup,
    noam,
    slanted_triangular,
    with_rewarmup,
    with_warmup,
)

__all__ = [
    "by_fractions",
    "chebyshev_steps",
    "constant_then_full",
    "cosine_cycles",
    "cosine_decay",
    "cosine_with_restarts",
    "cosine_with_warmup",
    "ema_decay",
    "exp_hyperbolic_decay",
    "exp_range",
    "exponential_decay",
    "flat_cosine",
    "gaussian_ramp",
    "hyperbolic_decay",
    "inverse_sqrt_with_warmup",
    "inverse_time_decay",
    "k_decay",
    "linear_decay",
    "logistic_ramp",
    "multi_step_decay",
    "noam",
    "one_cycle",
    "one_cycle_momentum",
    "one_cycle_three_phase",
    "piecewise_constant",
    "piecewise_cosine",
    "piecewise_linear",
    "polynomial_decay",
    "power_decay",
    "proportional",
    "rex_decay",
    "slanted_triangular",
    "step_decay",
    "tanh_decay",
    "teacher_momentum",
    "teacher_temperature",
    "trapezoidal",
    "triangular",
    "triangular2",
    "warmup_stable_decay",
    "with_cooldown",
    "with_noise",
    "with_restarts",
    "with_rewarmup",
    "with_swa",
    "with_warmup",
]
