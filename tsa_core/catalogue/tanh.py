"""Along a hyperbolic tangent."""

from __future__ import annotations

import math

from tsa_core import _checks
from tsa_core.catalogue._shared import finite
from tsa_core.curves import Constant, Exponential
from tsa_core.schedule import Schedule

_FARTHEST = 300.0
"""`exp(2 * 300)` is still a finite number."""


def tanh_decay(
    num_steps: int, *, lower: float = -7.0, upper: float = 3.0, start: float = 1.0, end: float = 0.0
) -> Schedule:
    """The part of a hyperbolic tangent between `lower` and `upper`.

    ::

        value(t) = end + (start - end) * (1 - tanh(lower + (upper - lower) * t / num_steps)) / 2

    for t < num_steps, `end` from there on. Neither end of the curve lies quite on `start` or
    `end`: it begins at `start` less a part of `exp(2 * lower)` and jumps to `end` from about
    `exp(-2 * upper)`.

    Args:
        num_steps: Length, in steps (a whole number >= 1).
        lower: Argument of the tangent at step 0, between -300 and 300.
        upper: Argument at step `num_steps`, above `lower`, at most 300.
        start: Multiplier that the curve comes from.
        end: Multiplier that it goes to, and that is held.

    Raises:
        TypeError: If an argument is no number.
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
