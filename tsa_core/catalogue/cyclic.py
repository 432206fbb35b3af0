"""Up and down without end: cyclical learning rates."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.catalogue._shared import RampKind, finite, span, through
from tsa_core.combinators import Repeated
from tsa_core.curves import Decay
from tsa_core.schedule import Schedule


def triangular(
    num_up_steps: float,
    num_down_steps: float | None = None,
    *,
    floor: float = 0.0,
    peak: float = 1.0,
) -> Schedule:
    """Straight up and straight down, the same in every cycle.

    ::

        value(t) = floor -> peak    # for num_up_steps
                   peak  -> floor   # for num_down_steps, then again

    `floor` above `peak` gives the inverse, for momentum.

    Args:
        num_up_steps: Length of the rise, in steps, > 0; it may be a fraction.
        num_down_steps: Length of the fall; left out, that of the rise.
        floor: Multiplier at both ends of a cycle.
        peak: Multiplier in its middle.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If one is not finite or a length is not above 0.

    Source:
        Smith, arXiv:1506.01186; torch's `CyclicLR(mode="triangular")`; ignite's
        `LinearCyclicalScheduler`.

    Example:
        >>> triangular(10, 30)(25)
        0.5
    """
    low, high = finite(floor=floor, peak=peak)
    return _waves("linear", num_up_steps, num_down_steps, (low, high, low))


def triangular2(
    num_up_steps: float,
    num_down_steps: float | None = None,
    *,
    floor: float = 0.0,
    peak: float = 1.0,
) -> Schedule:
    """`triangular`, half as high in each cycle as in the one before.

    ::

        value(t) = floor + (peak - floor) * wave(t) / 2**k        # in cycle k = 0, 1, ...

    `wave` is `triangular` between 0 and 1; the arguments are those of `triangular`.

    Args:
        num_up_steps: Length of the rise, in steps, > 0.
        num_down_steps: Length of the fall; left out, that of the rise.
        floor: Multiplier at both ends of a cycle.
        peak: Multiplier in the middle of the first.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If one is not finite or a length is not above 0.

    Source:
        Smith, arXiv:1506.01186; torch's `CyclicLR(mode="triangular2")`.

    Example:
        >>> triangular2(10)(30)
        0.5
    """
    low, high = finite(floor=floor, peak=peak)
    return _waves("linear", num_up_steps, num_down_steps, (0.0, high - low, 0.0), 0.5) + low


def exp_range(
    num_up_steps: float,
    num_down_steps: float | None = None,
    *,
    rate: float = 0.9999,
    floor: float = 0.0,
    peak: float = 1.0,
) -> Schedule:
    """`triangular` with a height that falls by `rate` at every step.

    ::

        value(t) = floor + (peak - floor) * wave(t) * rate**t

    `wave` is `triangular` between 0 and 1.

    Args:
        num_up_steps: Length of the rise, in steps, > 0.
        num_down_steps: Length of the fall; left out, that of the rise.
        rate: Factor a step, > 0.
        floor: Multiplier at both ends of a cycle.
        peak: Multiplier that the middle of a cycle would have at step 0.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If one is not finite, or a length or `rate` is not above 0.

    Source:
        Smith, arXiv:1506.01186; torch's `CyclicLR(mode="exp_range")`.

    Example:
        >>> exp_range(2, rate=0.5)(2)
        0.25
    """
    low, high = finite(floor=floor, peak=peak)
    height = Decay(high - low, _checks.positive("rate", rate), 1)
    return _waves("linear", num_up_steps, num_down_steps, (0.0, 1.0, 0.0)) * height + low


def cosine_cycles(
    num_up_steps: float,
    num_down_steps: float | None = None,
    *,
    floor: float = 0.0,
    peak: float = 1.0,
) -> Schedule:
    """`triangular` with half periods of a cosine for sides: no corners.

    ::

        value(t) = floor + (peak - floor) * (1 - cos(pi * t / num_up_steps)) / 2  # up, then down

    torch's `CosineAnnealingLR(T_max)` past its end is `cosine_cycles(T_max, floor=1.0,
    peak=0.0)`. Cycles that jump back to the top are `cosine_with_restarts`.

    Args:
        num_up_steps: Length of the rise, in steps, > 0; it may be a fraction.
        num_down_steps: Length of the fall; left out, that of the rise.
        floor: Multiplier at both ends of a cycle.
        peak: Multiplier in its middle.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If one is not finite or a length is not above 0.

    Source:
        transformers' `get_cosine_schedule_with_warmup(num_cycles=…)`; torch's
        `CosineAnnealingLR`.

    Example:
        >>> cosine_cycles(10)(50)
        1.0
    """
    low, high = finite(floor=floor, peak=peak)
    return _waves("cosine", num_up_steps, num_down_steps, (low, high, low))


def _waves(
    kind: RampKind,
    num_up_steps: float,
    num_down_steps: float | None,
    values: tuple[float, float, float],
    gain: float = 1.0,
) -> Schedule:
    up = span("num_up_steps", num_up_steps)
    down = up if num_down_steps is None else span("num_down_steps", num_down_steps)
    return Repeated(through(kind, (0, up, up + down), values), up + down, None, gain)
