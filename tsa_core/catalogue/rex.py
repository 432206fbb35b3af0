"""REX, a fraction of two lines."""

from __future__ import annotations

from tsa_core.catalogue._shared import finite
from tsa_core.curves import Linear
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
        TypeError: If an argument is no number.
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
