"""Chebyshev steps in fractal order."""

from __future__ import annotations

import math

from tsa_core import _checks
from tsa_core.curves import Interpolated
from tsa_core.schedule import Schedule


def chebyshev_steps(num_steps: int, *, smallest: float = 0.05, largest: float = 1.0) -> Schedule:
    """The step sizes that are best for a quadratic whose curvatures lie in an interval.

    ::

        value(t) = 1 / (c - r * cos(pi * (order[t] + 1 / 2) / num_steps))
        c = (largest + smallest) / 2,    r = (largest - smallest) / 2

    Large and small steps alternate in fractal order, so that errors do not pile up: `order` is
    (0), (0, 1), (0, 3, 1, 2), …, each twice as long as the one before, without the numbers
    from `num_steps` on. The last value is held.

    pytorch-optimizer's `get_chebyshev_schedule` rounds `num_steps` up to a power of two and
    uses the first value three times: its epoch e is step `max(e - 2, 0)` here.
    pytorch-scheduler's `ChebyshevScheduler` falls steadily: `cosine_decay(n).shift(-0.5)`.

    Args:
        num_steps: Number of values (a whole number >= 1); the record holds each.
        smallest: The smallest curvature, > 0.
        largest: The largest curvature, >= `smallest`.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a curvature is not finite, not above 0 or not in order, or `num_steps`
            is below 1 or not whole.

    Source:
        Agarwal et al., Acceleration via fractal learning rate schedules, arXiv:2103.01338.

    Example:
        >>> chebyshev_steps(8, smallest=1.0, largest=1.0)(5)
        1.0
    """
    number = _checks.count("num_steps", num_steps, low=1)
    low, high = _checks.positive("smallest", smallest), _checks.positive("largest", largest)
    if high < low:
        raise ValueError(f"largest must be >= smallest ({low!r}), got {largest!r}")
    order = [0]
    while len(order) < number:
        order = [item for index in order for item in (index, 2 * len(order) - 1 - index)]
    angles = [math.pi * (index + 0.5) / number for index in order if index < number]
    values = [2 / (high + low - (high - low) * math.cos(angle)) for angle in angles]
    return Interpolated(tuple(range(number)), tuple(values), "previous")
