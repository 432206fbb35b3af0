"""The slanted triangle of ULMFiT."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.catalogue._shared import through, whole_in_order
from tsa_core.schedule import Schedule


def slanted_triangular(
    num_warmup_steps: int, num_training_steps: int, *, ratio: float = 32.0, peak: float = 1.0
) -> Schedule:
    """A short straight rise and a long straight fall, between `peak / ratio` and `peak`.

    ::

        value(t) = peak * (1 + p * (ratio - 1)) / ratio
        p = t / num_warmup_steps                                                        # rise
            (num_training_steps - t) / (num_training_steps - num_warmup_steps)          # fall

    Args:
        num_warmup_steps: Length of the rise, in steps (a whole number >= 0).
        num_training_steps: Where the fall ends (>= `num_warmup_steps`).
        ratio: How many times the lowest value the peak is, > 0.
        peak: Multiplier at the top.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If a value is not finite, `ratio` not above 0, or a length negative, not
            whole or not in order.

    Source:
        Howard and Ruder, ULMFiT, arXiv:1801.06146, equation 3 (its `cut` is
        `num_warmup_steps`); pytorch-scheduler's `SlantedTriangularScheduler`.

    Example:
        >>> slanted_triangular(10, 100, ratio=2.0)(55)
        0.75
    """
    steps = whole_in_order(num_warmup_steps=num_warmup_steps, num_training_steps=num_training_steps)
    top = _checks.finite("peak", peak)
    low = top / _checks.positive("ratio", ratio)
    return through("linear", (0, *steps), (low, top, low))
