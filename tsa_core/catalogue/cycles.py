"""Up and down: once, or without end."""

from __future__ import annotations

from tsa_core import _checks
from tsa_core.catalogue._shared import (
    RampKind,
    finite,
    in_order,
    span,
    through,
)
from tsa_core.combinators import Repeated
from tsa_core.curves import Decay
from tsa_core.schedule import Schedule


def one_cycle(
    num_warmup_steps: float,
    num_training_steps: float,
    *,
    start: float = 1 / 25,
    peak: float = 1.0,
    end: float = 1 / 25e4,
    kind: RampKind = "cosine",
) -> Schedule:
    """Up to the peak and down to almost 0, in two phases.

    ::

        value(t) = start -> peak    # 0 .. num_warmup_steps
                   peak  -> end     # num_warmup_steps .. num_training_steps, then held

    with straight lines or half periods of a cosine. torch's `OneCycleLR(total_steps=n,
    pct_start=p)` reaches its peak at step `p * n - 1` and its end at `n - 1`:
    `one_cycle(p * n - 1, n - 1)`; it raises past the end. optax's are `one_cycle(int(p * n), n)`.

    Args:
        num_warmup_steps: Length of the rise, in steps, >= 0; it may be a fraction.
        num_training_steps: Where the end is reached, in steps (>= `num_warmup_steps`).
        start: Multiplier at step 0.
        peak: Multiplier at the top.
        end: Multiplier at the end.
        kind: `"cosine"` or `"linear"`.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a number is not finite, a length negative or not in order, or `kind`
            unknown.

    Source:
        Smith and Topin, Super-convergence, arXiv:1708.07120; torch's `OneCycleLR`; optax's
        `cosine_onecycle_schedule`.

    Example:
        >>> one_cycle(30, 100)(30)
        1.0
    """
    steps = in_order(num_warmup_steps=num_warmup_steps, num_training_steps=num_training_steps)
    return through(kind, (0, *steps), finite(start=start, peak=peak, end=end))


def one_cycle_three_phase(
    num_warmup_steps: float,
    num_decay_steps: float,
    num_training_steps: float,
    *,
    start: float = 1 / 25,
    peak: float = 1.0,
    end: float = 1 / 25e4,
    kind: RampKind = "cosine",
) -> Schedule:
    """Up to the peak, back to the start, and down to almost 0.

    ::

        value(t) = start -> peak    # for num_warmup_steps
                   peak  -> start   # for num_decay_steps
                   start -> end     # until num_training_steps, then held

    torch's `OneCycleLR(total_steps=n, pct_start=p, three_phase=True)` is
    `one_cycle_three_phase(p * n - 1, p * n - 1, n - 1)`.

    Args:
        num_warmup_steps: Length of the rise, in steps, >= 0; it may be a fraction.
        num_decay_steps: Length of the first fall, in steps, >= 0.
        num_training_steps: Where the end is reached, in steps (>= both lengths together).
        start: Multiplier at step 0 and at the end of the first fall.
        peak: Multiplier at the top.
        end: Multiplier at the end.
        kind: `"cosine"` or `"linear"`.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a number is not finite, a length negative or not in order, or `kind`
            unknown.

    Source:
        Smith, arXiv:1803.09820; torch's `OneCycleLR(three_phase=True)`; optax's
        `linear_onecycle_schedule`.

    Example:
        >>> one_cycle_three_phase(30, 30, 100, start=0.5)(60)
        0.5
    """
    up = _checks.step(num_warmup_steps, "num_warmup_steps")
    low = up + _checks.step(num_decay_steps, "num_decay_steps")
    (total,) = in_order(num_training_steps=num_training_steps)
    in_order(**{"num_warmup_steps + num_decay_steps": low, "num_training_steps": total})
    first, top, last = finite(start=start, peak=peak, end=end)
    return through(kind, (0, up, low, total), (first, top, first, last))


def one_cycle_momentum(
    num_warmup_steps: float,
    num_training_steps: float,
    *,
    peak: float = 0.95,
    floor: float = 0.85,
    kind: RampKind = "cosine",
) -> Schedule:
    """The inverse of `one_cycle`, for momentum: down while the rate goes up, then back.

    ::

        value(t) = peak  -> floor    # 0 .. num_warmup_steps
                   floor -> peak     # num_warmup_steps .. num_training_steps, then held

    The values are momenta: bind with `absolute=True`. With a learning rate of three phases, let
    both end their second phase at the same step; the last value is held.

    Args:
        num_warmup_steps: Length of the fall, in steps, >= 0; it may be a fraction.
        num_training_steps: Where the peak is reached again, in steps.
        peak: Momentum at both ends.
        floor: Momentum while the rate is highest.
        kind: `"cosine"` or `"linear"`.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If a number is not finite, a length negative or not in order, or `kind`
            unknown.

    Source:
        Smith, arXiv:1803.09820; torch's `OneCycleLR(cycle_momentum=True)`.

    Example:
        >>> one_cycle_momentum(30, 100)(30)
        0.85
    """
    steps = in_order(num_warmup_steps=num_warmup_steps, num_training_steps=num_training_steps)
    high, low = finite(peak=peak, floor=floor)
    return through(kind, (0, *steps), (high, low, high))


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
        num_down_steps: Length of the fall; by default that of the rise.
        floor: Multiplier at both ends of a cycle.
        peak: Multiplier in its middle.

    Raises:
        TypeError: If an argument is not a number.
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
        num_down_steps: Length of the fall; by default that of the rise.
        floor: Multiplier at both ends of a cycle.
        peak: Multiplier in the middle of the first.

    Raises:
        TypeError: If an argument is not a number.
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
        num_down_steps: Length of the fall; by default that of the rise.
        rate: Factor a step, > 0.
        floor: Multiplier at both ends of a cycle.
        peak: Multiplier that the middle of a cycle would have at step 0.

    Raises:
        TypeError: If an argument is not a number.
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
        num_down_steps: Length of the fall; by default that of the rise.
        floor: Multiplier at both ends of a cycle.
        peak: Multiplier in its middle.

    Raises:
        TypeError: If an argument is not a number.
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
