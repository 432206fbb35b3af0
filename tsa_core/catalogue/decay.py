"""The plain decays: to an end in a number of steps, by a rate, or by a power of time."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.curves import Cosine, Decay, InversePower, Linear, Polynomial
from tsa_core.schedule import Schedule


def linear_decay(num_steps: int, *, start: float = 1.0, end: float = 0.0) -> Schedule:
    """A straight line, by default to 0.

    ::

        value(t) = end + (start - end) * (1 - t / num_steps)

    Args:
        num_steps: Length, in steps (a whole number >= 0); `end` is held after it.
        start: Multiplier at step 0.
        end: Multiplier from step `num_steps` on.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or `num_steps` is negative or not whole.

    Source:
        Bergsma et al., Straight to zero, arXiv:2502.15938; torch's `LinearLR`; optax's
        `linear_schedule`.

    Example:
        >>> linear_decay(100)(25)
        0.75
    """
    return Linear(start, end, num_steps)


def cosine_decay(num_steps: int, *, start: float = 1.0, end: float = 0.0) -> Schedule:
    """Half a period of a cosine, down to a floor that is held.

    ::

        value(t) = end + (start - end) * (1 + cos(pi * t / num_steps)) / 2

    torch's `CosineAnnealingLR` rises again after `num_steps`, as `cosine_cycles` does; this
    holds `end`. Floors are multipliers here, absolute rates there.

    Args:
        num_steps: Length, in steps (a whole number >= 0).
        start: Multiplier at step 0.
        end: Multiplier from step `num_steps` on.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or `num_steps` is negative or not whole.

    Source:
        Loshchilov and Hutter, SGDR, arXiv:1608.03983; optax's `cosine_decay_schedule`.

    Example:
        >>> cosine_decay(100, end=0.1)(100)
        0.1
    """
    return Cosine(start, end, num_steps)


def polynomial_decay(
    num_steps: int, exponent: float = 1.0, *, start: float = 1.0, end: float = 0.0
) -> Schedule:
    """A power of the time that is left.

    ::

        value(t) = end + (start - end) * (1 - t / num_steps) ** exponent

    Args:
        num_steps: Length, in steps (a whole number >= 0); `end` is held after it.
        exponent: The power, > 0.
        start: Multiplier at step 0.
        end: Multiplier from step `num_steps` on.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, `exponent` is not above 0, or `num_steps` is
            negative or not whole.

    Source:
        torch's `PolynomialLR`; optax's `polynomial_schedule`; timm's `PolyLRScheduler`.

    Example:
        >>> polynomial_decay(10, 2.0)(5)
        0.25
    """
    return Polynomial(start, end, num_steps, exponent)


def exponential_decay(
    num_steps: int, rate: float, *, start: float = 1.0, floor: float = 0.0
) -> Schedule:
    """Multiplied by `rate` once in `num_steps`, smoothly and without end.

    ::

        value(t) = max(start * rate ** (t / num_steps), floor)

    `step_decay` is the staircase.

    Args:
        num_steps: Steps in which the value falls by `rate` (a whole number >= 1).
        rate: Factor, > 0.
        start: Multiplier at step 0, >= 0.
        floor: The lowest multiplier, >= 0.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is negative or not finite, `rate` is not above 0, or
            `num_steps` is below 1 or not whole.

    Source:
        torch's `ExponentialLR` (`num_steps` 1); optax's `exponential_decay`; fvcore's
        `ExponentialParamScheduler` (`num_steps` the whole run).

    Example:
        >>> exponential_decay(10, 0.25)(5)
        0.5
    """
    curve = Decay(_checks.non_negative("start", start), rate, num_steps)
    low = _checks.non_negative("floor", floor)
    return curve.clip(low) if low else curve


def inverse_time_decay(timescale: float, *, start: float = 1.0) -> Schedule:
    """One over time.

    ::

        value(t) = start / (1 + t / timescale)

    Args:
        timescale: Steps after which half of `start` is left; > 0.
        start: Multiplier at step 0.

    Raises:
        TypeError: If an argument is not a number.
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
    """An inverse power of time, down to a floor.

    ::

        value(t) = max(start * (1 + t / timescale) ** -exponent, floor)

    After a warmup of `timescale` steps this is `(step / timescale) ** -exponent` on the clock of
    the whole run, as papers on scaling laws write it.

    Args:
        timescale: Steps after which `2 ** -exponent` of `start` is left; > 0.
        exponent: The power, > 0.
        start: Multiplier at step 0, >= 0.
        floor: The lowest multiplier, >= 0.

    Raises:
        TypeError: If an argument is not a number.
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
