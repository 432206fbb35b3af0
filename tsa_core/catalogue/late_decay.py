"""Decays that can stay high for long: REX, tanh, hyperbolas, and k-decay of any schedule."""

from __future__ import annotations

import math

from tsa_core import _checks
from tsa_core.catalogue._shared import (
    counts,
    finite,
    in_order,
    schedule_of,
)
from tsa_core.combinators import Clocked
from tsa_core.curves import Constant, Exponential, Linear, Polynomial
from tsa_core.schedule import Schedule


def rex_decay(num_steps: int, *, start: float = 1.0, end: float = 0.0) -> Schedule:
    """Slow at first and steep at the end, for a fixed budget.

    ::

        value(t) = end + (start - end) * (1 - u) / (1 - u / 2)       # u = t / num_steps

    Args:
        num_steps: Length, in steps (a whole number >= 0).
        start: Multiplier at step 0.
        end: Multiplier from step `num_steps` on.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or `num_steps` is negative or not whole.

    Source:
        Chen et al., REX, arXiv:2107.04197; pytorch-optimizer's `REXScheduler`.

    Example:
        >>> round(rex_decay(100)(50), 6)
        0.666667
    """
    # The formula over one divisor, times 2 / 2: start and end are both met exactly.
    high, low = finite(start=start, end=end)
    return Linear(2 * high, low, num_steps) / Linear(2.0, 1.0, num_steps)


_FARTHEST = 300.0
"""`exp(2 * 300)` is still a finite number."""


def tanh_decay(
    num_steps: int, *, lower: float = -7.0, upper: float = 3.0, start: float = 1.0, end: float = 0.0
) -> Schedule:
    """The part of a hyperbolic tangent between `lower` and `upper`.

    ::

        value(t) = end + (start - end) * (1 - tanh(lower + (upper - lower) * t / num_steps)) / 2

    for t < num_steps, `end` from there on. The curve does not quite reach `start` and `end`: it
    begins a share of about `exp(2 * lower)` of the way from `start`, and the last share of about
    `exp(-2 * upper)` is a jump.

    Args:
        num_steps: Length, in steps (a whole number >= 1).
        lower: Argument of the tangent at step 0, between -300 and 300.
        upper: Argument at step `num_steps`, above `lower`, at most 300.
        start: Multiplier that the curve comes from.
        end: Multiplier that it goes to, and that is held.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite or out of its range, or `num_steps` is below 1 or
            not whole.

    Source:
        Hsueh et al., arXiv:1806.01593; timm's `TanhLRScheduler`; pytorch-scheduler's
        `TanhDecayScheduler(steepness)` (`lower` is `-steepness`, `upper` is `steepness`).

    Example:
        >>> tanh_decay(100, lower=-3.0, upper=3.0)(50)
        0.5
    """
    first, last, high, low = finite(lower=lower, upper=upper, start=start, end=end)
    length = _checks.count("num_steps", num_steps, low=1)
    if not -_FARTHEST <= first < last <= _FARTHEST:
        raise ValueError(f"lower must be < upper, both in [-300, 300], got {lower!r} and {upper!r}")
    # (1 - tanh(x)) / 2 is 1 / (1 + exp(2 x)), without the loss of digits where tanh is near 1.
    growth = Exponential(math.exp(2 * first), math.exp(2 * last), length)
    return (Constant(high - low) / (growth + 1) + low).then(Constant(low), at=length)


def hyperbolic_decay(
    num_steps: int, upper_bound: int, *, start: float = 1.0, floor: float = 0.0
) -> Schedule:
    """A part of a hyperbola.

    ::

        value(t) = start + (start - floor) * (f(t) - f(0))
        f(t)     = sqrt((num_steps - t) / upper_bound * (2 - (num_steps + t) / upper_bound))

    The last value is held; it is `floor` if `upper_bound` equals `num_steps`, else higher.

    Args:
        num_steps: Length, in steps (a whole number >= 1).
        upper_bound: The longest training that the curve should serve, in steps (a whole
            number >= `num_steps`).
        start: Multiplier at step 0.
        floor: Multiplier at the end of a training of `upper_bound` steps.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, or a length below 1, not whole or not in order.

    Source:
        Kim, HyperbolicLR, arXiv:2407.15200; pytorch-scheduler's `HyperbolicLRScheduler`.

    Example:
        >>> hyperbolic_decay(100, 100, floor=0.1)(100)
        0.1
    """
    high, low = finite(start=start, floor=floor)
    return Clocked(Linear(high, low, 1), _way_down(num_steps, upper_bound))


def exp_hyperbolic_decay(
    num_steps: int, upper_bound: int, *, start: float = 1.0, floor: float = 1e-3
) -> Schedule:
    """A part of a hyperbola, in the logarithm of the value.

    ::

        value(t) = start * (start / floor) ** (f(t) - f(0))

    with the f of `hyperbolic_decay`.

    Args:
        num_steps: Length, in steps (a whole number >= 1).
        upper_bound: The longest training that the curve should serve, in steps (a whole
            number >= `num_steps`).
        start: Multiplier at step 0, not 0.
        floor: Multiplier at the end of a training of `upper_bound` steps, of the sign of `start`.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If a value is not finite, 0 or of the other sign, or a length below 1, not
            whole or not in order.

    Source:
        Kim, HyperbolicLR, arXiv:2407.15200; pytorch-scheduler's `ExpHyperbolicLRScheduler`.

    Example:
        >>> round(exp_hyperbolic_decay(100, 100, floor=0.01)(100), 12)
        0.01
    """
    high, low = finite(start=start, floor=floor)
    if low == 0 or high == 0 or (low < 0) != (high < 0):
        raise ValueError(f"floor must be of the sign of start ({high!r}) and not 0, got {floor!r}")
    return Clocked(Exponential(high, low, 1), _way_down(num_steps, upper_bound))


def _way_down(num_steps: object, upper_bound: object) -> Schedule:
    """`f(0) - f(t)`, as a product of two square roots: both factors of f are lines."""
    _checks.count("num_steps", num_steps, low=1)
    length, bound = counts(num_steps=num_steps, upper_bound=upper_bound)
    in_order(num_steps=length, upper_bound=bound)
    far = 2 * bound - length
    first = math.sqrt(length / bound) * math.sqrt(far / bound)
    roots = Polynomial(1.0, 0.0, length, 0.5) * Polynomial(1.0, 0.0, far, 0.5)
    return roots * -first + first


def k_decay(schedule: Schedule, num_steps: int, exponent: float) -> Schedule:
    """A schedule of `num_steps` steps, with its time raised to a power.

    ::

        value(t) = schedule(num_steps * (t / num_steps) ** exponent)

    With an exponent above 1 a decay begins later, below 1 sooner. Outside the steps the ends are
    held.

    Args:
        schedule: Such as `cosine_decay(num_steps)` or `polynomial_decay(num_steps)`.
        num_steps: Its length, in steps (a whole number >= 1).
        exponent: The power (the k of the name), > 0; 1 changes nothing.

    Raises:
        TypeError: If `schedule` is not a schedule or another argument is not a number.
        ValueError: If `exponent` is not above 0, or `num_steps` is below 1 or not whole.

    Source:
        Zhang and Li, k-decay, arXiv:2004.05909; timm's `k_decay`; pytorch-scheduler's
        `KDecayScheduler`.

    Example:
        >>> from tsa_core import linear_decay
        >>> k_decay(linear_decay(10), 10, 2.0)(5)
        0.75
    """
    length, power = (
        _checks.count("num_steps", num_steps, low=1),
        _checks.positive("exponent", exponent),
    )
    clock = Polynomial(length, 0.0, length, power).reverse(length)
    return Clocked(schedule_of("schedule", schedule), clock)
