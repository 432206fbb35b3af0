"""Ramps of what grows during training: a teacher's momentum, an average, a loss's weight."""

from __future__ import annotations

import math

from tsa_core import _checks
from tsa_core.catalogue._shared import finite
from tsa_core.combinators import Clocked
from tsa_core.curves import Cosine, Decay, InversePower, Linear, Polynomial
from tsa_core.schedule import Schedule


def teacher_momentum(
    num_training_steps: int, *, start: float = 0.996, end: float = 1.0
) -> Schedule:
    """The weight of the old teacher in its moving average: a cosine up to 1.

    ::

        value(t) = end - (end - start) * (1 + cos(pi * t / num_training_steps)) / 2

    The values are momenta themselves: evaluate, or bind with `absolute=True`.

    Args:
        num_training_steps: Length, in steps (a whole number >= 0).
        start: Momentum at step 0.
        end: Momentum at the end and after it.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or the length negative or not whole.

    Source:
        Grill et al., BYOL, arXiv:2006.07733, section 3.2; Caron et al., DINO, arXiv:2104.14294.

    Example:
        >>> teacher_momentum(100)(0)
        0.996
    """
    return Cosine(start, end, _checks.count("num_training_steps", num_training_steps))


def teacher_temperature(
    num_warmup_steps: int, *, start: float = 0.04, end: float = 0.07
) -> Schedule:
    """The temperature of the teacher's softmax: a linear rise, then held.

    ::

        value(t) = start + (end - start) * t / num_warmup_steps      # then end

    DINO's own code reaches `end` one step earlier, at the last step of its warmup. Use a length one
    less.

    Args:
        num_warmup_steps: Length of the rise, in steps (a whole number >= 0).
        start: Temperature at step 0.
        end: Temperature after the rise.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or the length negative or not whole.

    Source:
        Caron et al., DINO, arXiv:2104.14294, section 3.2.

    Example:
        >>> teacher_temperature(30)(30)
        0.07
    """
    return Linear(start, end, _checks.count("num_warmup_steps", num_warmup_steps))


def ema_decay(
    decay: float, *, inv_gamma: float = 1.0, power: float = 2 / 3, floor: float = 0.0
) -> Schedule:
    """The decay of a moving average of weights, small while they still change quickly.

    ::

        value(t) = max(min(1 - (1 + t / inv_gamma) ** -power, decay), floor)

    The values are decays themselves. timm's and diffusers' update n, counted from 1, has the
    value at step `n - 1`: `.shift(1)`, or `.shift(1 + update_after_step)`. TensorFlow's
    `(1 + t) / (10 + t)` is `(1 - InversePower(0.9, 10.0, 1.0)).clip(high=decay)`.

    Args:
        decay: The largest decay.
        inv_gamma: Steps after which `1 - 2 ** -power` is reached, > 0.
        power: The power, > 0; 2/3 for runs of a million steps and more, 3/4 for shorter ones.
        floor: The smallest decay, <= `decay`.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, `inv_gamma` or `power` is not above 0, or `decay`
            lies below `floor`.

    Source:
        timm's `ModelEmaV3` and diffusers' `EMAModel`.

    Example:
        >>> average = ema_decay(0.9999, power=1.0)
        >>> [average(0), average(3), average(10**6)]
        [0.0, 0.75, 0.9999]
    """
    high, low = finite(decay=decay, floor=floor)
    scale = _checks.positive("inv_gamma", inv_gamma)
    if high < low:
        raise ValueError(f"decay must be >= floor ({low!r}), got {decay!r}")
    return (1 - InversePower(1.0, scale, _checks.positive("power", power))).clip(low, high)


def gaussian_ramp(num_steps: int, sharpness: float = 5.0, *, peak: float = 1.0) -> Schedule:
    """Half a bell curve up to the peak, as for the weight of a consistency loss.

    ::

        value(t) = peak * exp(-sharpness * (1 - t / num_steps)**2)

    `.reverse(num_steps)` falls the same way.

    Args:
        num_steps: Length of the rise, in steps (a whole number >= 0).
        sharpness: How low it begins, > 0: at `peak * exp(-sharpness)`.
        peak: Value from step `num_steps` on.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, `sharpness` is not above 0, or `num_steps` is
            negative or not whole.

    Source:
        Laine and Aila, arXiv:1610.02242; Tarvainen and Valpola, Mean Teacher,
        arXiv:1703.01780, whose code calls it `sigmoid_rampup`.

    Example:
        >>> round(gaussian_ramp(100)(50), 6)
        0.286505
    """
    clock = Polynomial(_checks.positive("sharpness", sharpness), 0.0, num_steps, 2.0)
    return Clocked(Decay(_checks.finite("peak", peak), math.exp(-1), 1), clock)


def logistic_ramp(midpoint: float, steepness: float, *, peak: float = 1.0) -> Schedule:
    """The logistic function, as for the weight of a divergence that is turned on slowly.

    ::

        value(t) = peak / (1 + exp(-steepness * (t - midpoint)))

    Args:
        midpoint: Where half of the peak is reached, in steps, >= 0.
        steepness: Growth rate, per step, > 0; four times the slope in the middle, for a peak of 1.
        peak: Value that it approaches.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If one is not finite, `midpoint` is negative or `steepness` not above 0.

    Source:
        Bowman et al., arXiv:1511.06349; `kl_anneal_function("logistic")` of the code for
        Sentence-VAE.

    Example:
        >>> weight = logistic_ramp(2500, 0.0025)
        >>> [round(weight(step), 3) for step in (0, 2500, 5000)]
        [0.002, 0.5, 0.998]
    """
    middle, top = _checks.step(midpoint, "midpoint"), _checks.finite("peak", peak)
    fall = Decay(1.0, math.exp(-1), 1).stretch(1 / _checks.positive("steepness", steepness))
    rise = fall.reverse(middle)
    # By halves, so that no exponential overflows.
    return (top * rise / (1 + rise)).then(top / (1 + fall), at=middle)
