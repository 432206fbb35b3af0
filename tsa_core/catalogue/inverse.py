"""Decays by an inverse power of time: they slow down and have no end."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.catalogue.warmup import with_warmup
from tsa_core.curves import InversePower, InverseSqrt
from tsa_core.schedule import Schedule


def inverse_time_decay(timescale: float, *, start: float = 1.0) -> Schedule:
    """One over time.

    ::

        value(t) = start / (1 + t / timescale)

    Args:
        timescale: Steps after which half of `start` is left; > 0.
        start: Multiplier at step 0.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If one is not finite, or `timescale` is not above 0.

    Source:
        Robbins and Monro, 1951; Keras' `InverseTimeDecay` (`timescale` is `decay_steps /
        decay_rate`).

    Example:
        >>> inverse_time_decay(100)(300)
        0.25
    """
    return InversePower(start, timescale, 1.0)


def power_decay(
    timescale: float, exponent: float = 0.5, *, start: float = 1.0, floor: float = 0.0
) -> Schedule:
    """Any inverse power of time, down to a floor.

    ::

        value(t) = max(start * (1 + t / timescale) ** -exponent, floor)

    Behind a warmup of `timescale` steps this is `(step / timescale) ** -exponent` of the whole
    run's clock, which is how the scaling laws put it.

    Args:
        timescale: Steps after which `2 ** -exponent` of `start` is left; > 0.
        exponent: The power, > 0.
        start: Multiplier at step 0, >= 0.
        floor: Multiplier that is not gone below, >= 0.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is negative or not finite, or `timescale` or `exponent` is not
            above 0.

    Source:
        Shen et al., Power Scheduler, arXiv:2408.13359; pytorch-scheduler's
        `PowerDecayScheduler`; timm's `WSDLRScheduler(stable_fn="power")`.

    Example:
        >>> power_decay(100, 2.0, floor=0.1)(100)
        0.25
    """
    curve = InversePower(_checks.non_negative("start", start), timescale, exponent)
    low = _checks.non_negative("floor", floor)
    return curve.clip(low) if low else curve


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
