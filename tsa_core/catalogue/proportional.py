"""One hyperparameter in proportion to another's schedule."""

from __future__ import annotations

from tsa_core.catalogue._shared import finite, schedule_of
from tsa_core.schedule import Schedule


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
        TypeError: If `schedule` is no schedule or another argument no number.
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
