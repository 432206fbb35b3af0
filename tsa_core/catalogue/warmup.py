"""Warmup in front of any schedule, and the most common pair."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.catalogue._shared import (
    WARMUPS,
    PhaseKind,
    finite,
    ramp_of,
    schedule_of,
    whole_in_order,
)
from tsa_core.curves import Cosine
from tsa_core.schedule import Schedule


def with_warmup(
    schedule: Schedule, num_warmup_steps: int, *, start: float = 0.0, kind: PhaseKind = "linear"
) -> Schedule:
    """Rise from `start` to the schedule's first value, then run the schedule.

    ::

        value(t) = start + (schedule(0) - start) * done(t / num_warmup_steps)   # warmup
                   schedule(t - num_warmup_steps)                               # after it

    `done(u)` is `u` (linear), `(1 - cos(pi * u)) / 2` (cosine), `1 - sqrt(1 - u)` (1-sqrt) or
    `1 - (1 - u)**2` (1-square).

    Args:
        schedule: What comes after the warmup, on its own clock.
        num_warmup_steps: Length of the warmup, in steps (a whole number >= 0).
        start: Value at step 0, in the unit of `schedule`.
        kind: Shape of the rise.

    Raises:
        TypeError: If `schedule` is no schedule or another argument of another type.
        ValueError: If `start` is not finite, `num_warmup_steps` negative or not whole, or
            `kind` unknown.

    Source:
        Goyal et al., arXiv:1706.02677; ignite's `create_lr_scheduler_with_warmup`, which
        reaches the top one step earlier; optax's `warmup_*` schedules.

    Example:
        >>> from tsa_core import Constant
        >>> with_warmup(Constant(0.5), 10)(5)
        0.25
    """
    low, top = _checks.finite("start", start), schedule_of("schedule", schedule)(0)
    warm = _checks.count("num_warmup_steps", num_warmup_steps)
    rise = ramp_of(WARMUPS, kind)(low, top, warm)
    return rise.then(schedule, at=warm) if warm else schedule


def cosine_with_warmup(
    num_warmup_steps: int, num_training_steps: int, *, peak: float = 1.0, end: float = 0.0
) -> Schedule:
    """Linear warmup from 0, then half a period of a cosine.

    ::

        value(t) = peak * t / num_warmup_steps                        # warmup
                   end + (peak - end) * (1 + cos(pi * u)) / 2         # after it
        u = (t - num_warmup_steps) / (num_training_steps - num_warmup_steps)

    `cosine_annealing_with_warmup` is another curve: a quarter of a period.

    Args:
        num_warmup_steps: Length of the warmup, in steps (a whole number >= 0).
        num_training_steps: Step from which `end` is held (>= `num_warmup_steps`).
        peak: Multiplier after the warmup.
        end: Multiplier at the end.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is not finite, or a length negative, not whole or not in order.

    Source:
        transformers' `get_cosine_schedule_with_warmup`, which rises again after the end; optax's
        `warmup_cosine_decay_schedule`.

    Example:
        >>> cosine_with_warmup(10, 110)(5)
        0.5
    """
    warm, total = whole_in_order(
        num_warmup_steps=num_warmup_steps, num_training_steps=num_training_steps
    )
    top, last = finite(peak=peak, end=end)
    return with_warmup(Cosine(top, last, total - warm), warm)
