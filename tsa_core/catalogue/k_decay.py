"""k-decay: any decay on a clock that starts slowly."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.catalogue._shared import schedule_of
from tsa_core.combinators import Clocked
from tsa_core.curves import Polynomial
from tsa_core.schedule import Schedule


def k_decay(schedule: Schedule, num_steps: int, exponent: float) -> Schedule:
    """A schedule of `num_steps` steps on a power of its time.

    ::

        value(t) = schedule(num_steps * (t / num_steps) ** exponent)

    With an exponent above 1 the values stay high for longer, below 1 they fall sooner. Outside the
    steps the ends are held.

    Args:
        schedule: Such as `cosine_decay(num_steps)` or `polynomial_decay(num_steps)`.
        num_steps: Its length, in steps (a whole number >= 1).
        exponent: The power (the k of the name), > 0; 1 changes nothing.

    Raises:
        TypeError: If `schedule` is no schedule or another argument no number.
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
