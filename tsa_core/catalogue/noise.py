"""Noise on top of any schedule, fixed when it is built."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.catalogue._shared import schedule_of
from tsa_core.curves import Interpolated
from tsa_core.schedule import Schedule


def with_noise(
    schedule: Schedule,
    num_steps: int,
    *,
    begin: int = 0,
    std: float = 1.0,
    limit: float = 0.67,
    seed: int = 42,
) -> Schedule:
    """Multiply the values of a range of steps by normal noise around 1.

    ::

        value(t) = schedule(t) * (1 + noise[floor(t) - begin])   # begin <= t < begin + num_steps
                   schedule(t)                                   # elsewhere

    The noise is normal with mean 0, under the condition that it stays within `limit`. It is
    drawn here and kept in the record, one number a step, so the schedule stays plain data:
    the same in every process and after every resume.

    Args:
        schedule: The schedule.
        num_steps: How many steps have noise (a whole number >= 1).
        begin: The first of them (a whole number >= 0).
        std: Standard deviation before the limit, as a share of the value, > 0.
        limit: The largest noise, as a share of the value, > 0.
        seed: A whole number >= 0; equal ones give equal noise.

    Raises:
        TypeError: If `schedule` is no schedule or another argument of another type.
        ValueError: If a number is out of its range.

    Source:
        timm's `noise_range`, `noise_std` and `noise_pct`, which draw from torch's generator.

    Example:
        >>> from tsa_core import Constant
        >>> noisy = with_noise(Constant(1.0), 50, std=0.1)
        >>> noisy(3) == with_noise(Constant(1.0), 50, std=0.1)(3) != noisy(4)
        True
    """
    number, first = _checks.count("num_steps", num_steps, low=1), _checks.count("begin", begin)
    spread, most = _checks.positive("std", std), _checks.positive("limit", limit)
    noise = _normal(number, spread, most, _checks.count("seed", seed))
    factors = (1.0, *(1 + share for share in noise), 1.0)
    steps = tuple(range(first - 1, first + number + 1))
    return schedule_of("schedule", schedule) * Interpolated(steps, factors, "previous")


def _normal(number: int, std: float, limit: float, seed: int) -> list[float]:
    """Normal numbers under the condition that they lie within the limit."""
    from random import Random
    from statistics import NormalDist

    normal, source = NormalDist(0.0, std), Random(seed)
    tail = max(normal.cdf(-limit), 1e-16)  # the inverse of the distribution takes neither 0 nor 1
    draws = [normal.inv_cdf(tail + (1 - 2 * tail) * source.random()) for _ in range(number)]
    return [max(-limit, min(limit, draw)) for draw in draws]
