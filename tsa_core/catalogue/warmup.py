"""Warmups: in front of any schedule, and the most common pairs."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.catalogue._shared import (
    WARMUPS,
    PhaseKind,
    finite,
    ramp_of,
    schedule_of,
    through,
    whole_in_order,
)
from tsa_core.curves import Cosine
from tsa_core.inverse_power import InverseSqrt
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


def inverse_sqrt_with_warmup(
    num_warmup_steps: int, *, timescale: float | None = None, peak: float = 1.0
) -> Schedule:
    """Linear warmup from 0, then the inverse square root of time.

    ::

        value(t) = peak * t / num_warmup_steps                                # warmup
                   peak * sqrt(timescale / (t - num_warmup_steps + timescale))  # after it

    Args:
        num_warmup_steps: Length of the warmup, in steps (a whole number >= 0).
        timescale: Steps after the warmup by which `peak / sqrt(2)` is left, > 0; left out, it
            is `num_warmup_steps`, or 10,000 if that is 0.
        peak: Multiplier after the warmup.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is not finite, `timescale` is not above 0, or
            `num_warmup_steps` is negative or not whole.

    Source:
        Zhai et al., arXiv:2106.04560; transformers' `get_inverse_sqrt_schedule`.

    Example:
        >>> inverse_sqrt_with_warmup(100)(400)
        0.5
    """
    top = _checks.finite("peak", peak)
    warm = _checks.count("num_warmup_steps", num_warmup_steps)
    scale = (warm or 10_000) if timescale is None else timescale
    return with_warmup(InverseSqrt(top, scale), warm)


def noam(model_size: int, num_warmup_steps: int, *, scale: float = 1.0) -> Schedule:
    """The schedule of the Transformer: an absolute rate, to be bound with base value 1.

    ::

        value(t) = scale * model_size**-0.5 * min(t**-0.5, t * num_warmup_steps**-1.5)

    The value at step 0 is 0; implementations that count steps from 1 are one step ahead.

    Args:
        model_size: Width of the model (a whole number >= 1).
        num_warmup_steps: Length of the warmup, in steps (a whole number >= 1).
        scale: Factor on all of it.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If `scale` is not finite, or one of the others is below 1 or not whole.

    Source:
        Vaswani et al., arXiv:1706.03762, section 5.3, equation 3.

    Example:
        >>> noam(400, 100)(100)
        0.005
    """
    width = _checks.count("model_size", model_size, low=1)
    warm = _checks.count("num_warmup_steps", num_warmup_steps, low=1)
    peak = _checks.finite("scale", scale) / (width**0.5 * warm**0.5)
    return inverse_sqrt_with_warmup(warm, peak=peak)


def slanted_triangular(
    num_warmup_steps: int, num_training_steps: int, *, ratio: float = 32.0, peak: float = 1.0
) -> Schedule:
    """A short straight rise and a long straight fall, between `peak / ratio` and `peak`.

    ::

        value(t) = peak * (1 + p * (ratio - 1)) / ratio
        p = t / num_warmup_steps                                                        # rise
            (num_training_steps - t) / (num_training_steps - num_warmup_steps)          # fall

    Args:
        num_warmup_steps: Length of the rise, in steps (a whole number >= 0).
        num_training_steps: Where the fall ends (>= `num_warmup_steps`).
        ratio: How many times the lowest value the peak is, > 0.
        peak: Multiplier at the top.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is not finite, `ratio` not above 0, or a length negative, not
            whole or not in order.

    Source:
        Howard and Ruder, ULMFiT, arXiv:1801.06146, equation 3 (its `cut` is
        `num_warmup_steps`); pytorch-scheduler's `SlantedTriangularScheduler`.

    Example:
        >>> slanted_triangular(10, 100, ratio=2.0)(55)
        0.75
    """
    steps = whole_in_order(num_warmup_steps=num_warmup_steps, num_training_steps=num_training_steps)
    top = _checks.finite("peak", peak)
    low = top / _checks.positive("ratio", ratio)
    return through("linear", (0, *steps), (low, top, low))
