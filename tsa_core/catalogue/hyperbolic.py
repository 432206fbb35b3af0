"""Along a hyperbola, so that the beginning does not depend on the length of the training."""

from __future__ import annotations

import math

from tsa_core import _checks
from tsa_core.catalogue._shared import finite, whole_in_order
from tsa_core.combinators import Clocked
from tsa_core.curves import Exponential, Linear, Polynomial
from tsa_core.schedule import Schedule


def hyperbolic_decay(
    num_steps: int, upper_bound: int, *, start: float = 1.0, floor: float = 0.0
) -> Schedule:
    """A part of a hyperbola.

    ::

        value(t) = start + (start - floor) * (f(t) - f(0))
        f(t)     = sqrt((num_steps - t) / upper_bound * (2 - (num_steps + t) / upper_bound))

    The last value is held; it is `floor` where `upper_bound` equals `num_steps`, else more.

    Args:
        num_steps: Length, in steps (a whole number >= 1).
        upper_bound: The longest training that the curve should serve, in steps (a whole
            number >= `num_steps`).
        start: Multiplier at step 0.
        floor: Multiplier that a training of `upper_bound` steps comes down to.

    Raises:
        TypeError: If an argument is no number.
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
        floor: Multiplier that a training of `upper_bound` steps comes down to, of the sign of
            `start`.

    Raises:
        TypeError: If an argument is no number.
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
    length, bound = whole_in_order(num_steps=num_steps, upper_bound=upper_bound)
    far = 2 * bound - length
    first = math.sqrt(length / bound) * math.sqrt(far / bound)
    roots = Polynomial(1.0, 0.0, length, 0.5) * Polynomial(1.0, 0.0, far, 0.5)
    return roots * -first + first
