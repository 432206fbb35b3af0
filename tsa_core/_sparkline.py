"""A schedule in one line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tsa_core import _checks
from tsa_core.schedule import Schedule

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCKS = "▁▂▃▄▅▆▇█"
_MOST_STEPS = 100_000


def sparkline(schedule: Schedule, num_steps: int, width: int = 60) -> str:
    """A schedule in one line of block characters, between its lowest and its highest value.

    Each character shows one step, the first and the last included. The lowest and the highest value
    are those of the whole run (of 100,000 steps of a longer one).

    Args:
        schedule: The schedule.
        num_steps: Length of the run, in steps (a whole number >= 1).
        width: The largest number of block characters (>= 1); a shorter run has one for each step.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a number is not whole or below 1, or a value is not finite.

    Example:
        >>> from tsa_core import Cosine
        >>> sparkline(Cosine(1.0, 0.1, 100), num_steps=101, width=20)
        '0.1 ████▇▇▆▆▅▅▄▄▃▃▂▂▁▁▁▁ 1'
    """
    if not isinstance(schedule, Schedule):
        raise TypeError(f"schedule must be a Schedule, got {schedule!r}")
    count = _checks.count("num_steps", num_steps, low=1)
    columns = min(_checks.count("width", width, low=1), count)
    values = schedule(_spread(count, min(count, _MOST_STEPS)))
    if not np.isfinite(values).all():
        raise ValueError(f"schedule must be finite at every step, got {schedule!r}")
    low, high = float(values.min()), float(values.max())
    shown = schedule(_spread(count, columns))
    # Halves first: the difference of two finite numbers may not be one.
    span = high / 2 - low / 2
    shares = (shown / 2 - low / 2) / span if span else np.full(columns, 0.5)
    blocks = "".join(_BLOCKS[index] for index in np.rint(shares * 7).astype(int).tolist())
    return f"{low:.4g} {blocks} {high:.4g}"


def _spread(num_steps: int, number: int) -> NDArray[np.int64]:
    """Whole steps of a run, the first and the last among them."""
    return np.linspace(0, num_steps - 1, number).round().astype(np.int64)
