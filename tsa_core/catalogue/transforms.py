"""Changes to any schedule: noise, proportion, shares of the training."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Literal

from tsa_core import _checks
from tsa_core.catalogue._shared import (
    finite,
    schedule_of,
    span,
)
from tsa_core.combinators import join
from tsa_core.curves import Interpolated
from tsa_core.schedule import Schedule

Clock = Literal["rescaled", "fixed"]


def by_fractions(
    schedules: Sequence[Schedule],
    fractions: Sequence[float],
    num_training_steps: float,
    *,
    clocks: Sequence[Clock] | None = None,
) -> Schedule:
    """Run schedules of length 1 one after another, each for its share of the training.

    ::

        value(t) = schedule_i((t - begin_i) / (fraction_i * num_training_steps))   # rescaled
                   schedule_i(t / num_training_steps)                              # fixed
        begin_i  = num_training_steps * (fraction_0 + ... + fraction_(i - 1))

    Args:
        schedules: The pieces, written for a time from 0 to 1, such as `Linear(0.0, 1.0, 1)`.
        fractions: The share of each, > 0; together 1 to within a thousandth, which the last
            makes up for.
        num_training_steps: Length of all of it, in steps, > 0.
        clocks: For each piece, whether its time is that of its own share (`"rescaled"`, also
            if left out) or that of the whole training (`"fixed"`).

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If the sequences differ in length or are empty, a fraction is not above 0,
            their sum is not 1, or a clock is unknown.

    Source:
        fvcore's `CompositeParamScheduler`.

    Example:
        >>> from tsa_core import Constant, Linear
        >>> by_fractions([Linear(0.0, 1.0, 1), Constant(0.5)], [0.3, 0.7], 100)(15)
        0.5
    """
    total, shares = span("num_training_steps", num_training_steps), _shares(fractions)
    given = enumerate(_as_many("schedules", schedules, len(shares)))
    pieces = [schedule_of(f"schedules[{index}]", piece) for index, piece in given]
    rescaled = ("rescaled",) * len(shares)
    kinds = _as_many("clocks", rescaled if clocks is None else clocks, len(shares))
    # Rounded, so that a sum such as 0.1 + 0.2 does not miss the step that it stands for.
    begins = [round(total * begin, 9) for begin in accumulate((0.0, *shares[:-1]))]
    sides = zip(pieces, kinds, shares, begins, strict=True)
    return join([_placed(p, k, share * total, b, total) for p, k, share, b in sides], begins[1:])


def _shares(fractions: object) -> tuple[float, ...]:
    named = enumerate(_checks.items("fractions", fractions))
    shares = tuple(_checks.positive(f"fractions[{index}]", share) for index, share in named)
    rest = 1 - sum(shares[:-1])
    if rest <= 0 or abs(sum(shares) - 1) > 1e-3:
        raise ValueError(f"fractions must add up to 1, got {fractions!r}")
    return (*shares[:-1], rest)


def _as_many(name: str, value: object, number: int) -> tuple[Any, ...]:
    items = _checks.items(name, value)
    if len(items) != number:
        raise ValueError(f"{name} must have as many items as fractions, {number}, got {len(items)}")
    return items


def _placed(
    schedule: Schedule, clock: object, length: float, begin: float, total: float
) -> Schedule:
    if clock == "rescaled":
        return schedule.stretch(length)
    if clock != "fixed":
        raise ValueError(f"clocks must be 'rescaled' or 'fixed', got {clock!r}")
    return schedule.stretch(total).shift(-begin)


def proportional(
    schedule: Schedule, *, low: float, high: float, to_low: float, to_high: float
) -> Schedule:
    """The straight line that takes `low` to `to_low` and `high` to `to_high`.

    ::

        value(t) = to_low + (to_high - to_low) * (schedule(t) - low) / (high - low)

    Args:
        schedule: The other schedule.
        low: One value of it.
        high: Another value of it.
        to_low: What `low` becomes.
        to_high: What `high` becomes.

    Raises:
        TypeError: If `schedule` is not a schedule or another argument is not a number.
        ValueError: If a value is not finite, or `high` equals `low`.

    Source:
        Zhuang et al., GSAM, arXiv:2203.08065; pytorch-optimizer's `ProportionScheduler`.

    Example:
        >>> from tsa_core import Linear
        >>> proportional(Linear(1.0, 0.0, 10), low=0.0, high=1.0, to_low=0.1, to_high=0.5)(10)
        0.1
    """
    source = schedule_of("schedule", schedule)
    a, b, image_a, image_b = finite(low=low, high=high, to_low=to_low, to_high=to_high)
    if a == b:
        raise ValueError(f"high must differ from low ({low!r}), got {high!r}")
    return (source - a) * ((image_b - image_a) / (b - a)) + image_a


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

    The noise is normal with mean 0, truncated to `limit`. It is drawn once and stored in the
    record, one number per step, so the schedule is plain data: the same in every process and after
    every resume.

    Args:
        schedule: The schedule.
        num_steps: Number of steps with noise (a whole number >= 1).
        begin: The first of them (a whole number >= 0).
        std: Standard deviation before the limit, as a share of the value, > 0.
        limit: The largest noise, as a share of the value, > 0.
        seed: A whole number >= 0; equal ones give equal noise.

    Raises:
        TypeError: If `schedule` is not a schedule or another argument of another type.
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
